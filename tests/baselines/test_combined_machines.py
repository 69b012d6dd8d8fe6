"""Machines for parts: what they promise to whoever combines and chooses among them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from genrelens.baselines.classifiers.combined_machines import CombinedMachines
from genrelens.baselines.classifiers.feature_selection import selecting_machine, separation


def rows(parts: int, informative: int, count: int = 120, classes: int = 3, seed: int = 0) -> tuple:
    """Noise in all parts but the first `informative` ones, which tell the class."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    x = random.normal(0, 1, (count, parts, 6))
    x[:, :informative] += labels[:, None, None] * 1.2
    return x.astype(np.float32), labels


@pytest.mark.parametrize("rule", ["sum", "product"])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_probabilities_of_unseen_rows(kernel: str, rule: str) -> None:
    (x, labels), (unseen, truth) = rows(4, 2), rows(4, 2, seed=1)
    fitted = CombinedMachines(kernel=kernel, rule=rule).fit(x, labels)
    found = fitted.predict_proba(unseen)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert found.min() >= 0
    np.testing.assert_array_equal(fitted.predict(unseen), found.argmax(axis=1))
    assert (found.argmax(axis=1) == truth).mean() > 0.8


def test_parts_that_know_nothing_hardly_disturb_the_one_that_does() -> None:
    (x, labels), (unseen, truth) = rows(6, 1, count=300), rows(6, 1, count=300, seed=1)
    alone = CombinedMachines().fit(x[:, :1], labels).predict(unseen[:, :1]) == truth
    together = CombinedMachines(rule="product").fit(x, labels).predict(unseen) == truth
    assert together.mean() > alone.mean() - 0.05
    ignorant = CombinedMachines().fit(x[:, 1:2], labels).predict_proba(unseen[:, 1:2])
    assert ignorant.max() < 0.6


def test_few_rows_two_classes_and_constant_numbers_are_no_obstacle() -> None:
    x, labels = rows(2, 2, count=20, classes=2)
    x[:, :, 3] = 7.0
    few = np.concatenate([np.flatnonzero(labels == 0)[:6], np.flatnonzero(labels == 1)[:1]])
    for chosen in (slice(None), few):
        found = CombinedMachines().fit(x[chosen], labels[chosen]).predict_proba(x)
        assert found.shape == (20, 2)
        assert np.isfinite(found).all()


def test_it_can_be_cloned_and_searched() -> None:
    x, labels = rows(2, 1)
    search = GridSearchCV(CombinedMachines(), {"C": (0.1, 1.0), "rule": ("sum", "product")}, cv=3)
    assert search.fit(x, labels).best_score_ > 0.6
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_selection_keeps_what_separates_and_never_warns() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    x = random.normal(0, 1, (60, 10))
    x[:, 4] += 4 * labels
    x[:, 7] = 1.0
    scores = separation(x, labels)
    assert scores.argmax() == 4
    assert scores[7] == 0
    machine = selecting_machine().set_params(selectkbest__k=1).fit(x, labels)
    assert machine["selectkbest"].get_support(indices=True).tolist() == [4]
    shuffled = x.copy()
    shuffled[:, :4] = random.permutation(shuffled[:, :4])
    np.testing.assert_array_equal(machine.predict(x), machine.predict(shuffled))
