"""How strong each pitch is in a recording, and five numbers of that histogram.

Tzanetakis and Cook, *Musical genre classification of audio signals* (2002), whose pitches are those of
Tolonen and Karjalainen, *A computationally efficient multipitch analysis model* (2000): two bands, below and
above 1 kHz; the upper one half-wave rectified and filtered like the lower; a compressed autocorrelation of
either; their sum, enhanced. The three highest peaks of each frame of 512 samples are added to the histogram.

Ours: the warped linear prediction that may stand first in that model is left out; an autocorrelation of 1 at
lag 0 and the mean over frames, so that neither loudness nor length matters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from genrelens.baselines.analysis.enhanced_autocorrelation import (
    autocorrelation,
    enhanced,
    highest_peaks,
    histogram_sums,
    normalised,
)
from genrelens.features import SAMPLE_RATE

Doubles = NDArray[np.float64]

FRAME = 512
"""Samples, 23 ms."""
BORDER_HZ = 1000.0
"""Between the two bands."""
LOWEST_HZ = 70.0
"""Of the lower band."""
COMPRESSION = 0.67
PEAKS = 3
LONGEST = FRAME // 2
"""Lag in samples; lower pitches, under 86 Hz, have not two periods in a frame."""
SHORTEST = 20
"""Lag in samples; higher pitches, over 1.1 kHz, are above what the envelope holds."""
PITCHES = 128
"""Notes of MIDI, one a semitone; 69 is 440 Hz."""


def pitch_histogram(samples: NDArray[np.floating]) -> Doubles:
    """Strength of every note of MIDI, (128,).

    Args:
        samples: (n,) at 22050 Hz, 512 at least.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050))
        >>> int(pitch_histogram(tone).argmax())
        69
    """
    lower, upper = (_frames(band) for band in _bands(np.asarray(samples, np.float64)))
    summary = autocorrelation(lower, COMPRESSION) + autocorrelation(upper, COMPRESSION)
    lags, heights = highest_peaks(enhanced(normalised(summary)), PEAKS, SHORTEST, LONGEST)
    hertz = np.divide(SAMPLE_RATE, lags, out=np.ones_like(lags), where=lags > 0)
    notes = np.rint(69 + 12 * np.log2(hertz / 440)).astype(np.intp)
    return histogram_sums(notes.ravel(), heights.ravel(), PITCHES) / len(lower)


def folded(histogram: Doubles) -> Doubles:
    """Octaves on top of one another, along the circle of fifths: C, G, D, ..., F, (12,).

    Example:
        >>> unfolded = np.zeros(128)
        >>> unfolded[[60, 72, 67]] = 1.0                                # C4, C5 and G4
        >>> folded(unfolded).tolist()[:3]
        [2.0, 1.0, 0.0]
    """
    return histogram_sums(7 * np.arange(histogram.size) % 12, histogram, 12)


def pitch_numbers(histogram: Doubles) -> Doubles:
    """Five numbers of a pitch histogram, (5,): FA0, UP0, FP0, IPO1 and SUM.

    Amplitude of the folded histogram's highest bin, as a proportion of the sum; the note of MIDI of the
    unfolded one's; the place on the circle of fifths of the folded one's; steps on that circle from there to
    the second highest, -5 to 6 (1 is a fifth up, -1 a fourth); the sum, which tells how clear pitches are.
    All are 0 where there is no pitch.

    Example:
        >>> unfolded = np.zeros(128)
        >>> unfolded[[60, 72, 67]] = 0.3, 0.2, 0.1
        >>> pitch_numbers(unfolded).round(2).tolist()
        [0.83, 60.0, 0.0, 1.0, 0.6]
    """
    total = histogram.sum()
    if not total > 0:
        return np.zeros(5)
    classes = folded(histogram)
    first, second = np.argsort(-classes, kind="stable")[:2]
    interval = (second - first + 5) % 12 - 5 if classes[second] > 0 else 0
    return np.array([classes[first] / total, histogram.argmax(), first, interval, total])


def _bands(samples: Doubles) -> tuple[Doubles, Doubles]:
    below = butter(2, (LOWEST_HZ, BORDER_HZ), "bandpass", fs=SAMPLE_RATE, output="sos")
    above = butter(2, BORDER_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
    envelope = sosfilt(below, np.maximum(sosfilt(above, samples), 0.0))
    return np.asarray(sosfilt(below, samples)), np.asarray(envelope)


def _frames(band: Doubles) -> Doubles:
    whole = band[: band.size // FRAME * FRAME].reshape(-1, FRAME)
    return whole * np.hamming(FRAME)
