"""`genrelens check`: finds faults of a collection before a model is trained on it."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded
from genrelens.cli.output import Format, emit, messages, progress

if TYPE_CHECKING:
    from rich.table import Table

    from genrelens.audit.check import Finding
    from genrelens.audit.file_scan import Embed
    from genrelens.datasets import DataSet
    from genrelens.evaluation.splits import SplitPlan

EPILOG = """[bold]Examples[/bold]

  genrelens check ~/gtzan --splits artist

  genrelens check published_vectors.npz --format json
"""
COLOURS = {"leak": "red", "error": "magenta", "warning": "yellow"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(check)


def check(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder with one sub-folder a genre, a CSV, or an .npz of features (X, track)."
        ),
    ],
    splits: Annotated[
        str | None,
        typer.Option(
            metavar="PLAN|PROTOCOL",
            help="Also look for artists and recordings on both sides of these splits.",
        ),
    ] = None,
    features: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.npz", help="Stored features to check for batch leaks; may be repeated."),
    ] = None,
    audio: AudioFolders = None,
    encoder: Annotated[
        str,
        typer.Option(
            help="Network whose embeddings are used to find doubtful labels; none to leave that out."
        ),
    ] = "musicnn",
    jobs: Annotated[
        int, typer.Option(min=1, help="Files decoded at the same time.", show_default="cores")
    ] = os.cpu_count() or 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write findings as a JSON record.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How findings are printed.")] = Format.table,
) -> None:
    """Finds unreadable files, repeats, leaks and doubtful labels.

    Exit status 1 if there is a leak or an error. Nothing is changed.
    """
    from genrelens.audit.check import Collection, batch_leaks, check_collection, most_severe_first
    from genrelens.audit.feature_tables import read_feature_table

    tables = [read_feature_table(path) for path in features or ()]
    summary = None
    if Path(data).suffix.lower() == ".npz":
        tables.insert(0, read_feature_table(Path(data)))
        findings = most_severe_first([f for t in tables for f in batch_leaks(t.name, t.features, t.genres)])
        what = f"{sum(len(t.features) for t in tables)} vectors"
    else:
        dataset = loaded(data, audio, fewest_tracks=1)
        summary = dataset.summary()
        plan = _plan(splits, dataset) if splits else None
        tracks = dataset.tracks
        collection = Collection(
            ids=[track.id for track in tracks],
            paths=[track.path for track in tracks],
            genres=[track.genre for track in tracks],
            artists=[track.artist for track in tracks],
            missing=dataset.missing,
        )
        with progress() as bar:
            task = bar.add_task("decoding", total=len(tracks))
            findings = check_collection(
                collection,
                plan,
                embed=None if encoder == "none" else _embedding(encoder),
                tables=tables,
                jobs=jobs,
                progress=lambda: bar.advance(task),
            )
        what = f"{len(tracks)} tracks"
    emit((finding.to_dict() for finding in findings), format, table=lambda rows: _table(rows, what))
    if out is not None:
        _write_record(out, summary, findings)
    count = Counter(finding.severity for finding in findings)
    messages().print(
        f"{what}: {count['leak']} leaks, {count['error']} errors, {count['warning']} warnings", style="dim"
    )
    if count["leak"] or count["error"]:
        raise typer.Exit(1)


def _plan(splits: str, dataset: DataSet) -> SplitPlan:
    from genrelens.evaluation.protocols import check_protocol, protocol_names
    from genrelens.evaluation.splits import read_plan

    if splits in protocol_names():
        return dataset.plan(splits)
    if not Path(splits).suffix:
        check_protocol(splits)
    return read_plan(Path(splits), [track.id for track in dataset.tracks])


def _write_record(path: Path, summary: dict[str, Any] | None, findings: list[Finding]) -> None:
    from genrelens.atomic_files import write_atomically
    from genrelens.provenance import record_head

    record = {"schema": 1, **record_head(data=summary), "findings": [one.to_dict() for one in findings]}
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(path, text.encode("utf-8", "surrogateescape"), "choose another --out")


def _embedding(encoder: str) -> Embed:
    from genrelens.bundle import Conditioning
    from genrelens.recognition.inputs import InputComputer

    computer = InputComputer([encoder], conditioning=Conditioning())
    (name,) = computer.names
    return lambda excerpt: computer(excerpt)[name]


def _table(rows: list[Any], what: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    title = f"{what}: nothing found" if not rows else f"{what}: {len(rows)} findings"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("severity", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    table.add_column("evidence", overflow="fold", style="dim")
    for row in rows:
        summary = row["summary"]
        if row["tracks"] and row["tracks"][0] not in summary:
            named = ", ".join(row["tracks"][:4])
            summary = f"{named}{' and more' if len(row['tracks']) > 4 else ''}: {summary}"
        severity = Text(row["severity"], COLOURS[row["severity"]])
        table.add_row(severity, row["check"], _plain(summary), _plain(_evidence(row["evidence"])))
    return table


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(text)


def _evidence(evidence: dict[str, Any]) -> str:
    chosen = (
        "votes",
        "correlation",
        "agreement",
        "overlap_s",
        "label_probability",
        "heard_probability",
        "path",
    )
    return ", ".join(
        f"{key.removesuffix('_s').replace('_', ' ')} {evidence[key]}" for key in chosen if key in evidence
    )
