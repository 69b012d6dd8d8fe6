"""`genrelens evaluate`: one recipe or bundle under one protocol."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from genrelens.cli.data import AudioFolders, loaded, print_notes
from genrelens.cli.evaluated_systems import (
    BaselineSystem,
    BundleSystem,
    Question,
    RecipeSystem,
    System,
    TableSystem,
    is_baseline,
    is_recipe,
)
from genrelens.cli.evaluation_tables import baselines_table, evaluation_table
from genrelens.cli.idle_options import refuse_idle
from genrelens.cli.output import Format, emit, progress, shown_on

EPILOG = """[bold]Examples[/bold]

  genrelens evaluate ~/gtzan --protocol artist --recipe quick

  genrelens evaluate ~/gtzan --protocol cross --test ~/songs --recipe quick

  genrelens evaluate ~/songs --protocol artist5 --model default

  genrelens evaluate ~/gtzan --protocol artist5 --system averaged_svm --against default

  genrelens evaluate ~/gtzan --protocol artist5 --predictions other-tool.csv --against quick

  genrelens evaluate --list
"""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=EPILOG)(evaluate)


def evaluate(
    data: Annotated[
        str | None,
        typer.Argument(help="A folder with one sub-folder a genre, or a CSV.", show_default=False),
    ] = None,
    protocol: Annotated[str, typer.Option("--protocol", "-p", help="How tracks are divided.")] = "artist5",
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Train this on every split: a name or a TOML file.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Or evaluate a finished bundle: a name or a file.")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option("--system", "-s", metavar="NAME", help="Or fit a published system: see --list."),
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
        typer.Option(metavar="BUNDLE|RECIPE|NAME", help="Compare with a second system, track by track."),
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
    listed: Annotated[
        bool, typer.Option("--list", help="List the systems that --system takes, and end.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How the numbers are printed.")] = Format.table,
) -> None:
    """Evaluates a recipe, a bundle or a published system under a protocol, with intervals.

    DIR then holds answers.csv (the probabilities of every test), splits.json and evaluation.json.
    """
    from genrelens.atomic_files import write_atomically
    from genrelens.datasets.checksums import checksum
    from genrelens.errors import OutputError, shown
    from genrelens.evaluation.protocols import check_protocol
    from genrelens.evaluation.results import compare, summarise, worst_confusions, write_answers
    from genrelens.evaluation.splits import write_plan
    from genrelens.provenance import record_head

    if listed:
        emit(_baselines(), format, table=baselines_table)
        return
    if data is None:
        raise typer.BadParameter("give the data to evaluate on", param_hint="DATA")
    if sum(one is not None for one in (recipe, model, baseline, predictions)) != 1:
        raise typer.BadParameter(
            "give one of --recipe, --model, --system, --predictions", param_hint="--recipe"
        )
    check_protocol(protocol)
    recipes = [recipe is not None, *([] if against is None else [is_recipe(against)])]
    bundles = [model is not None, against is not None and not (is_recipe(against) or is_baseline(against))]
    refuse_idle(
        any(recipes),
        "a recipe is trained, and none is here",
        {"--epochs": epochs, "--device": device},
    )
    refuse_idle(
        any(bundles),
        "a bundle is measured, and none is here",
        {"--allow-training-tracks": allow_training_tracks or None},
    )

    def named(name: str) -> System:
        if is_recipe(name):
            return RecipeSystem(name, epochs, device or "auto", out / "runs")
        if is_baseline(name):
            return BaselineSystem(name, out / "runs")
        return BundleSystem(name, allow_training_tracks)

    first: System
    if recipe is not None:
        first = RecipeSystem(recipe, epochs, device or "auto", out / "runs")
    elif baseline is not None:
        first = BaselineSystem(baseline, out / "runs")
    elif model is not None:
        first = BundleSystem(model, allow_training_tracks)
    else:
        assert predictions is not None
        first = TableSystem(predictions)
    second = None if against is None else named(against)
    dataset = loaded(data, audio)
    other = loaded(test, audio, fewest_tracks=1) if test else None
    printed = [*dataset.warnings, *(other.warnings if other else ())]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shown(out)}: cannot be made ({error.strerror}); choose another --out") from error

    def run(system: System) -> Any:
        with progress("steps") as bar:
            return system.evaluate(Question(dataset, protocol, other, seed, jobs, shown_on(bar)))

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
    record = {
        "schema": 1,
        **record_head(
            data=dataset.summary() | ({"other": other.summary()} if other else {}),
            seed=seed,
        ),
        **first.identity(),
        **summary,
    }
    write_answers(out / "answers.csv", outcome)
    write_plan(out / "splits.json", evaluation.plan, outcome.track_ids)
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    write_atomically(out / "evaluation.json", text.encode(), "choose another --out")
    print_notes(notes, printed)
    emit([record], format, table=lambda rows: evaluation_table(rows[0]))


def _baselines() -> list[dict[str, Any]]:
    """A row a system; those whose libraries are not installed say so."""
    from genrelens.baselines.registry import baseline_names, load_baseline
    from genrelens.extras import MissingExtra

    rows: list[dict[str, Any]] = []
    for name in baseline_names():
        try:
            one = load_baseline(name)
        except MissingExtra as missing:
            rows.append({"system": name, "meaning": str(missing), "published": "", "claimed": None})
            continue
        published = one.reference.short if one.reference else ""
        rows.append({"system": name, "meaning": one.meaning, "published": published, "claimed": one.claimed})
    return rows
