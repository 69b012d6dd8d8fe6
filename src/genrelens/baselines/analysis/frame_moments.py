"""Statistics of frame-wise descriptors up to the fourth order, and their covariances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_CONSTANT = 1e-9
"""A column whose deviation is less than this part of its size counts as constant."""


def central_moments(rows: NDArray[np.floating]) -> Doubles:
    """Mean, standard deviation, skewness and excess kurtosis of every column, `(4, columns)`.

    Skewness and kurtosis are the third and the fourth central moment over the deviation to that power, less
    3 for the kurtosis, as `scipy.stats.skew` and `scipy.stats.kurtosis` define them; 0 for a constant column.

    Args:
        rows: (frames, columns), at least one frame.

    Example:
        >>> central_moments(np.array([[0.0], [0.0], [0.0], [4.0]])).ravel().round(3).tolist()
        [1.0, 1.732, 1.155, -0.667]
    """
    values = rows.astype(np.float64)
    mean = values.mean(axis=0)
    centred = values - mean
    deviation = np.sqrt(np.square(centred).mean(axis=0))
    moving = deviation > _CONSTANT * np.maximum(np.abs(mean), 1.0)
    standard = centred / np.where(moving, deviation, 1.0)
    skewness = np.where(moving, (standard**3).mean(axis=0), 0.0)
    kurtosis = np.where(moving, (standard**4).mean(axis=0) - 3.0, 0.0)
    return np.stack([mean, deviation, skewness, kurtosis])


def covariances(rows: NDArray[np.floating]) -> Doubles:
    """Covariance of every pair of different columns, `(columns * (columns - 1) / 2,)`.

    Those above the diagonal of `numpy.cov(rows.T, bias=True)`, row by row.

    Args:
        rows: (frames, columns), at least one frame.

    Example:
        >>> covariances(np.array([[1.0, 2.0, 0.0], [3.0, 6.0, 0.0]])).tolist()
        [2.0, 0.0, 0.0]
    """
    centred = rows.astype(np.float64)
    centred -= centred.mean(axis=0)
    matrix = np.einsum("fa,fb->ab", centred, centred, optimize=False) / len(centred)
    return np.asarray(matrix[np.triu_indices(rows.shape[1], 1)])
