"""`genrelens embed`: recordings in, vectors out, computed as recognition computes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, emit
from genrelens.cli.recogniser import DEFAULT_JOBS, Excerpts, Jobs, Memory, Resume, load_recogniser
from genrelens.cli.recordings import excerpt_count, gather
from genrelens.cli.terminal import complain, messages, note, progress, when_interrupted
from genrelens.errors import shown

if TYPE_CHECKING:
    from genrelens.cli.recordings import Gathered
    from genrelens.recognition import Embedding, Failure
    from genrelens.recognition.embedding import EmbeddingKind
    from genrelens.recognition.isolation import IsolatedRecognizer
    from genrelens.recognition.recognizer import Source

EPILOG = """[bold]Examples[/bold]

  genrelens embed ~/Music --out music.npz

  genrelens embed ~/Music --out music.parquet --input mn04 --excerpt-vectors --resume

  genrelens embed song.mp3 --format jsonl
"""


class Printed(StrEnum):
    """Formats for printing rows with vectors."""

    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(embed)


def embed(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders (walked recursively), or - for stdin."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one row a track to an .npz or .parquet file."),
    ] = None,
    input: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What is computed: musicnn, fcn, mn04, choi2017 (pretrained networks), NETWORK/layers, "
            "NETWORK/tags, averaged (means of the paper's features) or signal (statistics).",
        ),
    ] = "musicnn",
    excerpt_vectors: Annotated[
        bool, typer.Option("--excerpt-vectors", help="Also keep the vector of each excerpt.")
    ] = False,
    excerpts: Excerpts = "3",
    model: Annotated[
        str | None,
        typer.Option(help="The bundle whose preprocessing is applied.", envvar="GENRELENS_MODEL"),
    ] = None,
    jobs: Jobs = DEFAULT_JOBS,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=1.0, metavar="SECONDS", help="Give up on a file after this time.", show_default="none"
        ),
    ] = None,
    memory: Memory = 2048,
    resume: Resume = False,
    format: Annotated[
        Printed | None, typer.Option(help="Without --out: how rows are printed.", show_default="none")
    ] = None,
) -> None:
    """Computes one vector a track: the mean over its excerpts, preprocessed as in recognition.

    The offset is removed and every excerpt gets the same level, so loudness has no effect; silent excerpts
    are left out. Python's Recognizer.embed computes the same. Vectors of another [bold]version[/bold]
    (network, preprocessing) must not be compared with these.
    """
    from genrelens.recognition.prediction import Options

    began = time.perf_counter()
    if out is not None and format is not None:
        raise typer.BadParameter("goes without --out", param_hint="--format")
    if out is None and format is None:
        raise typer.BadParameter("name a file to write to, or print with --format", param_hint="--out")
    if resume and out is None:
        raise typer.BadParameter("goes with --out FILE", param_hint="--resume")
    options = Options(excerpt_count(excerpts))
    recognizer = load_recogniser(model, jobs, timeout, memory or None, options)
    kind = _kind(input, recognizer)
    gathered = gather(paths)
    run = _Run(recognizer, kind, jobs, excerpt_vectors, gathered)
    try:
        if out is not None:
            run.write(out, resume)
        else:
            emit(run.printed(), Format(format or Printed.jsonl), table=str)
    except KeyboardInterrupt:
        when_interrupted(run.interruption(out))
        raise
    for problem in gathered.problems:
        complain(str(problem))
    if out is not None:
        messages().print(run.summary(time.perf_counter() - began), style="dim", soft_wrap=True)
    if run.failed or gathered.problems:
        raise typer.Exit(1)


def _kind(input: str, recognizer: IsolatedRecognizer) -> EmbeddingKind:
    """The kind of embedding; fetches its network if needed. A worker loads while this imports."""
    from genrelens.recognition.embedding import embedding_kind, network_of, vector_input
    from genrelens.recognition.networks import fetch_missing

    name = vector_input(input)
    fetch_missing(network_of(name, recognizer.bundle.manifest), name, note)
    return embedding_kind(name, recognizer.bundle)


class _Run:
    """Computes the embeddings and counts results and failures."""

    def __init__(
        self,
        recognizer: IsolatedRecognizer,
        kind: EmbeddingKind,
        jobs: int,
        excerpt_vectors: bool,
        gathered: Gathered,
    ) -> None:
        self._recognizer, self._kind, self._jobs = recognizer, kind, jobs
        self._excerpt_vectors = excerpt_vectors
        self._sources = gathered.sources
        self.done = self.failed = self.skipped = 0

    def write(self, out: Path, resume: bool) -> None:
        """Computes the embeddings that the file lacks and writes them."""
        from genrelens.catalogue import FileIdentity
        from genrelens.catalogue.embedding_files import Content, EmbeddingFile

        kind = self._kind
        content = Content(kind.name, kind.version, kind.width, self._excerpt_vectors)
        options = self._recognizer.options.to_dict()
        files = [FileIdentity.of(source) for source in self._sources]
        with EmbeddingFile(out, content, resume=resume, options=options) as sink:
            left: dict[str, tuple[Source, FileIdentity]] = {}
            for source, file in zip(self._sources, files, strict=True):
                if file not in sink.done:
                    left.setdefault(file.key, (source, file))
            self.skipped = len(self._sources) - len(left)
            results = self._results([source for source, _ in left.values()]) if left else iter(())
            for (_, file), result in zip(left.values(), results, strict=True):
                sink.write(self._row(result), file)

    def printed(self) -> Iterator[dict[str, Any]]:
        """The rows to be printed."""
        return (self._row(result) for result in self._results(self._sources))

    def interruption(self, out: Path | None) -> str:
        """The message of an interrupted run: what is kept."""
        done = f"interrupted; {self.done} of {len(self._sources) - self.skipped} recordings were done"
        if out is None:
            return f"{done}, and nothing was kept but what is printed above"
        return f"{done} and are in {shown(out)}; the same command with --resume goes on"

    def summary(self, seconds: float) -> str:
        """One line of what was done."""
        kind = self._kind
        parts = [f"failed {self.failed}"] * bool(self.failed)
        parts += [f"{self.skipped} done before"] * bool(self.skipped)
        details = f": {', '.join(parts)}" if parts else ""
        return (
            f"{self.done} recordings in {seconds:.1f} s, {kind.width} values each by {kind.name} "
            f"(version {kind.version}){details}"
        )

    def _row(self, result: Embedding | Failure) -> dict[str, Any]:
        from genrelens.recognition import Embedding

        return result.to_dict(self._excerpt_vectors) if isinstance(result, Embedding) else result.to_dict()

    def _results(self, sources: list[Source]) -> Iterator[Embedding | Failure]:
        from genrelens.recognition import Failure

        with progress("files" if len(sources) != 1 else "file") as bar:
            task = bar.add_task("embedding", total=len(sources))
            for result in self._recognizer.embed_many(
                sources, self._kind.name, min(self._jobs, len(sources))
            ):
                self.done += 1
                if isinstance(result, Failure):
                    self.failed += 1
                    complain(str(result.error))
                yield result
                bar.advance(task)
