"""Proportions of tracks with their intervals over artists, as all measurements give them.

Conventions: `hits` are 0 or 1 a track, or the proportion of its tests that were right; `groups` are equal
numbers for tracks of one artist, which are drawn together (an interval over tracks would be too narrow).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genrelens.evaluation.metrics import balanced_mean
from genrelens.evaluation.uncertainty import ends_of, mean_interval

RESAMPLES = 2000
DIGITS = 4


@dataclass(frozen=True)
class Proportion:
    """A proportion in [0, 1] with its 95 % interval, and of how many tracks."""

    value: float
    low: float
    high: float
    tracks: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON values.

        Example:
            >>> Proportion(0.5, 0.25, 0.75, 8).to_dict()
            {'value': 0.5, 'low': 0.25, 'high': 0.75, 'tracks': 8}
        """
        numbers = {key: round(float(vars(self)[key]), DIGITS) for key in ("value", "low", "high")}
        return {**numbers, "tracks": self.tracks}


def proportion_of(hits: ArrayLike, groups: ArrayLike) -> Proportion | None:
    """The mean of the hits; None where there are no tracks.

    Example:
        >>> one = proportion_of([1, 1, 1], [0, 0, 1])
        >>> one.value, round(one.low, 2), one.high, one.tracks
        (1.0, 0.34, 1.0, 3)
    """
    values = np.asarray(hits, float)
    if not len(values):
        return None
    return Proportion(*mean_interval(values, np.asarray(groups), resamples=RESAMPLES), len(values))


def balanced_proportion(
    hits: ArrayLike, labels: ArrayLike, groups: ArrayLike, seed: int = 0
) -> Proportion | None:
    """The mean over genres of each genre's mean; None where there are no tracks.

    Genres that a resample of artists does not hold are left out of that resample's mean.

    Example:
        >>> balanced_proportion([1, 1, 1, 0], [0, 0, 0, 1], [0, 1, 2, 3]).value
        0.5
    """
    values, genres = np.asarray(hits, float), np.asarray(labels)
    if not len(values):
        return None
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    count = int(numbers.max()) + 1
    present = np.unique(genres)
    sums, sizes = np.zeros((count, len(present))), np.zeros((count, len(present)))
    column = np.searchsorted(present, genres)
    np.add.at(sums, (numbers, column), values)
    np.add.at(sizes, (numbers, column), 1.0)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    drawn_sizes = times @ sizes
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.nanmean(np.where(drawn_sizes > 0, (times @ sums) / drawn_sizes, np.nan), axis=1)
    value = balanced_mean(values, genres)
    return Proportion(value, *ends_of(drawn, value, count), len(values))


def as_json(proportions: Mapping[str, Proportion | None]) -> dict[str, Any]:
    """Proportions by name as JSON values; those of no tracks are left out.

    Example:
        >>> as_json({"none": None, "all": Proportion(1.0, 1.0, 1.0, 2)})
        {'all': {'value': 1.0, 'low': 1.0, 'high': 1.0, 'tracks': 2}}
    """
    return {name: one.to_dict() for name, one in proportions.items() if one is not None}
