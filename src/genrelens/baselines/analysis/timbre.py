"""Low-level statistics of the kind that most systems of the 2000s begin with.

Tzanetakis and Cook, *Musical genre classification of audio signals* (2002): means and deviations of the
shape of the spectrum and of MFCC; with the contrast of Jiang et al., *Music type classification by
spectral contrast feature* (2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features import Analysis, compute_features
from genrelens.features.descriptors import (
    frame_rms,
    magnitude_proportions,
    spectral_bandwidth,
    spectral_centroid,
    spectral_flatness,
    spectral_rolloff,
    spectral_valleys_and_peaks,
    zero_crossing_rate,
)
from genrelens.features.scaling import decibels

TIMBRE_WIDTH = 80
_FRAME_VALUES = 20 + 6 + 7
_QUIET_DB = -60.0


def timbre_statistics(analysis: Analysis) -> NDArray[np.float64]:
    """Statistics over frames, (80,).

    Means, then deviations of 33 values a frame: 20 MFCC; centroid, bandwidth, 85 % roll-off, flatness, rate
    of zero crossings, flux of the spectrum; contrast in seven bands. Deviations of the slopes of the first 12
    MFCC. Deviation of the loudness in decibels; proportion of frames quieter than the mean.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(44100)).astype(np.float32)
        >>> statistics = timbre_statistics(Analysis(tone))
        >>> statistics.shape, bool(400 < statistics[20] < 480)         # mean of the centroid, Hz
        ((80,), True)
    """
    found = compute_features(analysis, ["mfcc", "mfcc_delta"])
    proportions = magnitude_proportions(analysis.power)
    centroid = spectral_centroid(proportions)
    shape = (
        centroid,
        spectral_bandwidth(proportions, centroid),
        spectral_rolloff(proportions),
        spectral_flatness(analysis.power),
        zero_crossing_rate(analysis.samples),
        np.square(np.diff(proportions, axis=0, prepend=proportions[:1])).sum(axis=1),
    )
    valleys, peaks = spectral_valleys_and_peaks(analysis.power)
    frames = np.column_stack([found["mfcc"], *shape, decibels(peaks) - decibels(valleys)]).astype(np.float64)
    assert frames.shape[1] == _FRAME_VALUES
    rms = frame_rms(analysis.samples).astype(np.float64)
    loudness = 20 * np.log10(np.maximum(rms, rms.mean() * 10 ** (_QUIET_DB / 20)))
    return np.concatenate(
        [
            frames.mean(axis=0),
            frames.std(axis=0),
            found["mfcc_delta"].std(axis=0, dtype=np.float64)[:12],
            [loudness.std(), (rms < rms.mean()).mean()],
        ]
    )
