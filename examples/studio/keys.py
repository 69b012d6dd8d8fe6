"""Keyboards: a piano (stiff strings in threes, hammer, soundboard), an electric piano, an organ."""

from __future__ import annotations

import numpy as np

from studio.signals import (
    RATE,
    Signal,
    apply,
    clock,
    decay,
    fade,
    highpass,
    lowpass,
    noise,
    peak,
    ringing,
)


def piano(freq: float, seconds: float, rng: np.random.Generator, velocity: float = 0.7) -> Signal:
    """Additive: partials of two or three slightly mistuned strings, falling fast, then slowly."""
    ring = seconds + 0.25
    t = clock(ring)
    midi = 69 + 12 * np.log2(freq / 440)
    stiffness = 2.2e-4 * 2 ** ((midi - 48) / 9) if midi > 48 else 2.2e-4 * 2 ** ((48 - midi) / 24)
    count = int(min(9500 / freq, 36))
    k = np.arange(1, count + 1)
    partial = k * freq * np.sqrt(1 + stiffness * k**2)
    brightness = 500 + 2600 * velocity**1.3 + freq * 0.8
    gain = 1 / (1 + (partial / brightness) ** 2) / k**0.35 * np.abs(np.sin(np.pi * k * 0.122)) ** 0.6
    gain *= 1 / (1 + (90 / partial) ** 2)
    slow = 14 * 2 ** (-(midi - 40) / 13) / (1 + (partial / 2600) ** 1.1)
    strings = 2 if midi < 45 else 3
    cents = rng.normal(0, 0.7, strings) + np.arange(strings) * 0.5 - 0.5
    freqs = np.concatenate([partial * 2 ** (c / 1200) for c in cents])
    gains, phases = np.tile(gain / strings, strings), rng.random(count * strings) * 0.6
    slow = np.tile(slow, strings)
    out = ringing(
        np.tile(freqs, 2),
        np.concatenate([0.7 * gains, 0.3 * gains]),
        np.concatenate([slow / 3.2, slow]),
        np.tile(phases, 2),
        ring,
    )
    thump = noise(0.09, rng) * decay(clock(0.09), 0.06)
    out[: len(thump)] += 0.25 * velocity * apply(thump, lowpass(260 + freq * 0.5), highpass(60))[: len(out)]
    knock = noise(0.02, rng) * decay(clock(0.02), 0.012)
    out[: len(knock)] += 0.02 * velocity * apply(knock, highpass(1500), lowpass(5000))[: len(out)]
    release = np.where(t > seconds, np.exp(-(t - seconds) * 16), 1.0)
    attack = 1 - np.exp(-t / (0.0009 + 0.0012 * (1 - velocity)))
    out = out * release * attack
    out /= np.sqrt(np.mean(out[: RATE // 4] ** 2)) + 1e-12
    return fade(apply(out, peak(180, 2, 1), peak(3000, -2, 1)) * 0.13 * (0.25 + velocity), 0, 0.05)


DRAWBARS = (0.5, 1.5, 1, 2, 3, 4, 5, 6, 8)


def organ(
    freq: float,
    seconds: float,
    rng: np.random.Generator,
    velocity: float = 0.7,
    registration: str = "888000000",
    *,
    click: float = 0.5,
) -> Signal:
    """Tone wheels: nine sines under drawbars 0 to 8, with the click of the key."""
    t = clock(seconds)
    y = np.zeros(len(t))
    for ratio, stop in zip(DRAWBARS, registration, strict=True):
        if stop != "0" and freq * ratio < 6000:
            y += 10 ** ((int(stop) - 8) * 3 / 20) * np.sin(2 * np.pi * (freq * ratio * t + rng.random()))
    tick = apply(noise(0.012, rng), highpass(900), lowpass(5000)) * decay(clock(0.012), 0.01)
    y[: len(tick)] += click * tick[: len(y)]
    return fade(y, 0.004, 0.012) * 0.06 * velocity


def rotary(x: Signal, rate_hz: float = 6.2, depth: float = 0.5) -> Signal:
    """A mono organ through turning horns: stereo, with the Doppler shift and the swell of each turn."""
    t = np.arange(len(x)) / RATE
    sides = []
    for angle in (0.0, 2.2):
        turn = 2 * np.pi * rate_hz * t + angle
        where = np.arange(len(x)) - (1.2 + np.sin(turn)) * 0.0006 * depth * RATE
        sides.append(np.interp(where, np.arange(len(x)), x) * (1 + 0.35 * depth * np.cos(turn)))
    return np.stack(sides)
