"""Preprocessing of every excerpt: DC removal and level normalisation, so that neither affects predictions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Excerpt
from genrelens.bundle import Conditioning

QUIETEST_RMS = 1e-5
BAND_LIMIT_RATE = 22050
"""Sample rate in Hz; frequencies above its half are removed from every recording. Members are trained on
collections at this rate, so the bands above it are empty in training."""


@dataclass(frozen=True)
class Conditioned:
    """An excerpt with preprocessed samples, at any rate.

    Offset and gain are measured once, on the decoded samples, so that they are the same for every input.

    Args:
        excerpt: the excerpt as decoded.
        conditioning: the preprocessing.
    """

    excerpt: Excerpt
    conditioning: Conditioning
    offset: float = field(init=False)
    gain: float = field(init=False)

    def __post_init__(self) -> None:
        samples = self.excerpt.samples
        offset = float(samples.mean(dtype=np.float64)) if self.conditioning.remove_dc else 0.0
        gain = 1.0
        if self.conditioning.level_dbfs is not None:
            power = float(np.square(samples - np.float32(offset)).mean(dtype=np.float64))
            gain = 10.0 ** (self.conditioning.level_dbfs / 20.0) / max(power**0.5, QUIETEST_RMS)
        object.__setattr__(self, "offset", offset)
        object.__setattr__(self, "gain", gain)

    def at(self, rate: int) -> NDArray[np.float32]:
        """The preprocessed samples, mono, at a sample rate in Hz, band-limited as `BAND_LIMIT_RATE` says."""
        excerpt = self.excerpt
        if min(rate, excerpt.sample_rate) > BAND_LIMIT_RATE:
            excerpt = Excerpt(excerpt.at(BAND_LIMIT_RATE), BAND_LIMIT_RATE)
        samples = excerpt.at(rate)
        if self.offset == 0.0 and self.gain == 1.0:
            return samples
        return (samples - np.float32(self.offset)) * np.float32(self.gain)
