"""Baselines under protocols: fitted anew on every split, tested on the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.cross_validation import cross_validate
from genrelens.baselines.inputs import BaselineInputs
from genrelens.datasets import DataSet
from genrelens.ensemble import even_where_silent
from genrelens.evaluation.results import Answers
from genrelens.experiments.bundle_answers import Evaluation, Progress, tracks_for
from genrelens.experiments.split_answers import split_results
from genrelens.feature_store import FeatureStore
from genrelens.training.data import TrainingData, data_of
from genrelens.training.run_folder import RunFolder

Steps = Callable[[int, int], None]
"""Called with steps done, and steps in all."""


def evaluate_baseline(
    system: Baseline,
    data: DataSet,
    protocol: str,
    folder: Path,
    other: DataSet | None = None,
    seed: int = 0,
    jobs: int = 1,
    store: FeatureStore | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Fits a system on every split and tests it on the rest.

    Args:
        system: what is fitted.
        data: the data set.
        protocol: one of `evaluation.protocols.protocol_names`.
        folder: of finished splits; a run that was stopped goes on from there.
        other: the collection that `cross` tests on.
        seed: of splits and classifiers.
        jobs: processes.
        store: of computed inputs; None is the user's cache.
        progress: called as work is done.

    Raises:
        DataError: the protocol cannot split the data.
        FittingFailed: the classifier cannot be fitted on a split.
    """
    everything = tracks_for(data, protocol, other)
    everything.plan(protocol, seed, one_way=True)  # refused before minutes of computing, not after
    rows = baseline_rows(
        [system], everything, jobs, store, lambda done, total: progress("computing inputs", done, total)
    )
    return evaluate_on_rows(
        system, rows, protocol, folder, seed, jobs, lambda done, total: progress("fitting", done, total)
    )


def baseline_rows(
    systems: Sequence[Baseline],
    data: DataSet,
    jobs: int = 1,
    store: FeatureStore | None = None,
    progress: Steps = lambda done, total: None,
) -> TrainingData:
    """The inputs of several systems, each recording decoded once.

    Args:
        systems: whose inputs.
        data: tracks; for `cross` those of both collections.
        jobs: processes.
        store: of computed inputs; None is the user's cache.
        progress: called with recordings done, and how many there are.

    Raises:
        DataError: too few tracks of a genre can be decoded.
        EncoderError: a network is not on this machine.
        PluginError: two systems have different descriptors of one name.
    """
    inputs = store or FeatureStore(source=BaselineInputs.of(systems))
    names = list(dict.fromkeys(name for system in systems for name in system.input_names))
    table = inputs.compute(data.tracks, names, jobs=jobs, progress=progress)
    return data_of(data, table, names)


def evaluate_on_rows(
    system: Baseline,
    rows: TrainingData,
    protocol: str,
    folder: Path,
    seed: int = 0,
    jobs: int = 1,
    progress: Steps = lambda done, total: None,
) -> Evaluation:
    """Fits a system on every split of computed inputs and tests it on the rest.

    Args:
        system: what is fitted.
        rows: from `baseline_rows`, of this system or of several.
        protocol: one of `evaluation.protocols.protocol_names`.
        folder: of finished splits.
        seed: of splits and classifiers.
        jobs: processes.
        progress: called with splits done, and how many there are.

    Raises:
        DataError: the protocol cannot split the data.
        FittingFailed: the classifier cannot be fitted on a split.
    """
    plan = rows.dataset.plan(protocol, seed, one_way=True)
    found = cross_validate(system, rows, plan.splits, RunFolder(folder), seed, jobs, progress)
    answers = [
        Answers(split.name, split.test, even_where_silent(one.probabilities))
        for split, one in zip(plan.splits, found, strict=True)
    ]
    results = split_results(system.name, answers, plan, rows.dataset)
    return Evaluation(results, plan, (*plan.notes, *rows.notes), tuple(one.seconds for one in found))
