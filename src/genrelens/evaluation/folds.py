"""How tracks are dealt into folds: stratified by genre, and with groups kept whole.

Conventions: `labels` and `groups` are integer arrays `(n,)` counted from 0; the result is the fold of each
track, `(n,)`, from 0 to `folds - 1`. Everything is a function of its arguments and the generator's state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.evaluation.splits import Indices


def stratified_folds(labels: Indices, folds: int, rng: np.random.Generator) -> Indices:
    """Deals the tracks of each genre in turn, so that folds differ by at most one track a genre.

    The deal goes on where the genre before stopped, so that whole folds, too, differ by at most one.

    Example:
        >>> fold = stratified_folds(np.repeat([0, 1], 10), 5, np.random.default_rng(0))
        >>> np.bincount(fold).tolist()
        [4, 4, 4, 4, 4]
    """
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), dtype=np.intp)
    fold[order] = np.arange(len(labels)) % folds
    return fold


def stratified_holdout(labels: Indices, proportion: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Marks `proportion` of each genre, rounded, as held out; a genre of two or more keeps one on each side.

    A genre with a single track is never held out.

    Example:
        >>> int(stratified_holdout(np.repeat([0, 1], 10), 0.2, np.random.default_rng(0)).sum())
        4
    """
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = 0 if len(members) < 2 else min(max(round(proportion * len(members)), 1), len(members) - 1)
        held[members[:count]] = True
    return held


def grouped_folds(labels: Indices, groups: Indices, folds: int, rng: np.random.Generator) -> Indices:
    """Deals whole groups, the largest first, each to the fold that has least of its genres so far.

    "Least" weighs each genre by its size, so that thin genres are spread as carefully as thick ones; ties
    go to the smaller fold. Greedy, like scikit-learn's `StratifiedGroupKFold`, and with the same guarantee:
    no group is divided, and genres are as even as the groups allow. Where each group has one genre, two folds
    differ in it by at most its largest group.

    Example:
        >>> groups = np.repeat(np.arange(10), 2)
        >>> fold = grouped_folds(np.repeat([0, 1], 10), groups, 5, np.random.default_rng(0))
        >>> np.bincount(fold).tolist(), len(np.unique(fold[groups == 3]))
        ([4, 4, 4, 4, 4], 1)
    """
    genres = int(labels.max()) + 1
    counts = np.zeros((int(groups.max()) + 1, genres))
    np.add.at(counts, (groups, labels), 1)
    proportion = counts / np.maximum(counts.sum(axis=0), 1)
    shuffled = rng.permutation(len(counts))
    order = shuffled[np.argsort(-counts[shuffled].max(axis=1), kind="stable")]
    filled = np.zeros((folds, genres))
    sizes = np.zeros(folds)
    fold_of_group = np.zeros(len(counts), dtype=np.intp)
    for group in order:
        # squared proportions, summed, grow by 2 * filled @ proportion + const: least growth is most even
        growth = filled @ proportion[group]
        tied = np.flatnonzero(growth <= growth.min() + 1e-12)
        chosen = int(tied[np.argmin(sizes[tied])])
        fold_of_group[group] = chosen
        filled[chosen] += proportion[group]
        sizes[chosen] += counts[group].sum()
    return fold_of_group[groups]
