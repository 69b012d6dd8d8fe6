"""Plucked strings: Karplus and Strong's loop (1983), solved in the frequency domain.

A string is a delay that feeds itself through losses. Its transfer function 1 / (1 - loss exp(-2 pi i k(f)))
is evaluated on a circle slightly outside the unit circle (so that nothing wraps round), where k(f) counts
periods per round trip: stiff strings, exact tuning and any damping curve cost nothing extra.
"""

from __future__ import annotations

import numpy as np

from studio.signals import (
    RATE,
    Response,
    Signal,
    apply,
    clock,
    decay,
    fade,
    fast_length,
    highpass,
    lowpass,
    noise,
    peak,
)


def string(
    freq: float,
    seconds: float,
    rng: np.random.Generator,
    *,
    sustain: float = 4.0,
    damping_hz: float = 2500.0,
    position: float = 0.18,
    hardness_hz: float = 5000.0,
    stiffness: float = 1e-5,
    pickup: float | None = None,
    grit: float = 0.35,
    release: float = 0.03,
) -> Signal:
    """One note. `sustain`: T60 of the fundamental; `damping_hz`: where T60 has halved; `position`: where it
    is plucked; `hardness_hz`: how bright the pick; `pickup`: where the magnet is; `grit`: its noise."""
    n = int(seconds * RATE)
    size = fast_length(n + RATE // 8)
    f = np.fft.rfftfreq(size, 1 / RATE)
    outside = 10 ** (3 / size)
    ratio = f / freq
    k = np.sqrt((np.sqrt(1 + 4 * stiffness * ratio**2) - 1) / (2 * stiffness))
    t60 = sustain / (1 + (f / damping_hz) ** 1.6)
    loop = np.exp(-6.908 / (freq * t60) - 2j * np.pi * k) * outside ** (-RATE / freq)
    burst = np.zeros(size)
    width = max(int(RATE / freq), 8)
    burst[0] = 1.0
    burst[:width] += grit * rng.standard_normal(width) * np.hanning(width) / np.sqrt(width / 4)
    excitation = np.fft.rfft(burst * outside ** -np.arange(size))
    excitation = excitation * (1 - np.exp(-2j * np.pi * k * position)) / (1 + (1j * f / hardness_hz)) ** 2
    if pickup is not None:
        excitation = excitation * (1 - np.exp(-2j * np.pi * k * pickup))
    y = np.fft.irfft(excitation / (1 - loop), size)[:n] * outside ** np.arange(n)
    y /= np.sqrt(np.mean(y[: RATE // 5] ** 2)) + 1e-12
    return fade(y * 0.15, 0.0005, release)


BODY: tuple[Response, ...] = (
    highpass(70, 0.8),
    peak(105, 7, 2.5),
    peak(205, 6, 2.5),
    peak(410, 3, 3),
    peak(2600, 3, 1),
    lowpass(9000),
)


def acoustic_guitar(freq: float, seconds: float, rng: np.random.Generator, velocity: float = 0.8) -> Signal:
    y = string(
        freq,
        seconds,
        rng,
        sustain=3.2,
        damping_hz=1500 + 1200 * velocity,
        position=0.14 + 0.05 * rng.random(),
        hardness_hz=2500 + 4500 * velocity,
        stiffness=4e-5,
        grit=0.6,
    )
    return apply(y, *BODY) * velocity


def electric_guitar(
    freq: float,
    seconds: float,
    rng: np.random.Generator,
    velocity: float = 0.8,
    *,
    muted: float = 0.0,
    bridge: bool = True,
) -> Signal:
    """The bare pickup signal, meant for an amplifier; `muted` from 0 to 1 lays the palm on the strings."""
    y = string(
        freq,
        seconds,
        rng,
        sustain=6.0 * (1 - muted) + 0.22 * muted,
        damping_hz=2600 * (1 - muted) + 900 * muted,
        position=0.09 + 0.03 * rng.random(),
        hardness_hz=3000 + 4000 * velocity,
        stiffness=3e-5,
        pickup=0.07 if bridge else 0.24,
        grit=0.5,
    )
    return apply(y, highpass(60), lowpass(4200, 1.4)) * velocity


def picked_bass(freq: float, seconds: float, rng: np.random.Generator, velocity: float = 0.8) -> Signal:
    y = string(
        freq,
        seconds,
        rng,
        sustain=4.0,
        damping_hz=1400,
        position=0.1,
        hardness_hz=3500,
        stiffness=1e-4,
        pickup=0.1,
        grit=0.5,
    )
    return apply(y, highpass(35), lowpass(4500)) * velocity


def double_bass(freq: float, seconds: float, rng: np.random.Generator, velocity: float = 0.8) -> Signal:
    """Pizzicato: a soft finger, a short woody bloom, the string slapping back a little."""
    y = string(
        freq,
        seconds,
        rng,
        sustain=1.9,
        damping_hz=420,
        position=0.3,
        hardness_hz=500 + 600 * velocity,
        stiffness=2e-4,
        grit=0.5,
        release=0.06,
    )
    slap = noise(0.05, rng) * decay(clock(0.05), 0.04)
    y[: len(slap)] += 0.035 * apply(slap, highpass(500), lowpass(2500))[: len(y)]
    return (
        apply(y, highpass(38), peak(95, 5, 1.5), peak(180, 3, 2), peak(750, 3, 1.5), lowpass(3500)) * velocity
    )
