"""Divisions of a training part, for what must be chosen or fitted without looking at what is tested."""

from __future__ import annotations

import numpy as np

from genrelens.evaluation.folds import grouped_folds
from genrelens.evaluation.splits import Indices, Split


def learnt_tracks(split: Split) -> Indices:
    """Positions of all tracks that a system may learn from, those set apart for choices included."""
    return np.union1d(split.train, split.valid)


def inner_splits(split: Split, labels: Indices, groups: Indices, folds: int, seed: int) -> list[Split]:
    """The training part of a split divided into folds, artists kept whole.

    Args:
        split: whose training part.
        labels: genres of all tracks as numbers.
        groups: artists of all tracks as numbers.
        folds: how many; under 2 gives none.
        seed: of the division.

    Returns:
        one split a fold: `train` and `test` together are the training part, and nothing else.

    Example:
        >>> split = Split("a", np.arange(8), np.arange(8, 10))
        >>> inner = inner_splits(split, np.arange(10) % 2, np.arange(10) // 2, 2, seed=0)
        >>> [(one.name, len(one.train), len(one.test)) for one in inner]
        [('a.inner-0', 4, 4), ('a.inner-1', 4, 4)]
    """
    if folds < 2:
        return []
    learnt = learnt_tracks(split)
    genre = np.unique(labels[learnt], return_inverse=True)[1]
    group = np.unique(groups[learnt], return_inverse=True)[1]
    fold = grouped_folds(genre, group, folds, np.random.default_rng([seed, len(learnt)]))
    return [Split(f"{split.name}.inner-{f}", learnt[fold != f], learnt[fold == f]) for f in range(folds)]
