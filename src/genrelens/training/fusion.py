"""Members' out-of-fold answers joined, and what follows for a bundle: arrays, calibration, thresholds.

Conventions: `probabilities` are (members, tracks, genres) of tracks the members were not trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import (
    Combination,
    abstention_threshold,
    apply_temperature,
    conformal_threshold,
    fit_temperature,
)
from genrelens.ensemble.combination import Rule
from genrelens.heads.head import class_weights, fit_softmax_regression, one_hot
from genrelens.recipes.load import Decision
from genrelens.training.matrix import Indices

Floats = NDArray[np.float64]
STACKING_L2 = 0.03
"""Penalty of the stacking regression: as many coefficients as members times genres squared need much."""


def fit_combination(rule: Rule, probabilities: Floats, labels: Indices) -> Combination:
    """A rule with its arrays.

    Args:
        rule: `majority` and `soft` need no arrays, `stacked` learns them.
        probabilities: (members, tracks, genres).
        labels: (tracks,).

    Example:
        >>> fit_combination("soft", np.zeros((1, 0, 2)), np.zeros(0, int)).rule
        'soft'
    """
    if rule != "stacked":
        return Combination(rule)
    members, tracks, genres = probabilities.shape
    z = np.log(np.clip(probabilities, 1e-6, 1.0)).transpose(1, 0, 2).reshape(tracks, members * genres)
    w, bias = fit_softmax_regression(z, one_hot(labels, genres), class_weights(labels), STACKING_L2)
    rows = tuple(tuple(float(value) for value in row) for row in w.T)
    return Combination(rule, coefficients=rows, intercept=tuple(float(value) for value in bias))


def joined(combination: Combination, probabilities: Floats) -> Floats:
    """Scores (tracks, genres) of members' probabilities (members, tracks, genres).

    Example:
        >>> joined(Combination("soft"), np.array([[[0.5, 0.5]], [[1.0, 0.0]]])).tolist()
        [[0.75, 0.25]]
    """
    _, tracks, genres = probabilities.shape
    scores = np.zeros((tracks, genres))
    for track in range(tracks):
        scores[track] = combination(probabilities[np.newaxis, :, track])
    return scores


@dataclass(frozen=True)
class Calibration:
    """What a bundle does with joined scores; see `bundle.Manifest`."""

    temperature: float
    answer_threshold: float
    set_threshold: float


def calibrate(scores: Floats, labels: Indices, decision: Decision) -> Calibration:
    """Temperature, then the threshold under which nothing is answered, and that of prediction sets.

    Args:
        scores: (tracks, genres) joined, out of fold.
        labels: (tracks,).
        decision: what is wanted.
    """
    temperature = fit_temperature(scores, labels)
    calibrated = apply_temperature(scores, temperature)
    answer = 0.0
    if decision.answer_accuracy:
        right = calibrated.argmax(axis=1) == labels
        answer = abstention_threshold(calibrated.max(axis=1), right, decision.answer_accuracy)
    return Calibration(
        temperature, min(answer, 1.0), conformal_threshold(calibrated, labels, decision.set_coverage)
    )
