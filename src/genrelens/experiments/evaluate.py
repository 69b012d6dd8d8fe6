"""A recipe under one protocol: trained anew on every split, tested on the rest."""

from __future__ import annotations

from pathlib import Path

from genrelens.datasets import DataSet
from genrelens.evaluation.results import Answers
from genrelens.experiments.bundle_answers import Evaluation, Progress, evaluate_bundle, tracks_for
from genrelens.experiments.split_answers import split_results
from genrelens.feature_store import FeatureStore
from genrelens.recipes.load import Recipe
from genrelens.training.build import evaluate_recipe
from genrelens.training.inputs import input_store, training_data
from genrelens.training.options import TrainerOptions

__all__ = ["Evaluation", "evaluate_bundle", "evaluate_under_protocol", "tracks_for"]


def evaluate_under_protocol(
    recipe: Recipe,
    data: DataSet,
    protocol: str,
    folder: Path,
    other: DataSet | None = None,
    options: TrainerOptions | None = None,
    store: FeatureStore | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Trains a recipe on every split and tests it on the rest.

    Args:
        recipe: members and the rule that fuses them; `stacked` is fitted on what models trained and tested
            inside each training part answer.
        data: the data set.
        protocol: one of `evaluation.protocols.protocol_names`.
        folder: of finished trainings; a run that was stopped goes on from there.
        other: the collection that `cross` tests on.
        options: seed of splits and trainings, device, processes.
        store: features on disk.
        progress: called as work is done.

    Raises:
        DataError: the protocol cannot split the data.
    """
    chosen = options or TrainerOptions()
    everything = tracks_for(data, protocol, other)
    everything.plan(protocol, chosen.seed, one_way=True)  # refused before hours of computing, not after
    training = training_data(
        recipe,
        everything,
        store or input_store(recipe),
        chosen.jobs,
        lambda done, total: progress("decoding", done, total),
    )
    evaluated = evaluate_recipe(
        recipe,
        training,
        folder,
        protocol,
        chosen,
        lambda what, done, total: progress("training", done, total),
        one_way=True,
    )
    plan, scores = evaluated.plan, evaluated.fused[recipe.rule]
    answers = [
        Answers(split.name, split.test, scores[number, split.test])
        for number, split in enumerate(plan.splits)
    ]
    results = split_results(recipe.name, answers, plan, training.dataset)
    timed = recipe.rule != "stacked"  # whose models for stacking are trained, and timed, elsewhere
    by_member = evaluated.found.results.values()
    seconds = [sum(own[number].seconds for own in by_member) for number in range(len(plan.splits))]
    return Evaluation(results, plan, (*evaluated.notes, *training.notes), tuple(seconds) if timed else ())
