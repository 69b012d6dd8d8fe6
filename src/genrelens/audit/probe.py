"""A small classifier in NumPy for finding out what features know: kernel ridge, cross-validated.

It is a measuring instrument, not a member of any ensemble: no setting of it is tuned on the data that it
measures. Conventions: `features` `(n, d)`, `labels` integers from 0, `groups` integers that stay together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import softmax
from genrelens.evaluation.folds import grouped_folds
from genrelens.heads.head import class_weights

Floats = NDArray[np.float64]

_TEMPERATURES = np.geomspace(0.02, 2.0, 25)


def out_of_fold_scores(
    features: Any, labels: Any, groups: Any, folds: int = 5, seed: int = 0, ridge: float = 0.3
) -> Floats:
    """Scores `(n, genres)` of each track by a model that saw neither it nor its group.

    Gaussian kernel `exp(-|x - y|² / 2d)` on standardised features, one-hot targets, every genre weighing
    the same.

    Raises:
        ValueError: shapes do not fit, or values are not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(60) % 3
        >>> features = rng.standard_normal((60, 4)) + 3 * np.eye(3, 4)[labels]
        >>> scores = out_of_fold_scores(features, labels, np.arange(60))
        >>> bool((scores.argmax(axis=1) == labels).mean() > 0.8)
        True
    """
    table, genre, group = np.asarray(features, float), np.asarray(labels), np.asarray(groups)
    if table.ndim != 2 or not len(table) == len(genre) == len(group) or not np.isfinite(table).all():
        raise ValueError("features must be finite, (n, d), with one label and one group a row")
    count = int(genre.max()) + 1
    fold = grouped_folds(genre, group, folds, np.random.default_rng(seed))
    scores = np.zeros((len(table), count))
    for held in np.unique(fold):
        train, test = fold != held, fold == held
        mean, deviation = table[train].mean(axis=0), table[train].std(axis=0)
        used = deviation > 1e-9
        x, y = ((table[part][:, used] - mean[used]) / deviation[used] for part in (train, test))
        width = 2 * max(int(used.sum()), 1)
        kernel = np.exp(-_squared_distances(x, x) / width)
        target = np.eye(count)[genre[train]]
        solution = np.linalg.solve(kernel + np.diag(ridge / class_weights(genre[train])), target)
        scores[test] = np.exp(-_squared_distances(y, x) / width) @ solution
    return scores


def as_probabilities(scores: Floats, labels: Any) -> Floats:
    """Softmax of scores at the temperature that gives the true genres the smallest log loss.

    One number is fitted to `(n, genres)` scores, so that what it knows of a single label is negligible.

    Example:
        >>> as_probabilities(np.array([[1.0, 0.0], [0.0, 1.0]]), [0, 1]).round(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    rows = np.arange(len(scores))
    tables = [softmax(scores / temperature) for temperature in _TEMPERATURES]
    losses = [-np.log(np.maximum(t[rows, np.asarray(labels)], 1e-9)).mean() for t in tables]
    return np.asarray(tables[int(np.argmin(losses))], np.float64)


def _squared_distances(a: Floats, b: Floats) -> Floats:
    distances = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    return np.asarray(np.maximum(distances, 0))
