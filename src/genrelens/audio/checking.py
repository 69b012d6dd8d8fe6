"""Mixes what a decoder gives to mono, makes it finite, and counts what is wrong with it."""

from __future__ import annotations

import numpy as np

from genrelens.audio.decoding import Block, Samples
from genrelens.audio.excerpts import is_silent, moving_power

FULL_SCALE = 0.999
"""Magnitude from which a sample counts as being at full scale."""

CLIPPED_PROPORTION = 0.01
"""Proportion of samples at full scale from which a recording is called clipped."""

CANCELLED = 0.2
"""Amplitude of the sum of all channels, relative to the loudest one's, below which they cancel each other:
one of two is the other's inverse, at its level or within 1.9 dB of it. Independent sounds add up to more than
either, and a channel inverted at -6 dB leaves half of the other."""

LARGEST = 1e12
"""Magnitude beyond which a sample is damage, like one that is not finite."""


class SampleCheck:
    """Mixes blocks to mono and keeps count of what is wrong with them.

    Example:
        >>> check = SampleCheck()
        >>> check.mono(np.array([[0.5, 0.25], [np.nan, 0.5]], np.float32)).tolist()
        [0.375, 0.25]
        >>> check.warnings()
        ['non-finite: 1 sample was not a finite number and was taken as 0']
    """

    def __init__(self) -> None:
        self.samples = 0
        self.not_finite = 0
        self.at_full_scale = 0
        self._channels: int | None = None  # of the first block; damage may change them later
        self._single: int | None = None
        self._cancelled = False

    def mono(self, block: Block) -> Samples:
        """A block, mixed: `mixed` and `settled` in one call."""
        return self.settled(self.mixed(block))

    def mixed(self, block: Block) -> Samples:
        """The mean over channels, and the channel to take instead where they cancel each other out.

        That channel is the loudest one of the first block with sound.

        Args:
            block: shape (n, channels), full scale at 1.

        Returns:
            Shape (n, 1) where the first block has one channel, else (n, 2); float32, finite.
        """
        if self._channels is None:
            self._channels = block.shape[1]
        columns = min(2, self._channels)
        if not block.size:
            return np.zeros((0, columns), np.float32)
        largest = max(float(block.max()), -float(block.min()))
        if not largest <= LARGEST:
            with np.errstate(invalid="ignore"):
                sound = np.abs(block) <= LARGEST
            self.not_finite += int(block.size - np.count_nonzero(sound))
            block = np.where(sound, block, 0)
            largest = float(np.abs(block).max())
        self.samples += block.size
        if largest >= FULL_SCALE:
            self.at_full_scale += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
        if block.shape[1] == 1:
            return np.repeat(np.asarray(block, np.float32), columns, axis=1)
        if self._single is None and columns > 1:
            powers = [moving_power(block[:, channel].astype(np.float32)) for channel in range(block.shape[1])]
            if max(powers) > 0:
                self._single = int(np.argmax(powers))
        mixed = block[:, 0].astype(np.float32)
        for channel in range(1, block.shape[1]):
            mixed += block[:, channel].astype(np.float32)
        mixed /= np.float32(block.shape[1])
        if columns == 1:
            return mixed[:, np.newaxis]
        single = min(self._single or 0, block.shape[1] - 1)
        return np.stack([mixed, block[:, single].astype(np.float32)], axis=1)

    def settled(self, mixed: Samples) -> Samples:
        """A part, such as an excerpt: the mix, or one channel where the channels cancel each other out.

        Args:
            mixed: as `mixed` gives it, shape (n, 1) or (n, 2).

        Returns:
            Shape (n,), float32.

        Example:
            >>> tone = 0.5 * np.sin(np.arange(1000, dtype=np.float32))
            >>> check = SampleCheck()
            >>> round(float(check.settled(check.mixed(np.stack([tone, -tone], axis=1))).max()), 2)
            0.5
            >>> [warning.partition(":")[0] for warning in check.warnings()]
            ['cancelled']
        """
        mix = np.ascontiguousarray(mixed[:, 0])
        if mixed.shape[1] == 1 or not len(mix):
            return mix
        single = np.ascontiguousarray(mixed[:, 1])
        if is_silent(single) or self._loss(mix, single) >= CANCELLED:
            return mix
        self._cancelled = True
        return single

    def _loss(self, mix: Samples, single: Samples) -> float:
        """The amplitude of the channels' sum relative to that of a channel with sound in it."""
        return float((self._channels or 1) * np.sqrt(moving_power(mix) / moving_power(single)))

    def warnings(self) -> list[str]:
        """Warnings about the samples so far, each `kind: sentence`."""
        found = []
        if self.not_finite:
            many = (
                "samples were not finite numbers" if self.not_finite > 1 else "sample was not a finite number"
            )
            verb = "were" if self.not_finite > 1 else "was"
            found.append(f"non-finite: {self.not_finite} {many} and {verb} taken as 0")
        if self._cancelled:
            found.append(
                "cancelled: the channels cancel each other out when mixed, as a sound and its inverse do; "
                f"channel {(self._single or 0) + 1} alone was used"
            )
        share = self.at_full_scale / max(1, self.samples)
        if share >= CLIPPED_PROPORTION:
            found.append(f"clipped: {100 * share:.1f} % of samples at full scale")
        return found
