"""`genrelens predict`: predicts the genres of recordings."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, emit
from genrelens.cli.recogniser import DEFAULT_JOBS, Excerpts, Jobs, Memory, Resume, load_recogniser
from genrelens.cli.terminal import complain, messages, progress, when_interrupted
from genrelens.errors import shown

if TYPE_CHECKING:
    from genrelens.cli.prediction_table import Details
    from genrelens.cli.recordings import Gathered
    from genrelens.recognition import Failure, Prediction
    from genrelens.recognition.isolation import IsolatedRecognizer
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
    excerpts: Excerpts = "3",
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Decode everything and show the genre over time.")
    ] = False,
    votes: Annotated[
        bool, typer.Option("--votes", help="Show what each member of the ensemble predicts.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="How many genres the table shows.")] = 3,
    show_set: Annotated[
        bool,
        typer.Option(
            "--set",
            help="Show the prediction set: genres that contain the right one at the bundle's coverage.",
        ),
    ] = False,
    always_answer: Annotated[
        bool, typer.Option("--always-answer", help="Name a genre even when unsure; silence has none.")
    ] = False,
    jobs: Jobs = DEFAULT_JOBS,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            metavar="SECONDS",
            help="Give up on a file after this time, and always after two minutes without progress.",
            show_default="none",
        ),
    ] = None,
    memory: Memory = 2048,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write rows to a .jsonl, .csv, .sqlite or .parquet file instead."),
    ] = None,
    resume: Resume = False,
    format: Annotated[Format, typer.Option(help="How results are printed.")] = Format.table,
) -> None:
    """Predicts the genre of each recording, how sure that is, and other likely genres."""
    from genrelens.catalogue.columns import COLUMNS
    from genrelens.cli.prediction_table import Details
    from genrelens.cli.recordings import excerpt_count, gather
    from genrelens.recognition.prediction import Options

    began = time.perf_counter()
    if not paths and (out is None or not resume):
        raise typer.BadParameter("name a file, a folder, or -", param_hint="PATH")
    options = Options(excerpt_count("all" if timeline else excerpts), always_answer)
    if resume and out is None:
        raise typer.BadParameter("goes with --out FILE", param_hint="--resume")
    recognizer = load_recogniser(model, jobs, timeout, memory or None, options)
    gathered = gather(paths or [])
    tally = Tally()
    details = Details(top=top, show_set=show_set, votes=votes, timeline=timeline)
    try:
        if out is not None:
            _write_to_file(recognizer, gathered.sources, jobs, out, resume, tally)
        else:
            results = tally.counting(_with_progress(recognizer, gathered.sources, jobs))
            if format is Format.table:
                _print_table(results, gathered, recognizer, details)
            else:
                rows = _rows(recognizer, gathered.sources, results, format)
                emit(rows, format, table=str, columns=COLUMNS)
    except KeyboardInterrupt:
        when_interrupted(tally.interruption(len(gathered.sources), out))
        raise
    for problem in gathered.problems:
        complain(str(problem))
    if len(gathered.sources) > 1 or out is not None:
        messages().print(
            tally.summary(time.perf_counter() - began, recognizer.bundle.identity),
            style="dim",
            soft_wrap=True,
        )
    if tally.failed or gathered.problems:
        raise typer.Exit(1)


class Tally:
    """Counts results as they are yielded."""

    def __init__(self) -> None:
        self.genres: dict[str, int] = {}
        self.unsure = 0
        self.failed = 0
        self.skipped = 0

    def counting(self, results: Iterable[Prediction | Failure]) -> Iterator[Prediction | Failure]:
        """Yields the results and counts them."""
        from genrelens.recognition import Prediction

        for result in results:
            if not isinstance(result, Prediction):
                self.failed += 1
            elif result.genre is None:
                self.unsure += 1
            else:
                self.genres[result.genre] = self.genres.get(result.genre, 0) + 1
            yield result

    @property
    def total(self) -> int:
        """Recordings that have a prediction or an error."""
        return sum(self.genres.values()) + self.unsure + self.failed

    def interruption(self, total: int, out: Path | None) -> str:
        """The message of an interrupted run: what is kept."""
        done = f"interrupted; {self.total} of {total - self.skipped} recordings were done"
        if out is None:
            return f"{done}, and nothing was kept but what is printed above"
        return f"{done} and are in {shown(out)}; the same command with --resume goes on"

    def summary(self, seconds: float, bundle: str) -> str:
        """One line of what was done."""
        named = sorted(self.genres.items(), key=lambda item: -item[1])
        parts = [f"{genre} {count}" for genre, count in named]
        parts += [f"unsure {self.unsure}"] * bool(self.unsure) + [f"failed {self.failed}"] * bool(self.failed)
        parts += [f"{self.skipped} done before"] * bool(self.skipped)
        listed = f": {', '.join(parts)}" if parts else ""
        return f"{self.total} recordings in {seconds:.1f} s by {bundle}{listed}"


def _with_progress(
    recognizer: IsolatedRecognizer, sources: list[Source], jobs: int
) -> Iterator[Prediction | Failure]:
    with progress("files" if len(sources) != 1 else "file") as bar:
        task = bar.add_task("recognising", total=len(sources))
        for result in recognizer.recognize_many(sources, min(jobs, len(sources))):
            yield result
            bar.advance(task)


def _print_table(
    results: Iterable[Prediction | Failure],
    gathered: Gathered,
    recognizer: IsolatedRecognizer,
    details: Details,
) -> None:
    """Prints a line a recording as soon as it is done."""
    from genrelens.cli.output import print_table
    from genrelens.cli.prediction_table import EIGHTHS, PredictionLines, layout_of
    from genrelens.cli.streams import can_show
    from genrelens.cli.terminal import columns

    layout = layout_of(
        columns(), gathered.names, recognizer.genres, details.show_set, recognizer.options.always_answer
    )
    lines = PredictionLines(layout, details, plain=not can_show(f"{EIGHTHS}…", sys.stdout))
    foot = None
    for number, result in enumerate(results):
        if number == 0:
            print_table(lines.head(), layout.width)
        print_table(lines.of(result), layout.width)
        foot = foot or lines.foot([result])
    if foot is not None:
        print_table(foot, layout.width)


def _rows(
    recognizer: IsolatedRecognizer,
    sources: list[Source],
    results: Iterable[Prediction | Failure],
    format: Format,
) -> Iterator[dict[str, Any]]:
    """The rows to print; rows of a CSV also have the options and the file, as in a written CSV."""
    if format is not Format.csv:
        yield from (result.to_dict() for result in results)
        return
    from genrelens.catalogue import FileIdentity
    from genrelens.catalogue.sink import completed

    files = [FileIdentity.of(source) for source in sources]
    for file, result in zip(files, results, strict=True):
        yield completed(result.to_dict(), recognizer.options.to_dict(), file)


def _write_to_file(
    recognizer: IsolatedRecognizer, sources: list[Source], jobs: int, out: Path, resume: bool, tally: Tally
) -> None:
    from genrelens.catalogue import FileIdentity, open_sink

    files = [FileIdentity.of(source) for source in sources]
    options = recognizer.options.to_dict()
    with open_sink(out, recognizer.bundle.identity, resume=resume, options=options) as sink:
        left: dict[str, tuple[Source, FileIdentity]] = {}
        for source, file in zip(sources, files, strict=True):
            if file not in sink.done:
                left.setdefault(file.key, (source, file))
        tally.skipped = len(sources) - len(left)
        if left:
            results = tally.counting(
                _with_progress(recognizer, [source for source, _ in left.values()], jobs)
            )
            for (_, file), result in zip(left.values(), results, strict=True):
                sink.write(result.to_dict(), file)
