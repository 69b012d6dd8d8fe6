"""`genrelens bench robustness`: how robust a bundle's predictions are, on artists not seen in training."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded
from genrelens.cli.output import Format, emit, messages, progress, shown_on

if TYPE_CHECKING:
    from rich.table import Table

EPILOG = """[bold]Examples[/bold]

  genrelens bench robustness my.bundle my_music/

  genrelens bench robustness my.bundle my_music/ --no-music speech/ --other-music world/ --format json
"""


class Part(StrEnum):
    """The parts that can be measured separately."""

    members = "members"
    collections = "collections"
    conditions = "conditions"
    sounds = "sounds"


def register(app: typer.Typer) -> None:
    """Adds the command to the group `bench`."""
    app.command(name="robustness", epilog=EPILOG)(bench_robustness)


def bench_robustness(
    bundle: Annotated[Path, typer.Argument(help="A bundle that genrelens train wrote.")],
    data: Annotated[
        list[str], typer.Argument(help="The data it was trained on, as given to genrelens train.")
    ],
    run_dir: Annotated[
        Path | None,
        typer.Option(help="The run's folder; results are kept there.", show_default="BUNDLE with .run added"),
    ] = None,
    tracks: Annotated[int, typer.Option(min=1, help="Of each collection, degraded in every way.")] = 50,
    seeds: Annotated[int, typer.Option(min=1, help="Of folds; new ones are trained and kept.")] = 5,
    each: Annotated[int, typer.Option(min=1, help="Synthetic sounds of every kind that are no music.")] = 5,
    sounds: Annotated[
        list[Path] | None,
        typer.Option(
            help="Further sounds that are none of the genres, not learnt from, a sub-folder a kind; "
            "may be repeated."
        ),
    ] = None,
    no_music: Annotated[
        list[Path] | None, typer.Option(help="Recorded sounds, as given to genrelens train.")
    ] = None,
    other_music: Annotated[
        list[Path] | None, typer.Option(help="Music of further genres, as given to genrelens train.")
    ] = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Measure this part alone; may be repeated.", show_default="all parts"),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; the numbers do not depend on it.", show_default="cores"),
    ] = None,
    audio: AudioFolders = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of computed inputs.", show_default="the user's cache")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the results are printed.")] = Format.table,
) -> None:
    """Measures a bundle's predictions under codecs, noise and masters, and on sounds that are no music.

    Each track is predicted by the models of a fold whose training data has nothing of its artist. Also
    measured: what each member adds, over several seeds of folds; how well a linear model separates
    collections; and how often songs, other music and recorded sounds are unsure or get a genre, with
    detectors that have seen neither their artists nor their sources. Results are written to robustness.json
    in the run's folder. Computed inputs are kept in the cache, so a second run is quick.
    """
    from genrelens.extras import TRAINING, require

    require(*TRAINING)
    from genrelens.ood.recorded_sounds import recorded_sounds
    from genrelens.processes.cores import usable_cores
    from genrelens.robustness.measure import FILE, Extent, measure_robustness
    from genrelens.robustness.rows import rows_of

    run = run_dir or bundle.with_name(bundle.name + ".run")
    dataset = loaded(data, audio)
    parts = tuple(part.value for part in only or Part)
    extent = Extent(tracks, seeds, each, tuple(sounds or ()), parts)
    recorded = recorded_sounds(no_music or (), other_music or ())
    with progress("done") as bar:
        results = measure_robustness(
            bundle, run, dataset, cache, extent, jobs or usable_cores(), shown_on(bar), recorded
        )
    emit(rows_of(results), format, table=lambda rows: _picture(rows, results))
    messages().print(f"wrote {run / FILE}", style="dim", markup=False, soft_wrap=True)


def _picture(rows: list[Any], results: dict[str, Any]) -> Table:
    from rich.table import Table

    title = f"{results['bundle']}: {results['protocol']}, intervals of 95 % over {results['intervals_over']}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("measure", "of", "in", "figure"):
        table.add_column(column)
    for column in ("value", "95 % interval", "n"):
        table.add_column(column, justify="right")
    last = ""
    for row in rows:
        interval = "" if row["low"] is None else f"{row['low']:.1%} to {row['high']:.1%}"
        measure = "" if row["measure"] == last else row["measure"]
        last = row["measure"]
        table.add_row(
            measure,
            row["name"],
            row["part"],
            row["figure"],
            f"{row['value']:.1%}",
            interval,
            str(row["n"] or ""),
        )
    return table
