"""How good answers are: accuracy and its relatives, confusion, calibration, coverage.

Conventions: `truth` and `predicted` are integer arrays `(n,)` of genre numbers from 0, where a prediction may
be `NO_ANSWER`, which is never right; `probabilities` is `(n, genres)`, each row summing to 1. Results are
proportions in [0, 1], never percent. Every function checks its input first and raises `ValueError` on shapes
or ranges that mean nothing. Definitions are those of scikit-learn where it has one, and the tests hold them
against it. Intervals and comparisons live in `genrelens.evaluation.uncertainty` and are offered here as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genrelens.evaluation.uncertainty import (
    Comparison,
    Interval,
    McNemar,
    bootstrap_interval,
    mcnemar,
    mean_interval,
    paired_bootstrap,
    wilson_interval,
)

__all__ = [
    "NO_ANSWER",
    "Calibration",
    "Comparison",
    "Coverage",
    "GenreScores",
    "Interval",
    "McNemar",
    "accuracy",
    "balanced_accuracy",
    "balanced_mean",
    "bootstrap_interval",
    "calibration_curve",
    "confusion_matrix",
    "coverage_curve",
    "expected_calibration_error",
    "genre_scores",
    "hit_proportions",
    "log_loss",
    "log_losses",
    "macro_f1",
    "mcnemar",
    "mean_interval",
    "paired_bootstrap",
    "predicted_genres",
    "wilson_interval",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NO_ANSWER = -1
"""In the place of a genre number: nothing was predicted, as of a recording that is silent throughout."""


class GenreScores(NamedTuple):
    """Precision, recall and F1 of each genre, each `(genres,)` in [0, 1], and its tracks `(genres,)`."""

    precision: Floats
    recall: Floats
    f1: Floats
    tracks: Integers


class Calibration(NamedTuple):
    """A reliability diagram: for each occupied bin its mean confidence, accuracy and number of tracks."""

    confidence: Floats
    accuracy: Floats
    tracks: Integers


class Coverage(NamedTuple):
    """Accuracy among the most confident part of the tracks; both `(steps,)`, coverage rising to 1."""

    coverage: Floats
    accuracy: Floats
    threshold: Floats


def validate_labels(truth: Any, predicted: Any) -> tuple[Integers, Integers]:
    """Both as integer arrays of one length.

    Raises:
        ValueError: empty, of different lengths, negative (but for `NO_ANSWER`), or not whole numbers.
    """
    arrays = []
    for name, values, least in (("truth", truth, 0), ("predicted", predicted, NO_ANSWER)):
        array = np.asarray(values)
        if array.ndim != 1 or not array.size:
            raise ValueError(f"{name} must be a non-empty 1-d array, not of shape {array.shape}")
        if not np.issubdtype(array.dtype, np.integer) or array.min() < least:
            raise ValueError(f"{name} must hold genre numbers from 0")
        arrays.append(array.astype(np.int64))
    if len(arrays[0]) != len(arrays[1]):
        raise ValueError(f"{len(arrays[0])} true genres but {len(arrays[1])} predicted")
    return arrays[0], arrays[1]


def validate_probabilities(truth: Any, probabilities: Any) -> tuple[Integers, Floats]:
    """Labels `(n,)` and probabilities `(n, genres)` that belong together.

    Raises:
        ValueError: shapes do not fit, a row does not sum to 1 (within 1e-3), or a value is not in [0, 1].
    """
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"probabilities must be a non-empty 2-d array, not of shape {table.shape}")
    if not np.isfinite(table).all() or table.min() < 0 or np.abs(table.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("each row of probabilities must be non-negative and sum to 1")
    labels, _ = validate_labels(truth, table.argmax(axis=1))
    if labels.max() >= table.shape[1]:
        raise ValueError(f"genre number {labels.max()} has no column among {table.shape[1]}")
    return labels, table


def predicted_genres(probabilities: Any) -> Integers:
    """The likeliest genre of each row, `(...,)` of `(..., genres)`; `NO_ANSWER` where all are equally likely.

    Even scores are what a recording gets that is silent wherever it was decoded: no genre is predicted of it,
    in recognition as here, and it must not count as right where the first genre happens to be the true one.

    Example:
        >>> predicted_genres([[0.2, 0.8], [0.5, 0.5]]).tolist()
        [1, -1]
    """
    table = np.asarray(probabilities, dtype=np.float64)
    even = (table == table[..., :1]).all(axis=-1)
    return np.where(even, NO_ANSWER, table.argmax(axis=-1)).astype(np.int64)


def hit_proportions(truth: Any, tests: Iterable[tuple[Any, Any]]) -> Floats:
    """How often each track was right in the tests that held it, `(n,)`; NaN for tracks never tested.

    Args:
        truth: `(n,)`.
        tests: of each the positions tested, `(m,)`, and their probabilities, `(m, genres)`.

    Example:
        >>> hit_proportions([0, 1, 1], [([0, 1], [[0.9, 0.1], [0.8, 0.2]]), ([1], [[0.3, 0.7]])]).tolist()
        [1.0, 0.5, nan]
    """
    labels = np.asarray(truth)
    hits, times = np.zeros(len(labels)), np.zeros(len(labels))
    for tested, probabilities in tests:
        np.add.at(hits, tested, predicted_genres(probabilities) == labels[tested])
        np.add.at(times, tested, 1)
    return np.asarray(np.where(times > 0, hits / np.maximum(times, 1), np.nan))


def balanced_mean(values: Any, truth: Any) -> float:
    """The mean over the genres that occur of the mean of their tracks' values.

    Args:
        values: `(n,)`, of hits 0 or 1, or proportions of hits.
        truth: `(n,)`.

    Example:
        >>> balanced_mean([1, 1, 0.5, 0.0], [0, 0, 1, 1])
        0.625
    """
    column, labels = np.asarray(values, dtype=np.float64), np.asarray(truth)
    return float(np.mean([column[labels == genre].mean() for genre in np.unique(labels)]))


def accuracy(truth: Any, predicted: Any) -> float:
    """Share of tracks whose genre was found.

    Example:
        >>> accuracy([0, 1, 1, 2], [0, 1, 2, 2])
        0.75
    """
    labels, answers = validate_labels(truth, predicted)
    return float(np.mean(labels == answers))


def confusion_matrix(truth: Any, predicted: Any, genres: int | None = None) -> Integers:
    """Counts `(genres, genres)`: row is the true genre, column the predicted one.

    Tracks without a prediction are not in it.

    Example:
        >>> confusion_matrix([0, 0, 1], [0, 1, 1]).tolist()
        [[1, 1], [0, 1]]
    """
    labels, answers = validate_labels(truth, predicted)
    size = int(max(labels.max(), answers.max())) + 1
    if genres is not None:
        if genres < size:
            raise ValueError(f"genre number {size - 1} among {genres} genres")
        size = genres
    cells = (labels * size + answers)[answers != NO_ANSWER]
    return np.bincount(cells, minlength=size * size).reshape(size, size).astype(np.int64)


def genre_scores(truth: Any, predicted: Any, genres: int | None = None) -> GenreScores:
    """Precision, recall and F1 genre by genre; a ratio without cases is 0.

    Example:
        >>> genre_scores([0, 0, 1], [0, 1, 1]).recall.tolist()
        [0.5, 1.0]
    """
    matrix = confusion_matrix(truth, predicted, genres)
    hits = np.diag(matrix).astype(np.float64)
    named, there = matrix.sum(axis=0), np.bincount(np.asarray(truth), minlength=len(matrix))
    return GenreScores(
        precision=hits / np.maximum(named, 1),
        recall=hits / np.maximum(there, 1),
        f1=2 * hits / np.maximum(named + there, 1),
        tracks=there,
    )


def balanced_accuracy(truth: Any, predicted: Any) -> float:
    """Mean recall over the genres that occur in `truth`.

    Example:
        >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
        0.5
    """
    labels, answers = validate_labels(truth, predicted)
    return balanced_mean(labels == answers, labels)


def macro_f1(truth: Any, predicted: Any, genres: Any = None) -> float:
    """Mean F1 over genres.

    Args:
        truth: `(n,)`.
        predicted: `(n,)`.
        genres: numbers of those that are averaged; by default all that occur in `truth` or `predicted`. Where
            a system knows genres that the data lack, give those of `truth`: the others have no F1.

    Example:
        >>> round(macro_f1([0, 0, 0, 1], [0, 0, 0, 0]), 3)
        0.429
        >>> [round(macro_f1([0, 0, 1], [0, 2, 1], genres), 3) for genres in (None, [0, 1])]
        [0.556, 0.833]
    """
    scores = genre_scores(truth, predicted)
    if genres is None:
        genres = np.setdiff1d(np.union1d(truth, predicted), [NO_ANSWER])
    return float(scores.f1[np.asarray(genres)].mean())


def log_loss(truth: Any, probabilities: Any, floor: float = 1e-7) -> float:
    """Mean of -ln of the probability given to the true genre, which is taken as at least `floor`.

    Example:
        >>> round(log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)
        0.6931
    """
    return float(log_losses(truth, probabilities, floor).mean())


def log_losses(truth: Any, probabilities: Any, floor: float = 1e-7) -> Floats:
    """(n,) each track's part of `log_loss`.

    Example:
        >>> log_losses([0, 1], [[0.5, 0.5], [0.75, 0.25]]).round(4).tolist()
        [0.6931, 1.3863]
    """
    labels, table = validate_probabilities(truth, probabilities)
    return np.asarray(-np.log(np.maximum(table[np.arange(len(labels)), labels], floor)))


def calibration_curve(truth: Any, probabilities: Any, bins: int = 15) -> Calibration:
    """Confidence against accuracy in bins of equal width, the empty ones left out.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017; confidence is the largest
    probability, a bin holds its upper edge.

    Example:
        >>> calibration_curve([0, 1], [[0.9, 0.1], [0.8, 0.2]], bins=2).accuracy.tolist()
        [0.5]
    """
    if bins < 1:
        raise ValueError("at least one bin is needed")
    labels, table = validate_probabilities(truth, probabilities)
    confidence = table.max(axis=1)
    right = (predicted_genres(table) == labels).astype(np.float64)
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    used = count > 0
    mean_confidence, mean_right = (
        np.bincount(place, weights=w, minlength=bins)[used] / count[used] for w in (confidence, right)
    )
    return Calibration(mean_confidence, mean_right, count[used].astype(np.int64))


def expected_calibration_error(truth: Any, probabilities: Any, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over `calibration_curve`'s bins, weighted by tracks.

    Example:
        >>> expected_calibration_error([0, 1, 0, 0], [[0.75, 0.25]] * 4)
        0.0
    """
    curve = calibration_curve(truth, probabilities, bins)
    distance = np.abs(curve.confidence - curve.accuracy)
    return float(np.sum(distance * curve.tracks) / curve.tracks.sum())


def coverage_curve(truth: Any, probabilities: Any) -> Coverage:
    """Accuracy among the tracks at least as confident as each threshold that occurs.

    Equal confidences enter together, so that the order of tracks does not matter.

    Example:
        >>> coverage_curve([0, 1], [[0.9, 0.1], [0.8, 0.2]]).accuracy.tolist()
        [1.0, 0.5]
    """
    labels, table = validate_probabilities(truth, probabilities)
    confidence = table.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum((predicted_genres(table) == labels)[order])
    ranked = confidence[order]
    last = np.append(np.flatnonzero(ranked[1:] < ranked[:-1]), len(ranked) - 1)
    return Coverage((last + 1) / len(labels), right[last] / (last + 1), ranked[last])
