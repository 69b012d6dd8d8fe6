"""A drum kit, piece by piece. Each call gives one fresh stroke: no two are alike."""

from __future__ import annotations

import numpy as np

from studio.signals import (
    RATE,
    Signal,
    apply,
    bandpass,
    clock,
    decay,
    fade,
    highpass,
    level,
    lowpass,
    noise,
    peak,
    ringing,
)

Rng = np.random.Generator


def membrane(t: Signal, freq: float, bend: float, bend_s: float, t60: float) -> Signal:
    """A drum head: a sine whose pitch starts (1 + bend) times higher and falls."""
    phase = freq * (t + bend * bend_s * (1 - np.exp(-t / bend_s)))
    return np.sin(2 * np.pi * phase) * decay(t, t60)


def kick(
    rng: Rng,
    velocity: float = 0.9,
    *,
    tune: float = 52,
    t60: float = 0.35,
    click: float = 0.5,
    bend: float = 2.2,
) -> Signal:
    t = clock(max(t60 * 1.1, 0.2))
    y = membrane(t, tune * rng.normal(1, 0.004), bend, 0.022, t60)
    y += 0.35 * membrane(t, tune * 1.9, bend, 0.015, t60 * 0.4)
    beater = noise(0.02, rng) * decay(clock(0.02), 0.014)
    beater = level(apply(beater, highpass(1200), lowpass(4500)))
    felt = level(apply(noise(0.03, rng) * decay(clock(0.03), 0.03), lowpass(500)))
    y[: len(beater)] += click * velocity * beater
    y[: len(felt)] += 0.3 * felt
    return fade(y * velocity, 0.0004, 0.02)


def snare(
    rng: Rng,
    velocity: float = 0.9,
    *,
    tune: float = 185,
    wires: float = 0.9,
    t60: float = 0.28,
    bright: float = 7500,
) -> Signal:
    t = clock(t60 * 1.6)
    shell = sum(
        g * membrane(t, tune * r * rng.normal(1, 0.003), 0.5, 0.012, t60 * d)
        for r, g, d in ((1, 1.0, 0.55), (1.58, 0.6, 0.42), (2.24, 0.35, 0.3), (2.9, 0.2, 0.25))
    )
    rattle = apply(rng.standard_normal(len(t)), highpass(900), lowpass(bright), peak(4200, 4, 1))
    rattle *= decay(t, t60 * (0.8 + 0.4 * velocity)) * (1 - np.exp(-t / 0.0012))
    stick = noise(0.008, rng) * decay(clock(0.008), 0.006)
    y = 0.55 * shell + wires * 0.5 * rattle
    y[: len(stick)] += 0.4 * velocity * apply(stick, highpass(1500))
    return fade(y * velocity, 0.0003, 0.02)


def rim(rng: Rng, velocity: float = 0.8) -> Signal:
    """A stick laid across the snare's rim."""
    t = clock(0.12)
    y = sum(
        g * np.sin(2 * np.pi * f * rng.normal(1, 0.004) * t) * decay(t, d)
        for f, g, d in ((430, 0.5, 0.08), (980, 0.8, 0.05), (1720, 1.0, 0.045), (2660, 0.5, 0.03))
    )
    y += 0.4 * apply(rng.standard_normal(len(t)), highpass(800)) * decay(t, 0.03)
    return fade(y * velocity * 0.6, 0.0002, 0.02)


def plate(rng: Rng, seconds: float, low: float, high: float, t60: float, modes: int, seed: int) -> Signal:
    """A metal plate: inharmonic partials (the seed is the cymbal) over noise that darkens as it dies."""
    t = clock(seconds)
    fixed = np.random.default_rng(seed)
    freqs = np.exp(fixed.uniform(np.log(low), np.log(high), modes))
    strength = fixed.rayleigh(1.0, modes)
    ring = t60 / (1 + (freqs / (low + 0.5 * high)) ** 1.5) * fixed.uniform(0.5, 1.3, modes)
    y = ringing(freqs, strength / np.sqrt(modes), ring, rng.random(modes) * 6.3, seconds)
    for centre in (3500, 6000, 9000, 13000):
        if low * 0.7 < centre < high * 1.2:
            band = apply(rng.standard_normal(len(t)), bandpass(centre, 1.5))
            y += 0.9 * band * decay(t, t60 * 5500 / (centre + 1500))
    return y


def hat(rng: Rng, velocity: float = 0.7, *, openness: float = 0.0, tone: float = 7000) -> Signal:
    t60 = 0.09 + 0.08 * velocity + 0.8 * openness
    y = plate(rng, t60 * 1.1 + 0.02, 2600, 14000, t60, 120, 11)
    y = apply(y, highpass(tone * 0.5), peak(tone, 5, 0.8), lowpass(9000 + 6000 * velocity))
    return fade(y * velocity * 0.42, 0.0006 if velocity > 0.4 else 0.002, 0.015)


def ride(rng: Rng, velocity: float = 0.7, *, bell: float = 0.15) -> Signal:
    y = plate(rng, 1.6, 900, 12000, 1.9, 240, 5)
    t = clock(1.6)
    ping = sum(
        g * np.sin(2 * np.pi * f * t + rng.random()) * decay(t, d)
        for f, g, d in (
            (2950, 0.7, 0.35),
            (4120, 1.0, 0.25),
            (5480, 0.7, 0.2),
            (790, bell, 0.9),
            (1190, bell, 0.8),
        )
    )
    wash = apply(y, highpass(2200), lowpass(11000))
    tick = apply(noise(0.01, rng) * decay(clock(0.01), 0.007), highpass(3000))
    out = 0.16 * wash + 0.14 * ping
    out[: len(tick)] += 0.35 * tick
    return fade(out * velocity * 0.8, 0.0003, 0.3)


def crash(rng: Rng, velocity: float = 0.8, *, t60: float = 2.6, seed: int = 7) -> Signal:
    y = plate(rng, t60 * 0.9, 900, 15000, t60, 320, seed)
    t = clock(t60 * 0.9)
    return fade(
        apply(y, highpass(1800), peak(5000, 4, 0.6)) * (1 - np.exp(-t / 0.004)) * velocity * 0.32, 0.0005, 0.4
    )


def tom(rng: Rng, velocity: float = 0.8, *, tune: float = 110) -> Signal:
    t = clock(0.6)
    y = membrane(t, tune, 0.45, 0.05, 0.55) + 0.4 * membrane(t, tune * 1.6, 0.4, 0.04, 0.3)
    skin = apply(noise(0.03, rng) * decay(clock(0.03), 0.02), highpass(600), lowpass(5000))
    y[: len(skin)] += 0.5 * skin
    return fade(y * velocity * 0.8, 0.0004, 0.05)


def clap(rng: Rng, velocity: float = 0.8) -> Signal:
    t = clock(0.28)
    shape = np.zeros(len(t))
    for start in (0.0, 0.011 + 0.002 * rng.random(), 0.021 + 0.003 * rng.random(), 0.031):
        a = int(start * RATE)
        shape[a:] += decay(t[: len(t) - a], 0.035 if start < 0.03 else 0.2)
    y = apply(rng.standard_normal(len(t)), bandpass(1300, 1.0), highpass(600)) * shape
    return fade(y * velocity * 0.8, 0.0005, 0.03)


def shaker(rng: Rng, velocity: float = 0.5) -> Signal:
    t = clock(0.11)
    shape = np.exp(-(((t - 0.03) / 0.022) ** 2))
    y = apply(rng.standard_normal(len(t)), highpass(4800), lowpass(12000)) * shape
    return fade(y * velocity * 0.5, 0.003, 0.02)


def brush(rng: Rng, velocity: float = 0.5, seconds: float = 0.3) -> Signal:
    """A wire brush swept round the snare."""
    t = clock(seconds)
    shape = np.sin(np.pi * t / seconds) ** 1.5
    y = apply(rng.standard_normal(len(t)), bandpass(3200, 0.6), lowpass(9000)) * shape
    return fade(y * velocity * 0.3, 0.01, 0.02)
