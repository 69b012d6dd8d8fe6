"""Fits fusions on out-of-fold predictions; calibration and thresholds of fused scores.

Conventions: `probabilities` are (members, tracks, genres), each a member's mean over a track's excerpts, NaN
where a track is silent; out of fold: by models that were not trained on the track.

A stacked fusion has one meaning wherever it is measured or written into a bundle: it is fitted on answers
about the tracks of one training part, by models trained inside that part that have seen neither the track nor
its artist in training. For a bundle the part is all tracks, and the answers are those of its
cross-validation. For a split it is the split's training part, and the answers are those of `inner_splits`, so
that no model that the fusion learns from has seen what the split tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import (
    Fusion,
    abstention_threshold,
    apply_temperature,
    conformal_threshold,
    fit_temperature,
    stacking_inputs,
)
from genrelens.ensemble.fusion import Rule
from genrelens.errors import DataError
from genrelens.evaluation.metrics import NO_ANSWER, predicted_genres
from genrelens.evaluation.splits import Split
from genrelens.heads.head import class_weights, fit_softmax_regression, one_hot
from genrelens.recipes.load import Decision
from genrelens.training.cross_validation import CrossValidation, Trainer
from genrelens.training.inner_folds import inner_splits
from genrelens.training.matrix import Indices

Floats = NDArray[np.float64]
STACKING_L2 = 0.03
"""Penalty of the stacking regression: as many coefficients as members times genres squared need much."""
STACKING_FOLDS = 3
"""Divisions of each training part that a stacked fusion is fitted on: so many times more is trained."""


def fit_fusion(rule: Rule, probabilities: Floats, labels: Indices) -> Fusion:
    """A rule with its arrays.

    Args:
        rule: `majority` and `soft` need no arrays; `stacked` is a logistic regression on log probabilities,
            genres weighing alike.
        probabilities: (members, tracks, genres); tracks that are silent are left out.
        labels: (tracks,).

    Raises:
        DataError: `stacked`, and all tracks are silent.

    Example:
        >>> fit_fusion("soft", np.zeros((1, 0, 2)), np.zeros(0, int)).rule
        'soft'
    """
    if rule != "stacked":
        return Fusion(rule)
    not_silent = ~np.isnan(probabilities).any(axis=(0, 2))
    if not not_silent.any():
        raise DataError("a stacked fusion has no track to be fitted on: all are silent; check the files")
    z, truth = stacking_inputs(probabilities[:, not_silent].transpose(1, 0, 2)), labels[not_silent]
    w, bias = fit_softmax_regression(
        z, one_hot(truth, probabilities.shape[2]), class_weights(truth), STACKING_L2
    )
    rows = tuple(tuple(float(value) for value in row) for row in w.T)
    return Fusion(rule, coefficients=rows, intercept=tuple(float(value) for value in bias))


def split_fusions(
    trainer: Trainer,
    splits: Sequence[Split],
    rule: Rule,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Fusion, ...]:
    """The fusion of each split, fitted inside the split's training part.

    Args:
        trainer: trains the members inside each training part, `STACKING_FOLDS` times, where the rule learns.
        splits: in order.
        rule: of fusion.
        progress: called as epochs are done.
    """
    if rule != "stacked":
        return (Fusion(rule),) * len(splits)
    data = trainer.data
    inner = [inner_splits(one, data.labels, data.groups, STACKING_FOLDS, trainer.seed) for one in splits]
    found = trainer.cross_validate([one for inside in inner for one in inside], progress)
    fusions = []
    for number, inside in enumerate(inner):
        rows = [(number * STACKING_FOLDS + k, one.test) for k, one in enumerate(inside)]
        answers = np.concatenate([found.probabilities[:, row, test] for row, test in rows], axis=1)
        truth = data.labels[np.concatenate([test for _, test in rows])]
        fusions.append(fit_fusion(rule, answers, truth))
    return tuple(fusions)


def fuse_splits(found: CrossValidation, fusions: Sequence[Fusion]) -> Floats:
    """(splits, tracks, genres) scores of tested tracks, NaN elsewhere; equal for all genres where a tested
    track is silent.

    Args:
        found: the members' answers.
        fusions: one a split.
    """
    scores = np.full(found.probabilities.shape[1:], np.nan)
    for number, (here, fusion) in enumerate(zip(found.tested, fusions, strict=True)):
        scores[number, here] = fusion.members(found.probabilities[:, number, here].transpose(1, 0, 2))
    return scores


@dataclass(frozen=True)
class Calibration:
    """What a bundle does with fused scores; see `bundle.Manifest`."""

    temperature: float
    answer_threshold: float
    set_threshold: float


def calibrate(scores: Floats, labels: Indices, decision: Decision) -> Calibration:
    """Temperature, then the threshold under which nothing is answered, and that of prediction sets.

    Tracks with equal scores for all genres (silent ones) are left out: recognition answers nothing of what is
    silent, and its set holds all genres, whatever the thresholds are. Nothing is rounded: the threshold is
    the confidence of a track, which must be answered itself.

    Args:
        scores: (tracks, genres) fused, out of fold.
        labels: (tracks,).
        decision: what is wanted.
    """
    answered = predicted_genres(scores) != NO_ANSWER
    scores, labels = scores[answered], labels[answered]
    temperature = fit_temperature(scores, labels)
    calibrated = apply_temperature(scores, temperature)
    answer = 0.0
    if decision.answer_accuracy:
        right = predicted_genres(scores) == labels
        answer = abstention_threshold(calibrated.max(axis=1), right, decision.answer_accuracy)
    return Calibration(
        temperature, min(answer, 1.0), conformal_threshold(calibrated, labels, decision.set_coverage)
    )
