"""A recording that is already in memory, given as `(samples, sample_rate)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.decoding import HIGHEST_RATE, LOWEST_RATE, MOST_CHANNELS, Block
from genrelens.errors import AudioError, EmptyFile

BLOCK = 1 << 16
"""Samples (per channel) that are given at once."""


class ArrayDecoder:
    """A recording in memory, read in blocks like any other.

    Integers are divided by their type's full scale (unsigned ones are centred first); floats are taken as
    they are.

    Args:
        samples: shape (samples,) or (samples, channels), real numbers.
        sample_rate: Hz, a whole number from 1000 to 1536000.
        name: what messages call it.

    Raises:
        EmptyFile: no samples.
        AudioError: another shape, another kind of numbers, an impossible rate.
    """

    name = "array"
    seeks = True
    slack = 0

    def __init__(self, samples: Any, sample_rate: Any, name: str) -> None:
        try:
            array = np.asarray(samples)
        except ValueError as error:
            raise AudioError(
                name, "is no array of samples; give (samples,) or (samples, channels)"
            ) from error
        if array.dtype.kind not in "iuf":
            raise AudioError(name, f"holds values of type {array.dtype}; give real samples, float or integer")
        if array.ndim not in (1, 2):
            raise AudioError(name, f"has shape {array.shape}; give (samples,) or (samples, channels)")
        if not array.size:
            raise EmptyFile(name, "has no samples; check where they come from")
        self._array = array.reshape(len(array), -1)
        self.channels = self._array.shape[1]
        if self.channels > MOST_CHANNELS:
            raise AudioError(
                name,
                f"has shape {array.shape}, that is {self.channels} channels; transpose it",
            )
        self.sample_rate = _checked_rate(sample_rate, name)
        self.promised: int | None = len(array)
        self.has_sound = True

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        for at in range(start, len(self._array), BLOCK):
            yield as_float(self._array[at : at + BLOCK])

    def count(self) -> int | None:
        """See `Decoder.count`."""
        return self.promised

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`; an array has nothing to remark."""
        return []

    def close(self) -> None:
        """See `Decoder.close`; the array belongs to the caller."""


def as_float(block: NDArray[Any]) -> Block:
    """Any real samples as floats with full scale at 1.

    Example:
        >>> as_float(np.array([-32768, 16384], np.int16)).tolist()
        [-1.0, 0.5]
        >>> as_float(np.array([0, 192], np.uint8)).tolist()
        [-1.0, 0.5]
    """
    if block.dtype.kind == "f":
        return block if block.dtype.itemsize >= 4 else block.astype(np.float32)
    half = 2.0 ** (8 * block.dtype.itemsize - 1)
    centre = half if block.dtype.kind == "u" else 0.0
    return ((block.astype(np.float64) - centre) / half).astype(np.float32)


def _checked_rate(rate: Any, name: str) -> int:
    if (
        isinstance(rate, bool)
        or not isinstance(rate, int | float | np.integer | np.floating)
        or rate % 1 != 0
    ):
        raise AudioError(name, f"has the sample rate {rate!r}; give a whole number of Hz")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(name, f"has a rate of {rate} Hz; give one from {LOWEST_RATE} to {HIGHEST_RATE}")
    return int(rate)
