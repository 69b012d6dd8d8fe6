"""Voices by formants: speech, several speakers, a telephone, a crowd, a choir."""

from __future__ import annotations

import numpy as np

from .draw import RATE, Draw, Sound, band, in_room

VOWELS = {
    "i": (270, 2290, 3010), "e": (530, 1840, 2480), "ae": (660, 1720, 2410), "a": (730, 1090, 2440),
    "o": (570, 840, 2410), "u": (300, 870, 2240), "er": (490, 1350, 1690), "uh": (640, 1190, 2390),
    "m": (250, 1000, 2200), "n": (280, 1600, 2600), "l": (360, 1100, 2700), "w": (290, 610, 2150),
}  # fmt: skip
LEVELS_DB = (0.0, -8.0, -16.0)
FRICATIVES = {
    "s": (4500, 10000, 0.30),
    "sh": (2200, 7000, 0.32),
    "f": (1500, 9000, 0.10),
    "h": (500, 4000, 0.10),
}
PLOSIVES = {"t": (2500, 8000, 0.5), "k": (1500, 4000, 0.5), "p": (400, 2500, 0.4)}


def harmonics(
    f0: np.ndarray, loud: np.ndarray, formants: np.ndarray, d: Draw, width: float, top: float
) -> np.ndarray:
    """Voiced sound: pitch (n,) and loudness (n,) may move, formants (3, grid) are given every 128 samples."""
    grid = np.arange(0, d.n, 128)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    pitch, y, i = f0[grid], np.zeros(d.n), np.arange(d.n)
    for k in range(1, int(top / f0.min()) + 1):
        f = k * pitch
        gain = sum(
            10 ** (level / 20) / np.sqrt(1 + ((f - centre) / (width * (1 + j * 0.4))) ** 2)
            for j, (centre, level) in enumerate(zip(formants, LEVELS_DB, strict=True))
        )
        y += np.interp(i, grid, gain * k**-0.35 * (f < top)) * np.sin(k * phase + 0.4 * k * k)
    return y * loud


def smoothed(x: np.ndarray, seconds: float) -> np.ndarray:
    width = max(int(seconds * RATE), 1)
    total = np.cumsum(np.pad(x, (width, 0), mode="edge"))
    return (total[width:] - total[:-width]) / width


def talk(d: Draw, pitch: float, throat: float, rate: float) -> np.ndarray:
    """Syllables in phrases: consonants, vowels that glide, falling intonation, pauses for breath."""
    n, rng = d.n, d.rng
    f0, loud, hiss = np.full(n, pitch), np.zeros(n), np.zeros(n)
    places = np.tile(np.array(VOWELS["uh"], dtype=float)[:, None], (1, n))
    at, names = rng.uniform(0, 0.3), list(VOWELS)
    while at < d.seconds:
        syllables = int(rng.integers(4, 13))
        for s in range(syllables):
            length = rng.uniform(0.5, 1.1) / rate * (1.5 if s == syllables - 1 else 1.0)
            stress = rng.choice([0.25, 0.6, 1.0])
            a = int(at * RATE)
            kind = rng.random()
            if kind < 0.35:
                low, high, strength = list(FRICATIVES.values())[rng.integers(4)]
                noise = band(rng.standard_normal(int(rng.uniform(0.05, 0.11) * RATE)), low, high)
                noise *= np.sin(np.pi * np.linspace(0, 1, len(noise))) * strength
            elif kind < 0.7:
                low, high, strength = list(PLOSIVES.values())[rng.integers(3)]
                closed = np.zeros(int(0.05 * RATE))
                burst = band(rng.standard_normal(int(0.02 * RATE)), low, high) * strength
                noise = np.concatenate([closed, burst * np.exp(-np.arange(len(burst)) / (0.006 * RATE))])
            else:
                noise = np.zeros(int(0.015 * RATE))
            noise = noise[: max(n - a, 0)]
            hiss[a : a + len(noise)] += noise * stress
            v = a + len(noise)
            end = min(a + int(length * RATE), n)
            if end - v > 400:
                u = np.linspace(0, 1, end - v)
                loud[v:end] = stress * np.minimum(1, 12 * u) * np.minimum(1, 6 * (1 - u))
                one, two = (VOWELS[names[rng.integers(len(names))]] for _ in range(2))
                for j in range(3):
                    places[j, v:] = one[j]
                    places[j, (v + end) // 2 :] = two[j]
                tune = 1.12 - 0.4 * s / syllables + 0.5 * (stress - 0.7) + rng.normal(0, 0.08)
                f0[v:] = pitch * tune
            at += length
        at += rng.uniform(0.2, 0.8)
    shake = np.interp(
        d.t * 60, np.arange(int(d.seconds * 60) + 3), rng.standard_normal(int(d.seconds * 60) + 3)
    )
    f0 = smoothed(f0, 0.09) * (1 + 0.015 * shake) * (1 - 0.12 * smoothed(loud < 0.1, 0.1))
    formants = np.stack([smoothed(p, 0.05)[::128] for p in places]) * throat
    voiced = harmonics(f0, smoothed(loud, 0.012), formants, d, 75.0 * throat, 5500)
    voiced /= np.sqrt(np.mean(voiced**2)) + 1e-9
    breath = (
        band(rng.standard_normal(n), 1200, 6000)
        * smoothed(loud, 0.02)
        * (1 + np.sin(2 * np.pi * np.cumsum(f0) / RATE))
    )
    hiss = hiss + 0.03 * breath
    return 0.2 * voiced + 1.2 * hiss


def speaker(d: Draw) -> np.ndarray:
    """A man or a woman in calibration, a deeper man or a child held out."""
    if d.rng.random() < 0.5:
        pitch, throat = d.between((95, 135), (70, 92)), d.between((0.95, 1.03), (0.86, 0.94))
    else:
        pitch, throat = d.between((180, 225), (240, 310)), d.between((1.12, 1.18), (1.22, 1.32))
    return talk(d, pitch, throat, d.between((4.2, 5.4), (3.2, 4.1)))


def speech(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 20)
    return d.finish(speaker(d) + 0.001 * d.noise(), room=True)


def conversation(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Two speakers in turn."""
    d = Draw(seconds, seed, 21)
    turn = d.between((2.0, 3.5), (1.0, 1.8))
    first = (np.sin(np.pi * d.t / turn) > 0).astype(float)
    gate = smoothed(first, 0.05)
    return d.finish(speaker(d) * gate + speaker(d) * (1 - gate), room=True)


def telephone_speech(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    d = Draw(seconds, seed, 22)
    voice = band(speaker(d), d.between((280, 340), (360, 450)), d.between((3000, 3500), (2300, 2800)), 6.0)
    voice = np.tanh(voice * d.between((2, 4), (5, 9)))
    return d.finish(voice + 0.01 * band(d.noise(), 300, 3400))


def crowd(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Many people talking at once in a hall."""
    d = Draw(seconds, seed, 23)
    people = d.one_of((4, 5), (6, 7))
    total = sum(
        np.roll(speaker(d), int(d.rng.integers(d.n or 1))) * d.rng.uniform(0.4, 1) for _ in range(people)
    )
    return d.finish(in_room(total, d.between((0.6, 1.0), (1.2, 2.0)), d.rng))


CHANTS = (
    (0, 2, 3, 5, 3, 2, 0, -2, 0, 3, 5, 7, 5, 3, 2, 0),
    (0, 0, 2, 4, 4, 5, 4, 2, 0, 2, 0, -1, 0, 4, 2, 0),
    (0, 5, 7, 8, 7, 5, 7, 3, 5, 3, 2, 0, 2, 3, 0, 0),
    (7, 7, 9, 10, 9, 7, 5, 7, 3, 5, 7, 5, 3, 2, 0, 0),
)


def choir(seconds: float, seed: int) -> tuple[np.ndarray, int]:
    """Plainchant in parallel voices on Latin vowels, in a church."""
    d = Draw(seconds, seed, 24)
    chant = np.array(d.one_of(CHANTS[:2], CHANTS[2:]))
    root = d.between((98, 130), (139, 174))
    length = d.between((0.55, 0.8), (0.9, 1.4))
    intervals = d.one_of(((0, 12), (0, 7)), ((0, 7, 12), (-12, 0, 12)))
    which = np.minimum((d.t / length).astype(int), 10**6)
    total = np.zeros(d.n)
    latin = [VOWELS[v] for v in ("a", "e", "i", "o", "u", "o", "a", "i")]
    for interval in intervals:
        for _ in range(3):
            late = d.rng.normal(0, 0.03)
            mine = np.clip(((d.t + late) / length).astype(int), 0, 10**6)
            midi = chant[mine % len(chant)] + interval + d.rng.normal(0, 0.08)
            f0 = smoothed(root * 2 ** (midi / 12), 0.08)
            f0 = f0 * (1 + 0.006 * np.sin(2 * np.pi * d.rng.uniform(4.6, 5.8) * d.t + d.rng.uniform(0, 6)))
            vowels = np.array(latin, dtype=float)[(mine * 5 // 3) % len(latin)].T
            formants = np.stack([smoothed(p, 0.12)[::128] for p in vowels]) * d.rng.uniform(0.97, 1.1)
            breath = 0.75 + 0.25 * np.abs(np.sin(np.pi * d.t / length))
            pause = smoothed(1.0 - 0.8 * ((which % 8 == 7) & ((d.t / length) % 1 > 0.6)), 0.1)
            total += harmonics(f0, breath * pause, formants, d, 90.0, 4500)
    return d.finish(in_room(total, d.between((2.0, 3.0), (3.5, 5.0)), d.rng))


VOICES: dict[str, Sound] = {
    "speech": speech,
    "conversation": conversation,
    "telephone speech": telephone_speech,
    "crowd": crowd,
    "choir": choir,
}
