"""Sounds that belong to no genre, made from formulas; OOD detectors are trained to refuse them.

Each kind is a function of a random generator, a length and a rate, so no two sounds are alike. They are
rough imitations: a source and a filter for speech, struck inharmonic bars for gamelan, gliding whistles for
birds. Whether a detector that was trained on them refuses real sounds is measured on other sounds.

Conventions: all return mono float32 with peaks at 0.5, shape (round(seconds * rate),).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Random = np.random.Generator
FORMANTS = np.array(
    [
        (730, 1090, 2440, 3500),
        (530, 1840, 2480, 3500),
        (270, 2290, 3010, 3700),
        (570, 840, 2410, 3300),
        (300, 870, 2240, 3300),
        (660, 1720, 2410, 3500),
        (490, 1350, 1690, 3300),
    ],
    float,
)
"""Resonances in Hz of the vowels a e i o u ä and r (Peterson and Barney 1952, table II, men)."""


def synthetic_sounds(each: int, rate: int = 22050, seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """`each` sounds of every kind, 3 to 20 s long, as (kind, samples).

    Example:
        >>> names = [kind for kind, _ in synthetic_sounds(1, rate=8000)]
        >>> names == list(KINDS)
        True
    """
    for kind, make in KINDS.items():
        for number in range(each):
            random = np.random.default_rng([seed, number, *kind.encode()])
            seconds = float(random.choice([3.0, 6.0, 10.0, 20.0]))
            yield kind, synthetic_sound(make, random, seconds, rate)


def synthetic_sound(
    make: Callable[[Random, int, int], np.ndarray], random: Random, seconds: float, rate: int
) -> np.ndarray:
    """One sound of a kind, sometimes in a room, with its peak at 0.5.

    Example:
        >>> sound = synthetic_sound(KINDS["speech"], np.random.default_rng(1), 2.0, 8000)
        >>> sound.shape, float(np.abs(sound).max())
        ((16000,), 0.5)
    """
    sound = make(random, round(seconds * rate), rate)
    if random.random() < 0.4:
        sound = _in_a_room(sound, random, rate)
    if random.random() < 0.4:
        sound = sound + 10 ** random.uniform(-3, -1.3) * np.std(sound) * random.standard_normal(sound.size)
    return (0.5 * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


def coloured_noise(random: Random, size: int, rate: int) -> np.ndarray:
    """White to brown noise, sometimes of one band, sometimes swelling like wind or surf."""
    noise = _shaped(random.standard_normal(size), rate, lambda f: (f / 100) ** random.uniform(-1.5, 0.3))
    if random.random() < 0.4:
        centre, width = 2 ** random.uniform(7, 12), random.uniform(0.2, 1.5)
        noise = _shaped(noise, rate, lambda f: np.exp(-((np.log2(f / centre) / width) ** 2)))
    if random.random() < 0.5:
        noise = noise * _slow(random, size, rate, random.uniform(0.1, 3.0)) ** random.uniform(1, 3)
    return noise


def steady_tones(random: Random, size: int, rate: int) -> np.ndarray:
    """One to three unchanging tones, with harmonics or without."""
    time = np.arange(size) / rate
    sound = np.zeros(size)
    for _ in range(random.integers(1, 4)):
        pitch = 2 ** random.uniform(5.6, 12)
        for harmonic in range(1, int(random.choice([2, 2, 6, 20]))):
            if pitch * harmonic < rate / 2:
                sound += np.sin(2 * np.pi * pitch * harmonic * time + random.uniform(0, 6)) / harmonic
    return sound


def signals(random: Random, size: int, rate: int) -> np.ndarray:
    """Beeps, dialling tones, sirens and sweeps."""
    time = np.arange(size) / rate
    if random.random() < 0.5:
        period = random.uniform(0.5, 6.0)
        place = (time / period) % 1.0
        swing = place if random.random() < 0.5 else 0.5 - 0.5 * np.cos(2 * np.pi * place)
        pitch = 2 ** (random.uniform(7, 10) + random.uniform(0.5, 3) * swing)
        return np.sin(2 * np.pi * np.cumsum(pitch) / rate)
    sound, step = np.zeros(size), round(random.uniform(0.1, 0.6) * rate)
    pitches = 2 ** random.uniform(8.5, 11.5, int(random.integers(1, 5)))
    for start in range(0, size, step):
        end = min(start + round(step * random.uniform(0.3, 0.95)), size)
        pair = random.choice(pitches, 2)
        sound[start:end] = np.sin(2 * np.pi * pair[:, None] * time[: end - start]).sum(axis=0)
    return sound


def speech(random: Random, size: int, rate: int) -> np.ndarray:
    """One voice: syllables of a vowel with or without a consonant, a melody of speech, pauses."""
    sound = np.zeros(size + rate)
    base, tract = (
        random.choice([random.uniform(85, 150), random.uniform(160, 280)]),
        random.uniform(0.9, 1.25),
    )
    pace = random.uniform(0.11, 0.24)
    place = 0.0
    while place < size / rate:
        phrase = random.integers(3, 14)
        for syllable in range(phrase):
            length = pace * random.uniform(0.6, 1.7)
            pitch = base * (1.15 - 0.3 * syllable / phrase) * random.uniform(0.9, 1.15)
            start = round(place * rate)
            if random.random() < 0.7:
                hiss = _fricative(random, round(rate * random.uniform(0.03, 0.11)), rate)
                _add(sound, start, hiss)
                start += round(0.7 * hiss.size)
            vowel = _vowel(
                random, round(length * rate), rate, pitch, tract, glide=random.uniform(-0.15, 0.15)
            )
            _add(sound, start, vowel)
            place = (start + 0.85 * vowel.size) / rate
        place += random.uniform(0.15, 0.8)
    return sound[:size]


def crowd(random: Random, size: int, rate: int) -> np.ndarray:
    """Many voices at once, as in a hall."""
    return np.asarray(np.sum([speech(random, size, rate) for _ in range(random.integers(4, 9))], axis=0))


def choir(random: Random, size: int, rate: int) -> np.ndarray:
    """Voices on long vowels: one slow chant in unison or chords of four parts, in a large room."""
    sound = np.zeros(size + 4 * rate)
    scale = (
        np.array([0, 2, 3, 5, 7, 9, 10, 12])
        if random.random() < 0.5
        else np.array([0, 2, 4, 5, 7, 9, 11, 12])
    )
    root, parts = random.uniform(98, 165), int(random.choice([1, 1, 3, 4]))
    step, place = int(random.integers(0, 8)), 0.0
    length = random.uniform(0.4, 2.0)
    while place < size / rate:
        step = int(np.clip(step + random.integers(-2, 3), 0, 7))
        hold = length * random.choice([1, 1, 1, 2, 3])
        for part in range(parts):
            pitch = root * 2 ** (scale[(step + 2 * part) % 8] / 12 + (step + 2 * part) // 8)
            for _ in range(4):
                start = round((place + random.uniform(0, 0.06)) * rate)
                detuned = pitch * 2 ** random.normal(0, 0.008)
                sung = _vowel(
                    random, round((hold + 0.3) * rate), rate, detuned, random.uniform(0.9, 1.15), 0.0, 0.1
                )
                _add(sound, start, sung)
        place += hold
    return _in_a_room(sound[:size], random, rate, random.uniform(1.5, 4.0))


def gamelan(random: Random, size: int, rate: int) -> np.ndarray:
    """Struck bronze in interlocking cycles: inharmonic partials, paired tunings that beat, a deep gong."""
    sound = np.zeros(size)
    slendro = np.cumsum(random.uniform(2.1, 2.7, 6))
    pelog = np.cumsum(random.choice([1.2, 1.5, 2.6], 7))
    scale = slendro if random.random() < 0.5 else pelog
    root, beat = random.uniform(180, 320), random.uniform(0.14, 0.5)
    pattern = random.integers(0, scale.size, 16)
    for layer, (octave, every, ring) in enumerate([(2, 1, 0.6), (1, 2, 1.4), (0, 4, 3.0)]):
        for number, start in enumerate(np.arange(0, size / rate, beat * every)):
            note = pattern[(number * every) % 16] if random.random() < 0.9 else random.integers(scale.size)
            pitch = root * 2 ** (octave + scale[note] / 12)
            for shimmer in (1.0, 1.0 + random.uniform(3, 7) / pitch):
                _strike(sound, start, rate, pitch * shimmer, (1, 2.76, 5.4, 8.93), ring, 1 / (1 + layer))
    for start in np.arange(0, size / rate, beat * 16):
        _strike(sound, start, rate, random.uniform(45, 80), (1, 1.52, 2.31, 2.9), 5.0, 1.5)
    return sound


def bells(random: Random, size: int, rate: int) -> np.ndarray:
    """Church bells or wind chimes: hum, prime, minor third, fifth, octave, struck in no metre."""
    sound = np.zeros(size)
    pitches = 2 ** random.uniform(7.5, 11.5) * 2 ** (random.uniform(0, 14, int(random.integers(1, 7))) / 12)
    rest = random.uniform(0.1, 1.5)
    place = 0.0
    while place < size / rate:
        pitch = float(random.choice(pitches))
        _strike(sound, place, rate, pitch, (0.5, 1, 1.2, 1.5, 2, 2.67, 4.1), random.uniform(0.8, 4), 1.0)
        place += random.exponential(rest) + 0.03
    return sound


def birdsong(random: Random, size: int, rate: int) -> np.ndarray:
    """Gliding and trilling whistles in phrases, over a quiet outdoors."""
    sound = 0.02 * random.uniform(0, 1) * coloured_noise(random, size, rate)
    for _ in range(random.integers(1, 4)):
        place = random.uniform(0, 1)
        centre = random.uniform(1800, min(7000, 0.4 * rate))
        phrase = [
            (
                random.uniform(0.03, 0.35),
                random.uniform(0.7, 1.3),
                random.uniform(-0.4, 0.4),
                random.uniform(0, 80),
            )
            for _ in range(random.integers(1, 7))
        ]
        loudness = random.uniform(0.2, 1)
        while place < size / rate:
            for length, height, glide, trill in phrase:
                time = np.arange(round(length * rate)) / rate
                pitch = (
                    centre * height * (1 + glide * time / length + 0.08 * np.sin(2 * np.pi * trill * time))
                )
                pitch = np.minimum(pitch, 0.47 * rate)
                note = loudness * np.sin(2 * np.pi * np.cumsum(pitch) / rate) * np.hanning(time.size)
                start = round(place * rate)
                _add(sound, start, note)
                place += length * random.uniform(1.0, 1.4)
            place += random.uniform(0.2, 2.5)
    return sound


def impacts(random: Random, size: int, rate: int) -> np.ndarray:
    """Rain, applause, steps, typing, a clock: short bursts, dense or sparse, regular or not."""
    sound = np.zeros(size)
    gap = 10 ** random.uniform(-2.5, 0.0)
    steady = random.random() < 0.3
    burst = _shaped(
        random.standard_normal(round(0.15 * rate)), rate, lambda f: (f / 1000) ** random.uniform(-1, 0.5)
    )
    decay = np.exp(-np.arange(burst.size) / rate / random.uniform(0.002, 0.05))
    place = 0.0
    while place < size / rate:
        start = round(place * rate)
        _add(sound, start, np.roll(burst, random.integers(burst.size)) * decay * random.uniform(0.2, 1))
        place += gap if steady else random.exponential(gap) + 1e-3
    return sound


def machines(random: Random, size: int, rate: int) -> np.ndarray:
    """Engines, hum and fans: a pulse train with a wandering rate, resonances and broad noise."""
    turning = 2 ** random.uniform(3.5, 7.5) * (
        1 + 0.3 * random.uniform(0, 1) * _slow(random, size, rate, 0.3)
    )
    phase = np.cumsum(turning) / rate
    pulses = np.diff(np.floor(phase), prepend=0.0) * random.uniform(0.6, 1.0, size)
    centre = 2 ** random.uniform(6.5, 10)
    hum = _shaped(pulses, rate, lambda f: 1 / (1 + ((f - centre) / (0.3 * centre)) ** 2))
    noise = _shaped(random.standard_normal(size), rate, lambda f: (f / 100) ** random.uniform(-1, 0))
    return np.asarray(hum / (np.std(hum) + 1e-9) + random.uniform(0.05, 1.0) * noise / np.std(noise))


KINDS: dict[str, Callable[[Random, int, int], np.ndarray]] = {
    "noise": coloured_noise,
    "tones": steady_tones,
    "signals": signals,
    "speech": speech,
    "crowd": crowd,
    "choir": choir,
    "gamelan": gamelan,
    "bells": bells,
    "birdsong": birdsong,
    "impacts": impacts,
    "machines": machines,
}
"""Every kind by its name."""


def _shaped(sound: np.ndarray, rate: int, response: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The sound with its spectrum multiplied by a real response over frequency in Hz."""
    size = 1 << max(sound.size - 1, 1).bit_length()
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / rate), 20.0)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound, size) * response(frequencies), size)[: sound.size])


def _slow(random: Random, size: int, rate: int, hertz: float) -> np.ndarray:
    """A random curve between 0 and 1 that changes about `hertz` times a second."""
    knots = random.uniform(0, 1, int(size / rate * hertz) + 3)
    return np.interp(np.linspace(0, knots.size - 1, size), np.arange(knots.size), knots)


def _in_a_room(sound: np.ndarray, random: Random, rate: int, seconds: float | None = None) -> np.ndarray:
    """With exponentially decaying noise as the room's answer."""
    length = seconds or random.uniform(0.2, 1.5)
    tail = random.standard_normal(round(length * rate)) * np.exp(
        -6.9 * np.arange(round(length * rate)) / rate / length
    )
    size = 1 << (sound.size + tail.size).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: sound.size]
    gain = random.uniform(0.1, 0.7) * float(np.std(sound)) / max(float(np.std(wet)), 1e-9)
    return np.asarray(sound + gain * wet)


def _vowel(
    random: Random, size: int, rate: int, pitch: float, tract: float, glide: float, fade: float = 0.03
) -> np.ndarray:
    """A voiced sound: harmonics of a gliding pitch with vibrato, coloured by a vowel's resonances."""
    time = np.arange(size) / rate
    melody = pitch * (1 + glide * time / max(time[-1], 1e-3)) * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * time))
    phase = 2 * np.pi * np.cumsum(melody * (1 + random.normal(0, 0.003))) / rate
    formants = FORMANTS[random.integers(len(FORMANTS))] * tract
    widths = np.array([80, 100, 140, 200])
    sound = np.zeros(size)
    for harmonic in range(1, int(min(0.45 * rate, 5000) / pitch) + 1):
        frequency = pitch * harmonic
        gain = sum(
            weight / (1 + ((frequency - formant) / width) ** 2)
            for weight, formant, width in zip((1, 0.5, 0.25, 0.12), formants, widths, strict=True)
        )
        sound += (gain + 0.003) * np.sin(harmonic * phase + random.uniform(0, 6))
    edge = min(round(fade * rate), size // 2)
    if edge:
        ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
        sound[:edge] *= ramp
        sound[-edge:] *= ramp[::-1]
    return sound * random.uniform(0.5, 1)


def _fricative(random: Random, size: int, rate: int) -> np.ndarray:
    centre = random.uniform(2000, 0.42 * rate)
    noise = _shaped(random.standard_normal(size), rate, lambda f: np.exp(-(((f - centre) / 1500) ** 2)))
    gain = random.uniform(0.05, 0.3) / max(float(np.std(noise)), 1e-9)
    return np.asarray(gain * noise * np.hanning(size))


def _add(sound: np.ndarray, start: int, piece: np.ndarray) -> None:
    """Adds a piece from `start` on, as far as the sound reaches."""
    room = sound[start : start + piece.size]
    room += piece[: room.size]


def _strike(
    sound: np.ndarray,
    start: float,
    rate: int,
    pitch: float,
    ratios: tuple[float, ...],
    ring: float,
    gain: float,
) -> None:
    """Adds a struck body with the given partials; higher ones die sooner."""
    first = round(start * rate)
    size = min(round(3 * ring * rate), sound.size - first)
    if size <= 0:
        return
    time = np.arange(size) / rate
    for ratio in ratios:
        if pitch * ratio < 0.45 * rate:
            fading = np.exp(-time * np.sqrt(ratio) / ring)
            sound[first : first + size] += gain / ratio * fading * np.sin(2 * np.pi * pitch * ratio * time)
