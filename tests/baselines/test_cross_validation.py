"""A system on splits: what scikit-learn would answer, each split computed once, whatever the processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from made_data import made_data
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.cross_validation import cross_validate
from genrelens.training.run_folder import RunFolder

NEAREST = Baseline("nearest", "", ("averaged",), KNeighborsClassifier, {"n_neighbors": (1,)})


def test_answers_are_those_of_the_classifier_fitted_by_hand(tmp_path: Path) -> None:
    data = made_data()
    plan = data.dataset.plan("artist5", 0)
    found = cross_validate(NEAREST, data, plan.splits, RunFolder(tmp_path))
    x = np.stack(data.inputs["averaged"])
    for split, one in zip(plan.splits, found, strict=True):
        learnt, tested = data.learnt_rows(split.train), data.tested_rows(split.test)
        by_hand = KNeighborsClassifier(1).fit(x[learnt], data.row_labels[learnt])
        answers = np.zeros((len(tested), len(data.genres)))
        answers[:, by_hand.classes_] = by_hand.predict_proba(x[tested])
        for place, track in enumerate(split.test):
            rows = data.track[tested] == track
            np.testing.assert_allclose(one.probabilities[place], answers[rows].mean(axis=0))


def test_a_second_run_reads_what_the_first_computed(tmp_path: Path) -> None:
    data = made_data()
    splits = data.dataset.plan("artist5", 0).splits
    steps = []
    first = cross_validate(NEAREST, data, splits[:2], RunFolder(tmp_path))
    again = cross_validate(
        NEAREST, data, splits, RunFolder(tmp_path), progress=lambda done, total: steps.append((done, total))
    )
    assert steps[0] == (2, len(splits))
    for one, other in zip(first, again, strict=False):
        assert np.array_equal(one.probabilities, other.probabilities)


def test_two_processes_give_the_numbers_of_one(tmp_path: Path) -> None:
    data = made_data()
    splits = data.dataset.plan("artist5", 0).splits
    one = cross_validate(NEAREST, data, splits, RunFolder(tmp_path / "one"))
    two = cross_validate(NEAREST, data, splits, RunFolder(tmp_path / "two"), jobs=2)
    assert all(np.array_equal(a.probabilities, b.probabilities) for a, b in zip(one, two, strict=True))


def test_another_grid_or_version_is_computed_anew(tmp_path: Path) -> None:
    data = made_data()
    splits = data.dataset.plan("artist5", 0).splits[:1]
    [first] = cross_validate(NEAREST, data, splits, RunFolder(tmp_path))
    dull = Baseline("nearest", "", ("averaged",), DummyClassifier, version=2)
    [second] = cross_validate(dull, data, splits, RunFolder(tmp_path))
    assert not np.array_equal(first.probabilities, second.probabilities)
