"""A sample of tracks, where evaluating all would take too long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.training.matrix import Indices


def stratified_order(labels: NDArray[np.integer], seed: int = 0) -> Indices:
    """An order of tracks of which every beginning has about the genres' proportions; random within a genre.

    A longer sample holds every shorter one.

    Args:
        labels: (n,) genre indices.
        seed: of the random order.

    Returns:
        (n,) indices.

    Example:
        >>> labels = np.array([0] * 8 + [1] * 4)
        >>> labels[stratified_order(labels)[:6]].sum()
        np.int64(2)
    """
    random = np.random.default_rng(seed)
    place = np.zeros(len(labels))
    for genre in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == genre))
        place[members] = (np.arange(len(members)) + random.random()) / len(members)
    return np.argsort(place, kind="stable")
