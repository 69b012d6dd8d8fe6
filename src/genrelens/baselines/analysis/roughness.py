"""Sensory dissonance of a spectrum: how much its peaks beat against one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

MOST_PEAKS = 16
"""Of a frame; the highest ones."""
_LEAST_HEIGHT = 0.01
"""Of a peak, relative to the frame's largest amplitude."""


def dissonance(
    low: NDArray[np.floating], high: NDArray[np.floating], product: NDArray[np.floating]
) -> Doubles:
    """Of two tones each, in the shape of the arguments: 0 in unison, most about a quarter of a critical band.

    Plomp and Levelt (1965) in the formula of Sethares, *Local consonance and the relationship between timbre
    and scale* (1993).

    Args:
        low, high: frequencies in hertz.
        product: of both amplitudes.

    Example:
        >>> dissonance(np.array([440.0]), np.array([440.0, 470.0, 880.0]), np.ones(1)).round(2).tolist()
        [0.0, 0.18, 0.0]
    """
    distance = 0.24 * (high - low) / (0.0207 * low + 18.96)
    return np.asarray(product * (np.exp(-3.51 * distance) - np.exp(-5.75 * distance)))


def highest_peaks(power: NDArray[np.floating], bin_hertz: float) -> tuple[Doubles, Doubles]:
    """The highest peaks of every spectrum from low to high, two arrays `(frames, MOST_PEAKS)`.

    Frequencies in hertz, placed by a parabola through the logarithms of three bins; amplitudes of which the
    squares of a frame sum to 1. Where a frame has fewer peaks, amplitude and frequency are 0.

    Args:
        power: (frames, bins).
        bin_hertz: from bin to bin.
    """
    level = np.log(np.maximum(power.astype(np.float64), 1e-20))
    before, middle, after = level[:, :-2], level[:, 1:-1], level[:, 2:]
    floor = level.max(axis=1, keepdims=True) + 2 * np.log(_LEAST_HEIGHT)
    is_peak = (middle > before) & (middle >= after) & (middle > floor) & (middle > np.log(1e-19))
    heights = np.where(is_peak, middle, -np.inf)
    count = min(MOST_PEAKS, heights.shape[1])
    places = np.sort(np.argpartition(-heights, count - 1, axis=1)[:, :count], axis=1)
    there = np.take_along_axis(is_peak, places, axis=1)
    left, top, right = (np.take_along_axis(part, places, axis=1) for part in (before, middle, after))
    curvature = np.where(there, left - 2 * top + right, -1.0)
    shift = np.where(there, (left - right) / (2 * curvature), 0.0)
    hertz = np.where(there, (places + 1 + shift) * bin_hertz, 0.0)
    amplitude = np.where(there, np.exp((top - level.max(axis=1, keepdims=True)) / 2), 0.0)
    length = np.sqrt(np.square(amplitude).sum(axis=1, keepdims=True))
    return hertz, amplitude / np.where(length > 0, length, 1.0)


def roughness(power: NDArray[np.floating], bin_hertz: float) -> Doubles:
    """The sum of the dissonances of all pairs of a spectrum's peaks, `(frames,)`, 0 or more.

    It does not depend on the level: amplitudes of a frame are scaled as in `highest_peaks`.

    Args:
        power: (frames, bins).
        bin_hertz: from bin to bin.

    Example:
        >>> power = np.zeros((2, 100))
        >>> power[0, [40, 43]], power[1, [40, 80]] = 1.0, 1.0                # three bins apart; an octave
        >>> bool(roughness(power, 10.0)[0] > 0.08 > 0.001 > roughness(power, 10.0)[1])
        True
    """
    hertz, amplitude = highest_peaks(power, bin_hertz)
    first, second = np.triu_indices(hertz.shape[1], 1)
    product = amplitude[:, first] * amplitude[:, second]
    one, other = hertz[:, first], hertz[:, second]
    return np.asarray(dissonance(np.minimum(one, other), np.maximum(one, other), product).sum(axis=1))
