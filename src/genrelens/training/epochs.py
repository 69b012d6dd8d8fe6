"""The random numbers of an epoch, drawn before it starts: the order of rows and which units are dropped.

It depends on the fold's seed and the epoch's number alone, so that folds trained one after another, at the
same time, or again after an interruption use the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.heads.head import class_weights
from genrelens.recipes.load import Training
from genrelens.training.matrix import Clips, Fold, Indices


@dataclass(frozen=True, eq=False)
class Epoch:
    """One pass over a fold's training rows.

    Attributes:
        order: (n,) rows in the order in which they are learnt.
        mask: float32 (n, units), 0 where a unit is dropped, else 1 / (1 - fraction).
    """

    order: Indices
    mask: NDArray[np.float32]

    def batches(self, size: int) -> Iterator[slice]:
        """Places of each step in `order` and `mask`; the last may be smaller."""
        for start in range(0, len(self.order), size):
            yield slice(start, min(start + size, len(self.order)))


def draw_epoch(
    fold: Fold, labels: Indices, training: Training, number: int, units: int, fraction: float
) -> Epoch:
    """The random numbers of one epoch.

    Args:
        fold: whose rows and seed.
        labels: of all rows.
        training: whether genres are drawn equally often (`balance`).
        number: of the epoch, from 0.
        units: that dropout acts on.
        fraction: of them that is dropped.

    Example:
        >>> fold = Fold(np.arange(4), seed=(1,))
        >>> one, two = (draw_epoch(fold, np.zeros(4, int), Training(), n, 2, 0.25) for n in (0, 1))
        >>> sorted(one.order.tolist()), one.mask.shape
        ([0, 1, 2, 3], (4, 2))
    """
    random = np.random.default_rng([*fold.seed, 1, number])
    if training.balance == "sampling":
        chances = class_weights(labels[fold.train])
        order = random.choice(fold.train, len(fold.train), p=chances / chances.sum())
    else:
        order = random.permutation(fold.train)
    kept = random.random((len(order), units), np.float32) >= fraction
    return Epoch(order, kept.astype(np.float32) / np.float32(1.0 - fraction))


def row_weights(clips: Clips, fold: Fold, training: Training) -> NDArray[np.float32]:
    """(rows,) how much each row counts in the loss; by the training rows' genres, for all rows."""
    if training.balance != "weights":
        return np.ones(len(clips.labels), np.float32)
    counts = np.bincount(clips.labels[fold.train], minlength=clips.genres)
    of_genre = len(fold.train) / (np.maximum(counts, 1) * np.count_nonzero(counts))
    return np.asarray(of_genre[clips.labels], np.float32)


def rate_at(training: Training, epoch: int) -> float:
    """The learning rate of an epoch.

    Example:
        >>> halfway = Training(epochs=10, learning_rate=0.1, schedule="cosine")
        >>> rate_at(halfway, 0), round(rate_at(halfway, 5), 3)
        (0.1, 0.05)
    """
    if training.schedule == "constant":
        return training.learning_rate
    return training.learning_rate * 0.5 * (1.0 + float(np.cos(np.pi * epoch / training.epochs)))
