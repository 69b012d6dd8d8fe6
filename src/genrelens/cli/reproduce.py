"""`genrelens reproduce`: the paper's tables beside ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded, print_notes
from genrelens.cli.idle_options import refuse_idle
from genrelens.cli.output import Format, emit, messages, progress, shown_on

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

EPILOG = """[bold]Examples[/bold]

  genrelens reproduce ~/gtzan --recipe quick --cells 'cnn_avg/*,mlp/*'

  genrelens reproduce ~/gtzan --other ~/songs --out night

  genrelens reproduce ~/gtzan --cells 'cnn_avg/*,mlp/*' --with-baselines
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
    with_baselines: Annotated[
        bool,
        typer.Option(
            "--with-baselines", help="Compare with the systems that the paper quotes, and with plain ones."
        ),
    ] = False,
    baselines: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="Compare with these only; genrelens evaluate --list has all."),
    ] = None,
    with_full: Annotated[
        bool | None,
        typer.Option(
            "--with-full/--no-full",
            help="Train the recipe full on the same splits, too: 17 variants of every recording.",
            show_default="no",
        ),
    ] = None,
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

    Continues where it stopped. DIR then holds report.html, tables.md, tables.tex, references.bib, table1.csv,
    table2.csv, record.json (what was run, how long, curves) and results.json (everything); where systems are
    compared also comparison.csv and comparison.svg.
    """
    from genrelens.evaluation.protocols import check_protocol
    from genrelens.extras import TRAINING, require

    asked = _listed(protocols)
    for name in asked:
        check_protocol(name)
    systems = _listed(baselines) if baselines is not None else () if with_baselines else None
    if baselines is not None and not systems:
        raise typer.BadParameter("give at least one name", param_hint="--baselines")
    refuse_idle(systems is not None, "systems are compared, and none are here", {"--with-full": with_full})
    require(*TRAINING)
    from genrelens.paper.comparable import remarks
    from genrelens.paper.comparison_tables import comparison_rows
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
        systems=systems,
        with_full=bool(with_full),
    )
    with progress("steps") as bar:
        results = run(dataset, out, settings, second, progress=shown_on(bar))
    paths = write_all(results, out)
    rows = [*table_1(results), *table_2(results), *comparison_rows(results)]
    print_notes(
        [
            *(f"{name}: {note}" for name, one in results["protocols"].items() for note in one["notes"]),
            *remarks(results),
            *results.get("comparison", {}).get("notes", ()),
        ]
    )
    emit(rows, format, table=lambda listed: _tables(listed, list(results["protocols"])))
    messages().print(f"report: {paths[-1]}", style="dim")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _tables(rows: list[Any], protocols: list[str]) -> RenderableType:
    from rich.console import Group

    models = [row for row in rows if "system" not in row]
    systems = [row for row in rows if "system" in row]
    if not systems:
        return _table(models, protocols)
    return Group(_table(models, protocols), "", _systems_table(systems, protocols))


def _systems_table(rows: list[Any], protocols: list[str]) -> Table:
    from rich.table import Table

    from genrelens.paper.comparison_tables import claim_text, seconds_text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("system", overflow="fold")
    has_claims = any(claim_text(row) for row in rows)
    for name in (*(["claimed"] if has_claims else []), *protocols, "training, s", "a clip, s"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["system"],
            *([claim_text(row)] if has_claims else []),
            *(_accuracy(row, name) for name in protocols),
            seconds_text(row["train_seconds"]),
            seconds_text(row["clip_seconds"]),
        )
    return table


def _accuracy(row: Any, protocol: str) -> Text:
    from rich.text import Text

    if protocol not in row:
        return Text("")
    low, high = row[f"{protocol}_low"], row[f"{protocol}_high"]
    return Text.assemble(f"{row[protocol]:.1f}", (f" {low:.0f}..{high:.0f}", "dim"))


def _model(row: Any) -> Text:
    from rich.text import Text

    if "cell" in row:
        return Text(row["cell"])
    return Text.assemble(row["ensemble"], (f" {row['rule']} of {row['members']}", "dim"))


def _table(rows: list[Any], protocols: list[str]) -> Table:
    from rich.table import Table

    from genrelens.paper.tables import printed_number

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("model", overflow="fold")
    has_published = any(printed_number(row) for row in rows)
    for name in (*(["the paper"] if has_published else []), *protocols, "best epoch"):
        table.add_column(name, justify="right")
    if has_published:
        table.add_column("difference", justify="right")
    for row in rows:
        numbers = [_accuracy(row, name) for name in protocols]
        best = row.get("paper_optimistic")
        table.add_row(
            _model(row),
            *([printed_number(row)] if has_published else []),
            *numbers,
            "" if best is None else f"{best:.1f}",
            *([f"{row['difference']:+.1f}" if "difference" in row else ""] if has_published else []),
        )
    return table
