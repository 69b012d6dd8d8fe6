"""Periods of a signal: autocorrelation by Fourier transform, freed of the multiples of each period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

FACTORS = (2, 3, 4, 5)
"""By which the curve is stretched; Tolonen and Karjalainen begin with two and leave the last one open."""


def autocorrelation(rows: Doubles, exponent: float = 2.0) -> Doubles:
    """The autocorrelation of every row at lags from 0 on, of the same shape.

    Args:
        rows: (rows, n).
        exponent: of the magnitudes of the spectrum; 2 is the common autocorrelation; less gives weak
            partials more weight (Tolonen and Karjalainen: 0.67).

    Example:
        >>> autocorrelation(np.array([[1.0, 0.0, 1.0, 0.0]])).round(9).tolist()
        [[2.0, 0.0, 1.0, 0.0]]
    """
    count = rows.shape[1]
    size = 1 << (2 * count - 1).bit_length()
    spectra = np.fft.rfft(rows, size, axis=1)
    powers = (spectra.real**2 + spectra.imag**2) ** (exponent / 2)
    return np.asarray(np.fft.irfft(powers, size, axis=1)[:, :count])


def enhanced(curves: Doubles) -> Doubles:
    """Autocorrelations without their peaks at multiples of a period, of the same shape, at least 0.

    The curve is clipped to positive values; stretched along the lags by two, it is subtracted and clipped
    again; then by three, and so on. What is left at a lag is what no fraction of that lag explains.

    Args:
        curves: (rows, lags), from lag 0 on.

    Example:
        >>> period_of_four = np.tile([1.0, 0.0, 0.0, 0.0], 4)[None]
        >>> np.flatnonzero(enhanced(period_of_four)).tolist()     # neither 8 nor 12
        [4]
    """
    left = np.maximum(curves, 0.0)
    lags = np.arange(curves.shape[1])
    for factor in FACTORS:
        whole, part = np.divmod(lags, factor)
        following = np.minimum(whole + 1, lags.size - 1)
        share = part / factor
        stretched = left[:, whole] * (1 - share) + left[:, following] * share
        left = np.maximum(left - stretched, 0.0)
    return left


def normalised(curves: Doubles) -> Doubles:
    """Every row divided by its value at lag 0; zeros where that is not positive.

    Example:
        >>> normalised(np.array([[4.0, 1.0], [0.0, 0.0]])).tolist()
        [[1.0, 0.25], [0.0, 0.0]]
    """
    energy = curves[:, :1]
    return np.divide(curves, energy, out=np.zeros_like(curves), where=energy > np.finfo(np.float32).tiny)


def highest_peaks(curves: Doubles, count: int, low: int, high: int) -> tuple[Doubles, Doubles]:
    """Lags and heights of the highest local maxima of every row, found between the samples by a parabola.

    Args:
        curves: (rows, lags).
        count: of peaks a row.
        low, high: first and last lag at which a peak may lie; 1 at least, and not the last of the row.

    Returns:
        Two arrays (rows, count), the highest first; where a row has fewer peaks, height 0 and lag 0.

    Example:
        >>> lags, heights = highest_peaks(np.array([[0.0, 1.0, 2.0, 1.0, 0.0, 3.0, 1.0]]), 2, 1, 5)
        >>> lags.round(1).tolist(), heights.round(1).tolist()
        ([[5.1, 2.0]], [[3.0, 2.0]])
    """
    before, here, after = curves[:, low - 1 : high], curves[:, low : high + 1], curves[:, low + 1 : high + 2]
    is_peak = (here > before) & (here >= after)
    heights = np.where(is_peak, here, 0.0)
    if heights.shape[1] < count:
        heights = np.pad(heights, ((0, 0), (0, count - heights.shape[1])))
    best = np.argpartition(-heights, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(heights, best, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    best, found = np.take_along_axis(best, order, axis=1), np.take_along_axis(found, order, axis=1)
    inside = np.minimum(best, here.shape[1] - 1)
    left, middle, right = (np.take_along_axis(part, inside, axis=1) for part in (before, here, after))
    bend = left - 2 * middle + right
    shift = np.divide(left - right, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    return np.where(found > 0, low + best + shift, 0.0), found


def histogram_sums(places: NDArray[np.intp], heights: Doubles, bins: int) -> Doubles:
    """Heights added up by bin, (bins,); places outside are left out.

    Example:
        >>> histogram_sums(np.array([1, 1, 7]), np.array([0.5, 0.25, 9.0]), 3).tolist()
        [0.0, 0.75, 0.0]
    """
    inside = (places >= 0) & (places < bins)
    return np.asarray(np.bincount(places[inside], heights[inside], bins), np.float64)
