"""`genrelens predict`: recordings in, genres out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from genrelens.cli.output import Format, emit, messages, progress, results
from genrelens.errors import DataError, shown

if TYPE_CHECKING:
    from genrelens.recognition import Failure, Prediction, Recognizer
    from genrelens.recognition.recognizer import Source

EPILOG = """[bold]Examples[/bold]

  genrelens predict song.mp3 --votes

  genrelens predict ~/Music --out genres.sqlite --resume

  curl -s https://example.org/stream.ogg | genrelens predict - --format json
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(predict)


def predict(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files, folders (walked recursively), or - for stdin."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A bundle in the package or a .bundle file.", envvar="GENRELENS_MODEL"),
    ] = None,
    excerpts: Annotated[
        str, typer.Option(metavar="N|all", help="How many 30-s excerpts of a long recording are heard.")
    ] = "3",
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Hear everything and show the genre over time.")
    ] = False,
    votes: Annotated[
        bool, typer.Option("--votes", help="Show what each member of the ensemble says.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="How many genres the table shows.")] = 3,
    show_set: Annotated[
        bool,
        typer.Option("--set", help="Show the set of genres that holds the right one as often as promised."),
    ] = False,
    always_answer: Annotated[
        bool, typer.Option("--always-answer", help="Name a genre even when unsure.")
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=1, help="Recordings heard at the same time.", show_default="cores")
    ] = os.cpu_count() or 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write rows to a .jsonl, .csv, .sqlite or .parquet file instead."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="With --out: go on where an earlier run stopped.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How results are printed.")] = Format.table,
) -> None:
    """Recognises recordings: each one's genre, how sure that is, and what else it may be."""
    from genrelens.catalogue.columns import COLUMNS
    from genrelens.cli.prediction_table import Details, PredictionTable

    began = time.perf_counter()
    if not paths and (out is None or not resume):
        raise typer.BadParameter("name a file, a folder, or -", param_hint="PATH")
    sources = list(_sources(paths or []))
    count = _excerpt_count("all" if timeline else excerpts)
    if resume and out is None:
        raise typer.BadParameter("goes with --out FILE", param_hint="--resume")
    lens = _load_lens(model, count, always_answer)
    if out is not None:
        tally = _write_to_file(lens, sources, jobs, out, resume)
    else:
        tally = Tally()
        outcomes = tally.counting(_with_progress(lens, sources, jobs))
        if format is Format.table:
            details = Details(top=top, show_set=show_set, votes=votes, timeline=timeline)
            answers = list(outcomes)
            results().print(PredictionTable(answers, details))
        else:
            emit(_rows(lens, sources, outcomes, format), format, table=str, columns=COLUMNS)
    if len(sources) > 1 or out is not None:
        summary = tally.summary(time.perf_counter() - began, lens.bundle.identity)
        messages().print(summary, style="dim", soft_wrap=True)
    if tally.failed:
        raise typer.Exit(1)


class Tally:
    """Counts answers as they pass."""

    def __init__(self) -> None:
        self.genres: dict[str, int] = {}
        self.unsure = 0
        self.failed = 0
        self.skipped = 0

    def counting(self, outcomes: Iterable[Prediction | Failure]) -> Iterator[Prediction | Failure]:
        """Passes the outcomes on."""
        from genrelens.recognition import Prediction

        for outcome in outcomes:
            if not isinstance(outcome, Prediction):
                self.failed += 1
            elif outcome.genre is None:
                self.unsure += 1
            else:
                self.genres[outcome.genre] = self.genres.get(outcome.genre, 0) + 1
            yield outcome

    def summary(self, seconds: float, bundle: str) -> str:
        """One line of what was done."""
        total = sum(self.genres.values()) + self.unsure + self.failed
        named = sorted(self.genres.items(), key=lambda item: -item[1])
        parts = [f"{genre} {count}" for genre, count in named]
        parts += [f"unsure {self.unsure}"] * bool(self.unsure) + [f"failed {self.failed}"] * bool(self.failed)
        parts += [f"{self.skipped} done before"] * bool(self.skipped)
        listed = f": {', '.join(parts)}" if parts else ""
        return f"{total} recordings in {seconds:.1f} s by {bundle}{listed}"


def _sources(paths: list[str]) -> Iterator[Source]:
    from genrelens.audio import find_audio

    for path in paths:
        if path == "-":
            yield sys.stdin.buffer
            continue
        raw = os.fsencode(path)
        found = False
        for file in find_audio([raw]):
            found = True
            yield file
        if not found:
            raise DataError(f"{shown(raw)} holds no sound files; name another folder or a file")


def _excerpt_count(text: str) -> int | Literal["all"]:
    if text == "all":
        return "all"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise typer.BadParameter(f"{text!r} is neither a number from 1 on nor 'all'", param_hint="--excerpts")


def _load_lens(model: str | None, excerpts: int | Literal["all"], always_answer: bool) -> Recognizer:
    from genrelens.bundle import find_bundle, read_bundle
    from genrelens.encoders import locate
    from genrelens.recognition import Recognizer

    bundle = read_bundle(find_bundle(model))
    for encoder in bundle.manifest.encoders:
        if encoder.file is None and locate(encoder.name).path is None:
            from genrelens.encoders.fetch import fetch

            messages().print(f"{bundle.manifest.name} listens through {encoder.name}: fetching it, once")
            fetch(encoder.name)
    return Recognizer(bundle, excerpts=excerpts, always_answer=always_answer)


def _with_progress(lens: Recognizer, sources: list[Source], jobs: int) -> Iterator[Prediction | Failure]:
    jobs = min(jobs, len(sources))
    if len(sources) == 1:
        with messages().status("listening"):
            yield from list(lens.recognize_many(sources, jobs))
        return
    with progress() as bar:
        task = bar.add_task("listening", total=len(sources))
        for outcome in lens.recognize_many(sources, jobs):
            bar.advance(task)
            yield outcome


def _rows(
    lens: Recognizer, sources: list[Source], outcomes: Iterable[Prediction | Failure], format: Format
) -> Iterator[dict[str, Any]]:
    """The rows to be printed; those of a CSV name the options and the file, as a CSV that is written does."""
    from genrelens.catalogue import FileIdentity
    from genrelens.catalogue.sink import completed

    files = [FileIdentity.of(source) for source in sources]
    for file, outcome in zip(files, outcomes, strict=True):
        row = outcome.to_dict()
        yield completed(row, _options(lens), file) if format is Format.csv else row


def _write_to_file(lens: Recognizer, sources: list[Source], jobs: int, out: Path, resume: bool) -> Tally:
    from genrelens.catalogue import FileIdentity, open_sink

    tally = Tally()
    files = [FileIdentity.of(source) for source in sources]
    with open_sink(out, lens.bundle.identity, resume=resume, options=_options(lens)) as sink:
        left: dict[str, tuple[Source, FileIdentity]] = {}
        for source, file in zip(sources, files, strict=True):
            if file not in sink.done:
                left.setdefault(file.key, (source, file))
        tally.skipped = len(sources) - len(left)
        if left:
            outcomes = tally.counting(_with_progress(lens, [source for source, _ in left.values()], jobs))
            for (_, file), outcome in zip(left.values(), outcomes, strict=True):
                sink.write(outcome.to_dict(), file)
    return tally


def _options(lens: Recognizer) -> dict[str, Any]:
    return {"excerpts": lens.excerpts, "always_answer": lens.always_answer}
