"""Changes that recordings go through in use: the conditions under which robustness is measured.

A condition is a variant of the sound (`augmentation.protocol`) with a group and a sentence for tables. None
of the random ones is a variant that members are trained on: `modern` and `old` masters draw other settings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from genrelens.augmentation.chains import Chain, Crop, RandomChain
from genrelens.augmentation.codecs import CodecRoundTrip
from genrelens.augmentation.effects import Gain, Limiter, Noise
from genrelens.augmentation.protocol import CLEAN, Changed, Variant

UNSEEN_SEED = 100
"""Of masters: other settings than those of `training_variants`, whose seeds are below twenty."""


@dataclass(frozen=True)
class AtRate:
    """The recording as a file of another sample rate.

    Example:
        >>> sound, rate = AtRate(8000).apply(np.zeros(22050, np.float32), 22050)
        >>> sound.size, rate
        (8000, 8000)
    """

    rate: int

    @property
    def key(self) -> str:
        """See `augmentation.protocol.Variant`."""
        return f"rate{self.rate}"

    def apply(self, samples: NDArray[np.float32], rate: int, /) -> Changed:
        """The sound and its new rate."""
        return np.asarray(soxr.resample(samples, rate, self.rate, "HQ"), np.float32), self.rate


@dataclass(frozen=True)
class FoldedStereo:
    """A stereo pair, its right channel late, softer and of inverted polarity, mixed to mono: a comb filter.

    Args:
        late_s: how late the right channel is.
        gain: of the right channel, negative where its polarity is inverted.

    Example:
        >>> FoldedStereo(late_s=0.5, gain=-0.5).apply(np.ones(4, np.float32), 4).tolist()
        [0.5, 0.5, 0.25, 0.25]
    """

    late_s: float = 0.012
    gain: float = -0.5

    @property
    def key(self) -> str:
        """See `augmentation.protocol.Variant`."""
        return f"stereo{1000 * self.late_s:.0f}ms{self.gain:+.2f}"

    def pair(self, samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """(n, 2) left and right."""
        late = min(round(self.late_s * rate), samples.size)
        right = np.concatenate([np.zeros(late, np.float32), samples[: samples.size - late]])
        return np.stack([samples, np.float32(self.gain) * right], axis=1)

    def apply(self, samples: NDArray[np.float32], rate: int, /) -> Changed:
        """The pair mixed to mono."""
        return np.asarray(self.pair(samples, rate).mean(axis=1))


@dataclass(frozen=True)
class As16Bit:
    """As a 16-bit file keeps it: clipped at full scale, rounded to steps of 1/32768.

    Example:
        >>> As16Bit().apply(np.array([1.5, 1e-5], np.float32), 8000).tolist()
        [0.999969482421875, 0.0]
    """

    @property
    def key(self) -> str:
        """See `augmentation.protocol.Variant`."""
        return "16bit"

    def apply(self, samples: NDArray[np.float32], rate: int, /) -> NDArray[np.float32]:
        """The clipped and rounded sound."""
        steps = np.clip(np.round(samples * np.float32(32768.0)), -32768, 32767)
        return (steps / np.float32(32768.0)).astype(np.float32)


@dataclass(frozen=True)
class Condition:
    """One thing that may happen to a recording.

    Attributes:
        group: what is varied: codec, length, sample rate, noise, channels, loudness, mastering.
        name: for tables.
        variant: does it.
    """

    group: str
    name: str
    variant: Variant


AS_IT_IS = Condition("", "as it is", CLEAN)
MODERN_MASTER = Condition("mastering", "modern master", RandomChain("modern", UNSEEN_SEED))


def conditions() -> tuple[Condition, ...]:
    """All of them, in the order of tables.

    Example:
        >>> [one.name for one in conditions() if one.group == "noise"]
        ['white noise, 20 dB below', 'white noise, 10 dB below']
    """
    return (
        *(
            Condition("codec", f"{name} at {codec.kbit} kbit/s", Chain((codec,)))
            for name, codec in (
                ("mp3", CodecRoundTrip("mp3", 96)),
                ("mp3", CodecRoundTrip("mp3", 64)),
                ("Ogg Vorbis", CodecRoundTrip("vorbis", 96)),
                ("AAC", CodecRoundTrip("aac", 96)),
            )
        ),
        *(
            Condition("length", f"{where} {seconds:g} s", Crop(seconds, position))
            for where, position in (("first", 0.0), ("middle", 0.5))
            for seconds in (10.0, 5.0, 3.0)
        ),
        *(
            Condition("sample rate", f"{rate / 1000:g} kHz", AtRate(rate))
            for rate in (44100, 16000, 11025, 8000)
        ),
        *(
            Condition("noise", f"white noise, {decibels:g} dB below", Chain((Noise(decibels),)))
            for decibels in (20.0, 10.0)
        ),
        Condition("channels", "stereo, one channel late and inverted", FoldedStereo()),
        *(
            Condition("loudness", name, Chain((Gain(decibels), As16Bit())))
            for name, decibels in (("12 dB softer", -12.0), ("12 dB louder, clipped", 12.0))
        ),
        Condition("mastering", "limiter at -8 dBFS", Chain((Limiter(-8.0),))),
        MODERN_MASTER,
        Condition("mastering", "old master", RandomChain("old", UNSEEN_SEED)),
    )


def everyday() -> tuple[Condition, ...]:
    """Those that users' programs make of most files: quick to compute, so measured on all whole tracks."""
    return tuple(one for one in conditions() if one.name in ("mp3 at 96 kbit/s", "middle 10 s"))
