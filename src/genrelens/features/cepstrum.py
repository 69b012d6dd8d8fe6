"""Mel-frequency cepstral coefficients and how they change from frame to frame."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genrelens.features.products import product
from genrelens.features.signal import Floats

N_MFCC = 20
DELTA_FRAMES = 9
"""Frames over which a polynomial is fitted to find the slope and the curvature (Savitzky and Golay, 1964)."""


@lru_cache(maxsize=4)
def _cosines(n_bands: int) -> Floats:
    """The first `N_MFCC` orthonormal cosines of the discrete cosine transform II, `(n_bands, N_MFCC)`."""
    phase = np.pi * (np.arange(n_bands)[:, None] + 0.5) * np.arange(N_MFCC)[None, :] / n_bands
    basis = np.sqrt(2.0 / n_bands) * np.cos(phase)
    basis[:, 0] /= np.sqrt(2.0)
    return np.asarray(basis, np.float32)


def mfcc(log_mel: Floats) -> Floats:
    """20 cepstral coefficients of a mel spectrogram in decibels, `(frames, bands)` to `(frames, 20)`.

    Equals `librosa.feature.mfcc(S=log_mel.T).T`.

    Example:
        >>> flat = mfcc(np.full((3, 128), -20.0, np.float32))         # only the mean is left, -20 sqrt(128)
        >>> flat.shape, round(float(flat[0, 0]), 1), bool(np.abs(flat[:, 1:]).max() < 1e-3)
        ((3, 20), -226.3, True)
    """
    # The level of a band is some -50 dB, its changes are small: the mean is taken out first to keep float32's
    # digits for them.
    mean = log_mel.mean(axis=1, dtype=np.float64, keepdims=True)
    coefficients = product((log_mel - mean).astype(np.float32), _cosines(log_mel.shape[1]))
    coefficients[:, :1] += (mean * np.sqrt(log_mel.shape[1])).astype(np.float32)
    return coefficients


@lru_cache(maxsize=4)
def _fit(order: int) -> NDArray[np.float64]:
    """Weights that map nine values to the order-th derivative of the polynomial of that degree through them.

    That derivative is the same at all nine places: order! times the leading coefficient.
    """
    places = np.arange(DELTA_FRAMES) - DELTA_FRAMES // 2
    to_polynomial = np.linalg.pinv(np.vander(places, order + 1, increasing=True))
    return np.asarray(math.factorial(order) * to_polynomial[order])


def delta(rows: Floats, order: int) -> Floats:
    """Slope (order 1) or curvature (order 2) of every column over time, `(frames, width)` float32.

    Equals `librosa.feature.delta(rows.T, order=order).T`: a polynomial of that degree is fitted to nine
    frames; the first and last four frames take the derivative of the fit at the border. Under nine frames,
    where librosa refuses, the first and last frame are repeated as often as needed.

    Example:
        >>> delta(np.arange(12, dtype=np.float32)[:, None] * 3, 1).ravel().round(4).tolist()[:3]
        [3.0, 3.0, 3.0]
    """
    half = DELTA_FRAMES // 2
    too_short = rows.shape[0] < DELTA_FRAMES
    padded = np.pad(rows, ((half, half), (0, 0)), mode="edge") if too_short else rows
    n_inner = padded.shape[0] - 2 * half
    inner = np.zeros((n_inner, rows.shape[1]))
    for place, weight in enumerate(_fit(order)):
        inner += weight * padded[place : place + n_inner]
    if too_short:
        return inner.astype(np.float32)
    # The fit's derivative is the same at all nine places, so the borders repeat their neighbours.
    return np.pad(inner, ((half, half), (0, 0)), mode="edge").astype(np.float32)
