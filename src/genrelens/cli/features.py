"""`genrelens features`: features and embeddings of a recording, as arrays in a file and as a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, Row, complain, emit, progress
from genrelens.errors import AudioError, DataError, GenreLensError, OutputError, shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genrelens.cli.features_files import Extracted, Preprocessed, Raw

EPILOG = """[bold]Examples[/bold]

  genrelens features ~/Music --out features --encoders musicnn

  genrelens features blues.mp3 jazz.flac --plot both.png
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(features)


def features(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files or folders (walked recursively).")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write one .npz a recording into this folder."),
    ] = None,
    encoders: Annotated[
        str,
        typer.Option(metavar="NAME,...", help="Also the outputs of these pretrained networks."),
    ] = "",
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw the features of one recording, or of two side by side."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Compute from all of a recording, not 30 s of it.")
    ] = False,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw/--preprocessed",
            help="From the samples as decoded (as in the paper, equal to librosa's), or preprocessed as in "
            "recognition: offset removed, one level.",
        ),
    ] = True,
    format: Annotated[Format, typer.Option(help="How the list of what was done is printed.")] = Format.table,
) -> None:
    """Computes the nine features, the averaged vector and the statistics of recordings.

    Each .npz holds the features as (frames, values), the vectors
    [bold]averaged[/bold] (358 values) and [bold]signal[/bold] (named by [bold]signal_names[/bold]),
    and NETWORK/embedding, NETWORK/tags, NETWORK/layers of networks.
    [bold]preprocessing[/bold] in it describes the samples: by default arrays are computed from the samples as
    decoded ([bold]--raw[/bold]), with [bold]--preprocessed[/bold] from what members of the bundle get
    (GENRELENS_MODEL, or default). For one vector a track use [bold]genrelens embed[/bold].
    """
    if out is None and plot is None:
        raise typer.BadParameter("name a folder to write to, or --plot FILE.png", param_hint="--out")
    jobs = list(_jobs(paths))
    if plot is not None:
        if len(jobs) > 2:
            raise typer.BadParameter(
                f"draws one recording or two, not {len(jobs)}; name them", param_hint="--plot"
            )
        from genrelens.cli.features_plot import require_matplotlib

        require_matplotlib()
    compute = _computer(encoders, raw)
    if out is not None:
        _make_folder(out)
    work = _Work(compute, out, whole, keep=plot is not None)
    emit(work.rows(jobs), format, table=_table)
    if plot is not None and work.failed:
        complain(f"{shown(plot)} was not drawn, as a recording could not be decoded")
    elif plot is not None:
        from genrelens.cli.features_plot import draw

        draw(plot, work.kept)
    if work.failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Job:
    """A recording and the name of its results, relative to the folder that holds all."""

    path: Path
    relative: Path


def _jobs(paths: list[str]) -> Iterator[_Job]:
    """All recordings, with names of results that no two share: song.mp3.npz, then song.mp3-2.npz."""
    from genrelens.audio import find_audio

    taken: set[Path] = set()
    for text in paths:
        raw = os.fsencode(text)
        root = Path(os.fsdecode(raw))
        found = False
        for path in find_audio([raw]):
            found = True
            inside = path.relative_to(root) if root.is_dir() else Path(path.name)
            relative, number = inside.with_name(f"{inside.name}.npz"), 2
            while relative in taken:
                relative = inside.with_name(f"{inside.name}-{number}.npz")
                number += 1
            taken.add(relative)
            yield _Job(path, relative)
        if not found:
            raise DataError(f"{shown(root)} holds no sound files; name another folder or a file")


def _computer(encoders: str, raw: bool) -> Raw | Preprocessed:
    from genrelens.bundle import find_bundle, read_bundle
    from genrelens.cli.features_files import Preprocessed, Raw

    networks = [name.strip() for name in encoders.split(",") if name.strip()]
    return Raw(networks) if raw else Preprocessed(read_bundle(find_bundle()), networks)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{shown(folder)} cannot be made a folder ({error.strerror}); choose another --out"
        ) from error


class _Work:
    """Computes the recordings; keeps whether any failed and, for a picture, their arrays."""

    def __init__(self, compute: Raw | Preprocessed, out: Path | None, whole: bool, keep: bool) -> None:
        self.compute, self.out, self.whole, self.keep = compute, out, whole, keep
        self.failed = False
        self.kept: list[Extracted] = []

    def rows(self, jobs: list[_Job]) -> Iterator[dict[str, Any]]:
        """One row a recording, as soon as it is done."""
        with progress() as bar:
            task = bar.add_task("computing", total=len(jobs))
            for job in jobs:
                yield self._row(job)
                bar.advance(task)

    def _row(self, job: _Job) -> dict[str, Any]:
        from genrelens.cli.features_files import extract, write

        try:
            extracted = extract(job.path, self.compute, self.whole)
        except AudioError as error:
            return self._failed(error)
        except (GenreLensError, MemoryError):
            raise
        except Exception as error:  # an error in genrelens itself, which must not end the run
            from genrelens.recognition.internal_errors import internal_error

            return self._failed(internal_error(job.path, error))
        if self.keep:
            self.kept.append(extracted)
        target = None
        if self.out is not None:
            target = self.out / job.relative
            _make_folder(target.parent)
            write(target, extracted)
        return {
            "path": shown(job.path),
            "status": "ok",
            "start_s": round(extracted.start_s, 3),
            "duration_s": round(extracted.duration_s, 3),
            "frames": extracted.frames,
            "arrays": {name: list(array.shape) for name, array in extracted.arrays.items()},
            "preprocessing": extracted.preprocessing,
            "out": None if target is None else shown(target),
            "warnings": extracted.warnings,
        }

    def _failed(self, error: AudioError) -> dict[str, Any]:
        self.failed = True
        complain(str(error))
        return {
            "path": error.path,
            "status": "error",
            "error": {"kind": error.kind, "message": str(error)},
        }


def _table(rows: list[Row]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), caption_justify="left")
    table.add_column("recording", overflow="fold")
    for column in ("from", "seconds", "frames"):
        table.add_column(column, justify="right")
    table.add_column("written to", overflow="fold")
    for row in rows:
        name = Text(Path(row["path"]).name)
        if row["status"] == "error":
            reason = row["error"]["message"].removeprefix(f"{row['path']}: ")
            table.add_row(name, "", "", "", Text(reason, style="red"))
            continue
        numbers = (f"{row['start_s']:.1f}", f"{row['duration_s']:.1f}", str(row["frames"]))
        written = Text(row["out"] or "")
        written.append("".join(f"  {warning}" for warning in row["warnings"]), style="yellow")
        table.add_row(name, *numbers, written)
        table.caption = Text(f"preprocessing {row['preprocessing']}", "dim")
    return table
