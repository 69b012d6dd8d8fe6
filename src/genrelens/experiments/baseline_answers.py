"""A baseline under one protocol: fitted anew on every split, tested on the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.cross_validation import cross_validate
from genrelens.baselines.inputs import BaselineInputs
from genrelens.datasets import DataSet
from genrelens.ensemble import even_where_silent
from genrelens.evaluation.results import Answers, SystemResults
from genrelens.experiments.bundle_answers import Evaluation, Progress, tracks_for
from genrelens.feature_store import FeatureStore
from genrelens.training.data import data_of
from genrelens.training.run_folder import RunFolder


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
    """
    everything = tracks_for(data, protocol, other)
    everything.plan(protocol, seed, one_way=True)  # refused before minutes of computing, not after
    inputs = store or FeatureStore(source=BaselineInputs(system.descriptors))
    table = inputs.compute(
        everything.tracks,
        system.input_names,
        jobs=jobs,
        progress=lambda done, total: progress("computing inputs", done, total),
    )
    rows = data_of(everything, table, system.input_names)
    plan = rows.dataset.plan(protocol, seed, one_way=True)
    found = cross_validate(
        system,
        rows,
        plan.splits,
        RunFolder(folder),
        seed,
        jobs,
        lambda done, total: progress("fitting", done, total),
    )
    answers = tuple(
        Answers(split.name, split.test, even_where_silent(one.probabilities))
        for split, one in zip(plan.splits, found, strict=True)
    )
    results = SystemResults(
        system.name,
        protocol,
        rows.genres,
        rows.track_ids,
        rows.labels,
        rows.groups,
        answers,
        plan.artists,
        np.zeros(len(rows.labels), dtype=bool),
    )
    return Evaluation(results, plan, (*plan.notes, *rows.notes))
