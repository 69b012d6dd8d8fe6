"""Settings are chosen on the training part alone, artists apart, and every genre has a probability."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import fit_chosen


def two_moons(seed: int = 0, count: int = 120):
    """Rows of three genres that a wide kernel tells worse than a narrow one, of artists of three rows."""
    draws = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    angle = draws.uniform(0, 2 * np.pi, count)
    radius = 1.0 + labels + draws.normal(0, 0.15, count)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
    return x, labels, np.arange(count) // 3


def test_the_setting_that_does_best_inside_the_training_part_is_taken() -> None:
    x, labels, groups = two_moons()
    system = Baseline("rings", "", ("averaged",), SVC, {"kernel": ("linear", "rbf")})
    fitted = fit_chosen(system, x, labels, groups, 3, seed=0)
    alone = {one: cross_val_score(SVC(kernel=one), x, labels, cv=3).mean() for one in ("linear", "rbf")}
    assert fitted.chosen == {"kernel": max(alone, key=alone.get)}
    fresh, truth, _ = two_moons(seed=1)
    assert (fitted.predict(fresh).argmax(1) == truth).mean() > 0.9


class Spy(ClassifierMixin, BaseEstimator):
    """Notes which rows it was fitted on and asked about; the first number of a row is its artist."""

    seen: list[tuple[set, set]] = []  # noqa: RUF012

    def __init__(self, setting: int = 0) -> None:
        self.setting = setting

    def fit(self, x, y):
        self.classes_, self.learnt_ = np.unique(y), set(x[:, 0].tolist())
        return self

    def predict(self, x):
        Spy.seen.append((self.learnt_, set(x[:, 0].tolist())))
        return np.full(len(x), self.classes_[0])

    def decision_function(self, x):
        return np.zeros((len(x), len(self.classes_)))


def test_no_artist_stands_on_both_sides_of_a_choice_and_all_rows_are_learnt_from_in_the_end() -> None:
    _, labels, groups = two_moons()
    Spy.seen = []
    x = groups[:, None].astype(np.float32)
    fitted = fit_chosen(Baseline("spy", "", ("a",), Spy, {"setting": (1, 2)}), x, labels, groups, 3, seed=0)
    assert len(Spy.seen) == 6
    assert all(not learnt & tested for learnt, tested in Spy.seen)
    assert fitted.estimator.learnt_ == set(groups.tolist())
    assert fitted.chosen == {"setting": 1}, "the first of equals"


@pytest.mark.parametrize("classifier", [SVC, LinearSVC, KNeighborsClassifier])
def test_a_genre_that_was_not_learnt_gets_no_probability_and_the_likeliest_is_what_it_predicts(
    classifier,
) -> None:
    x, labels, groups = two_moons()
    labels = np.where(labels == 1, 4, labels)
    make = (lambda: SVC(break_ties=True)) if classifier is SVC else classifier
    fitted = fit_chosen(Baseline("some", "", ("a",), make), x, labels, groups, 6, seed=0)
    found = fitted.predict(x)
    assert found.shape == (len(x), 6)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found[:, [1, 3, 5]] == 0).all()
    assert np.array_equal(found.argmax(axis=1), fitted.estimator.predict(x))


def test_two_genres_have_two_probabilities() -> None:
    x, labels, groups = two_moons()
    few = labels < 2
    system = Baseline("two", "", ("a",), LinearSVC)
    fitted = fit_chosen(system, x[few], labels[few], groups[few], 2, seed=0)
    assert np.array_equal(fitted.predict(x).argmax(axis=1), fitted.estimator.predict(x))
