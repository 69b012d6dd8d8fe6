"""What every sample passes on its way from a decoder: mixed to mono, made finite, counted."""

from __future__ import annotations

import numpy as np

from genrelens.audio.decoding import Block, Samples

FULL_SCALE = 0.999
"""Magnitude from which a sample counts as being at full scale."""

CLIPPED_SHARE = 0.01
"""Share of samples at full scale from which a recording is called clipped."""

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

    def mono(self, block: Block) -> Samples:
        """The mean over channels.

        Args:
            block: shape (n, channels), full scale at 1.

        Returns:
            Shape (n,), float32, finite.
        """
        if not block.size:
            return np.zeros(0, np.float32)
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
            return np.ascontiguousarray(block[:, 0], np.float32)
        mixed = block[:, 0].astype(np.float32)
        for channel in range(1, block.shape[1]):
            mixed += block[:, channel].astype(np.float32)
        mixed /= np.float32(block.shape[1])
        return mixed

    def warnings(self) -> list[str]:
        """What there is to say about the samples so far, each `kind: sentence`."""
        said = []
        if self.not_finite:
            many = (
                "samples were not finite numbers" if self.not_finite > 1 else "sample was not a finite number"
            )
            verb = "were" if self.not_finite > 1 else "was"
            said.append(f"non-finite: {self.not_finite} {many} and {verb} taken as 0")
        share = self.at_full_scale / max(1, self.samples)
        if share >= CLIPPED_SHARE:
            said.append(f"clipped: {100 * share:.1f} % of samples at full scale")
        return said
