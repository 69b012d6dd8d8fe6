"""Music that is none of the ten genres: gamelan, church bells, wind chimes, a drone."""

from __future__ import annotations

import numpy as np

from .draw import RATE, Draw, Sound, in_room, put

BAR = (1.0, 2.756, 5.404, 8.933)  # a free bar's modes
BELL = (
    0.5,
    1.0,
    1.183,
    1.506,
    2.0,
    2.514,
    2.662,
    3.011,
    4.166,
)  # hum, prime, tierce, quint, nominal and above
SLENDRO = (0, 231, 474, 717, 955)  # cents, after Surjodiningrat's measurements of central Javanese sets
PELOG = (0, 120, 258, 539, 675, 785, 943)


def struck(
    f: float, modes: tuple[float, ...], seconds: float, t60: float, d: Draw, beat_hz: float = 0.0
) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    y = np.zeros(len(t))
    for k, ratio in enumerate(modes):
        if f * ratio < RATE / 2.2:
            for shift in (0.0, beat_hz) if beat_hz else (0.0,):
                ring = np.exp(-6.9 * t * (ratio / modes[0]) ** 0.6 / t60)
                y += np.sin(2 * np.pi * (f * ratio + shift) * t + d.rng.uniform(0, 6)) * ring / (1 + k) ** 1.1
    return y * np.minimum(t / 0.001, 1)


def gamelan(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A balungan on the saron, interlocking parts above, gongs at the ends of cycles; paired bars beat."""
    d = Draw(seconds, seed, 80)
    scale = np.array(d.one_of((SLENDRO,), (PELOG,)))
    base = d.between((260, 310), (330, 400))
    pulse = d.between((0.45, 0.7), (0.22, 0.38))
    beat = d.between((4.0, 6.0), (6.5, 9.0))
    x = np.zeros(d.n)
    place, cycle = int(d.rng.integers(len(scale))), 16
    tune = []
    for _ in range(cycle):
        place = int(np.clip(place + d.rng.choice([-2, -1, -1, 1, 1, 2]), 0, len(scale) + 2))
        tune.append(place)

    def pitch(step: int) -> float:
        octave, degree = divmod(step, len(scale))
        return base * 2 ** (octave + scale[degree] / 1200)

    for i in range(int(seconds / pulse) + 1):
        at = i * pulse + d.rng.normal(0, 0.006)
        step = tune[i % cycle]
        put(x, max(at, 0), struck(pitch(step), BAR, 2.0, 2.2, d, beat), 0.7)
        for half, neighbour in ((0.0, 0), (0.5, 1)):
            put(
                x, max(at + half * pulse, 0), struck(2 * pitch(step + neighbour), BAR, 0.8, 0.9, d, beat), 0.3
            )
        if i % cycle == 0:
            put(x, max(at, 0), struck(base / 4, (1.0, 1.52, 2.0, 2.74, 3.4), 6.0, 7.0, d, 1.3), 1.4)
        elif i % 4 == 0:
            put(x, max(at, 0), struck(base / 2, (1.0, 1.49, 2.1, 2.9), 2.5, 2.5, d), 0.6)
    return d.finish(in_room(x, d.between((0.8, 1.2), (1.4, 2.2)), d.rng))


def church_bells(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A few bells swinging, each at a rate of its own."""
    d = Draw(seconds, seed, 81)
    x = np.zeros(d.n)
    base = d.between((220, 320), (340, 520))
    for k in range(d.one_of((2, 3), (4, 5))):
        f = base * (1.0, 1.19, 1.33, 1.5, 1.78)[k]
        stroke = struck(f, BELL, min(6.0, seconds), d.between((5, 8), (9, 14)), d, 0.7)
        for moment in d.times(d.between((0.5, 0.7), (0.8, 1.1)), 0.97):
            put(x, moment, stroke, d.rng.uniform(0.7, 1))
    return d.finish(in_room(x, 1.5, d.rng))


def wind_chimes(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 82)
    x = np.zeros(d.n)
    tubes = [d.between((900, 1800), (1900, 3600)) for _ in range(6)]
    for moment in d.times(d.between((2, 4), (5, 9))):
        put(x, moment, struck(tubes[d.rng.integers(6)], BAR, 2.5, 3.0, d), d.rng.exponential(0.5))
    return d.finish(x + 0.002 * d.noise(), room=True)


def drone(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """A bowed bowl or a hurdy-gurdy's bourdon: one chord that never changes."""
    d = Draw(seconds, seed, 83)
    f = d.between((60, 110), (120, 200))
    x = np.zeros(d.n)
    for ratio in d.one_of(((1, 1.5, 2), (1, 2, 3)), ((1, 1.333, 2), (1, 1.498, 2.01, 2.99))):
        for k in range(1, 14):
            swell = 1 + 0.6 * np.sin(2 * np.pi * d.rng.uniform(0.05, 0.3) * d.t + d.rng.uniform(0, 6))
            x += swell * np.sin(2 * np.pi * f * ratio * k * d.t + d.rng.uniform(0, 6)) / k**1.4
    return d.finish(in_room(x, 1.5, d.rng))


TUNINGS: dict[str, Sound] = {
    "gamelan": gamelan,
    "church bells": church_bells,
    "wind chimes": wind_chimes,
    "drone": drone,
}
