"""Silence, noise and test signals."""

from __future__ import annotations

import numpy as np

from .draw import RATE, Draw, Sound


def silence(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Digital silence with even seeds, the faint noise of a converter with odd ones."""
    d = Draw(seconds, seed, 1)
    x = np.zeros(d.n) if seed % 2 == 0 else d.noise() * d.between((1e-5, 5e-5), (6e-5, 2e-4))
    return x.astype(np.float32), RATE


def coloured(d: Draw, slope: float) -> tuple[np.ndarray, int]:
    f = np.fft.rfftfreq(d.n, 1 / RATE)
    shape = np.maximum(f, 20.0) ** (-slope / 2)
    return d.finish(np.fft.irfft(np.fft.rfft(d.noise()) * shape, d.n))


def white_noise(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 2)
    return coloured(d, d.between((0.01, 0.1), (0.11, 0.3)))


def pink_noise(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 3)
    return coloured(d, d.between((0.9, 1.05), (1.06, 1.3)))


def brown_noise(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 4)
    return coloured(d, d.between((1.9, 2.1), (1.6, 1.85)))


def tone(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """One steady tone: a sine or a plain waveform."""
    d = Draw(seconds, seed, 5)
    f = d.between((100, 1500), (1600, 5000))
    kind = d.one_of(("sine", "square"), ("sine", "triangle"))
    wave = np.sin(2 * np.pi * f * d.t)
    if kind == "square":
        wave = sum(np.sin(2 * np.pi * f * k * d.t) / k for k in range(1, 30, 2) if f * k < RATE / 2)
    elif kind == "triangle":
        odd = [k for k in range(1, 30, 2) if f * k < RATE / 2]
        wave = sum((-1) ** (k // 2) * np.sin(2 * np.pi * f * k * d.t) / k**2 for k in odd)
    return d.finish(wave)


def sweep(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A sine that rises or falls, once or again and again."""
    d = Draw(seconds, seed, 6)
    low, high = d.between((40, 200), (210, 500)), d.between((3000, 8000), (8100, 14000))
    turns = d.one_of((1, 2), (3, 5))
    u = (d.t / seconds * turns) % 1.0
    if d.rng.random() < 0.5:
        u = 1 - u
    return d.finish(np.sin(2 * np.pi * np.cumsum(low * (high / low) ** u) / RATE))


def clicks(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Impulses: a Geiger counter, a loose contact, a metronome."""
    d = Draw(seconds, seed, 7)
    x = np.zeros(d.n)
    regular = d.one_of((0.0, 1.0), (0.3, 0.8))
    for moment in d.times(d.between((1, 8), (9, 25)), regular):
        x[int(moment * RATE)] = d.rng.choice([-1, 1]) * d.rng.uniform(0.3, 1)
    return d.finish(x, room=d.rng.random() < 0.5)


def mains_hum(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 8)
    f = d.one_of((50.0,), (60.0,))
    hum = sum(
        d.rng.uniform(0.1, 1) / k * np.sin(2 * np.pi * f * k * d.t + d.rng.uniform(0, 6))
        for k in range(1, 16)
    )
    return d.finish(hum + d.between((0.02, 0.08), (0.1, 0.2)) * d.noise())


NOISES: dict[str, Sound] = {
    "silence": silence,
    "white noise": white_noise,
    "pink noise": pink_noise,
    "brown noise": brown_noise,
    "tone": tone,
    "sweep": sweep,
    "clicks": clicks,
    "mains hum": mains_hum,
}
