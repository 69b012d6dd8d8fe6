"""Variants of a training track: shorter, from another studio, another decade, another kind of file.

A model that is trained on each track once, as its collection delivers it, learns the collection: the length
of its clips, its loudness, bandwidth and codec. Variants present the same music in other forms. Each is
deterministic, can be pickled and offers

- `key`: a short text that names it, such as `modern3@10s`, fit for a file's name and a cache's key;
- `apply(samples, rate)`: mono float32 in, mono float32 out, at the same rate.

`Crop` takes a part, `Chain` applies effects one after the other, `RandomChain` draws effects of a style from
the track's own samples and a seed (another track has other settings, the same track always the same ones).
`training_variants` is the set that the default models are trained with.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from genrelens.augmentation.codecs import Codec, CodecRoundTrip
from genrelens.augmentation.effects import (
    Compressor,
    Effect,
    Equalizer,
    Headroom,
    Limiter,
    Noise,
    Saturation,
    Speed,
    high_pass,
    low_pass,
)

Style = Literal["modern", "old", "file"]
CROP_POSITIONS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
"""Where the 3-s parts of `training_variants` lie."""


class Variant(Protocol):
    """One way to change a track."""

    @property
    def key(self) -> str:
        """A short text that names it."""
        ...

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """The track as this variant has it."""
        ...


@dataclass(frozen=True)
class Crop:
    """A part of `seconds`; the whole where the track is not longer.

    Args:
        seconds: how long.
        position: where: 0 at the beginning, 1 at the end, 0.5 in the middle.

    Raises:
        ValueError: a length that is not positive or a position outside of the track.

    Example:
        >>> Crop(2.0, position=0.5).apply(np.arange(8, dtype=np.float32), 2).tolist()
        [2.0, 3.0, 4.0, 5.0]
    """

    seconds: float
    position: float = 0.5

    def __post_init__(self) -> None:
        if self.seconds <= 0 or not 0.0 <= self.position <= 1.0:
            raise ValueError(f"no crop of {self.seconds} s at {self.position}")

    @property
    def key(self) -> str:
        """See `Variant.key`."""
        return f"{self.seconds:g}s@{self.position:.2f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Variant.apply`."""
        size = min(max(round(self.seconds * rate), 1), samples.size)
        start = round(self.position * (samples.size - size))
        return samples[start : start + size].astype(np.float32)


@dataclass(frozen=True)
class Chain:
    """Steps one after the other; no steps leave the track unchanged.

    Example:
        >>> Chain((Crop(3.0), CodecRoundTrip("mp3", 96))).key
        '3s@0.50+mp396'
        >>> Chain().key
        'clean'
    """

    steps: tuple[Effect | Variant, ...] = ()
    name: str = ""

    @property
    def key(self) -> str:
        """See `Variant.key`: the given name, else the keys of the steps."""
        return self.name or "+".join(step.key for step in self.steps) or "clean"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Variant.apply`."""
        changed = samples.astype(np.float32)
        for step in self.steps:
            changed = step.apply(changed, rate)
        return changed


@dataclass(frozen=True)
class RandomChain:
    """Effects of one style with settings drawn for the track.

    Styles:
        modern: mastered as after 1995: more bass and treble, compressed, loud, limited, then a file at 96 to
            320 kbit/s.
        old: as a transfer of an old record: narrow, bent, with hiss.
        file: what happens to files: tone controls, narrow bandwidth, another speed, noise, and a lossy codec
            at 32 to 192 kbit/s.

    Example:
        >>> sound = np.sin(np.arange(22050) / 9).astype(np.float32)
        >>> one, other = RandomChain("old", 1), RandomChain("old", 2)
        >>> bool(np.array_equal(one.apply(sound, 22050), one.apply(sound, 22050)))
        True
        >>> one.drawn(sound).key == other.drawn(sound).key
        False
    """

    style: Style
    seed: int = 0

    @property
    def key(self) -> str:
        """See `Variant.key`."""
        return f"{self.style}{self.seed}"

    def drawn(self, samples: np.ndarray) -> Chain:
        """The chain that this track gets."""
        content = zlib.crc32(np.ascontiguousarray(samples, np.float32).tobytes())
        random = np.random.default_rng([self.seed, content, sorted(STYLES).index(self.style)])
        return Chain(STYLES[self.style](random))

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Variant.apply`."""
        return self.drawn(samples).apply(samples, rate)


def modern_master(random: np.random.Generator) -> tuple[Effect, ...]:
    """Effects of the style `modern`, see `RandomChain`."""
    bass, middle, treble = random.uniform(0, 5), random.uniform(-3, 1), random.uniform(1, 7)
    steps: list[Effect] = [
        Equalizer((70.0, 250.0, 1500.0, 5000.0), (bass, middle, 0.0, treble)),
        Compressor(random.uniform(-8, 0), random.uniform(2, 5), random.uniform(0.005, 0.03)),
        Limiter(random.uniform(-13, -8)),
    ]
    if random.random() < 0.4:
        steps.insert(0, Speed(random.uniform(0.97, 1.03)))
    if random.random() < 0.6:
        steps.append(_codec(random, (96, 128, 192, 256, 320)))
    return tuple(steps)


def old_master(random: np.random.Generator) -> tuple[Effect, ...]:
    """Effects of the style `old`, see `RandomChain`."""
    steps: list[Effect] = [
        Saturation(random.uniform(0.3, 2.5)),
        Equalizer(
            (150.0, 800.0, 2500.0, 6000.0),
            (random.uniform(-4, 2), random.uniform(-1, 3), random.uniform(0, 3), random.uniform(-6, 0)),
        ),
        high_pass(random.uniform(40, 160), random.uniform(12, 24)),
        low_pass(random.uniform(3500, 9500), random.uniform(18, 60)),
        Noise(random.uniform(24, 42), random.uniform(0, 4), int(random.integers(1 << 30))),
        Headroom(),
    ]
    if random.random() < 0.4:
        steps.insert(0, Speed(random.uniform(0.97, 1.03)))
    if random.random() < 0.5:
        steps.append(_codec(random, (64, 96, 128, 192)))
    return tuple(steps)


def file_damage(random: np.random.Generator) -> tuple[Effect, ...]:
    """Effects of the style `file`, see `RandomChain`."""
    steps: list[Effect] = []
    if random.random() < 0.5:
        steps.append(Speed(random.uniform(0.97, 1.03)))
    points = 60.0 * 2.0 ** (np.arange(8) * 1.05)
    bends = np.clip(random.normal(0, random.uniform(1, 4), 8), -9, 9)
    steps.append(Equalizer(tuple(points.tolist()), tuple(bends.tolist())))
    if random.random() < 0.45:
        steps.append(low_pass(float(random.choice([4000, 5500, 7000, 8000, 9500])), random.uniform(24, 96)))
    if random.random() < 0.2:
        steps.append(high_pass(random.uniform(50, 200)))
    if random.random() < 0.35:
        steps.append(Noise(random.uniform(20, 40), random.uniform(0, 3), int(random.integers(1 << 30))))
    steps.append(Headroom())
    if random.random() < 0.65:
        steps.append(_codec(random, (32, 48, 64, 96, 128, 192)))
    return tuple(steps)


STYLES: dict[str, Callable[[np.random.Generator], tuple[Effect, ...]]] = {
    "modern": modern_master,
    "old": old_master,
    "file": file_damage,
}


def _codec(random: np.random.Generator, rates: tuple[int, ...]) -> CodecRoundTrip:
    codecs: tuple[Codec, ...] = ("mp3", "aac", "vorbis", "opus")
    codec = codecs[int(random.choice(4, p=[0.45, 0.25, 0.2, 0.1]))]
    return CodecRoundTrip(codec, int(random.choice(rates)))


CHANGED_CROPS = (
    (0.30, RandomChain("modern", 11)),
    (0.60, RandomChain("modern", 12)),
    (0.90, RandomChain("modern", 13)),
    (0.15, RandomChain("file", 14)),
    (0.45, RandomChain("file", 15)),
    (0.35, RandomChain("old", 16)),
    (0.75, RandomChain("old", 17)),
)
"""Where further 3-s parts of `training_variants` lie, and what is done to them."""


def training_variants() -> list[Variant]:
    """The variants that the default models are trained with; the first is the track itself.

    Whole tracks, a 10-s part and many of 3 s, clean and changed, so that neither length nor sound reveals the
    collection of a track. Every track gets all styles: what collections do differently is not to be
    learnt, so nothing here depends on them. Short parts improve the models most for the time that decoding
    and computing them takes.

    Example:
        >>> [variant.key for variant in training_variants()][:4]
        ['clean', 'modern0', '10s@0.50', '3s@0.05']
    """
    return [
        Chain(),
        RandomChain("modern"),
        Chain((Crop(10.0, 0.5),)),
        *(Chain((Crop(3.0, position),)) for position in CROP_POSITIONS),
        *(Chain((Crop(3.0, position), changed)) for position, changed in CHANGED_CROPS),
    ]
