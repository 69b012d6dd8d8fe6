"""Descriptors of the spectrum's shape, one row a frame, each in a unit in which it is spread evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features import Analysis, descriptors
from genrelens.features.scaling import decibels

_MFCC = 13
COLUMNS = _MFCC + 7 + descriptors.CONTRAST_BANDS
"""Numbers a frame, 27."""


def frame_timbre(analysis: Analysis) -> NDArray[np.float64]:
    """Timbre of every frame, `(frames, COLUMNS)`.

    13 MFCC; centroid, bandwidth and 85 % rolloff in octaves from 1 kHz; the logarithm to base ten of the
    flatness; flux (how much of the magnitudes moved since the frame before, 0 to 2); level in dB; zero
    crossings a sample; contrast of seven bands in dB. At the level of the signal.

    Example:
        >>> tone = np.sin(2 * np.pi * 2000 / 22050 * np.arange(44100)).astype(np.float32)
        >>> frame_timbre(Analysis(tone))[20, 13].round(1).item()                 # an octave above 1 kHz
        1.0
    """
    shares = descriptors.magnitude_proportions(analysis.power)
    centroid = descriptors.spectral_centroid(shares)
    hertz = [centroid, descriptors.spectral_bandwidth(shares, centroid), descriptors.spectral_rolloff(shares)]
    octaves = [np.log2(np.maximum(one, 20.0) / 1000.0) for one in hertz]
    flatness = np.log10(descriptors.spectral_flatness(analysis.power))
    flux = np.abs(np.diff(shares, axis=0, prepend=shares[:1])).sum(axis=1)
    level = 20 * np.log10(np.maximum(descriptors.frame_rms(analysis.samples), 1e-5))
    crossings = descriptors.zero_crossing_rate(analysis.samples)
    valleys, peaks = (decibels(part) for part in descriptors.spectral_valleys_and_peaks(analysis.power))
    shape = np.stack([*octaves, flatness, flux, level, crossings], axis=1)
    return np.concatenate([analysis.mfcc[:, :_MFCC], shape, peaks - valleys], axis=1).astype(np.float64)
