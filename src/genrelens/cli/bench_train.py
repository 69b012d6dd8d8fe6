"""`genrelens bench train`: the trainer against the plain way of training the same networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded
from genrelens.cli.idle_options import refuse_idle
from genrelens.cli.output import Format, emit, messages, progress

if TYPE_CHECKING:
    from rich.table import Table

    from genrelens.training.data import TrainingData

EPILOG = """[bold]Examples[/bold]

  genrelens bench train

  genrelens bench train gtzan/audio --input mfcc --architecture cnn_max_lstm --epochs 10
"""


def register(app: typer.Typer) -> None:
    """Adds the command to the group `bench`."""
    app.command(name="train", epilog=EPILOG)(bench_train)


def bench_train(
    data: Annotated[
        str | None,
        typer.Argument(help="A folder with one sub-folder a genre, or a CSV.", show_default="made-up tracks"),
    ] = None,
    architecture: Annotated[str, typer.Option(help="One of the paper's five.")] = "cnn_avg",
    input: Annotated[
        str | None, typer.Option(help="The input, where DATA is given.", show_default="mel")
    ] = None,
    tracks: Annotated[
        int | None, typer.Option(min=50, help="Made-up tracks of 646 frames.", show_default="250")
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, help="Numbers in a made-up frame.", show_default="128")
    ] = None,
    splits: Annotated[int, typer.Option(min=1, max=10, help="Splits of 80/20 that are trained.")] = 2,
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="How often each way is timed, in turn.")] = 3,
    device: Annotated[str, typer.Option(help="Of the trainer: auto, cpu or cuda.")] = "auto",
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes of the trainer.", show_default="cores")
    ] = None,
    genres: Annotated[str | None, typer.Option(metavar="NAME,...", help="Only these genres.")] = None,
    audio: AudioFolders = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a JSON record.")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of computed inputs.", show_default="the user's cache")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the table is printed.")] = Format.table,
) -> None:
    """Times the trainer, a PyTorch loop over a DataLoader, and Keras 3 where it is installed.

    All train the same networks on the same splits for the same epochs, in turn; the ratio is that of medians.
    """
    from genrelens.extras import TRAINING, require

    refuse_idle(
        data is not None,
        "recordings are trained on, and none were named",
        {"--input": input, "--genres": genres, "--audio": audio, "--cache": cache},
    )
    refuse_idle(
        data is None, "tracks are made up, and DATA was named", {"--tracks": tracks, "--width": width}
    )
    require(*TRAINING)
    from genrelens.benchmarks.trainer import Course, made_up_data, race, rows_of
    from genrelens.models.networks import ARCHITECTURES
    from genrelens.processes.cores import usable_cores
    from genrelens.recipes.load import Training
    from genrelens.training.fit import chosen_device

    if architecture not in ARCHITECTURES or not ARCHITECTURES[architecture].takes_frames:
        raise typer.BadParameter(f"{architecture} is none of the paper's CNNs", param_hint="--architecture")
    where = chosen_device(device)
    processes = jobs or usable_cores()
    name = "made_up" if data is None else input or "mel"
    training_data = (
        made_up_data(tracks or 250, width or 128)
        if data is None
        else _computed_data(data, name, genres, audio, cache, processes)
    )
    console = messages()
    course = Course(
        architecture,
        name,
        Training(epochs=epochs),
        rounds,
        processes,
        where,
        "log" if name == "mel" else "none",
    )
    timed = race(
        training_data,
        training_data.dataset.plan("paper").splits[:splits],
        course,
        lambda way, number, seconds: console.print(
            f"round {number + 1}: {way} {seconds:.1f} s", style="dim", markup=False
        ),
    )
    if out is not None:
        _write_record(out, training_data, rows_of(timed))
    what = f"{len(training_data.labels)} tracks of {training_data.name}"
    title = f"{splits} x {epochs} epochs of {architecture} on {what}"
    emit(rows_of(timed), format, table=lambda rows: _picture(rows, title))


def _computed_data(
    spec: str, name: str, genres: str | None, audio: list[Path] | None, cache: Path | None, jobs: int
) -> TrainingData:
    from genrelens.feature_store import FeatureStore
    from genrelens.training.data import data_of

    dataset = loaded(spec, audio, genres)
    with progress("tracks") as bar:
        task = bar.add_task("computing inputs", total=len(dataset))
        table = FeatureStore(cache).compute(
            dataset.tracks,
            [name],
            jobs=jobs,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    return data_of(dataset, table, [name])


def _write_record(path: Path, data: TrainingData, rows: list[dict[str, Any]]) -> None:
    from genrelens.atomic_files import write_atomically
    from genrelens.provenance import record_head

    record = {"schema": 1, **record_head(data=data.summary(), seed=0), "results": rows}
    write_atomically(
        path, (json.dumps(record, indent=1, allow_nan=False) + "\n").encode(), "choose another --out"
    )


def _picture(rows: list[Any], title: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("median s", "times ours", "accuracy"):
        table.add_column(column, justify="right")
    for row in rows:
        accuracy = f"{100 * row['accuracy']:.1f} ± {100 * row['deviation']:.1f} %"
        table.add_row(row["way"], f"{row['median_s']:.2f}", f"{row['ratio']:.2f}", accuracy)
    return table
