"""A recipe under one protocol: trained anew on every split, tested on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet
from genrelens.ensemble import Combination
from genrelens.evaluation.results import Answers, Outcome
from genrelens.evaluation.splits import Split
from genrelens.experiments.bundle_answers import Evaluation, Progress, evaluate_bundle, tracks_for
from genrelens.feature_store import FeatureStore
from genrelens.recipes.load import Recipe
from genrelens.training.cross_validation import Trainer
from genrelens.training.data import TrainingData
from genrelens.training.fusion import fit_combination, joined
from genrelens.training.inner_folds import inner_splits
from genrelens.training.inputs import heard_data, input_store
from genrelens.training.run_folder import RunFolder

__all__ = ["STACKING_FOLDS", "Evaluation", "evaluate_bundle", "evaluate_recipe", "tracks_for"]

STACKING_FOLDS = 3
"""Divisions of each training part that a stacked vote is fitted on: so many times more is trained."""


def evaluate_recipe(
    recipe: Recipe,
    data: DataSet,
    protocol: str,
    folder: Path,
    other: DataSet | None = None,
    seed: int = 0,
    store: FeatureStore | None = None,
    device: str = "cpu",
    jobs: int = 1,
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Trains a recipe on every split and tests it on the rest.

    Args:
        recipe: members and the rule that joins them; `stacked` is fitted on what models trained and tested
            inside each training part answer.
        data: the data set.
        protocol: one of `evaluation.protocols.protocol_names`.
        folder: of finished trainings; a run that was stopped goes on from there.
        other: the collection that `cross` tests on.
        seed: of splits and trainings.
        store: features on disk.
        device: `cpu` or `cuda`.
        jobs: processes.
        progress: told what is done.

    Raises:
        DataError: the protocol cannot split the data.
    """
    everything = tracks_for(data, protocol, other)
    everything.plan(protocol, seed, one_way=True)  # refused before hours of computing, not after
    training = heard_data(
        recipe,
        everything,
        store or input_store(recipe),
        jobs,
        lambda done, total: progress("hearing", done, total),
    )
    known = set(training.track_ids)
    heard = everything.only([i for i, track in enumerate(everything.tracks) if track.id in known])
    plan = heard.plan(protocol, seed, one_way=True)
    trainer = Trainer(recipe, training, RunFolder(folder), seed, device, jobs)
    found = trainer.cross_validate(plan.splits, lambda done, total: progress("training", done, total))
    combinations = _combinations(recipe, training, trainer, plan.splits, seed, progress)
    answers = tuple(
        Answers(split.name, split.test, joined(combination, found.probabilities[:, number, split.test]))
        for number, (split, combination) in enumerate(zip(plan.splits, combinations, strict=True))
    )
    outcome = Outcome(
        recipe.name,
        protocol,
        training.genres,
        training.track_ids,
        training.labels,
        training.groups,
        answers,
        plan.artists,
        np.zeros(len(training.labels), dtype=bool),
    )
    return Evaluation(outcome, plan, (*plan.notes, *training.notes))


def _combinations(
    recipe: Recipe,
    data: TrainingData,
    trainer: Trainer,
    splits: Sequence[Split],
    seed: int,
    progress: Progress,
) -> list[Combination]:
    """The recipe's rule for each split; a stacked one knows only answers inside the training part."""
    if recipe.rule != "stacked":
        same = fit_combination(recipe.rule, np.zeros((1, 0, len(data.genres))), data.labels[:0])
        return [same] * len(splits)
    inner = [inner_splits(split, data.labels, data.groups, STACKING_FOLDS, seed) for split in splits]
    flat = [one for inside in inner for one in inside]
    found = trainer.cross_validate(flat, lambda done, total: progress("training for stacking", done, total))
    combinations = []
    for number, inside in enumerate(inner):
        rows = [(number * STACKING_FOLDS + k, one.test) for k, one in enumerate(inside)]
        answers = np.concatenate([found.probabilities[:, row, test] for row, test in rows], axis=1)
        truth = data.labels[np.concatenate([test for _, test in rows])]
        combinations.append(fit_combination("stacked", answers, truth))
    return combinations
