"""The data of one training: the rows of one input as one array, and how they are divided.

Conventions: a row is an excerpt of a track, or a variant of one. Rows of a feature are padded with zeros to
the longest, (rows, frames, width); `lengths` holds how many frames are real. Labels are genre indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genrelens.models.networks import FEWEST_FRAMES
from genrelens.models.scaling import TRANSFORMS, Scaling

Indices = NDArray[np.intp]
FEWEST = max(FEWEST_FRAMES.values())


def _none() -> Indices:
    return np.zeros(0, np.intp)


@dataclass(frozen=True, eq=False)
class Clips:
    """The rows of one input, transformed, not yet standardised.

    Attributes:
        x: float32 (rows, frames, width), zero where padded, or (rows, width).
        lengths: (rows,) real frames, or None for vectors.
        labels: (rows,) genre indices.
        genres: how many there are.
    """

    x: NDArray[np.float32]
    lengths: Indices | None
    labels: Indices
    genres: int

    @property
    def width(self) -> int:
        """Numbers in a frame, or in the vector."""
        return int(self.x.shape[-1])

    def scaling(self, rows: Indices) -> Scaling:
        """Mean and deviation by column over all real frames of these rows."""
        if self.lengths is None:
            return Scaling.of([self.x[rows]])
        return Scaling.of(self.x[row, : self.lengths[row]] for row in rows)


def clips_of(arrays: Sequence[np.ndarray], labels: np.ndarray, genres: int, transform: str = "none") -> Clips:
    """Rows of one input as one array.

    Args:
        arrays: a row each, raw: (frames, width), frames may differ; or (width,).
        labels: (rows,).
        genres: how many there are.
        transform: a name in `models.TRANSFORMS`.

    Clips too short for the networks are repeated until they are long enough, as the exported graph does.

    Raises:
        ValueError: rows and labels differ in number, widths differ, or a value is not finite.

    Example:
        >>> clips = clips_of([np.ones((9, 2)), np.ones((20, 2))], np.array([0, 1]), 2)
        >>> clips.x.shape, clips.lengths.tolist()
        ((2, 20, 2), [9, 20])
    """
    if len(arrays) != len(labels):
        raise ValueError(f"{len(arrays)} rows but {len(labels)} labels")
    rows = [TRANSFORMS[transform].apply(array) for array in arrays]
    widths = {(row.ndim, row.shape[-1]) for row in rows}
    if len(widths) != 1:
        raise ValueError(f"the rows of an input differ in width: {sorted(widths)}")
    if not all(np.isfinite(row).all() for row in rows):
        raise ValueError("an input holds values that are not finite")
    answers = np.asarray(labels, np.intp)
    if rows[0].ndim == 1:
        return Clips(np.stack(rows), None, answers, genres)
    rows = [row if len(row) >= FEWEST else np.tile(row, (-(-FEWEST // len(row)), 1)) for row in rows]
    lengths = np.array([len(row) for row in rows], np.intp)
    x = np.zeros((len(rows), int(lengths.max()), rows[0].shape[1]), np.float32)
    for place, row in zip(x, rows, strict=True):
        place[: len(row)] = row
    return Clips(x, lengths, answers, genres)


@dataclass(frozen=True, eq=False)
class Fold:
    """One training: which rows it learns from, which it stops by, and its random seed.

    Attributes:
        train: (n,) rows learnt from; statistics of the input are theirs.
        valid: (m,) rows that early stopping looks at; set apart inside the training part, never tested.
        seed: numbers that initialisation, order and dropout are drawn from.
        followed: (k,) rows whose accuracy is noted after every epoch; nothing follows from it, unless:
        stops_by_followed: the epoch with the best accuracy on `followed` is kept. Of tested rows this is the
            optimistic number that many papers report; it does not hold for other music.
        chosen_epoch: whose weights are kept, from 1, where something else has chosen it.
    """

    train: Indices
    valid: Indices = field(default_factory=_none)
    seed: tuple[int, ...] = (0,)
    followed: Indices = field(default_factory=_none)
    stops_by_followed: bool = False
    chosen_epoch: int | None = None
