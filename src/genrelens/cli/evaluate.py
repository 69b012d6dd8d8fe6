"""`genrelens evaluate`: one recipe or bundle under one protocol."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded, print_notes
from genrelens.cli.idle_options import refuse_idle
from genrelens.cli.output import Format, emit, progress, shown_on

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genrelens.datasets import DataSet
    from genrelens.experiments.bundle_answers import Evaluation, Progress

EPILOG = """[bold]Examples[/bold]

  genrelens evaluate ~/gtzan --protocol artist --recipe quick

  genrelens evaluate ~/gtzan --protocol cross --test ~/songs --recipe quick

  genrelens evaluate ~/songs --protocol artist5 --model default

  genrelens evaluate ~/gtzan --protocol artist5 --predictions other-tool.csv --against quick
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(evaluate)


def evaluate(
    data: Annotated[str, typer.Argument(help="A folder with one sub-folder a genre, or a CSV.")],
    protocol: Annotated[str, typer.Option("--protocol", "-p", help="How tracks are divided.")] = "artist5",
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Train this on every split: a name or a TOML file.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Or evaluate a finished bundle: a name or a file.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Or measure another tool: columns track and predicted, or a probability for every genre; "
            "and split, where it was trained on each.",
        ),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="OTHER", help="With --protocol cross: the collection to test on.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="BUNDLE|RECIPE", help="Compare with a second system, track by track."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for probabilities, splits and figures.")
    ] = Path("evaluation"),
    seed: Annotated[int, typer.Option(min=0, help="Of splits and training.")] = 0,
    device: Annotated[
        str | None,
        typer.Option(metavar="auto|cpu|cuda", help="Where networks are trained.", show_default="auto"),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.", show_default="cores")] = os.cpu_count() or 1,
    audio: AudioFolders = None,
    allow_training_tracks: Annotated[
        bool,
        typer.Option(
            "--allow-training-tracks",
            help="Measure a bundle on tracks it was trained on; results are marked.",
        ),
    ] = False,
    format: Annotated[Format, typer.Option(help="How the numbers are printed.")] = Format.table,
) -> None:
    """Evaluates a recipe or a bundle under a protocol, with intervals and its worst confusions.

    DIR then holds answers.csv (the probabilities of every test), splits.json and evaluation.json.
    """
    from genrelens.atomic_files import write_atomically
    from genrelens.datasets.checksums import checksum
    from genrelens.errors import OutputError, shown
    from genrelens.evaluation.protocols import check_protocol
    from genrelens.evaluation.results import compare, summarise, worst_confusions, write_answers
    from genrelens.evaluation.splits import write_plan
    from genrelens.provenance import record_head

    if sum(one is not None for one in (recipe, model, predictions)) != 1:
        raise typer.BadParameter("give one of --recipe, --model, --predictions", param_hint="--recipe")
    check_protocol(protocol)
    recipes = [recipe is not None, *([] if against is None else [_is_recipe(against)])]
    refuse_idle(
        any(recipes),
        "a recipe is trained, and none is here",
        {"--epochs": epochs, "--device": device},
    )
    refuse_idle(
        model is not None or not all(recipes[1:]),
        "a bundle is measured, and none is here",
        {"--allow-training-tracks": allow_training_tracks or None},
    )

    def system(recipe: str | None, model: str | None) -> _System:
        if recipe is not None:
            return _Recipe(recipe, epochs, device or "auto", out / "runs")
        return _Bundle(str(model), allow_training_tracks)

    first = _Table(predictions) if predictions is not None else system(recipe, model)
    second = None
    if against is not None:
        second = system(against, None) if _is_recipe(against) else system(None, against)
    dataset = loaded(data, audio)
    other = loaded(test, audio, fewest_tracks=1) if test else None
    printed = [*dataset.warnings, *(other.warnings if other else ())]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shown(out)}: cannot be made ({error.strerror}); choose another --out") from error

    def run(system: _System) -> Evaluation:
        with progress("steps") as bar:
            return system.evaluate(_Question(dataset, protocol, other, seed, jobs, shown_on(bar)))

    evaluation = run(first)
    outcome = evaluation.results
    summary = summarise(outcome) | {
        "notes": list(dict.fromkeys([*printed, *evaluation.notes])),
        "worst": [confusion.to_dict() for confusion in worst_confusions(outcome)],
    }
    notes = list(evaluation.notes)
    if second is not None:
        rival = run(second)
        summary["comparison"] = compare(outcome, rival.results)
        notes += [f"{rival.results.system}: {note}" for note in rival.notes if note not in notes]
        summary["notes"] += [note for note in notes if note not in summary["notes"]]
    if predictions is not None:
        summary["predictions"] = {"file": predictions.name, "sha256": checksum(predictions)[0]}
    head = record_head(
        data=dataset.summary() | ({"other": other.summary()} if other else {}),
        seed=seed,
        **first.identity(),
    )
    write_answers(out / "answers.csv", outcome)
    write_plan(out / "splits.json", evaluation.plan, outcome.track_ids)
    record = {"schema": 1, **head, **summary}
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    write_atomically(out / "evaluation.json", text.encode(), "choose another --out")
    print_notes(notes, printed)
    emit([record], format, table=lambda rows: _picture(rows[0]))


@dataclass(frozen=True)
class _Question:
    """What a system is asked: which tracks, divided how."""

    data: DataSet
    protocol: str
    other: DataSet | None
    seed: int
    jobs: int
    report: Progress


class _Recipe:
    """A recipe, read and checked before any track is decoded."""

    def __init__(self, name: str, epochs: int | None, device: str, runs: Path) -> None:
        from genrelens.extras import TRAINING, require

        require(*TRAINING)
        from genrelens.recipes.load import load_recipe
        from genrelens.training.fit import chosen_device

        chosen = load_recipe(name)
        self.recipe = chosen if epochs is None else chosen.with_training(epochs=epochs)
        self.device, self.runs = chosen_device(device), runs

    def evaluate(self, asked: _Question) -> Evaluation:
        from genrelens.experiments.evaluate import evaluate_under_protocol
        from genrelens.training.options import TrainerOptions

        return evaluate_under_protocol(
            self.recipe,
            asked.data,
            asked.protocol,
            self.runs,
            asked.other,
            TrainerOptions(asked.seed, self.device, asked.jobs),
            progress=asked.report,
        )

    def identity(self) -> dict[str, Any]:
        return {"recipe": self.recipe.to_dict(), "recipe_digest": self.recipe.digest}


class _Bundle:
    """A bundle, opened before any track is decoded."""

    def __init__(self, name: str, allow_training_tracks: bool) -> None:
        from genrelens.recognition import Recognizer

        self.recognizer, self.allow = Recognizer(name), allow_training_tracks

    def evaluate(self, asked: _Question) -> Evaluation:
        from genrelens.datasets.trained_tracks import TrainedTracks
        from genrelens.experiments.bundle_answers import evaluate_bundle

        return evaluate_bundle(
            self.recognizer,
            asked.data,
            asked.protocol,
            other=asked.other,
            seed=asked.seed,
            jobs=asked.jobs,
            progress=asked.report,
            trained=TrainedTracks.of(self.recognizer.bundle.manifest.training),
            allow_training_tracks=self.allow,
        )

    def identity(self) -> dict[str, Any]:
        return {"bundle": self.recognizer.bundle.identity}


class _Table:
    """Another tool's predictions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def evaluate(self, asked: _Question) -> Evaluation:
        from genrelens.experiments.predictions import evaluate_predictions

        return evaluate_predictions(self.path, asked.data, asked.protocol, asked.other, asked.seed)

    def identity(self) -> dict[str, Any]:
        return {}


_System = _Recipe | _Bundle | _Table


def _is_recipe(name: str) -> bool:
    """Whether `--against` names a recipe in the package or a TOML file; else it is a bundle."""
    from genrelens.recipes.load import recipe_names

    return name in recipe_names() or name.endswith(".toml")


def _picture(summary: Any) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def empty(title: str, *columns: str) -> Table:
        table = Table(
            title=title,
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 2, 0, 0),
            header_style="dim",
        )
        for number, column in enumerate(columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        return table

    low, high = summary["interval"]
    title = (
        f"{summary['system']} under {summary['protocol']}: {summary['accuracy']:.1%} of "
        f"{summary['tracks']} tracks (95 % interval {low:.1%} to {high:.1%}, "
        f"over {summary['interval_over']}), {summary['artists']['sentence']}"
    )
    if summary["training_tracks"]["count"]:
        title = f"MEASURED ON TRAINING TRACKS ({summary['training_tracks']['count']}): {title}"
    numbers = empty("", "", "mean over splits", "deviation", "pooled")
    counted = {"macro_f1": "macro F1", "balanced_accuracy": "balanced accuracy"}
    for name, value in summary["mean"].items():
        values = (value, summary["deviation"][name], summary["pooled"][name])
        words = counted.get(name, name.replace("_", " "))
        words += f", over {summary['genres_tested']} genres" if name in counted else ""
        numbers.add_row(words, *("" if v is None else f"{v:.3f}" for v in values))
    there = [row for row in summary["genres"] if row["tests"]]
    absent = [row["genre"] for row in summary["genres"] if not row["tests"]]
    heading = "\nby genre" + (f" ({len(absent)} known genres are not in the data)" if absent else "")
    genres = empty(heading, "genre", "precision", "recall", "F1", "tests")
    for row in there:
        shares = (f"{row[k]:.2f}" for k in ("precision", "recall", "f1"))
        genres.add_row(row["genre"], *shares, str(row["tests"]))
    worst = empty("\nmost confident errors, worth listening to", "track", "filed as", "predicted as", "score")
    for row in summary["worst"][:10]:
        worst.add_row(Text(row["track"]), row["genre"], row["heard"], f"{row['probability']:.2f}")
    parts: list[RenderableType] = [Text(title, style="italic"), numbers, genres, worst]
    if "comparison" in summary:
        comparison = summary["comparison"]
        gain, test = comparison["difference"], comparison["mcnemar"]
        sentences = (
            f"\n{comparison['first']} minus {comparison['second']} on {comparison['tracks']} tracks: "
            f"{gain['difference']:+.1%} (95 % interval {gain['low']:+.1%} to {gain['high']:+.1%}, over "
            f"{comparison['interval_over']});",
            f"only the first right {test['only_first']}, only the second {test['only_second']}, "
            f"{comparison['test']}: p = {test['p_value']:.4f}",
        )
        parts.append(Text(" ".join(sentences)))
    return Group(*parts)
