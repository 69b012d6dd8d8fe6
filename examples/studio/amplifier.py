"""The electric guitar's other half: preamplifier, clipping valves, loudspeaker cabinet."""

from __future__ import annotations

import numpy as np

from studio.signals import Response, Signal, apply, fast_length, high_shelf, highpass, lowpass, peak


def oversampled(x: Signal, factor: int) -> tuple[Signal, int]:
    """The signal at `factor` times the rate (zero-padded spectrum), padded to a length the FFT likes."""
    size = fast_length(len(x))
    spectrum = np.fft.rfft(x, size)
    wide = np.zeros(size * factor // 2 + 1, dtype=complex)
    wide[: len(spectrum)] = spectrum
    return np.fft.irfft(wide, size * factor) * factor, size


def clipped(x: Signal, drive: float, bias: float = 0.15, factor: int = 4) -> Signal:
    """Soft, slightly lopsided clipping without aliases: even and odd harmonics, as a valve makes."""
    wide, size = oversampled(x * drive, factor)
    wide = np.tanh(wide + bias) - np.tanh(bias)
    spectrum = np.fft.rfft(wide)[: size // 2 + 1]
    return np.fft.irfft(spectrum, size)[: len(x)] / factor


CABINET: tuple[Response, ...] = (
    highpass(75, 0.9),
    peak(115, 4, 1.5),
    peak(420, -4, 1.0),
    peak(2300, 5, 1.2),
    peak(3600, 3, 2.0),
    lowpass(4600, 0.9),
    lowpass(5600, 0.8),
)
OPEN_BACK: tuple[Response, ...] = (
    highpass(95),
    peak(220, 2, 1.2),
    peak(2600, 3, 1.0),
    lowpass(5200, 0.9),
)


def crunch(x: Signal, drive: float = 7.0) -> Signal:
    """One stage driven hard: classic rock."""
    y = apply(x, highpass(110), peak(750, 4, 0.7))
    return apply(clipped(y, drive), *CABINET) * 0.6


def warm_overdrive(x: Signal, drive: float = 3.0) -> Signal:
    """A small valve amplifier at its edge: blues."""
    y = apply(x, highpass(90), peak(600, 3, 0.7))
    return apply(clipped(y, drive, bias=0.25), *OPEN_BACK) * 0.6


def clean(x: Signal) -> Signal:
    return apply(clipped(x, 0.8, bias=0.1), *OPEN_BACK, high_shelf(2500, 3)) * 1.2


def wah(x: Signal, sweep: Signal, low: float = 450.0, high: float = 2000.0) -> Signal:
    """A pedal between heel (0) and toe (1): fixed resonances blended along the sweep."""
    centres = np.geomspace(low, high, 6)
    place = np.clip(sweep, 0, 1) * (len(centres) - 1)
    y = np.zeros(len(x))
    for i, centre in enumerate(centres):
        weight = np.maximum(1 - np.abs(place - i), 0)
        w = lowpass(centre, 4.0)
        y += weight * apply(x, w)
    return y
