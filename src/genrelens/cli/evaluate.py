"""`genrelens evaluate`: one recipe or bundle under one protocol."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.output import Format, emit, messages, progress, shown_on

if TYPE_CHECKING:
    from rich.console import RenderableType

EPILOG = """[bold]Examples[/bold]

  genrelens evaluate ~/gtzan --protocol artist --recipe quick

  genrelens evaluate ~/gtzan --protocol cross --test ~/songs --recipe quick

  genrelens evaluate ~/songs --protocol artist5 --model default
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
        str | None, typer.Option("--model", "-m", help="Or let a finished bundle answer: a name or a file.")
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="OTHER", help="With --protocol cross: the collection to test on.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="BUNDLE|RECIPE", help="Compare with a second system, track by track."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Answers, splits and numbers.")] = Path(
        "evaluation"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Of splits and training.")] = 0,
    device: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda", help="Where networks are trained.")
    ] = "auto",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.", show_default="cores")] = os.cpu_count() or 1,
    format: Annotated[Format, typer.Option(help="How the numbers are printed.")] = Format.table,
) -> None:
    """Tells how well a recipe or a bundle does under a protocol, with intervals and its worst confusions.

    DIR then holds answers.csv (probabilities of every test), splits.json and evaluation.json.
    """
    from genrelens.datasets import load_dataset
    from genrelens.errors import OutputError, shown
    from genrelens.evaluation.outcomes import compare, summarise, worst_confusions, write_answers
    from genrelens.evaluation.splits import write_plan

    if (recipe is None) == (model is None):
        raise typer.BadParameter("give either --recipe or --model", param_hint="--recipe")
    dataset = load_dataset(data)
    other = load_dataset(test, fewest_tracks=1) if test else None
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shown(out)}: cannot be made ({error.strerror}); choose another --out") from error

    def run(recipe_name: str | None, model_name: str | None) -> Any:
        from genrelens.recognition import Recognizer
        from genrelens.reproduction import evaluate as system
        from genrelens.training.recipes import load_recipe
        from genrelens.training.trainer import chosen_device

        with progress("steps") as bar:
            tell = shown_on(bar)
            if recipe_name is None:
                lens = Recognizer(model_name)
                return system.evaluate_bundle(lens, dataset, protocol, other, seed, jobs, tell)
            chosen = load_recipe(recipe_name)
            if epochs is not None:
                chosen = chosen.with_training(epochs=epochs)
            where = chosen_device(device)
            runs = out / "runs"
            return system.evaluate_recipe(
                chosen, dataset, protocol, runs, other, seed, None, where, jobs, tell
            )

    evaluation = run(recipe, model)
    outcome = evaluation.outcome
    summary = summarise(outcome) | {
        "notes": list(evaluation.notes),
        "worst": [confusion.__dict__ for confusion in worst_confusions(outcome)],
    }
    if against is not None:
        is_recipe = against in _recipe_names() or against.endswith(".toml")
        second = run(against, None) if is_recipe else run(None, against)
        summary["comparison"] = compare(outcome, second.outcome)
    write_answers(out / "answers.csv", outcome)
    write_plan(out / "splits.json", evaluation.plan, outcome.track_ids)
    (out / "evaluation.json").write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", "utf-8")
    for note in evaluation.notes:
        messages().print(f"genrelens: {note}", style="yellow", markup=False, soft_wrap=True)
    emit([summary], format, table=lambda rows: _picture(rows[0]))


def _recipe_names() -> list[str]:
    from genrelens.training.recipes import recipe_names

    return recipe_names()


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

    low, high = summary["interval_artists"]
    title = (
        f"{summary['system']} under {summary['protocol']}: {summary['accuracy']:.1%} of "
        f"{summary['tracks']} tracks ({low:.1%} to {high:.1%} over artists)"
    )
    numbers = empty(title, "", "mean", "deviation", "pooled")
    for name, value in summary["mean"].items():
        values = (value, summary["deviation"][name], summary["pooled"][name])
        numbers.add_row(name.replace("_", " "), *(f"{v:.3f}" for v in values))
    genres = empty("\nby genre", "genre", "precision", "recall", "F1", "tests")
    for row in summary["genres"]:
        shares = (f"{row[k]:.2f}" for k in ("precision", "recall", "f1"))
        genres.add_row(row["genre"], *shares, str(row["tests"]))
    worst = empty("\nsurest errors, to be listened to", "track", "filed as", "heard as", "score")
    for row in summary["worst"][:10]:
        worst.add_row(Text(row["track"]), row["genre"], row["heard"], f"{row['probability']:.2f}")
    parts: list[RenderableType] = [numbers, genres, worst]
    if "comparison" in summary:
        comparison = summary["comparison"]
        gain, test = comparison["difference"], comparison["mcnemar"]
        sentences = (
            f"\n{comparison['first']} minus {comparison['second']} on {comparison['tracks']} tracks: "
            f"{gain['difference']:+.1%} ({gain['low']:+.1%} to {gain['high']:+.1%} over artists);",
            f"only the first right {test['only_first']}, only the second {test['only_second']}, "
            f"McNemar p = {test['p_value']:.4f}",
        )
        parts.append(Text(" ".join(sentences)))
    return Group(*parts)
