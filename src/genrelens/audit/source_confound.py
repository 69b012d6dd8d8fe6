"""Source confound: do the files' technical properties predict the genre, whatever they sound like?

Genres of a collection often come from different sources: one was cut from radio, one bought as MP3, one
taken from old records. A recogniser then learns the source. Here a small classifier sees nothing but
bandwidth, or level, or codec, and is cross-validated against chance. Level and bandwidth belong to music,
too (metal is loud, old blues ends at 5 kHz), so that some accuracy is no fault; the report gives it.

Conventions: a property is an array `(n,)` of numbers or of strings; `labels` one genre a track; `groups`
one artist a track or integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.audit.probe import out_of_fold_scores
from genrelens.evaluation.metrics import balanced_accuracy, bootstrap_interval

Floats = NDArray[np.float64]

_STEPS = 10


@dataclass(frozen=True)
class SourceConfound:
    """How well one kind of property predicts genres.

    Args:
        kind: `bandwidth`, `level`, `codec` or the like.
        accuracy: balanced, cross-validated with artists apart, in [0, 1].
        low: lower end of its 95 % interval over artists.
        high: upper end.
        chance: one over the number of genres.
        best_genre: the genre that it predicts best.
        best_recall: how much of that genre is found.
    """

    kind: str
    accuracy: float
    low: float
    high: float
    chance: float
    best_genre: str
    best_recall: float

    @property
    def found(self) -> bool:
        """Whether genre is predicted surely better than by guessing, and twice as well."""
        return self.low > self.chance and self.accuracy >= 2 * self.chance

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; the best genre and its recall are under the keys `told` and `told_recall`."""
        values = asdict(self)
        return values | {"told": values.pop("best_genre"), "told_recall": values.pop("best_recall")}


def source_confound(
    kind: str, properties: Mapping[str, Any], labels: Any, groups: Any, seed: int = 0
) -> SourceConfound | None:
    """How well the properties of one kind predict genres; None where they are the same for all tracks.

    Numbers become ten steps of rank, so that any shape of dependence is seen, and a sharp one at once.

    Raises:
        ValueError: arrays of different lengths.

    Example:
        >>> genre = np.repeat(["a", "b"], 40)
        >>> rate = np.where(genre == "a", 44100, 22050)
        >>> source_confound("codec", {"rate": rate.astype(str)}, genre, np.arange(80)).accuracy
        1.0
        >>> source_confound("codec", {"rate": ["44100"] * 80}, genre, np.arange(80)) is None
        True
    """
    genres, label = np.unique(np.asarray(labels), return_inverse=True)
    columns = [_columns(np.asarray(values)) for values in properties.values()]
    if any(len(c) != len(label) for c in columns):
        raise ValueError("each property needs one value a track")
    table = np.concatenate(columns, axis=1)
    if not table.shape[1] or len(genres) < 2:
        return None
    predicted = out_of_fold_scores(table, label, groups, seed=seed).argmax(axis=1)
    interval = bootstrap_interval(
        balanced_accuracy, label, predicted, groups=groups, resamples=500, seed=seed, proportion=True
    )
    recall = [float(np.mean(predicted[label == g] == g)) for g in range(len(genres))]
    best = int(np.argmax(recall))
    return SourceConfound(kind, *interval, 1 / len(genres), str(genres[best]), recall[best])


def _columns(values: NDArray[Any]) -> Floats:
    """A property as columns: one a step of rank (numbers) or one a value (strings); none if constant."""
    if values.dtype.kind in "fiu":
        numbers = np.nan_to_num(values.astype(np.float64), nan=-1e9, neginf=-1e9, posinf=1e9)
        if np.all(numbers == numbers[0]):
            return np.zeros((len(numbers), 0))
        edges = np.unique(np.quantile(numbers, np.arange(1, _STEPS) / _STEPS))
        above = (numbers[:, None] > edges[None, :]).astype(np.float64)
        # equal values have one rank: otherwise the order of the list, mostly genre by genre, would be used
        ordered = np.sort(numbers)
        twice = np.searchsorted(ordered, numbers, "left") + np.searchsorted(ordered, numbers, "right")
        rank = twice / (2 * len(numbers))
        return np.concatenate([above, rank[:, None]], axis=1)
    names = np.unique(values)
    if len(names) < 2:
        return np.zeros((len(values), 0))
    return np.asarray(values[:, None] == names[None, :], dtype=np.float64)
