"""`genrelens train`: trains a bundle on recordings of known genres."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded, print_notes
from genrelens.cli.output import Format, emit, messages, progress, shown_on

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genrelens.datasets import DataSet
    from genrelens.ood.recorded_sounds import RecordedSound
    from genrelens.recipes.load import Recipe
    from genrelens.training.build import Evaluated
    from genrelens.training.data import TrainingData
    from genrelens.training.recorded_data import RecordedData

EPILOG = """[bold]Examples[/bold]

  genrelens train my_music/ --out my.bundle --recipe quick

  genrelens train gtzan/audio wild/index.csv --out both.bundle --recipe paper-musicnn --seed 1

  genrelens train my_music/ --out my.bundle --recipe default --no-music speech/ --other-music world/
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(train)


def train(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Folders with one sub-folder a genre, CSV files, or mirdata:NAME; all are combined."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The bundle file to write.")],
    recipe: Annotated[
        str, typer.Option("--recipe", "-r", help="A recipe in the package, or a TOML file.")
    ] = "paper-musicnn",
    protocol: Annotated[str, typer.Option(help="How tracks are divided for cross-validation.")] = "artist5",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; the numbers do not depend on it.", show_default="cores"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of splits and of training.")] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Instead of the recipe's.", show_default="the recipe's")
    ] = None,
    no_music: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder or CSV of recorded sounds that are no music, for the recipe's detectors; may be "
            "repeated."
        ),
    ] = None,
    other_music: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder or CSV of music beyond the genres, which detectors must let pass; may be repeated."
        ),
    ] = None,
    run_dir: Annotated[
        Path | None,
        typer.Option(
            help="Where finished parts are kept, and found by the next run.",
            show_default="OUT with .run added",
        ),
    ] = None,
    audio: AudioFolders = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of computed inputs.", show_default="the user's cache")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the scores are printed.")] = Format.table,
) -> None:
    """Trains a recipe on recordings, evaluates it on artists not seen in training, and writes a bundle.

    First every member is cross-validated; then all are trained on all tracks and written. A run that was
    interrupted or killed goes on where it stopped when the same command is given again.
    """
    from genrelens.evaluation.protocols import check_protocol
    from genrelens.extras import TRAINING, require

    check_protocol(protocol)
    require(*TRAINING)
    from genrelens.ood.recorded_sounds import recorded_sounds
    from genrelens.processes.cores import usable_cores
    from genrelens.recipes.load import load_recipe
    from genrelens.training.build import build_bundle, evaluate_recipe, write_record
    from genrelens.training.fit import chosen_device
    from genrelens.training.options import TrainerOptions
    from genrelens.training.recorded_data import refuse_unused

    begun = time.monotonic()
    chosen = load_recipe(recipe)
    if epochs is not None:
        chosen = chosen.with_training(epochs=epochs)
    where = chosen_device(device)
    _refuse_unwritable(out)
    processes = jobs or usable_cores()
    console = messages()
    sounds = recorded_sounds(no_music or (), other_music or ())
    refuse_unused(chosen, sounds)
    dataset = loaded(data, audio)
    printed = [*dataset.warnings, *dataset.plan(protocol, seed).notes]
    print_notes(printed, dataset.warnings)
    training_data, recorded = _computed_data(chosen, dataset, cache, processes, sounds)
    print_notes((*training_data.notes, *recorded.notes), printed)
    folder = run_dir or out.with_name(out.name + ".run")
    with progress("epochs") as bar:
        show = shown_on(bar)
        options = TrainerOptions(seed, where, processes)
        evaluated = evaluate_recipe(chosen, training_data, folder, protocol, options, show)
    print_notes(evaluated.notes, printed)
    emit(score_rows(evaluated), format, table=lambda rows: _picture(rows, evaluated))
    with progress("epochs") as bar:
        build_bundle(evaluated, out, progress=shown_on(bar), recorded=recorded)
    seconds = time.monotonic() - begun
    record = write_record(evaluated, ["genrelens", *sys.argv[1:]], out, seconds, recorded)
    console.print(f"wrote {out} and {record}", style="dim", markup=False, soft_wrap=True)


def score_rows(evaluated: Evaluated) -> list[dict[str, Any]]:
    """One row for each fusion rule and each member, for printing."""
    kinds = [("vote", evaluated.fusion_scores), ("member", evaluated.members)]
    return [
        {"kind": kind, "name": name, **score.to_dict(), "interval_over": evaluated.artists.unit}
        for kind, scores in kinds
        for name, score in scores.items()
    ]


def _refuse_unwritable(out: Path) -> None:
    """Raises before hours of training where the bundle cannot be written."""
    from genrelens.errors import OutputError, shown

    if out.is_dir():
        raise OutputError(f"{shown(out)} is a folder; give --out the name of a file")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{shown(out)} cannot be written ({error.strerror}); choose another --out"
        ) from error
    if not os.access(out.parent, os.W_OK):
        raise OutputError(f"{shown(out.parent)} may not be written to; choose another --out")


def _computed_data(
    recipe: Recipe, dataset: DataSet, cache: Path | None, jobs: int, sounds: Sequence[RecordedSound]
) -> tuple[TrainingData, RecordedData]:
    """The data set and the recorded sounds with all inputs of the recipe, from the cache where possible."""
    from genrelens.training.inputs import input_store, training_data
    from genrelens.training.recorded_data import recorded_data

    store = input_store(recipe, cache)
    with progress("tracks") as bar:
        show = shown_on(bar)
        data = training_data(recipe, dataset, store, jobs, partial(show, "computing inputs"))
        shown_sounds = partial(show, "computing recorded sounds")
        return data, recorded_data(recipe, dataset, data, sounds, store, jobs, shown_sounds)


def _picture(rows: list[Any], evaluated: Evaluated) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    artists = evaluated.artists
    title = (
        f"cross-validated on {artists.tracks} tracks, {len(evaluated.found.splits)} splits, "
        f"{artists.sentence}\nmeans over splits; 95 % intervals over {artists.unit}"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("accuracy", "spread", "balanced", "95 % interval"):
        table.add_column(column, justify="right")
    rule = evaluated.trainer.recipe.rule
    for row in rows:
        vote = row["kind"] == "vote"
        name = f"{row['name']} vote" if vote else f"  {row['name']}"
        style = "bold" if vote and row["name"] == rule else None
        table.add_row(
            name,
            f"{row['accuracy']:.1%}",
            "" if row["spread"] is None else f"± {row['spread']:.1%}",
            f"{row['balanced']:.1%}",
            f"{row['low']:.1%} to {row['high']:.1%}",
            style=style,
        )
    return Group(Text(title, style="italic"), table)
