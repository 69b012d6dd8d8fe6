"""`genrelens reproduce`: the paper's tables beside ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded, print_notes
from genrelens.cli.output import Format, emit, messages, progress, shown_on

if TYPE_CHECKING:
    from rich.table import Table

EPILOG = """[bold]Examples[/bold]

  genrelens reproduce ~/gtzan --recipe quick --cells 'cnn_avg/*,mlp/*'

  genrelens reproduce ~/gtzan --other ~/songs --out night
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(reproduce)


def reproduce(
    data: Annotated[str, typer.Argument(help="GTZAN, or any folder with one sub-folder a genre, or a CSV.")],
    other: Annotated[
        str | None, typer.Option(metavar="DATA2", help="Also test on this collection: the column cross.")
    ] = None,
    protocols: Annotated[
        str, typer.Option(metavar="NAME,...", help="Under which splits.")
    ] = "paper,artist,fault-filtered",
    cells: Annotated[
        str | None,
        typer.Option(metavar="PATTERN,...", help="Only these models, e.g. 'cnn_avg/*,mlp/averaged'."),
    ] = None,
    genres: Annotated[str | None, typer.Option(metavar="NAME,...", help="Only these genres.")] = None,
    recipe: Annotated[
        str, typer.Option(help="Recipe whose epochs, batch size and learning rate are used.")
    ] = "paper",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    transfer: Annotated[
        str | None,
        typer.Option(metavar="ENCODER", help="Network of the transfer vector, if not the recipe's."),
    ] = None,
    stacked: Annotated[
        bool, typer.Option("--stacked/--no-stacked", help="Train inner models for the stacked ensembles.")
    ] = True,
    audio: AudioFolders = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Records, tables and report.")] = Path(
        "reproduction"
    ),
    seed: Annotated[int, typer.Option(help="Of splits and networks.")] = 0,
    device: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda", help="Where networks are trained.")
    ] = "auto",
    jobs: Annotated[
        int, typer.Option(min=1, help="Processes that compute features and train.", show_default="cores")
    ] = os.cpu_count() or 1,
    format: Annotated[Format, typer.Option(help="How the tables are printed.")] = Format.table,
) -> None:
    """Trains the paper's models and ensembles, and prints its tables beside ours.

    Continues where it stopped. DIR then holds report.html, tables.md, table1.csv, table2.csv, record.json
    (what was run, how long, curves) and results.json (everything).
    """
    from genrelens.evaluation.protocols import check_protocol
    from genrelens.extras import TRAINING, require

    asked = tuple(name.strip() for name in protocols.split(",") if name.strip())
    for name in asked:
        check_protocol(name)
    require(*TRAINING)
    from genrelens.paper.comparable import remarks
    from genrelens.paper.reproduce import Settings, write_all
    from genrelens.paper.reproduce import reproduce as run
    from genrelens.paper.tables import table_1, table_2

    dataset = loaded(data, audio, genres)
    second = loaded(other, audio, fewest_tracks=1) if other else None
    settings = Settings(
        recipe=recipe,
        protocols=asked,
        cells=cells,
        seed=seed,
        transfer=transfer,
        epochs=epochs,
        inner_folds=2 if stacked else 0,
        device=device,
        jobs=jobs,
    )
    with progress("steps") as bar:
        results = run(dataset, out, settings, second, progress=shown_on(bar))
    paths = write_all(results, out)
    rows = [*table_1(results), *table_2(results)]
    print_notes(
        [
            *(f"{name}: {note}" for name, one in results["protocols"].items() for note in one["notes"]),
            *remarks(results),
        ]
    )
    emit(rows, format, table=lambda listed: _table(listed, list(results["protocols"])))
    messages().print(f"report: {paths[-1]}", style="dim")


def _table(rows: list[Any], protocols: list[str]) -> Table:
    from rich.table import Table

    from genrelens.paper.tables import printed_number

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("model")
    has_published = any(printed_number(row) for row in rows)
    for name in (*(["the paper"] if has_published else []), *protocols, "best epoch"):
        table.add_column(name, justify="right")
    if has_published:
        table.add_column("difference", justify="right")
    for row in rows:
        numbers = [
            f"{row[p]:.1f} [dim]{row[f'{p}_low']:.0f}..{row[f'{p}_high']:.0f}[/dim]" if p in row else ""
            for p in protocols
        ]
        best = row.get("paper_optimistic")
        table.add_row(
            row.get("cell") or f"{row['ensemble']} [dim]{row['rule']} of {row['members']}[/dim]",
            *([printed_number(row)] if has_published else []),
            *numbers,
            "" if best is None else f"{best:.1f}",
            *([f"{row['difference']:+.1f}" if "difference" in row else ""] if has_published else []),
        )
    return table
