"""Confidences, abstention and prediction sets keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from genrelens.ensemble import (
    abstention_threshold,
    apply_temperature,
    conformal_threshold,
    fit_temperature,
    prediction_set,
)


def test_temperature_is_where_the_log_loss_is_least() -> None:
    random = np.random.default_rng(3)
    scores = random.dirichlet(np.full(10, 0.3), size=400)
    labels = np.array([random.choice(10, p=apply_temperature(row, 2.5)) for row in scores])

    def log_loss(temperature: float) -> float:
        return -np.log(apply_temperature(scores, temperature)[np.arange(400), labels]).mean()

    best = minimize_scalar(log_loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-8})
    assert fit_temperature(scores, labels) == pytest.approx(best.x, rel=1e-3)
    assert fit_temperature(scores, labels) == pytest.approx(2.5, rel=0.25)


@given(st.floats(0.05, 20.0), st.integers(0, 10_000))
def test_temperature_never_changes_the_order(temperature: float, seed: int) -> None:
    scores = np.random.default_rng(seed).dirichlet(np.ones(6))
    changed = apply_temperature(scores, temperature)
    assert changed.sum() == pytest.approx(1)
    assert np.all(np.diff(changed[np.argsort(scores)]) >= -1e-12)


@given(st.integers(0, 10_000), st.floats(0.5, 1.0))
def test_answered_tracks_are_right_as_often_as_asked(seed: int, accuracy: float) -> None:
    random = np.random.default_rng(seed)
    confidences = random.choice([0.2, 0.3, 0.5, 0.7, 0.9], size=60)
    right = random.random(60) < confidences
    threshold = abstention_threshold(confidences, right, accuracy)
    answered = confidences >= threshold
    if answered.any():
        assert right[answered].mean() >= accuracy
    for lower in sorted(set(confidences[confidences < threshold])):
        assert right[confidences >= lower].mean() < accuracy


def test_prediction_sets_hold_the_right_genre_as_often_as_promised() -> None:
    covered = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        scores = random.dirichlet(np.full(5, 0.5), size=600)
        labels = np.array([random.choice(5, p=row) for row in scores])
        threshold = conformal_threshold(scores[:300], labels[:300], coverage=0.9)
        sets = [prediction_set(row, threshold) for row in scores[300:]]
        covered.append(np.mean([label in chosen for label, chosen in zip(labels[300:], sets, strict=True)]))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.015)


def test_too_few_tracks_give_sets_of_everything() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    threshold = conformal_threshold(scores, np.array([0, 1]), coverage=0.9)
    assert prediction_set(scores[0], threshold) == [0, 1]
