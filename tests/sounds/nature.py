"""Outdoors and people without words: birds, rain, wind, sea, applause, footsteps."""

from __future__ import annotations

import numpy as np

from .draw import RATE, Draw, Sound, band, in_room, put, slow


def birdsong(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Two or three birds with a repertoire of chirps, trills and whistles, over a little wind."""
    d = Draw(seconds, seed, 40)
    x = np.zeros(d.n)
    for _ in range(d.one_of((1, 2), (3, 4))):
        centre = d.between((2500, 4200), (4400, 7000))
        phrase = [d.rng.integers(0, 3) for _ in range(4)]
        for moment in d.times(d.between((0.4, 0.8), (0.9, 1.6))):
            at, strength = moment, d.rng.uniform(0.3, 1.0)
            for kind in phrase:
                length = d.rng.uniform(0.05, 0.16)
                t = np.arange(int(length * RATE)) / RATE
                u = t / length
                if kind == 0:
                    f = centre * (1.25 - 0.5 * u)
                elif kind == 1:
                    f = centre * (1 + 0.12 * np.sign(np.sin(2 * np.pi * 38 * t)))
                else:
                    f = centre * (0.85 + 0.1 * np.sin(np.pi * u))
                put(x, at, strength * np.sin(2 * np.pi * np.cumsum(f) / RATE) * np.sin(np.pi * u) ** 0.7)
                at += length + d.rng.uniform(0.02, 0.07)
    wind = band(d.noise(), 60, 500) * (1 + 0.5 * slow(d, 0.7))
    leaves = band(d.noise(), 2000, 9000)
    x = in_room(x, d.between((0.4, 0.8), (1.0, 1.6)), d.rng)
    return d.finish(x + d.between((0.01, 0.04), (0.05, 0.1)) * (wind + 0.3 * leaves))


def rain(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Drops near by over the rush of those far away."""
    d = Draw(seconds, seed, 41)
    x = (
        band(d.noise(), d.between((400, 900), (1000, 2000)), d.between((6000, 9000), (9500, 14000)), 1.0)
        * 0.2
    )
    for moment in d.times(d.between((20, 60), (80, 200))):
        f = d.between((1500, 4000), (800, 6000))
        t = np.arange(int(0.02 * RATE)) / RATE
        put(x, moment, np.sin(2 * np.pi * f * t) * np.exp(-t / 0.003), d.rng.exponential(0.4))
    return d.finish(x)


def wind(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 42)
    gust = np.exp(0.6 * slow(d, d.between((0.3, 0.6), (0.7, 1.5))))
    low = band(d.noise(), 50, d.between((250, 400), (450, 800)))
    howl = d.between((350, 600), (650, 1100)) * (1 + 0.1 * slow(d, 0.8))
    whistle = np.sin(2 * np.pi * np.cumsum(howl) / RATE) * band(d.noise(), 1, 20) * 2
    return d.finish(low * gust + 0.4 * whistle * gust**2)


def sea(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 43)
    period = d.between((5, 8), (8.5, 13))
    u = ((d.t + d.rng.uniform(0, period)) / period) % 1.0
    wave = np.minimum(u / 0.35, 1) * np.exp(-np.maximum(u - 0.35, 0) * 5)
    return d.finish(band(d.noise(), 80, 900) * (0.25 + wave) + band(d.noise(), 1500, 8000) * wave**2)


def applause(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A hall of people clapping, each at a tempo of their own."""
    d = Draw(seconds, seed, 44)
    x = np.zeros(d.n)
    for _ in range(d.one_of((25, 40), (60, 90))):
        f = d.between((1000, 2200), (1300, 3000))
        clap = band(d.noise(int(0.03 * RATE)), f * 0.6, f * 3.5) * np.exp(
            -np.arange(int(0.03 * RATE)) / (0.004 * RATE)
        )
        near = d.rng.exponential(0.5)
        for moment in d.times(d.rng.uniform(3, 5.5), 0.85):
            put(x, moment, clap, near * d.rng.uniform(0.6, 1))
    return d.finish(in_room(x, d.between((0.8, 1.3), (1.5, 2.2)), d.rng))


def footsteps(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 45)
    x = np.zeros(d.n)
    low, high = d.one_of(((80, 500), (200, 1500)), ((1500, 7000), (400, 3000)))
    for i, moment in enumerate(d.times(d.between((1.6, 2.0), (2.2, 2.9)), 0.94)):
        step = band(d.noise(int(0.12 * RATE)), low, high) * np.exp(
            -np.arange(int(0.12 * RATE)) / (0.02 * RATE)
        )
        put(x, moment, step, 1.0 if i % 2 else 0.85)
        put(x, moment + 0.06, step, 0.35)
    return d.finish(x + 0.003 * d.noise(), room=True)


def heartbeat(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 46)
    x = np.zeros(d.n)
    t = np.arange(int(0.14 * RATE)) / RATE
    for moment in d.times(d.between((0.95, 1.25), (1.4, 2.2)), 0.96):
        for delay, f, gain in ((0.0, 48, 1.0), (0.3, 62, 0.7)):
            put(x, moment + delay, gain * np.sin(2 * np.pi * f * t) * np.exp(-(((t - 0.05) / 0.025) ** 2)))
    return d.finish(x + d.between((0.005, 0.02), (0.03, 0.06)) * band(d.noise(), 30, 300))


def dog(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Barks: a rough, fast falling tone through a muzzle."""
    d = Draw(seconds, seed, 47)
    x = np.zeros(d.n)
    pitch = d.between((350, 520), (560, 900))
    for moment in d.times(d.between((0.7, 1.1), (1.3, 2.0)), 0.3):
        t = np.arange(int(0.2 * RATE)) / RATE
        f = pitch * (1.3 - 0.6 * t / 0.2) * d.rng.uniform(0.9, 1.1)
        voice = np.tanh(4 * np.sin(2 * np.pi * np.cumsum(f) / RATE)) + 0.6 * d.noise(len(t))
        put(x, moment, band(voice, 500, 2500) * np.sin(np.pi * np.minimum(t / 0.2, 1)) ** 0.6)
    return d.finish(x + 0.002 * d.noise(), room=True)


NATURE: dict[str, Sound] = {
    "birdsong": birdsong,
    "rain": rain,
    "wind": wind,
    "sea": sea,
    "applause": applause,
    "footsteps": footsteps,
    "heartbeat": heartbeat,
    "dog": dog,
}
