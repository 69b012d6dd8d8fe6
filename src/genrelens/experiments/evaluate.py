"""A recipe under one protocol: trained anew on every split, tested on the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet
from genrelens.evaluation.results import Answers, Outcome
from genrelens.experiments.bundle_answers import Evaluation, Progress, evaluate_bundle, tracks_for
from genrelens.feature_store import FeatureStore
from genrelens.recipes.load import Recipe
from genrelens.training.cross_validation import Trainer
from genrelens.training.fusion import fuse_splits, split_fusions
from genrelens.training.inputs import heard_data, input_store
from genrelens.training.run_folder import RunFolder

__all__ = ["Evaluation", "evaluate_bundle", "evaluate_recipe", "tracks_for"]


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
        recipe: members and the rule that fuses them; `stacked` is fitted on what models trained and tested
            inside each training part answer.
        data: the data set.
        protocol: a name in `PROTOCOLS`.
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
    fusions = split_fusions(
        trainer, plan.splits, recipe.rule, lambda done, total: progress("training for stacking", done, total)
    )
    scores = fuse_splits(found, fusions)
    answers = tuple(
        Answers(split.name, split.test, scores[number, split.test])
        for number, split in enumerate(plan.splits)
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
