"""A spectrogram's harmonic and its percussive part: steady lines in time, and short broad ones.

Fitzgerald, *Harmonic/percussive separation using median filtering* (DAFx 2010).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features.signal import Floats

MEDIAN = 17
"""Frames, and bins of frequency, over which a median is taken."""


def harmonic_and_percussive(magnitudes: Floats, length: int = MEDIAN) -> tuple[Floats, Floats]:
    """Both parts by soft masks, each as large as the spectrogram; they sum to it.

    Equals `librosa.decompose.hpss(magnitudes.T, kernel_size=length)`, transposed.

    Args:
        magnitudes: (frames, bins), not negative.
        length: of the medians, odd.

    Example:
        >>> lines = np.zeros((40, 40), np.float32)
        >>> lines[:, 10] = lines[20, :] = 1.0
        >>> harmonic, percussive = harmonic_and_percussive(lines)
        >>> [bool(part[5, 10] > 0.9) for part in (harmonic, percussive)]
        [True, False]
        >>> [bool(part[20, 30] > 0.9) for part in (harmonic, percussive)]
        [False, True]
    """
    steady = running_median(np.ascontiguousarray(magnitudes.T), length).T
    broad = running_median(magnitudes, length)
    largest = np.maximum(steady, broad)
    silent = largest < np.finfo(np.float32).tiny
    scale = np.where(silent, np.float32(1.0), largest)
    steady, broad = np.square(steady / scale), np.square(broad / scale)
    total = np.where(silent, np.float32(1.0), steady + broad)
    mask = np.where(silent, np.float32(0.5), steady / total)
    return mask * magnitudes, (1 - mask) * magnitudes


def running_median(rows: Floats, length: int) -> Floats:
    """The median of `length` neighbours in every row, mirrored beyond its ends, same shape.

    Equals `scipy.ndimage.median_filter(rows, (1, length))`, which takes six times as long in SciPy 1.17.

    Example:
        >>> running_median(np.array([[0.0, 9.0, 1.0, 2.0]]), 3).tolist()
        [[0.0, 1.0, 2.0, 2.0]]
    """
    from scipy.ndimage import median_filter

    half = length // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="symmetric")
    filtered: NDArray[np.floating] = median_filter(padded.ravel(), size=length).reshape(padded.shape)
    return filtered[:, half : padded.shape[1] - half]
