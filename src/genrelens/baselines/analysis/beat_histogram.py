"""How strong the beats of each tempo are in a recording, and six numbers of that histogram.

Tzanetakis and Cook, *Musical genre classification of audio signals* (2002): octave bands of a wavelet
transform; of each the envelope by full-wave rectification, low-pass filter and downsampling; their sum; of
windows of 65 536 samples with half overlap, without their mean, the enhanced autocorrelation, whose three
highest peaks between 40 and 200 beats a minute are added to the histogram.

Ours: four octaves and what lies below them, as all envelopes then have one rate, a sixteenth of the sound's;
the same cut-off frequency in all bands; an autocorrelation of 1 at lag 0, so that loudness does not matter;
the mean over windows instead of their sum, so that length does not matter either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from genrelens.baselines.analysis.enhanced_autocorrelation import (
    autocorrelation,
    enhanced,
    highest_peaks,
    histogram_sums,
    normalised,
)
from genrelens.baselines.analysis.wavelets import octave_bands
from genrelens.features import SAMPLE_RATE

Doubles = NDArray[np.float64]

LEVELS = 4
RATE = SAMPLE_RATE / 2**LEVELS
"""Of the envelope, values a second."""
WINDOW = 65536 >> LEVELS
"""Values of the envelope in a window: 3 s."""
MEMORY = 0.99
"""Of the low-pass filter at the sound's own rate: y(n) = 0.01 x(n) + 0.99 y(n - 1)."""
SLOWEST, FASTEST = 40, 200
"""Beats a minute of the histogram's first and last bin."""
PEAKS = 3
NEIGHBOURS = 5
"""Bins on either side of the highest peak that belong to it, not to the second."""


def envelope(samples: NDArray[np.floating]) -> Doubles:
    """The sum of the octave bands' envelopes, (about n / 16,), at `RATE`.

    Args:
        samples: (n,) at 22050 Hz.

    Example:
        >>> envelope(np.zeros(22050)).shape
        (1379,)
    """
    total = np.zeros(0)
    for octave, band in enumerate(octave_bands(np.asarray(samples, np.float64), LEVELS), start=1):
        level = min(octave, LEVELS)
        memory = MEMORY ** (2**level)
        smooth = lfilter([1 - memory], [1, -memory], np.abs(band))[:: 2 ** (LEVELS - level)]
        total = smooth if octave == 1 else total[: smooth.size] + smooth[: total.size]
    return total


def beat_histogram(samples: NDArray[np.floating]) -> Doubles:
    """Strength of the beats at each tempo from 40 to 200 beats a minute, (161,).

    Args:
        samples: (n,) at 22050 Hz; what is shorter than a window is followed by silence.

    Example:
        >>> clicks = np.zeros(10 * 22050)
        >>> clicks[:: 22050 // 2] = 1.0
        >>> int(beat_histogram(clicks).argmax()) + 40
        120
    """
    curve = envelope(samples)
    padded = np.pad(curve, (0, max(0, WINDOW - curve.size)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[:: WINDOW // 2]
    similarity = normalised(autocorrelation(windows - windows.mean(axis=1, keepdims=True)))
    low, high = int(60 * RATE / (FASTEST + 0.5)), int(60 * RATE / (SLOWEST - 0.5)) + 1
    lags, heights = highest_peaks(enhanced(similarity), PEAKS, low, high)
    tempo = np.divide(60 * RATE, lags, out=np.zeros_like(lags), where=lags > 0)
    bins = np.rint(tempo).astype(np.intp) - SLOWEST
    return histogram_sums(bins.ravel(), heights.ravel(), FASTEST - SLOWEST + 1) / len(windows)


def beat_numbers(histogram: Doubles) -> Doubles:
    """Six numbers of a beat histogram, (6,).

    Relative amplitude of the highest and of the second peak, the second's divided by the first's, tempo of
    both in beats a minute, and the histogram's sum, which tells how strong the beat is. Peaks are sought
    in the histogram smoothed over neighbouring tempos. Where there is no second peak, its amplitude is 0
    and its tempo is that of the first; where there is none at all, all are 0.

    Example:
        >>> histogram = np.zeros(161)
        >>> histogram[[80 - 40, 160 - 40]] = 0.2, 0.6
        >>> beat_numbers(histogram).round(2).tolist()
        [0.75, 0.25, 0.33, 160.0, 80.0, 0.8]
    """
    total = histogram.sum()
    if not total > 0:
        return np.zeros(6)
    smooth = np.convolve(histogram, [0.5, 1.0, 0.5], "same")
    first = int(smooth.argmax())
    others = smooth.copy()
    others[max(0, first - NEIGHBOURS) : first + NEIGHBOURS + 1] = 0.0
    second = int(others.argmax()) if others.any() else first
    heights = smooth[first] / total, others[second] / total
    return np.array([*heights, heights[1] / heights[0], first + SLOWEST, second + SLOWEST, total])
