"""Rules that join the members of an ensemble: the paper's majority vote, a soft vote, stacking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Rule = Literal["majority", "soft", "stacked"]


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


def majority_vote(probabilities: Array) -> int:
    """The genre most rows vote for; ties go to the highest summed probability among the tied.

    Source: Ghosal and Kolekar 2018, section 3.

    Args:
        probabilities: (votes, genres).

    Returns:
        The index of the winning genre.

    Example:
        >>> majority_vote(np.array([[0.5, 0.4, 0.1], [0.1, 0.8, 0.1]]))
        1
    """
    votes = count_votes(probabilities)
    summed = np.where(votes == votes.max(), probabilities.sum(axis=0), -1.0)
    return int(summed.argmax())


def majority_scores(probabilities: Array) -> Array:
    """Scores whose order is the majority vote's, ties broken as the paper breaks them.

    The mean probability counts as one more vote, shared out: (votes + mean) / (n + 1). A genre with more
    votes stays ahead, and among genres with equal votes the summed probabilities decide.

    Args:
        probabilities: (votes, genres).

    Returns:
        (genres,) scores summing to 1; their argmax is `majority_vote`.

    Example:
        >>> majority_scores(np.array([[0.5, 0.4, 0.1], [0.1, 0.8, 0.1]])).round(3).tolist()
        [0.433, 0.533, 0.033]
    """
    votes = count_votes(probabilities)
    return np.asarray((votes + probabilities.mean(axis=0)) / (len(probabilities) + 1))


def soft_scores(probabilities: Array, weights: Array | None = None) -> Array:
    """The weighted mean of the probabilities.

    Args:
        probabilities: (votes, genres).
        weights: (votes,), not negative, not all zero; equal when absent.

    Returns:
        (genres,) scores summing to 1.

    Example:
        >>> soft_scores(np.array([[0.6, 0.4], [0.2, 0.8]])).round(2).tolist()
        [0.4, 0.6]
    """
    return np.average(probabilities, axis=0, weights=weights)


def stacked_scores(probabilities: Array, coefficients: Array, intercept: Array) -> Array:
    """A logistic regression on the members' log probabilities.

    Args:
        probabilities: (members, genres), one excerpt.
        coefficients: (genres, members * genres).
        intercept: (genres,).

    Returns:
        (genres,) scores summing to 1.

    Example:
        >>> identity = np.eye(2)
        >>> stacked_scores(np.array([[0.25, 0.75]]), identity, np.zeros(2)).round(2).tolist()
        [0.25, 0.75]
    """
    logits = coefficients @ np.log(np.clip(probabilities, 1e-6, 1.0)).ravel() + intercept
    exponentials = np.exp(logits - logits.max())
    return np.asarray(exponentials / exponentials.sum())


@dataclass(frozen=True)
class Combination:
    """A rule with its arrays, applied to all excerpts of a recording.

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

    def __call__(self, probabilities: Array) -> Array:
        """Joins the members' answers on one or more excerpts.

        Args:
            probabilities: (excerpts, members, genres), rows summing to 1.

        Returns:
            (genres,) scores summing to 1.

        Example:
            >>> Combination("soft")(np.array([[[0.6, 0.4]], [[0.2, 0.8]]])).round(2).tolist()
            [0.4, 0.6]
        """
        excerpts, members, genres = probabilities.shape
        flat = probabilities.reshape(excerpts * members, genres)
        if self.rule == "majority":
            return majority_scores(flat)
        if self.rule == "soft":
            return soft_scores(flat, np.tile(self.weights, excerpts) if self.weights else None)
        coefficients, intercept = np.array(self.coefficients), np.array(self.intercept)
        return np.asarray(
            np.mean([stacked_scores(one, coefficients, intercept) for one in probabilities], axis=0)
        )
