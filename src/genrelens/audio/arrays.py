"""A recording in memory, given as `(samples, sample_rate)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.decoding import BLOCK, HIGHEST_RATE, LOWEST_RATE, MOST_CHANNELS, Block
from genrelens.errors import AudioError, EmptyFile, brief

"""Samples (per channel) of a block."""

WIDTHS = (16, 24, 32)
"""Bits that integers of a wider type may be samples of."""


class ArrayDecoder:
    """A recording in memory, read in blocks like any other.

    Floats are taken as they are. Integers are divided by their full scale; unsigned ones are centred first.
    That of 8 and 16 bits is their type's. Wider types often hold narrower samples: theirs is the least of 16,
    24, 32 and 64 bits that holds the largest sample, and so it is for lists of whole numbers; a list of
    nothing but -1, 0 and 1 has the full scale of floats.

    Args:
        samples: shape (samples,) or (samples, channels), real numbers: an array, a list, a tensor of PyTorch
            on any device, or another object that NumPy makes an array of.
        sample_rate: Hz, a whole number from 1000 to 1536000.
        name: its name in messages.

    Raises:
        EmptyFile: no samples.
        AudioError: another shape, another kind of numbers, an impossible rate.

    Example:
        >>> next(ArrayDecoder([0, 16384, -32768], 8000, "list").blocks()).ravel().tolist()
        [0.0, 0.5, -1.0]
    """

    name = "array"
    seeks = True
    slack = 0

    def __init__(self, samples: Any, sample_rate: Any, name: str) -> None:
        array = _as_array(samples, name)
        if array.dtype.kind not in "iuf":
            raise AudioError(
                name,
                f"holds values of type {brief(str(array.dtype), 60)}; give real samples, float or integer",
            )
        if array.ndim not in (1, 2):
            raise AudioError(name, f"has shape {array.shape}; give (samples,) or (samples, channels)")
        if not array.size:
            raise EmptyFile(name, "has no samples; check where they come from")
        self._array = array.reshape(len(array), -1)
        self._bits = _bits_of(self._array, untyped=isinstance(samples, list | tuple))
        self.channels = self._array.shape[1]
        if self.channels > MOST_CHANNELS:
            raise AudioError(
                name,
                f"has shape {array.shape}, that is {self.channels} channels; transpose it",
            )
        self.sample_rate = _checked_rate(sample_rate, name)
        self.declared: int | None = len(array)
        self.has_sound = True

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        for at in range(start, len(self._array), BLOCK):
            yield as_float(self._array[at : at + BLOCK], self._bits)

    def count(self) -> int | None:
        """See `Decoder.count`."""
        return self.declared

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`; an array has none."""
        return []

    def close(self) -> None:
        """See `Decoder.close`; the array belongs to the caller."""


def as_float(block: NDArray[Any], bits: int | None = None) -> Block:
    """Any real samples as floats with full scale at 1.

    Args:
        block: floats or integers.
        bits: width of an integer sample; 1 where integers stand for floats; None for that of its type.

    Example:
        >>> as_float(np.array([-32768, 16384], np.int16)).tolist()
        [-1.0, 0.5]
        >>> as_float(np.array([0, 192], np.uint8)).tolist()
        [-1.0, 0.5]
    """
    if block.dtype.kind == "f":
        return block if block.dtype.itemsize >= 4 else block.astype(np.float32)
    half = 2.0 ** ((8 * block.dtype.itemsize if bits is None else bits) - 1)
    centre = half if block.dtype.kind == "u" else 0.0
    return ((block.astype(np.float64) - centre) / half).astype(np.float32)


def _as_array(samples: Any, name: str) -> NDArray[Any]:
    """Samples in any container, as an array.

    Raises:
        AudioError: it cannot be made an array.
    """
    if not isinstance(samples, np.ndarray) and hasattr(samples, "detach") and hasattr(samples, "cpu"):
        samples = samples.detach().cpu()  # a tensor with gradients, or on another device
        if "bfloat16" in str(samples.dtype):
            samples = samples.float()
    try:
        array = np.asarray(samples)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
    except MemoryError:
        raise
    except Exception as error:  # an object's own way to become an array may raise anything
        reason = (str(error).splitlines() or [""])[0]
        why = brief(f"{type(error).__name__}: {reason}", 200)
        raise AudioError(
            name, f"is no array of samples ({why}); give (samples,) or (samples, channels)"
        ) from error


def _bits_of(array: NDArray[Any], untyped: bool) -> int | None:
    """The width of integer samples in bits; None for that of their type."""
    if array.dtype.kind == "f" or array.dtype.itemsize <= 2:
        return None
    lowest, highest = int(array.min()), int(array.max())
    if untyped and max(-lowest, highest) <= 1:
        return 1
    if array.dtype.kind == "u":
        return next((bits for bits in WIDTHS if highest < 2**bits), None)
    return next((bits for bits in WIDTHS if max(-lowest, highest) <= 2 ** (bits - 1)), None)


def _in_message(value: Any) -> str:
    """Any value as short text for a message."""
    try:
        return brief(str(value) if isinstance(value, float) else repr(value), 60)
    except Exception:  # a number of too many digits, or an object whose `repr` fails
        return f"of type {type(value).__name__}"


def _checked_rate(rate: Any, name: str) -> int:
    is_number = isinstance(rate, int | float | np.integer | np.floating) and not isinstance(rate, bool)
    if not is_number or (not isinstance(rate, int | np.integer) and not float(rate).is_integer()):
        raise AudioError(name, f"has the sample rate {_in_message(rate)}; give a whole number of Hz")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(
            name, f"has a rate of {_in_message(rate)} Hz; give one from {LOWEST_RATE} to {HIGHEST_RATE}"
        )
    return int(rate)
