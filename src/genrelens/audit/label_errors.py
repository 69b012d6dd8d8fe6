"""Label errors: tracks whose label the sound contradicts, by cross-validated confidence.

After Northcutt, Jiang and Chuang, "Confident Learning", JAIR 70, 2021: a label is doubted where models that
were trained without the track and its artist are nearly as sure of another genre as they are on average of
that genre's own tracks. A person should listen to such a track; nothing is proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.audit.probe import as_probabilities, out_of_fold_scores

LEAST_RATIO = 4.0
"""How many times as probable the other genre must be as the label. Chosen, not fitted: it only sets how long
the list is that a person listens to."""
NEARLY = 0.8
"""Of the mean confidence in a genre's own tracks; Confident Learning takes 1. Chosen likewise."""


@dataclass(frozen=True)
class LabelError:
    """A track whose label is doubted.

    Args:
        track: its position.
        label: the genre that it is filed under.
        other_genre: the genre that it sounds like.
        label_probability: given to its label, in [0, 1].
        other_probability: given to the other genre.
    """

    track: int
    label: str
    other_genre: str
    label_probability: float
    other_probability: float


def find_label_errors(features: Any, labels: Any, groups: Any, seeds: int = 3) -> list[LabelError]:
    """Tracks that sound like another genre, the surest first.

    Args:
        features: `(n, d)`, such as an encoder's embeddings.
        labels: one genre a track.
        groups: one artist a track, as integers.
        seeds: how many divisions into folds the probabilities are averaged over.

    Raises:
        ValueError: shapes do not fit, or values are not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> true = np.arange(90) % 3
        >>> filed = np.array(["jazz", "metal", "pop"])[true]
        >>> filed[0] = "pop"
        >>> features = rng.standard_normal((90, 4)) * 0.3 + 3 * np.eye(3, 4)[true]
        >>> [(s.track, s.label, s.other_genre) for s in find_label_errors(features, filed, np.arange(90))]
        [(0, 'pop', 'jazz')]
    """
    genres, label = np.unique(np.asarray(labels), return_inverse=True)
    tables = [
        as_probabilities(out_of_fold_scores(features, label, groups, seed=seed), label)
        for seed in range(seeds)
    ]
    probabilities: NDArray[np.float64] = np.mean(tables, axis=0)
    rows = np.arange(len(label))
    usual = np.array([probabilities[label == g, g].mean() for g in range(len(genres))])
    sure = probabilities >= NEARLY * usual[None, :]
    sure[rows, label] = False
    other_genre = np.where(sure, probabilities, 0).argmax(axis=1)
    own, other = probabilities[rows, label], probabilities[rows, other_genre]
    doubted = np.flatnonzero(sure.any(axis=1) & (other >= LEAST_RATIO * own))
    ranked = doubted[np.argsort(-(other - own)[doubted], kind="stable")]
    return [
        LabelError(int(i), str(genres[label[i]]), str(genres[other_genre[i]]), float(own[i]), float(other[i]))
        for i in ranked
    ]
