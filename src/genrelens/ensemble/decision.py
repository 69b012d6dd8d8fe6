"""When to give no answer, and which genres to name together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def abstention_threshold(confidences: Array, right: NDArray[np.bool_], accuracy: float = 0.95) -> float:
    """The lowest confidence from which on the answered tracks are right often enough.

    Args:
        confidences: (tracks,) the winning score of each track the models were not trained on.
        right: (tracks,) whether the answer was right.
        accuracy: what the answered tracks must reach.

    Returns:
        A threshold: answering where `confidence >= threshold` is right in at least `accuracy` of those
        tracks, and no lower threshold is. 1.01 (never answer) when nothing reaches it.

    Example:
        >>> abstention_threshold(np.array([0.9, 0.8, 0.6, 0.5]), np.array([True, True, False, True]))
        0.8
    """
    order = np.argsort(-confidences, kind="stable")
    sorted_confidences = confidences[order]
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_equal = np.append(sorted_confidences[1:] < sorted_confidences[:-1], True)
    reached = np.flatnonzero((running >= accuracy) & last_of_equal)
    return float(sorted_confidences[reached[-1]]) if len(reached) else 1.01


def conformal_threshold(scores: Array, labels: NDArray[np.integer], coverage: float = 0.9) -> float:
    """The score from which on genres belong in a prediction set, by split conformal prediction.

    Source: Sadinle, Lei and Wasserman 2019, *Least ambiguous set-valued classifiers*; the finite-sample
    quantile of Vovk et al. 2005: ceil((n + 1) * coverage) / n.

    Args:
        scores: (tracks, genres) from tracks the models were not trained on.
        labels: (tracks,) genre indices.
        coverage: in (0, 1), the proportion of recordings whose set must hold their genre.

    Returns:
        A threshold in [0, 1]: a set of all genres with at least this score holds the right one for
        `coverage` of recordings like those given.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
        >>> conformal_threshold(scores, np.array([0, 0, 0, 0]), coverage=0.6)
        0.7
    """
    of_right_genre = np.sort(scores[np.arange(len(labels)), labels])
    missed = len(labels) - int(np.ceil((len(labels) + 1) * coverage))
    return float(of_right_genre[missed]) if missed >= 0 else 0.0


def prediction_set(scores: Array, threshold: float) -> list[int]:
    """The genres at or above the threshold, most likely first; at least the most likely one.

    Of several that are equally and most likely all are in it: all genres where the scores are even.

    Example:
        >>> prediction_set(np.array([0.2, 0.5, 0.3]), 0.25)
        [1, 2]
    """
    order = np.argsort(-scores, kind="stable")
    return [int(genre) for genre in order if scores[genre] >= min(threshold, scores[order[0]])]
