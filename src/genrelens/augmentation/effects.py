"""What studios, decades and files do to a recording: the effects that variants of a track are made of.

Conventions: `samples` is mono float32 in [-1, 1] (louder is allowed), shape (n,), `rate` in Hz. Every effect
is a frozen dataclass with a `key`, a short text that names its settings, and `apply(samples, rate)`, which
returns a new float32 array of the same length (`Speed` alone changes it). All are deterministic; those that
need noise take a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import soxr

SILENCE = 1e-9
"""Smallest root mean square that counts as sound."""


class Effect(Protocol):
    """One change to a sound."""

    @property
    def key(self) -> str:
        """A short text that names effect and settings, the same for the same result."""
        ...

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """The changed sound, float32."""
        ...


@dataclass(frozen=True)
class Gain:
    """Louder or softer by `decibels`.

    Example:
        >>> Gain(-6.0206).apply(np.ones(1, np.float32), 22050).round(3).tolist()
        [0.5]
    """

    decibels: float

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"gain{self.decibels:+.1f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        return (samples * np.float32(10.0 ** (self.decibels / 20.0))).astype(np.float32)


@dataclass(frozen=True)
class Headroom:
    """Softer where peaks would not fit into a file: the largest one becomes `peak`, quiet sounds stay.

    Example:
        >>> Headroom(0.5).apply(np.array([2.0, -1.0], np.float32), 22050).tolist()
        [0.5, -0.25]
    """

    peak: float = 0.98

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"headroom{self.peak:.2f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        largest = float(np.abs(samples).max(initial=0.0))
        return (samples * np.float32(min(1.0, self.peak / max(largest, SILENCE)))).astype(np.float32)


@dataclass(frozen=True)
class Equalizer:
    """A smooth, zero-phase frequency response: decibels at given frequencies, linear in between over octaves.

    Below the first and above the last point the response stays level. A steep low-pass is two points close to
    each other, the second at -90 dB.

    Args:
        hertz: frequencies of the points, rising.
        decibels: gain at each of them.

    Raises:
        ValueError: the points do not pair up or do not rise.

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000).astype(np.float32)
        >>> boosted = Equalizer((500.0, 1000.0, 2000.0), (0.0, 6.0206, 0.0)).apply(tone, 8000)
        >>> float((boosted[100:-100].max() / tone.max()).round(2))
        2.0
    """

    hertz: tuple[float, ...]
    decibels: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.hertz) != len(self.decibels) or not self.hertz:
            raise ValueError(f"{len(self.hertz)} frequencies for {len(self.decibels)} gains")
        if any(b <= a for a, b in zip((0.0, *self.hertz), self.hertz, strict=False)):
            raise ValueError(f"frequencies must be positive and rise, not {self.hertz}")

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return "eq" + "_".join(f"{f:.0f}{d:+.1f}" for f, d in zip(self.hertz, self.decibels, strict=True))

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`. The ends are mirrored for a quarter of a second, so nothing wraps round."""
        margin = min(rate // 4, max(samples.size - 1, 0))
        size = _good_length(samples.size + 2 * margin)
        padded = np.pad(samples, margin, mode="reflect") if margin else samples
        frequencies = np.fft.rfftfreq(size, 1.0 / rate)
        octaves = np.log2(np.maximum(frequencies, 1.0))
        gain = np.interp(octaves, np.log2(self.hertz), self.decibels)
        spectrum = np.fft.rfft(padded, size) * (10.0 ** (gain / 20.0)).astype(np.float32)
        changed = np.fft.irfft(spectrum, size)[margin : margin + samples.size]
        return np.asarray(changed, np.float32)


def low_pass(hertz: float, octave_decibels: float = 48.0) -> Equalizer:
    """Keep what lies below `hertz`: -3 dB there, falling by `octave_decibels` an octave down to -90 dB.

    Example:
        >>> low_pass(4000.0).decibels
        (0.0, -3.0, -90.0)
    """
    floor = hertz * 2.0 ** (87.0 / octave_decibels)
    return Equalizer((hertz / 1.1, hertz, floor), (0.0, -3.0, -90.0))


def high_pass(hertz: float, octave_decibels: float = 24.0) -> Equalizer:
    """Keep what lies above `hertz`: -3 dB there, falling by `octave_decibels` an octave down to -90 dB.

    Example:
        >>> high_pass(100.0).decibels
        (-90.0, -3.0, 0.0)
    """
    floor = hertz / 2.0 ** (87.0 / octave_decibels)
    return Equalizer((floor, hertz, hertz * 1.1), (-90.0, -3.0, 0.0))


@dataclass(frozen=True)
class Speed:
    """Faster and higher (ratio above 1) or slower and lower, as a tape at another speed.

    The result has n / ratio samples.

    Example:
        >>> Speed(1.25).apply(np.zeros(1000, np.float32), 8000).size
        800
    """

    ratio: float

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"speed{self.ratio:.3f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        return np.asarray(soxr.resample(samples, rate * self.ratio, rate, "HQ"), np.float32)


@dataclass(frozen=True)
class Noise:
    """Noise under the sound: white (`slope` 0) or falling by `slope` decibels an octave (3: pink).

    Args:
        signal_to_noise: decibels between the two root mean squares.
        slope: decibels an octave.
        seed: which noise.

    Example:
        >>> sound = np.ones(4000, np.float32)
        >>> noise = Noise(20.0).apply(sound, 8000) - sound
        >>> round(float(np.sqrt(np.mean(noise**2))), 2)
        0.1
    """

    signal_to_noise: float
    slope: float = 0.0
    seed: int = 0

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"noise{self.signal_to_noise:.0f}_{self.slope:.0f}_{self.seed}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        noise = np.random.default_rng(self.seed).standard_normal(samples.size, np.float32)
        if self.slope:
            size = _good_length(samples.size)
            octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / rate), 20.0) / 20.0)
            tilt = (10.0 ** (-self.slope * octaves / 20.0)).astype(np.float32)
            noise = np.fft.irfft(np.fft.rfft(noise, size) * tilt, size)[: samples.size].astype(np.float32)
        level = root_mean_square(samples) * 10.0 ** (-self.signal_to_noise / 20.0)
        return np.asarray(samples + noise * (level / max(root_mean_square(noise), SILENCE)), np.float32)


@dataclass(frozen=True)
class Saturation:
    """Gentle overdrive, as tape or valves give it: tanh, driven the harder the larger `drive` is.

    Three times the root mean square is bent to tanh(`drive`). The root mean square stays what it was.

    Example:
        >>> loud = Saturation(3.0).apply(np.array([0.1, -0.1, 0.9], np.float32), 22050)
        >>> bool(loud[2] / loud[0] < 9)
        True
    """

    drive: float = 1.0

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"saturation{self.drive:.2f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        level = root_mean_square(samples)
        if level < SILENCE:
            return samples.astype(np.float32)
        driven = np.tanh(samples * np.float32(self.drive / (3.0 * level)))
        return np.asarray(driven * (level / root_mean_square(driven)), np.float32)


@dataclass(frozen=True)
class Compressor:
    """Makes loud passages softer: above `threshold` the level rises only by 1/`ratio`.

    The threshold lies relative to the recording's own root mean square, so that its level plays no part. The
    level follows blocks of 5 ms, rising within `attack_s` and falling within `release_s`.

    Example:
        >>> steps = np.repeat(np.array([0.1, 0.9], np.float32), 22050)
        >>> squeezed = Compressor(threshold=-20.0, ratio=4.0).apply(steps, 22050)
        >>> bool(squeezed[-1] / squeezed[20000] < 3.0)
        True
    """

    threshold: float = 0.0
    ratio: float = 3.0
    attack_s: float = 0.01
    release_s: float = 0.15

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return (
            f"compressor{self.threshold:+.0f}_{self.ratio:.1f}"
            f"_{1000 * self.attack_s:.0f}_{1000 * self.release_s:.0f}"
        )

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        level = root_mean_square(samples)
        if level < SILENCE:
            return samples.astype(np.float32)
        block = max(round(0.005 * rate), 1)
        powers = _blocks(samples**2, block).mean(axis=1)
        decibels = 10.0 * np.log10(np.maximum(powers, 1e-12)) - 20.0 * np.log10(level)
        wanted = np.minimum(0.0, (self.threshold - decibels) * (1.0 - 1.0 / self.ratio))
        seconds = block / rate
        smooth = _follow(
            wanted, float(np.exp(-seconds / self.attack_s)), float(np.exp(-seconds / self.release_s))
        )
        return np.asarray(samples * _spread(10.0 ** (smooth / 20.0), block, samples.size), np.float32)


@dataclass(frozen=True)
class Limiter:
    """Raises the sound to `loudness` (root mean square, dB of full scale), keeps peaks under `ceiling`.

    Looks 5 ms ahead; what its gain does not catch is bent by tanh above nine tenths of the ceiling.

    Example:
        >>> tone = 0.05 * np.sin(np.arange(22050) / 7).astype(np.float32)
        >>> limited = Limiter(loudness=-9.0).apply(tone, 22050)
        >>> bool(np.abs(limited).max() <= 0.99)
        True
    """

    loudness: float = -10.0
    ceiling: float = 0.99
    release_s: float = 0.08

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"limiter{self.loudness:.1f}_{self.ceiling:.2f}_{1000 * self.release_s:.0f}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        level = root_mean_square(samples)
        if level < SILENCE:
            return samples.astype(np.float32)
        raised = samples * np.float32(10.0 ** (self.loudness / 20.0) / level)
        block = max(round(0.005 * rate), 1)
        peaks = np.abs(_blocks(raised, block)).max(axis=1)
        ahead = np.maximum(np.maximum(peaks, np.append(peaks[1:], 0.0)), np.insert(peaks[:-1], 0, 0.0))
        wanted = 20.0 * np.log10(np.minimum(1.0, 0.9 * self.ceiling / np.maximum(ahead, 1e-6)))
        smooth = _follow(wanted, 0.0, float(np.exp(-block / rate / self.release_s)))
        limited = raised * _spread(10.0 ** (smooth / 20.0), block, samples.size)
        knee = np.float32(0.9 * self.ceiling)
        over = np.abs(limited) - knee
        room = np.float32(self.ceiling) - knee
        bent = np.sign(limited) * (knee + room * np.tanh(np.maximum(over, 0.0) / room))
        return np.asarray(np.where(over > 0, bent, limited), np.float32)


def root_mean_square(samples: np.ndarray) -> float:
    """Root mean square, 0 for nothing.

    Example:
        >>> root_mean_square(np.array([3.0, -3.0]))
        3.0
    """
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def _good_length(size: int) -> int:
    """The next even length that is a power of two, or 9/16, 5/8 or 3/4 of one: quick to transform."""
    power = 1 << max(size - 1, 15).bit_length()
    return min(n for n in (power * 9 // 16, power * 5 // 8, power * 3 // 4, power) if n >= size)


def _blocks(values: np.ndarray, block: int) -> np.ndarray:
    """Rows of `block` values each, the last row filled up with zeros."""
    return np.pad(values, (0, -values.size % block)).reshape(-1, block)


def _follow(targets: np.ndarray, falling: float, rising: float) -> np.ndarray:
    """A gain that goes towards each target; `falling`, `rising`: the part of the way left after one step."""
    followed = np.empty(targets.size)
    gain = 0.0
    for i, target in enumerate(targets.tolist()):
        keep = falling if target < gain else rising
        gain = target + (gain - target) * keep
        followed[i] = gain
    return followed


def _spread(gains: np.ndarray, block: int, size: int) -> np.ndarray:
    """Gains of blocks, drawn as straight lines between the blocks' centres."""
    centres = (np.arange(gains.size) + 0.5) * block
    return np.asarray(np.interp(np.arange(size), centres, gains), np.float32)
