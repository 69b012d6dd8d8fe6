"""The result of the store: one row an excerpt, arrays by input name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets.dataset import Track
from genrelens.errors import AudioError, DataError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class FeatureTable:
    """Rows in the order of tracks, variants, excerpts, whatever the order of work was.

    Args:
        tracks: as they were given, those that failed included.
        variants: keys, as they were given.
        track: (rows,) index into `tracks`.
        variant: (rows,) index into `variants`.
        excerpt: (rows,) counted from 0 within a track and variant.
        start_s: (rows,) seconds from the recording's start.
        end_s: (rows,) seconds.
        failures: tracks that have no rows, and why.
        computed: how many recordings were computed now; the others came from the cache.
        checksums: (tracks,) of the files' bytes, empty text where a file could not be read.
    """

    tracks: tuple[Track, ...]
    variants: tuple[str, ...]
    track: NDArray[np.intp]
    variant: NDArray[np.intp]
    excerpt: NDArray[np.intp]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    failures: tuple[tuple[Track, AudioError], ...]
    computed: int
    _arrays: Mapping[str, Sequence[Floats]] = field(repr=False)
    _names: Mapping[str, str] = field(repr=False)
    checksums: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.track)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Full names of the inputs."""
        return tuple(self._arrays)

    def frames(self, name: str) -> list[Floats]:
        """An input's arrays, one a row: read-only views into mapped files, nothing is loaded.

        Args:
            name: an input, by the name it was asked for or its full one.

        Returns:
            rows times (frames, k), frames differing from row to row; or (d,) for vectors.

        Raises:
            DataError: that input was not asked for.
        """
        full = self._names.get(name, name)
        if full not in self._arrays:
            raise DataError(
                f"the input {name!r} was not computed; there are {', '.join(self._arrays) or 'none'}"
            )
        return list(self._arrays[full])

    def lengths(self, name: str) -> NDArray[np.intp]:
        """(rows,) frames of each row's array.

        Raises:
            DataError: that input was not asked for.
        """
        return np.array([len(array) for array in self.frames(name)], dtype=np.intp)

    def array(self, name: str) -> Floats:
        """An input of vectors, or of frames that are equally many in every row, as one array in memory.

        Returns:
            (rows, d), or (rows, frames, k).

        Raises:
            DataError: that input was not asked for, or its rows differ in length (then see `frames`).
        """
        arrays = self.frames(name)
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1:
            raise DataError(
                f"the rows of {name!r} differ in shape ({len(shapes)} shapes); take frames({name!r})"
            )
        return np.stack(arrays) if arrays else np.zeros((0, 0), dtype=np.float32)
