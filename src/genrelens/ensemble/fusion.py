"""From members' probabilities on excerpts to a recording's scores: majority vote, soft vote, stacking.

A recording's scores are made in two steps, the same for every rule and wherever they are needed (recognition,
cross-validation, calibration, robustness, the paper's tables):

1. Each member's answer about the recording is the mean of its probabilities over the excerpts that sound.
2. The rule fuses the members' answers.

The order has reasons. The paper's vote is over members, each of which answers once a clip. Scores of a
majority of n members lie on the scale (votes + mean) / (n + 1) whatever the number of excerpts, so the
temperature and the thresholds that cross-validation finds hold with `--excerpts 1` and `--excerpts all`. And
a stacked fusion meets what it was fitted on, one answer a member and track. With `soft` the order of the two
means does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble.softmax import softmax

Array = NDArray[np.floating]
Rule = Literal["majority", "soft", "stacked"]
SMALLEST_PROBABILITY = 1e-6


def mean_over_excerpts(probabilities: Array, track: NDArray[np.integer], tracks: int) -> NDArray[np.float64]:
    """Each track's mean over its excerpts.

    Args:
        probabilities: (excerpts, ..., genres) of excerpts that sound.
        track: (excerpts,) the track of each, in [0, tracks).
        tracks: how many there are.

    Returns:
        (tracks, ..., genres); NaN for tracks without an excerpt.

    Example:
        >>> excerpts = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]])
        >>> mean_over_excerpts(excerpts, np.array([0, 0, 2]), 3).tolist()
        [[0.75, 0.25], [nan, nan], [0.0, 1.0]]
    """
    total = np.zeros((tracks, *probabilities.shape[1:]))
    np.add.at(total, track, probabilities)
    count = np.bincount(track, minlength=tracks).reshape(-1, *[1] * (probabilities.ndim - 1))
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def even_scores(genres: int) -> NDArray[np.float64]:
    """(genres,) all equal: the scores of a recording that is silent wherever it was decoded.

    Where all scores are equal no genre is predicted (`evaluation.metrics.predicted_genres`).

    Example:
        >>> even_scores(4).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    return np.full(genres, 1.0 / genres)


def even_where_silent(scores: Array) -> NDArray[np.float64]:
    """(..., genres) scores, with even ones in the place of NaN.

    Example:
        >>> even_where_silent(np.array([[np.nan, np.nan], [1.0, 0.0]])).tolist()
        [[0.5, 0.5], [1.0, 0.0]]
    """
    return np.asarray(np.where(np.isnan(scores), even_scores(scores.shape[-1]), scores))


def count_votes(probabilities: Array) -> NDArray[np.int64]:
    """How many rows put each genre first.

    Args:
        probabilities: (votes, genres); of equal maxima in a row the first one gets the vote.

    Returns:
        (genres,) counts, summing to the number of rows.

    Example:
        >>> count_votes(np.array([[0.6, 0.4], [0.1, 0.9], [0.7, 0.3]])).tolist()
        [2, 1]
    """
    return np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])


def majority_scores(probabilities: Array) -> Array:
    """Scores whose order is the majority vote's: most votes, ties by the highest summed probability.

    The mean probability counts as one more vote, shared out: (votes + mean) / (n + 1). A genre with more
    votes stays ahead, and among genres with equal votes the summed probabilities decide.

    Source: Ghosal and Kolekar 2018, section 3.

    Args:
        probabilities: (members, genres), one answer a member.

    Returns:
        (genres,) scores summing to 1.

    Example:
        >>> majority_scores(np.array([[0.5, 0.4, 0.1], [0.1, 0.8, 0.1]])).round(3).tolist()
        [0.433, 0.533, 0.033]
    """
    votes = count_votes(probabilities)
    return np.asarray((votes + probabilities.mean(axis=0)) / (len(probabilities) + 1))


def soft_scores(probabilities: Array, weights: Array | None = None) -> Array:
    """The weighted mean of the probabilities.

    Args:
        probabilities: (members, genres), one answer a member.
        weights: (members,), not negative, not all zero; equal when absent.

    Returns:
        (genres,) scores summing to 1.

    Example:
        >>> soft_scores(np.array([[0.6, 0.4], [0.2, 0.8]])).round(2).tolist()
        [0.4, 0.6]
    """
    return np.average(probabilities, axis=0, weights=weights)


def stacking_inputs(probabilities: Array) -> Array:
    """What a stacked fusion's regression sees: log probabilities, members side by side.

    Args:
        probabilities: (..., members, genres).

    Returns:
        (..., members * genres), in [-13.9, 0].

    Example:
        >>> stacking_inputs(np.array([[1.0, 0.0]])).round(1).tolist()
        [0.0, -13.8]
    """
    logs = np.log(np.clip(probabilities, SMALLEST_PROBABILITY, 1.0))
    return np.asarray(logs.reshape(*probabilities.shape[:-2], -1))


def stacked_scores(probabilities: Array, coefficients: Array, intercept: Array) -> Array:
    """A logistic regression on the members' log probabilities.

    Source: Wolpert 1992, *Stacked generalization*; see `training.fusion.fit_fusion` for what it is fitted on.

    Args:
        probabilities: (members, genres), one answer a member.
        coefficients: (genres, members * genres).
        intercept: (genres,).

    Returns:
        (genres,) scores summing to 1.

    Example:
        >>> identity = np.eye(2)
        >>> stacked_scores(np.array([[0.25, 0.75]]), identity, np.zeros(2)).round(2).tolist()
        [0.25, 0.75]
    """
    return softmax(coefficients @ stacking_inputs(probabilities) + intercept)


@dataclass(frozen=True)
class Fusion:
    """A rule with its arrays: from members' probabilities on excerpts to scores of recordings.

    Attributes:
        rule: `majority` (the paper's), `soft` or `stacked`.
        weights: (members,) for `soft`; empty for equal weights.
        coefficients: (genres, members * genres) for `stacked`.
        intercept: (genres,) for `stacked`.
    """

    rule: Rule
    weights: tuple[float, ...] = ()
    coefficients: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    intercept: tuple[float, ...] = field(default=(), repr=False)

    def __call__(self, probabilities: Array, sounding: NDArray[np.bool_] | None = None) -> Array:
        """The scores of one recording.

        Args:
            probabilities: (excerpts, members, genres), rows summing to 1.
            sounding: (excerpts,) False where an excerpt is silent, which then counts nowhere; None where all
                sound.

        Returns:
            (genres,) scores summing to 1; even ones where no excerpt sounds.

        Example:
            >>> Fusion("majority")(np.array([[[0.6, 0.4]], [[0.2, 0.8]]])).round(2).tolist()
            [0.2, 0.8]
            >>> Fusion("soft")(np.array([[[0.6, 0.4]], [[0.2, 0.8]]]), np.array([True, False])).tolist()
            [0.6, 0.4]
        """
        audible = probabilities if sounding is None else probabilities[sounding]
        return np.asarray(self.members(mean_over_excerpts(audible, np.zeros(len(audible), np.intp), 1))[0])

    def members(self, probabilities: Array) -> NDArray[np.float64]:
        """The scores of tracks whose excerpts are averaged already: the second step alone.

        Args:
            probabilities: (tracks, members, genres) as `mean_over_excerpts` gives them, NaN for tracks that
                are silent.

        Returns:
            (tracks, genres) scores, rows summing to 1; even ones for tracks that are silent.

        Example:
            >>> Fusion("soft").members(np.array([[[0.5, 0.5], [1.0, 0.0]], [[np.nan] * 2] * 2])).tolist()
            [[0.75, 0.25], [0.5, 0.5]]
        """
        scores = np.empty((len(probabilities), probabilities.shape[-1]))
        for row, answers in zip(scores, probabilities, strict=True):
            row[:] = even_scores(len(row)) if np.isnan(answers).any() else self._fused(answers)
        return scores

    def _fused(self, answers: Array) -> Array:
        """Of (members, genres)."""
        if self.rule == "majority":
            return majority_scores(answers)
        if self.rule == "soft":
            return soft_scores(answers, np.array(self.weights) if self.weights else None)
        coefficients, intercept = self._regression
        return stacked_scores(answers, coefficients, intercept)

    @cached_property
    def _regression(self) -> tuple[Array, Array]:
        return np.array(self.coefficients), np.array(self.intercept)
