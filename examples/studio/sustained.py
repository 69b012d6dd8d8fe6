"""Instruments that hold a note: bowed strings, horns, reeds, voices.

A line is played as one gesture: a pitch curve that slides from note to note and trembles, a loudness curve with
an attack for each note, and a sawtooth whose upper partials open with loudness, shaped by the body or the vowel.
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
    sawtooth,
    smooth,
    wander,
)


@dataclass(frozen=True)
class Held:
    """One note of a line: when it starts, how long it sounds (seconds), its pitch (MIDI number, fractions allowed),
    how loud; `scoop` semitones below pitch at its start; `vowel` for voices."""

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
        if note.scoop:
            bend[a:b] = -note.scoop * np.exp(-t / 0.07)
        rise = np.minimum(t / manner.attack, 1.0)
        rise = rise * rise * (3 - 2 * rise)
        swell = 0.86 + 0.14 * np.sin(np.pi * np.minimum(t / max(note.seconds, 0.1), 1.0))
        loud[a:b] = np.maximum(loud[a:b], note.velocity * rise * swell)
        tremble[a:b] = np.clip((t - manner.vibrato_delay) / 0.3, 0, 1)
    tail = max(int(manner.release * RATE), 1)
    loud = smooth(loud, tail / RATE / 2)
    speed = manner.vibrato_hz * (1 + 0.06 * wander(seconds, rng, 1.5))
    vibrato = np.sin(2 * np.pi * np.cumsum(speed[:n]) / RATE + rng.random() * 6) * smooth(tremble, 0.05)
    cents = manner.vibrato_cents * vibrato + manner.drift_cents * wander(seconds, rng, 3.0)[:n]
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
    return loud * (soft * (1 - 0.8 * loud) + saw * 0.8 * loud + air)


VIOLIN: tuple[Response, ...] = (
    highpass(190),
    peak(280, 5, 3),
    peak(460, 5, 3),
    peak(1100, -3, 1.5),
    peak(2600, 6, 1.3),
    lowpass(5200),
)
CELLO: tuple[Response, ...] = (
    highpass(60),
    peak(110, 4, 2),
    peak(220, 4, 3),
    peak(400, 3, 2),
    peak(1500, 3, 1.5),
    lowpass(3600),
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
    highpass(130),
    peak(450, 5, 1.5),
    peak(1200, 6, 2),
    peak(2600, 3, 2),
    lowpass(5500),
)
TRUMPET: tuple[Response, ...] = (highpass(180), peak(1200, 6, 1.2), peak(2400, 4, 1.5), lowpass(7500))
MUTED_TRUMPET: tuple[Response, ...] = (highpass(500), peak(1600, 10, 2.5), peak(3200, 8, 3), lowpass(6500))
TROMBONE: tuple[Response, ...] = (highpass(80), peak(520, 6, 1.2), peak(1500, 3, 1.5), lowpass(4500))
FLUTE: tuple[Response, ...] = (highpass(220), lowpass(1500), lowpass(2200))
MELODICA: tuple[Response, ...] = (highpass(220), peak(900, 5, 2), peak(1900, 5, 2), lowpass(4800))
HARMONICA: tuple[Response, ...] = (
    highpass(260),
    peak(650, 4, 2),
    peak(1700, 7, 2),
    peak(2900, 6, 2),
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
    """A lap or pedal steel: a plucked tone under a sliding bar, its brightness dying faster than its loudness."""
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
    breath: float = 0.02,
) -> Signal:
    """A voice on open vowels; `size` above 1 shortens the throat (a woman, a child)."""
    manner = manner or Manner(attack=0.045, release=0.07, glide=0.045, vibrato_cents=28, breath=breath)
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    n = len(hz)
    grid = np.arange(0, n, 256)
    centres, levels = np.zeros((4, n)), np.zeros((4, n))
    for i in range(4):
        for note in notes:
            a = int(note.start * RATE)
            centres[i, a:], levels[i, a:] = VOWELS[note.vowel][i]
        first = VOWELS[notes[0].vowel][i]
        centres[i, : int(notes[0].start * RATE)], levels[i, : int(notes[0].start * RATE)] = first
    centres = np.stack([smooth(c, 0.035)[grid] for c in centres]) * size
    levels = np.stack([smooth(c, 0.035)[grid] for c in levels])
    widths = np.array([70, 90, 130, 180])[:, None] * size
    pitch, effort = hz[grid], loud[grid]
    phase = 2 * np.pi * (np.cumsum(hz) / RATE)
    jitter = 0.012 * wander(seconds, rng, 40.0)[:n]
    y = np.zeros(n)
    for k in range(1, int(5000 / pitch.min()) + 1):
        f = k * pitch
        gain = sum(
            10 ** (lv / 20) / np.sqrt(1 + ((f - c) / w) ** 2)
            for c, lv, w in zip(centres, levels, widths, strict=True)
        )
        tilt = k ** -(0.55 - 0.25 * np.minimum(effort, 1.0)) * (f < 5000)
        y += np.interp(np.arange(n), grid, gain * tilt) * np.sin(k * (phase + jitter))
    air = apply(rng.standard_normal(n), bandpass(3000 * size, 0.7)) * manner.breath * 3
    return apply((y * 0.5 + air) * loud, highpass(100), lowpass(7500)) * 0.2


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
