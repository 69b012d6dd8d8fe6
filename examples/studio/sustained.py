"""Instruments that hold a note: bowed strings, horns, reeds, voices.

A line is played as one gesture: a pitch curve that slides from note to note and trembles, a loudness curve
with an attack for each note, and a sawtooth whose upper partials open with loudness, shaped by body or vowel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.signals import (
    RATE,
    Response,
    Signal,
    apply,
    bandpass,
    clock,
    fade,
    highpass,
    lowpass,
    noise,
    peak,
    resonances,
    sawtooth,
    smooth,
    wander,
)


@dataclass(frozen=True)
class Held:
    """One note of a line: start, length in seconds, pitch (MIDI number, fractions allowed), how loud; `scoop`
    semitones below pitch at its start; `vowel` for voices."""

    start: float
    seconds: float
    pitch: float
    velocity: float = 0.8
    scoop: float = 0.0
    vowel: str = "a"


@dataclass(frozen=True)
class Manner:
    """How a player plays: times in seconds, depths in cents."""

    attack: float = 0.05
    release: float = 0.07
    glide: float = 0.03
    vibrato_hz: float = 5.4
    vibrato_cents: float = 22.0
    vibrato_delay: float = 0.25
    drift_cents: float = 5.0
    breath: float = 0.02
    slide: float = 0.0


def pitch_and_loudness(
    notes: Sequence[Held], seconds: float, manner: Manner, rng: np.random.Generator
) -> tuple[Signal, Signal]:
    """The pitch curve in Hz and the loudness curve from 0 to 1 of a whole line."""
    n = int(seconds * RATE)
    midi = np.full(n, notes[0].pitch, dtype=np.float64)
    bend = np.zeros(n)
    loud = np.zeros(n)
    tremble = np.zeros(n)
    for note in notes:
        a, b = int(note.start * RATE), min(int((note.start + note.seconds) * RATE), n)
        if a >= n or b - a < 64:
            continue
        midi[a:] = note.pitch
        t = np.arange(b - a) / RATE
        scoop = note.scoop + manner.slide * rng.exponential()
        if scoop:
            bend[a:b] = -scoop * np.exp(-t / 0.07)
        if manner.slide:
            fall = np.maximum(t - note.seconds + 0.09, 0) / 0.09
            bend[a:b] -= manner.slide * rng.exponential() * fall
        rise = np.minimum(t / manner.attack, 1.0)
        rise = rise * rise * (3 - 2 * rise)
        where = np.minimum(t / max(note.seconds, 0.1), 1.0)
        swell = 0.7 + 0.3 * np.sin(np.pi * where ** rng.uniform(0.5, 1.1)) + 0.25 * np.exp(-t / 0.06)
        swell *= 1 - 0.25 * where
        loud[a:b] = np.maximum(loud[a:b], note.velocity * rise * swell)
        tremble[a:b] = np.clip((t - manner.vibrato_delay) / 0.3, 0, 1)
    tail = max(int(manner.release * RATE), 1)
    loud = smooth(loud, tail / RATE / 2)
    speed = manner.vibrato_hz * (1 + 0.06 * wander(seconds, rng, 1.5))
    vibrato = np.sin(2 * np.pi * np.cumsum(speed[:n]) / RATE + rng.random() * 6) * smooth(tremble, 0.05)
    cents = manner.vibrato_cents * vibrato + manner.drift_cents * wander(seconds, rng, 3.0)[:n]
    loud = loud * (
        1 + 0.012 * manner.vibrato_cents * np.roll(vibrato, 300) * 0.5 + 0.05 * wander(seconds, rng, 9.0)[:n]
    )
    loud = np.maximum(loud, 0)
    curve = smooth(midi, manner.glide) + smooth(bend, 0.01) + cents / 100
    return 440 * 2 ** ((curve - 69) / 12), loud


def source(
    hz: Signal, loud: Signal, rng: np.random.Generator, breath: float, dark_hz: float = 900.0
) -> Signal:
    """A sawtooth that is dark when soft and bright when loud, with a little air."""
    step = hz / RATE
    saw = sawtooth(np.cumsum(step) + rng.random(), step)
    soft = apply(saw, lowpass(dark_hz))
    air = apply(rng.standard_normal(len(hz)), bandpass(2500, 0.5)) * breath
    bright = np.clip(0.35 + 0.6 * loud, 0, 1)
    return loud * (soft * (1 - bright) + saw * bright + air)


VIOLIN: tuple[Response, ...] = (
    highpass(240),
    resonances(1713, 4.0, 6.0),
    peak(460, 3, 3),
    peak(1200, -3, 1.5),
    peak(2800, 9, 0.9),
    lowpass(6500),
)


def bowed(
    notes: Sequence[Held],
    seconds: float,
    rng: np.random.Generator,
    *,
    players: int = 1,
    body: tuple[Response, ...] = VIOLIN,
    manner: Manner | None = None,
) -> Signal:
    """A bowed instrument or a section of them (each player a little late and out of tune). Mono."""
    manner = manner or Manner(attack=0.09, release=0.12, vibrato_cents=18, breath=0.05)
    total = np.zeros(int(seconds * RATE))
    for _ in range(players):
        late = rng.normal(0, 0.012 if players > 1 else 0.004)
        detune = rng.normal(0, 0.06 if players > 1 else 0.0)
        mine = [
            Held(max(x.start + late, 0), x.seconds, x.pitch + detune, x.velocity, x.scoop, x.vowel)
            for x in notes
        ]
        hz, loud = pitch_and_loudness(mine, seconds, manner, rng)
        total += source(hz, loud, rng, manner.breath, 1400)
    return apply(total / np.sqrt(players), *body) * 0.22


SAXOPHONE: tuple[Response, ...] = (
    highpass(220),
    resonances(7, 2.5, 4.0),
    peak(450, 5, 1.5),
    peak(1200, 6, 2),
    peak(2600, 3, 2),
    lowpass(5500),
)


def blown(
    notes: Sequence[Held],
    seconds: float,
    rng: np.random.Generator,
    body: tuple[Response, ...],
    manner: Manner | None = None,
) -> Signal:
    """A horn or a reed. Mono."""
    manner = manner or Manner(attack=0.03, release=0.06, breath=0.08)
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    return apply(source(hz, loud, rng, manner.breath, 700), *body) * 0.22


def steel(notes: Sequence[Held], seconds: float, rng: np.random.Generator) -> Signal:
    """A lap or pedal steel: plucked under a sliding bar, its brightness dying faster than its loudness."""
    manner = Manner(attack=0.006, release=0.12, glide=0.09, vibrato_hz=4.6, vibrato_cents=20, drift_cents=3)
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    fall = np.zeros(len(hz))
    for note in notes:
        a = int(note.start * RATE)
        fall[a:] = np.exp(-np.arange(max(len(fall) - a, 0)) / RATE / 0.9)
    step = hz / RATE
    phase = np.cumsum(step)
    y = np.zeros(len(hz))
    for k in range(1, 14):
        comb = abs(np.sin(np.pi * k * 0.13) * np.sin(np.pi * k * 0.21)) + 0.03
        y += comb / k**0.4 * fall ** (0.45 + 0.16 * k) * np.sin(2 * np.pi * k * phase) * (k * hz < 9000)
    return apply(y * loud, highpass(120), lowpass(6000)) * 0.2


def lead_tone(notes: Sequence[Held], seconds: float, rng: np.random.Generator) -> Signal:
    """The bare signal of an electric guitar's singing lead line, with bends; meant for a driven amplifier."""
    manner = Manner(
        attack=0.004,
        release=0.03,
        glide=0.02,
        vibrato_hz=5.9,
        vibrato_cents=32,
        vibrato_delay=0.14,
        slide=0.25,
    )
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    tone = sum(abs(np.sin(np.pi * k * 0.17)) / k**0.9 * np.sin(k * phase) for k in range(1, 10))
    picks = np.zeros(len(hz))
    for note in notes:
        a = int(note.start * RATE)
        burst = rng.standard_normal(700) * np.exp(-np.arange(700) / 120)
        picks[a : a + 700] += 0.4 * burst[: max(len(picks) - a, 0)]
    return 0.12 * (tone * loud + apply(picks, highpass(800), lowpass(5000)))


VOWELS = {  # formants in Hz with their levels in dB: tenor, after Peterson and Barney's averages
    "a": ((730, 0), (1090, -5), (2440, -16), (3300, -22)),
    "e": ((530, 0), (1840, -9), (2480, -14), (3400, -22)),
    "i": ((300, 0), (2250, -14), (3000, -16), (3600, -24)),
    "o": ((500, 0), (880, -6), (2500, -24), (3300, -28)),
    "u": ((320, 0), (870, -12), (2250, -30), (3200, -34)),
    "@": ((520, 0), (1400, -8), (2500, -16), (3400, -24)),
    "m": ((250, 0), (1100, -28), (2200, -32), (3200, -40)),
}


def sung(
    notes: Sequence[Held],
    seconds: float,
    rng: np.random.Generator,
    *,
    size: float = 1.0,
    manner: Manner | None = None,
    words: float = 0.6,
) -> Signal:
    """A voice; `size` above 1 shortens the throat (a woman), `words`: how often a consonant leads."""
    manner = manner or Manner(
        attack=0.04, release=0.06, glide=0.05, vibrato_cents=30, drift_cents=22, breath=0.07, slide=0.8
    )
    n = int(seconds * RATE)
    gaps, bursts = np.ones(n), np.zeros(n)
    for note in notes:
        if rng.random() < words and int(note.start * RATE) < n - RATE // 4:
            consonant(note, gaps, bursts, rng)
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    loud = loud * smooth(gaps, 0.012)
    grid = np.arange(0, n, 256)
    centres, levels = formants(notes, n, rng)
    centres = np.stack([smooth(c, 0.05)[grid] for c in centres]) * size
    levels = np.stack([smooth(c, 0.05)[grid] for c in levels])
    widths = np.array([80, 100, 140, 200])[:, None] * size
    pitch, effort = hz[grid], np.minimum(loud[grid], 1.2)
    jitter = 0.02 * wander(seconds, rng, 60.0)[:n]
    phase = 2 * np.pi * (np.cumsum(hz) / RATE)
    y, where = np.zeros(n), np.arange(n)
    for k in range(1, int(7000 / pitch.min()) + 1):
        f = k * pitch
        gain = sum(
            10 ** (g / 20) / np.sqrt(1 + ((f - c) / w) ** 2)
            for c, g, w in zip(centres, levels, widths, strict=True)
        )
        tilt = k ** (-0.5 + 0.45 * effort) * (f < 7000) * (0.45 if k == 1 else 1.0)
        y += np.interp(where, grid, gain * tilt) * np.sin(k * (phase + jitter) + 0.3 * k * k)
    throat = sum(
        apply(rng.standard_normal(n), bandpass(c * size, 6)) * g
        for c, g in ((1100, 1), (2500, 0.8), (3600, 0.6))
    )
    throat *= 1 + 0.6 * np.sin(phase)
    rough = 1 + 0.1 * wander(seconds, rng, 45.0)[:n]
    return (
        apply((y * 0.4 * rough + throat * manner.breath * 3) * loud + bursts, highpass(90), lowpass(9000))
        * 0.2
    )


def formants(notes: Sequence[Held], n: int, rng: np.random.Generator) -> tuple[Signal, Signal]:
    """The four formants and their levels, sample by sample: each note glides towards a second vowel."""
    centres, levels = np.zeros((4, n)), np.zeros((4, n))
    for order, note in enumerate(notes):
        a = int(note.start * RATE) if order else 0
        half = int((note.start + note.seconds * rng.uniform(0.35, 0.7)) * RATE)
        second = str(rng.choice(list("aeiou@@"))) if rng.random() < 0.6 else note.vowel
        for at, vowel in ((a, note.vowel), (half, second)):
            for i in range(4):
                centres[i, at:], levels[i, at:] = VOWELS[vowel][i]
    return centres, levels * 0.8


CONSONANTS = (  # seconds, low and high edge in Hz, strength, plosive
    (0.085, 4500, 10000, 0.5, False),
    (0.07, 2200, 6500, 0.6, False),
    (0.02, 2500, 8000, 1.2, True),
    (0.025, 1200, 3500, 1.2, True),
    (0.015, 300, 1500, 1.0, True),
    (0.06, 5000, 9000, 0.25, False),
)


def consonant(note: Held, gaps: Signal, bursts: Signal, rng: np.random.Generator) -> None:
    """Closes the mouth just before a note and lets a hiss or a burst out of it."""
    length, low, high, strength, plosive = CONSONANTS[rng.integers(0, len(CONSONANTS))]
    burst = apply(rng.standard_normal(int(length * RATE)), highpass(low), lowpass(high))
    u = np.linspace(0, 1, len(burst))
    burst *= np.exp(-4 * u) if plosive else np.sin(np.pi * u)
    start = int((note.start - length * 0.4) * RATE)
    closed = int((0.05 if plosive else length * 0.9) * RATE)
    begin = max(start, 0)
    gaps[max(begin - (closed if plosive else 0), 0) : begin + (len(burst) if plosive else closed)] = 0.05
    bursts[begin : begin + len(burst)] += strength * note.velocity * 0.6 * burst[: len(bursts) - begin]


def pad(pitches: Sequence[float], seconds: float, rng: np.random.Generator, cutoff: float = 1800.0) -> Signal:
    """A slow synthesiser chord of detuned sawtooths, stereo."""
    n = len(clock(seconds))
    out = np.zeros((2, n))
    for pitch in pitches:
        for side in (0, 1):
            for cents in (-7, 0, 6):
                hz = 440 * 2 ** ((pitch - 69 + (cents + rng.normal(0, 1.5)) / 100) / 12)
                step = np.full(n, hz / RATE)
                out[side] += sawtooth(np.cumsum(step) + rng.random(), step)
    out = apply(out, lowpass(cutoff, 0.9), highpass(120))
    return fade(out, 0.12, 0.2) * 0.03


def hiss(seconds: float, rng: np.random.Generator, low: float, high: float) -> Signal:
    """A breath of filtered noise: consonants, tape, wind."""
    return apply(noise(seconds, rng), highpass(low), lowpass(high))
