"""A decoder's sound at another rate, converted block by block.

Links of a chain are resampled to the rate of the first one, and recordings of very high rates to one that
fits into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

import numpy as np
import soxr

from genrelens.audio.decoding import Block, Decoder
from genrelens.audio.resampling import resampled_length

HIGHEST_KEPT = 192_000
"""Rate in Hz above which a recording is converted while it is decoded."""

CONVERTED_TO = 96_000
"""Highest rate in Hz after that conversion: twice what any model asks for."""

LEAD_S = 0.1
"""Seconds before the place asked for that are converted too, so that the filter has settled."""


def kept_rate(rate: int) -> int:
    """The rate at which a recording of that rate is kept.

    Example:
        >>> [kept_rate(rate) for rate in (44100, 192000, 352800, 384000, 2822400, 250001)]
        [44100, 192000, 88200, 96000, 94080, 96000]
    """
    if rate <= HIGHEST_KEPT:
        return rate
    divisor = -(-rate // CONVERTED_TO)
    return rate // divisor if rate % divisor == 0 else CONVERTED_TO


class ConvertedDecoder:
    """Another decoder's sound at another rate; see `Decoder`.

    Args:
        decoder: the other one; closed with this one.
        sample_rate: the rate wanted, Hz.
    """

    def __init__(self, decoder: Decoder, sample_rate: int) -> None:
        self._decoder = decoder
        self.name = decoder.name
        self.sample_rate = sample_rate
        self.channels = decoder.channels
        self.has_sound = decoder.has_sound
        self.seeks = decoder.seeks
        self.declared = None if decoder.declared is None else self._converted_length(decoder.declared)
        self.slack = self._converted_length(decoder.slack) + 1

    def _converted_length(self, length: int) -> int:
        return resampled_length(length, self._decoder.sample_rate, self.sample_rate)

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        common = gcd(self._decoder.sample_rate, self.sample_rate)
        step, step_there = self.sample_rate // common, self._decoder.sample_rate // common
        steps = max(0, start - round(LEAD_S * self.sample_rate)) // step  # whole samples at both rates
        skipped = start - steps * step
        for block in _converted(
            self._decoder.blocks(steps * step_there), self._decoder.sample_rate, self.sample_rate
        ):
            if skipped < len(block):
                yield block[skipped:]
            skipped = max(0, skipped - len(block))

    def count(self) -> int | None:
        """See `Decoder.count`."""
        counted = self._decoder.count()
        return None if counted is None else self._converted_length(counted)

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`."""
        return self._decoder.remarks

    def close(self) -> None:
        """See `Decoder.close`."""
        self._decoder.close()


def _converted(blocks: Iterator[Block], rate: int, wanted: int) -> Iterator[Block]:
    """The same blocks at another rate; as many samples in all as `resampled_length` says."""
    resampler: soxr.ResampleStream | None = None
    channels = taken = given = 0

    def rest() -> Iterator[Block]:
        nonlocal given
        if resampler is None:
            return
        last: Block = resampler.resample_chunk(np.zeros((0, channels), np.float32), last=True)
        missing = max(0, resampled_length(taken, rate, wanted) - given)
        last = np.pad(last[:missing], ((0, max(0, missing - len(last))), (0, 0)))
        given += missing
        if missing:
            yield last

    for block in blocks:
        if resampler is None or block.shape[1] != channels:
            yield from rest()
            channels = block.shape[1]
            resampler = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")
        taken += len(block)
        converted: Block = resampler.resample_chunk(np.ascontiguousarray(block, np.float32))
        converted = converted.reshape(-1, channels)
        given += len(converted)
        if len(converted):
            yield converted
    yield from rest()
