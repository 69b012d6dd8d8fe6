"""The two families of seeds, and what every sound needs: a clock, filters, a room, a level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RATE = 32000
CALIBRATION_SEEDS = range(0, 1000)
HELD_OUT_SEEDS = range(1000, 2000)

Sound = Callable[[float, int], tuple[np.ndarray, int]]
Range = tuple[float, float]


class Draw:
    """The random choices of one sound. Each range is given twice: for calibration and for held-out seeds."""

    def __init__(self, seconds: float, seed: int, salt: int) -> None:
        if seed not in CALIBRATION_SEEDS and seed not in HELD_OUT_SEEDS:
            raise ValueError(
                f"seed {seed} belongs to no family: use 0 to 999 to calibrate, 1000 to 1999 to test"
            )
        self.held_out = seed in HELD_OUT_SEEDS
        self.rng = np.random.default_rng([salt, seed])
        self.n = round(seconds * RATE)
        self.seconds = seconds
        self.t = np.arange(self.n) / RATE

    def between(self, calibration: Range, held_out: Range) -> float:
        low, high = held_out if self.held_out else calibration
        return (
            float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
            if low > 0
            else self.rng.uniform(low, high)
        )

    def one_of(self, calibration: tuple, held_out: tuple):
        choices = held_out if self.held_out else calibration
        return choices[self.rng.integers(len(choices))]

    def noise(self, n: int | None = None) -> np.ndarray:
        return self.rng.standard_normal(self.n if n is None else n)

    def times(self, per_second: float, regular: float = 0.0) -> np.ndarray:
        """Moments of events: Poisson at `regular` 0, a clock at 1."""
        gaps = self.rng.exponential(1 / per_second, int(self.seconds * per_second * 2) + 8)
        gaps = regular / per_second + (1 - regular) * gaps
        moments = np.cumsum(gaps) - gaps[0] + self.rng.uniform(0, 1 / per_second)
        return moments[moments < self.seconds]

    def finish(self, x: np.ndarray, room: bool = False) -> tuple[np.ndarray, int]:
        """The sound in a room if wanted, at a level of its own, as float32."""
        if room:
            x = in_room(x, self.between((0.2, 0.6), (0.7, 1.2)), self.rng)
        peak = float(np.abs(x).max()) if x.size else 0.0
        if peak > 0:
            x = x * (self.between((0.2, 0.9), (0.3, 0.7)) / peak)
        return x[: self.n].astype(np.float32), RATE


def band(x: np.ndarray, low: float, high: float, slope: float = 2.0) -> np.ndarray:
    """A smooth band-pass by FFT."""
    n = len(x)
    size = 1 << (n + RATE // 20).bit_length()
    f = np.fft.rfftfreq(size, 1 / RATE)
    gain = 1 / np.sqrt((1 + (low / np.maximum(f, 1)) ** (2 * slope)) * (1 + (f / high) ** (2 * slope)))
    return np.fft.irfft(np.fft.rfft(x, size) * gain, size)[:n]


def in_room(x: np.ndarray, t60: float, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(t60 * RATE)) / RATE
    response = rng.standard_normal(len(t)) * np.exp(-6.9 * t / t60)
    response = band(response, 150, 5000, 1.0)
    response *= 0.5 / np.sqrt(np.sum(response**2))
    response[0] += 1.0
    size = 1 << (len(x) + len(t)).bit_length()
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)[: len(x)]


def put(track: np.ndarray, at_seconds: float, sound: np.ndarray, gain: float = 1.0) -> None:
    at = int(at_seconds * RATE)
    if 0 <= at < len(track):
        track[at : at + len(sound)] += gain * sound[: len(track) - at]


def slow(draw: Draw, rate_hz: float) -> np.ndarray:
    """A smooth random curve of about unit spread."""
    points = int(draw.seconds * rate_hz) + 4
    knots = draw.rng.standard_normal(points)
    return np.interp(draw.t * rate_hz, np.arange(points), knots)
