"""The interface of a decoder, which gives blocks of samples from any place on.

These modules of `genrelens.audio` implement it: `libsndfile`, `ffmpeg`, `free_format_decoding` and `arrays`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono float32 samples, full scale at 1."""

Block = NDArray[np.floating[Any]]
"""Float samples of shape (samples, channels), full scale at 1."""

BLOCK = 1 << 16
"""About how many numbers a decoder gives at a time."""

LOWEST_RATE, HIGHEST_RATE = 1_000, 1_536_000
"""Sample rates of arrays beyond these, in Hz, are taken for mistakes."""

HIGHEST_PCM_RATE = 384_000
"""Rate in Hz above which a header that announces samples of several bits is damaged."""

HIGHEST_DSD_RATE = 49_152_000 // 8
"""The same for samples of one bit, of which decoders make one sample each eight: DSD1024."""

MOST_CHANNELS = 64
"""A header that declares more channels than this is taken for damage."""


class Refused(Exception):
    """A decoder finds no sound that it can decode; the text says why."""


class NoSound(Refused):
    """The content is understood, and there is no sound in it."""


class Stopped(Exception):
    """A decoder failed after the blocks that it gave; the text says why."""


class Decoder(Protocol):
    """One recording, read by one decoder.

    Positions are counted in samples (per channel) at `sample_rate`.
    """

    name: str
    """`libsndfile`, `ffmpeg` or `array`."""
    sample_rate: int
    channels: int
    has_sound: bool
    """Whether at least one block could be decoded."""
    seeks: bool
    """Whether seeking is cheap; if not, everything before the place is decoded and dropped."""
    slack: int
    """Samples by which an intact recording of this format may be shorter than it declares."""

    @property
    def declared(self) -> int | None:
        """Samples that the header declares, which may be wrong; None where it declares nothing."""
        ...

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """The sound from sample `start` to the end, in blocks of bounded size.

        Raises:
            Stopped: when the rest cannot be decoded.
        """
        ...

    def count(self) -> int | None:
        """Samples to the end, or to shortly before it, without decoding; None where that cannot be known."""
        ...

    @property
    def remarks(self) -> list[str]:
        """Warnings about damage that did not stop it, each `kind: sentence`."""
        ...

    def close(self) -> None:
        """Release what the decoder holds; the source of the bytes stays open."""
        ...


def plausible(sample_rate: int, channels: int, highest: int = HIGHEST_PCM_RATE) -> None:
    """Refuse the rates and channel counts that only damaged headers have.

    Args:
        sample_rate: Hz.
        channels: how many.
        highest: the highest rate that is no damage, Hz.

    Raises:
        Refused: when either is out of range.

    Example:
        >>> plausible(44100, 2)
        >>> plausible(3, 2)
        Traceback (most recent call last):
        ...
        genrelens.audio.decoding.Refused: the header announces a sample rate of 3 Hz
    """
    if not LOWEST_RATE <= sample_rate <= highest:
        raise Refused(f"the header announces a sample rate of {sample_rate} Hz")
    if not 1 <= channels <= MOST_CHANNELS:
        raise Refused(f"the header announces {channels} channels")
