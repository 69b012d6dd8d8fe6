"""Which parts of a recording are decoded, and what a part is."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from genrelens.audio.decoding import Samples
from genrelens.audio.resampling import resample

EXCERPT_S = 30.0
"""Seconds of an excerpt."""

SHORTEST_S = 1.0
"""Seconds under which there is nothing to recognise."""

REMAINDER_S = 1.0
"""Seconds of a remainder at the end that does not get an excerpt of its own."""

SILENCE = 10 ** (-90 / 20)
"""Root mean square, after the mean is subtracted, up to which an excerpt is silent: -90 dB of full scale,
above the dither of 16-bit sound (-96 dB) and below any music."""

ENOUGH = 0.85
"""Proportion of an excerpt's seconds that must hold sound. Models were trained on music without silent parts:
where a third of an excerpt is silent, nearly every prediction is unsure, without silence nearly none is."""


class Excerpt:
    """A part of a recording, mono.

    Attributes:
        start_s: where it begins in the recording, seconds.
        end_s: where it ends, seconds.
        samples: float32, shape (n,), at the recording's own rate and natural level, all finite.
        sample_rate: that rate, Hz.

    Example:
        >>> excerpt = Excerpt(np.zeros(44100, np.float32), 44100, start_s=30.0)
        >>> excerpt.end_s, excerpt.at(16000).shape, excerpt.is_silent
        (31.0, (16000,), True)
    """

    def __init__(self, samples: Samples, sample_rate: int, start_s: float = 0.0) -> None:
        self.samples = samples
        self.sample_rate = sample_rate
        self.start_s = start_s
        self.end_s = start_s + len(samples) / sample_rate
        self._at = {sample_rate: samples}

    def at(self, rate: int) -> Samples:
        """The samples at another rate; computed once per rate.

        Args:
            rate: Hz.

        Returns:
            float32, shape (round(n * rate / sample_rate),).
        """
        if rate not in self._at:
            self._at[rate] = resample(self.samples, self.sample_rate, rate)
        return self._at[rate]

    @cached_property
    def is_silent(self) -> bool:
        """Whether it is silent: under -90 dB of full scale once the offset is removed."""
        return is_silent(self.samples)

    @cached_property
    def _sounding_seconds(self) -> list[bool]:
        rate = self.sample_rate
        return [not is_silent(self.samples[at : at + rate]) for at in range(0, len(self.samples), rate)]

    @property
    def sounding_proportion(self) -> float:
        """The proportion of its seconds that are not silent, in [0, 1]; a remainder counts as a second."""
        return sum(self._sounding_seconds) / max(1, len(self._sounding_seconds))

    def trimmed(self) -> Excerpt:
        """The same without the silent seconds at its two ends; itself where it is silent altogether.

        Example:
            >>> sound = np.zeros(5000, np.float32)
            >>> sound[1500:2500] = np.tile([0.5, -0.5], 500)
            >>> Excerpt(sound, 1000, start_s=7.0).trimmed()
            Excerpt(8.000 s to 10.000 s at 1000 Hz)
        """
        if not any(self._sounding_seconds):
            return self
        rate, seconds = self.sample_rate, self._sounding_seconds
        end = min(len(self.samples), (len(seconds) - seconds[::-1].index(True)) * rate)
        begin = max(0, min(seconds.index(True) * rate, end - round(SHORTEST_S * rate)))
        return Excerpt(self.samples[begin:end], rate, self.start_s + begin / rate)

    def __repr__(self) -> str:
        return f"Excerpt({self.start_s:.3f} s to {self.end_s:.3f} s at {self.sample_rate} Hz)"


def is_silent(samples: Samples) -> bool:
    """Whether there is no sound: no samples, or under `SILENCE` once the offset is removed.

    Example:
        >>> is_silent(np.full(100, 0.5, np.float32)), is_silent(np.float32([0.5, -0.5]))
        (True, False)
    """
    if not len(samples):
        return True
    return moving_power(samples) <= SILENCE**2


def moving_power(samples: Samples) -> float:
    """Mean square of samples, at least one, after their mean is subtracted."""
    moving = samples - np.float32(samples.mean(dtype=np.float64))
    return float(np.square(moving).mean(dtype=np.float64))


def consecutive_starts(total: int, length: int, remainder: int) -> list[int]:
    """Where consecutive excerpts begin that cover everything; the last one reaches back to be whole.

    Args:
        total: samples of the recording.
        length: samples of an excerpt.
        remainder: samples at the end that may be left out, as an excerpt for them would repeat nearly all
            of the one before.

    Example:
        >>> consecutive_starts(35, 30, 1), consecutive_starts(90, 30, 1), consecutive_starts(20, 30, 1)
        ([0, 5], [0, 30, 60], [0])
        >>> consecutive_starts(61, 30, 2)
        [0, 30]
    """
    if total <= length:
        return [0]
    starts = list(range(0, total - length + 1, length))
    if total - (starts[-1] + length) >= max(1, remainder):
        starts.append(total - length)
    return starts


def spread_starts(total: int, length: int, count: int) -> list[int]:
    """Where `count` excerpts begin whose centres lie at (2i+1)/(2 count) of the recording.

    Example:
        >>> spread_starts(240, 30, 3)
        [25, 105, 185]
    """
    return [(2 * i + 1) * total // (2 * count) - length // 2 for i in range(count)]
