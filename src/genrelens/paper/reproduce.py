"""The paper's tables under several protocols, from a data set to one dictionary of results.

The dictionary is plain JSON: tables and report are made from it alone, so that they can be made again
without training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.atomic_files import write_atomically
from genrelens.datasets import DataSet
from genrelens.ensemble import even_where_silent
from genrelens.ensemble.fusion import Rule
from genrelens.errors import RecipeError
from genrelens.evaluation.results import Answers, SystemResults, summarise, worst_confusions
from genrelens.evaluation.splits import Indices, SplitPlan
from genrelens.experiments.collections import FIRST, join_collections
from genrelens.experiments.split_answers import split_results
from genrelens.feature_store import FeatureStore
from genrelens.features import FEATURES
from genrelens.paper.cells import Cell, choose_cells, ensembles
from genrelens.paper.comparison import Rival, Setting, chosen_systems, compare_systems
from genrelens.paper.comparison_tables import comparison_markdown, comparison_rows, has_comparison
from genrelens.paper.explanations import explanations
from genrelens.paper.latex import tables_tex
from genrelens.paper.member_analysis import (
    can_stack,
    disagreement,
    fuse_members,
    member_views,
    vote_histogram,
)
from genrelens.paper.published import BEST, TABLE_2
from genrelens.paper.references import bibliography
from genrelens.paper.report.page import html_report
from genrelens.paper.report.raster import feature_pictures
from genrelens.paper.report.systems import comparison_svg
from genrelens.paper.run_record import run_record
from genrelens.paper.runs import Run, runs_of
from genrelens.paper.tables import PRINTED_RULE, table_1, table_2, to_csv, to_markdown
from genrelens.provenance import record_head, versions
from genrelens.recipes.load import MemberRecipe, Recipe, Training, load_recipe
from genrelens.training.cross_validation import Trainer
from genrelens.training.data import TrainingData, data_of
from genrelens.training.fit import chosen_device
from genrelens.training.options import TrainerOptions
from genrelens.training.run_folder import RunFolder

SCHEMA = 1
Progress = Callable[[str, int, int], None]
"""Called with what is being done, steps done, and steps in all."""


@dataclass(frozen=True)
class Settings:
    """What is run.

    Args:
        recipe: whose epochs, batch, rate and network sizes the cells take.
        protocols: names; `cross` is added where there is another data set.
        cells: patterns of cells, None for all 38.
        seed: of splits and networks.
        transfer: the encoder of the transfer vector; None takes the recipe's.
        epochs: instead of the recipe's.
        inner_folds: models more a training part, which choose the epoch and let ensembles be stacked; with 0
            the recipe's last epoch counts and nothing is stacked.
        device: `auto`, `cpu` or `cuda`.
        jobs: processes that compute features and train.
        systems: names of baselines to compare with; empty for all that can be run here, None for none.
        with_full: whether that comparison also trains the recipe `full`, on 17 variants of every recording.
    """

    recipe: str = "paper"
    protocols: tuple[str, ...] = ("paper", "artist", "fault-filtered")
    cells: str | None = None
    seed: int = 0
    transfer: str | None = None
    epochs: int | None = None
    inner_folds: int = 2
    device: str = "auto"
    jobs: int = 2
    systems: tuple[str, ...] | None = None
    with_full: bool = False


def reproduce(
    data: DataSet,
    folder: Path,
    settings: Settings,
    other: DataSet | None = None,
    store: FeatureStore | None = None,
    progress: Progress = lambda what, done, total: None,
) -> dict[str, Any]:
    """Trains and tests what is not yet in `folder`, and gives back all results.

    Args:
        data: the data set, GTZAN or any other.
        folder: keeps every finished training; the next call goes on from there.
        settings: what is run.
        other: another data set, for the column `cross`: trained on the first, tested on this one.
        store: features on disk; where systems are compared it must know their descriptors.
        progress: called with what is being done.

    Returns:
        a dictionary of plain values; see `tables` and `report`.

    Raises:
        DataError: a protocol cannot split the data, or the folder holds trainings of another format.
        RecipeError: a cell, the recipe or a system is unknown.
    """
    began = time.perf_counter()
    recipe = load_recipe(settings.recipe)
    transfer = settings.transfer or _transfer_of(recipe)
    cells = choose_cells(settings.cells, transfer)
    training = replace(recipe.members[0].training, validation=0.0, patience=0)
    if settings.epochs is not None:
        training = replace(training, epochs=settings.epochs)
    device = chosen_device(settings.device)
    systems, left_out = ([], []) if settings.systems is None else chosen_systems(settings.systems)
    everything = data if other is None else join_collections(data, other)
    run = RunFolder(folder / "runs")
    run.refuse_other_formats()
    for name in settings.protocols:  # refused before hours of computing, not after
        data.plan(name, settings.seed)
    table = (store or FeatureStore()).compute(
        everything.tracks,
        [cell.input for cell in cells],
        jobs=settings.jobs,
        progress=lambda done, total: progress("features", done, total),
        excerpts=1,
    )
    rows = data_of(everything, table, [cell.input for cell in cells])
    everything = rows.dataset
    count = sum(1 for track in everything.tracks if other is None or track.collection == FIRST)
    first = everything.only(range(count))
    plans = {name: first.plan(name, settings.seed) for name in settings.protocols}
    if other is not None:
        plans["cross"] = everything.plan("cross", settings.seed, one_way=True)
    trainer = Trainer(_recipe_of(cells, recipe, training), rows, run, _options(settings, device))
    found = trainer.cross_validate_all(
        [plan.splits for plan in plans.values()], lambda done, total: progress("training", done, total)
    )
    runs = {name: runs_of(name, one) for name, one in zip(plans, found, strict=True)}
    results: dict[str, Any] = {}
    for number, (name, plan) in enumerate(plans.items()):
        progress("fusing", number, len(plans))
        results[name] = _protocol_result(plan, cells, runs[name], everything)
    progress("fusing", len(plans), len(plans))
    compared: dict[str, Any] = {}
    if systems:
        where = folder / "systems"
        setting = Setting(
            data, other, tuple(plans), where, settings.seed, settings.jobs, device, store, progress
        )
        rivals = _best_ensemble(cells, runs, plans, everything)
        compared["comparison"] = compare_systems(systems, setting, rivals, settings.with_full, left_out)
    return {
        "schema": SCHEMA,
        **record_head(
            None,
            _described(data) | {"unheard": [t.id for t, _ in table.failures]},
            settings.seed,
            recipe.to_dict() | {"training": training.__dict__},
            recipe.digest,
        ),
        "libraries": versions(),
        "other": None if other is None else _described(other),
        "transfer": transfer,
        "inner_folds": settings.inner_folds,
        "genres": list(data.genres),
        "protocols": results,
        **compared,
        "pictures": _pictures(rows),
        "seconds": round(time.perf_counter() - began, 1),
        "training_seconds": round(
            sum(run.seconds for by_cell in runs.values() for run in by_cell.values()), 1
        ),
    }


def _transfer_of(recipe: Recipe) -> str:
    """The recipe's encoder: the input of its MLP that is not the averaged vector."""
    for member in recipe.members:
        if member.architecture == "mlp" and member.inputs != ("averaged",):
            return member.inputs[0]
    raise RecipeError(f"recipe {recipe.name} has no MLP on a transfer vector; name one with --transfer")


def _recipe_of(cells: Sequence[Cell], recipe: Recipe, training: Training) -> Recipe:
    """The cells as members of one recipe, with that recipe's sizes and transforms."""
    members = tuple(MemberRecipe(cell.name, cell.architecture, (cell.input,), training) for cell in cells)
    return replace(recipe, members=members, detectors=())


def _options(settings: Settings, device: str) -> TrainerOptions:
    """Inner models choose the epoch; what the tested tracks would have chosen is recorded, too."""
    return TrainerOptions(
        settings.seed,
        device,
        settings.jobs,
        inner_folds=settings.inner_folds,
        test_curve="noted",
        common_seeds=True,
        models=False,
    )


def _pictures(data: TrainingData) -> list[dict[str, Any]]:
    """Figure 1: what was computed of the first track of the first genre and of the last."""
    pictures = []
    names = [name for name in FEATURES if name in data.inputs]
    for genre in (data.genres[0], data.genres[-1]):
        number = next((i for i, track in enumerate(data.dataset.tracks) if track.genre == genre), None)
        if number is None or not names:
            continue
        row = int(np.flatnonzero(data.track == number)[0])
        features = feature_pictures({name: data.inputs[name][row] for name in names})
        pictures.append({"track": data.track_ids[number], "genre": genre, "features": features})
    return pictures


def write_all(results: dict[str, Any], folder: Path) -> list[Path]:
    """Results and a short record as JSON, tables as CSV, Markdown and LaTeX, the report as HTML.

    Returns:
        the files, the report last.

    Raises:
        OutputError: one of them cannot be written.
    """
    texts = {
        "results.json": json.dumps(results, indent=1, allow_nan=False) + "\n",
        "table1.csv": to_csv(table_1(results)),
        "table2.csv": to_csv(table_2(results)),
        "tables.md": to_markdown(results, explanations(results)) + comparison_markdown(results),
        "record.json": json.dumps(run_record(results), allow_nan=False) + "\n",
        "tables.tex": tables_tex(results),
        "references.bib": bibliography(results),
    }
    if has_comparison(results):
        texts["comparison.csv"] = to_csv(comparison_rows(results))
        texts["comparison.svg"] = comparison_svg(results)
    texts["report.html"] = html_report(results)
    paths = []
    for name, text in texts.items():
        write_atomically(folder / name, text.encode(), "choose another --out")
        paths.append(folder / name)
    return paths


def _described(data: DataSet) -> dict[str, Any]:
    return data.summary() | {"warnings": list(data.warnings), "missing": list(data.missing)}


def _protocol_result(
    plan: SplitPlan, cells: Sequence[Cell], runs: Mapping[str, Run], data: DataSet
) -> dict[str, Any]:
    """All cells and ensembles under one protocol."""

    results = partial(split_results, plan=plan, data=data)
    return {
        "notes": list(plan.notes),
        "artists": plan.artists.to_dict() if plan.artists else {},
        "splits": [[split.name, len(split.train), len(split.test)] for split in plan.splits],
        "cells": {cell.name: _cell_result(cell, runs[cell.name], results) for cell in cells},
        "ensembles": {
            column: _ensemble_result(column, [runs[cell.name] for cell in members], data.labels, results)
            for column, members in ensembles(cells).items()
        },
    }


def _ensemble_result(
    column: str, runs: Sequence[Run], labels: Indices, results: Callable[..., SystemResults]
) -> dict[str, Any]:
    """One ensemble by every rule, and what each of its members contributes."""
    rules: list[Rule] = ["majority", "soft"]
    if can_stack(runs):
        rules.append("stacked")
    fused = {rule: results(column, fuse_members(runs, rule, labels)) for rule in rules}
    return {
        "paper": TABLE_2[column],
        "members": [run.cell for run in runs],
        "rules": {rule: summarise(one) for rule, one in fused.items()},
        "worst": [confusion.to_dict() for confusion in worst_confusions(fused["majority"])],
        "views": [view.__dict__ for view in member_views(runs, labels)],
        "disagreement": disagreement(runs),
        "votes": vote_histogram(runs, labels),
    }


def _best_ensemble(
    cells: Sequence[Cell],
    runs: Mapping[str, Mapping[str, Run]],
    plans: Mapping[str, SplitPlan],
    data: DataSet,
) -> dict[str, Rival]:
    """The paper's best ensemble by its rule, where its cells are among those that were trained."""
    members = ensembles(cells).get(BEST)
    if members is None:
        return {}
    found, seconds = {}, 0.0
    for protocol, plan in plans.items():
        own = [runs[protocol][cell.name] for cell in members]
        found[protocol] = split_results(BEST, fuse_members(own, PRINTED_RULE, data.labels), plan, data)
        seconds += sum(run.seconds for run in own)
    meaning = f"the paper's best ensemble, {len(members)} members by {PRINTED_RULE} vote"
    return {BEST: Rival(found, meaning, seconds / sum(len(plan.splits) for plan in plans.values()))}


def _cell_result(cell: Cell, run: Run, results: Callable[..., SystemResults]) -> dict[str, Any]:
    answers = [Answers(one.split, one.test, even_where_silent(one.probabilities)) for one in run.splits]
    summary = summarise(results(cell.name, answers))
    curves = np.stack([split.test_accuracy for split in run.splits])
    losses = np.stack([split.train_loss for split in run.splits])
    reported = np.array([split["accuracy"] for split in summary["splits"]])
    return {
        "paper": cell.paper,
        "accuracy": summary["mean"]["accuracy"],
        "deviation": summary["deviation"]["accuracy"],
        "balanced_accuracy": summary["mean"]["balanced_accuracy"],
        "interval_tracks": summary["interval_tracks"],
        "interval_artists": summary["interval_artists"],
        # curves are made at the precision of training, so their best may lie a rounding below the answers
        "optimistic": float(np.maximum(curves.max(axis=1), reported).mean()),
        "best_epoch": float(curves.argmax(axis=1).mean() + 1),
        "chosen_epoch": float(np.mean([split.chosen_epoch for split in run.splits])),
        "curve": [round(float(v), 4) for v in curves.mean(axis=0)],
        "loss": [round(float(v), 4) for v in losses.mean(axis=0)],
        "summary": {key: summary[key] for key in ("genres", "confusion", "calibration", "pooled", "tracks")},
        "seconds": round(run.seconds, 1),
    }
