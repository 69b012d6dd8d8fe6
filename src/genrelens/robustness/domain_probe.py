"""A probe: how well a linear model predicts the collection of a recording, within one genre.

Members may learn such differences instead of the music. Logistic regression on the members'
inputs, cross-validated with artists kept apart, collections having equal weight; 0.5 is chance for two
collections. Measured on the recordings as they are, and on all variants that members are trained on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genrelens.evaluation.folds import grouped_folds
from genrelens.evaluation.metrics import balanced_accuracy
from genrelens.heads.head import class_weights
from genrelens.heads.kinds import fit_head
from genrelens.training.data import TrainingData
from genrelens.training.matrix import Indices

FOLDS = 5
FEWEST_TRACKS = 10
"""The fewest recordings of each collection in a genre that is measured."""
L2 = 0.01
"""That of the logistic heads."""


def measure_probe(
    data: TrainingData, progress: Callable[[str, int, int], None] = lambda what, done, total: None
) -> dict[str, dict[str, float]]:
    """Balanced accuracy of predicting the collection, by genre and on average.

    Args:
        data: tracks of at least two collections; of others, nothing comes back.
        progress: called as genres are done.

    Returns:
        `as_it_is` and, where there are variants, `variants`: genre or `mean` to balanced accuracy over rows.
    """
    collections = np.unique(np.array(data.collections), return_inverse=True)[1]
    chosen = {"as_it_is": data.as_it_is, "variants": np.ones(len(data.track), bool)}
    if data.as_it_is.all():
        del chosen["variants"]
    x = members_view(data)
    found: dict[str, dict[str, float]] = {}
    for number, (name, mask) in enumerate(chosen.items()):
        scores = {}
        for genre, genre_name in enumerate(data.genres):
            rows = np.flatnonzero(mask & (data.row_labels == genre))
            counts = np.bincount(collections[data.labels == genre]) if len(data.collections) else np.zeros(0)
            if np.count_nonzero(counts >= FEWEST_TRACKS) >= 2:
                rows = rows[counts[collections[data.track[rows]]] >= FEWEST_TRACKS]
                tracks = data.track[rows]
                score = collection_accuracy(x[rows], collections[tracks], data.groups[tracks])
                scores[genre_name] = round(score, 4)
            progress("probing", number * len(data.genres) + genre + 1, len(chosen) * len(data.genres))
        if scores:
            found[name] = {**scores, "mean": round(float(np.mean(list(scores.values()))), 4)}
    return found


def members_view(data: TrainingData) -> NDArray[np.float32]:
    """(rows, d) all inputs side by side; frames as their mean and deviation.

    Example:
        >>> from genrelens.datasets import DataSet
        >>> nothing = np.zeros(0, int)
        >>> frames = [np.array([[0.0, 1.0], [2.0, 1.0]], np.float32)]
        >>> data = TrainingData(DataSet("mine", (), ("a",)), nothing, np.ones(1, bool), {"mel": frames})
        >>> members_view(data).tolist()
        [[1.0, 1.0, 1.0, 0.0]]
    """
    columns = []
    for rows in data.inputs.values():
        if rows[0].ndim == 1:
            columns.append(np.stack(list(rows)))
        else:
            columns.append(np.stack([np.concatenate([one.mean(axis=0), one.std(axis=0)]) for one in rows]))
    return np.concatenate(columns, axis=1).astype(np.float32)


def collection_accuracy(x: NDArray[np.float32], classes: Indices, groups: Indices, seed: int = 0) -> float:
    """Balanced accuracy of logistic regression, each row answered by a model that saw none of its group.

    Args:
        x: (n, d).
        classes: (n,) any integers.
        groups: (n,) stay together.
        seed: of the folds.

    Example:
        >>> random = np.random.default_rng(0)
        >>> classes = np.arange(80) % 2
        >>> x = random.normal(0, 1, (80, 3)).astype(np.float32)
        >>> collection_accuracy(x + 5 * classes[:, None], classes, np.arange(80))
        1.0
    """
    y = np.unique(classes, return_inverse=True)[1]
    group = np.unique(groups, return_inverse=True)[1]
    fold = grouped_folds(y, group, FOLDS, np.random.default_rng(seed))
    answers = np.zeros(len(y), int)
    for one in np.unique(fold):
        learnt, tested = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        weights = class_weights(y[learnt])
        head = fit_head(
            "logistic", x[learnt], y[learnt], {"l2": L2}, weights=weights, genres=int(y.max()) + 1
        )
        answers[tested] = head.logits(x[tested]).argmax(axis=1)
    return balanced_accuracy(y, answers)
