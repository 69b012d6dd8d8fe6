"""Divisions of a training part, for choices and fits that must not use the tested tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genrelens.evaluation.folds import grouped_folds
from genrelens.evaluation.splits import Indices, Split


def learnt_tracks(split: Split) -> Indices:
    """Positions of all tracks that a system may learn from, those set apart for choices included."""
    return np.union1d(split.train, split.valid)


def divided(
    split: Split, labels: Indices, groups: Indices, fraction: float, seed: Sequence[int]
) -> tuple[Indices, Indices]:
    """What of a split's training part is learnt from, and what is set apart for early stopping.

    What a protocol sets apart (`Split.valid`) is what early stopping looks at; where nothing is to be
    stopped early, it is learnt from like the rest.

    Args:
        split: whose training part.
        labels, groups: genres and artists of all tracks as numbers.
        fraction: about how much of each genre is set apart where the protocol sets nothing apart; 0 for none.
        seed: of the division.

    Example:
        >>> labels, groups = np.repeat([0, 1], 10), np.arange(20) // 2
        >>> split = Split("a", np.arange(2, 18), np.arange(18, 20), np.arange(2))
        >>> [len(part) for part in divided(split, labels, groups, 0.0, [0])]
        [18, 0]
        >>> [len(part) for part in divided(split, labels, groups, 0.2, [0])]
        [16, 2]
    """
    if not fraction:
        return learnt_tracks(split), np.zeros(0, np.intp)
    if len(split.valid):
        return split.train, split.valid
    return validation_part(split.train, labels, groups, fraction, seed)


def validation_part(
    learnt: Indices, labels: Indices, groups: Indices, fraction: float, seed: Sequence[int]
) -> tuple[Indices, Indices]:
    """Sets part of the training tracks apart for early stopping, artists kept whole.

    Args:
        learnt: the split's training tracks.
        labels, groups: of all tracks.
        fraction: about how much of each genre.
        seed: of the division.

    Returns:
        what is learnt from, and what is set apart. Every genre keeps something to be learnt from.

    Example:
        >>> labels, groups = np.repeat([0, 1], 10), np.arange(20) // 2
        >>> learnt, valid = validation_part(np.arange(20), labels, groups, 0.2, [0])
        >>> len(learnt), len(valid), bool(set(groups[learnt]) & set(groups[valid]))
        (16, 4, False)
    """
    folds = max(2, round(1.0 / fraction))
    genre = np.unique(labels[learnt], return_inverse=True)[1]
    group = np.unique(groups[learnt], return_inverse=True)[1]
    apart = grouped_folds(genre, group, folds, np.random.default_rng(list(seed))) == 0
    for one in np.unique(genre):
        if apart[genre == one].all():
            apart[genre == one] = False
    return learnt[~apart], learnt[apart]


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
