"""From the rate that a recording has to the rate that a model asks for."""

from __future__ import annotations

import numpy as np
import soxr

from genrelens.audio.decoding import Samples


def resampled_length(length: int, rate: int, wanted: int) -> int:
    """Samples that `length` samples become: `length * wanted / rate`, rounded half up.

    Example:
        >>> resampled_length(661500, 44100, 22050), resampled_length(3, 44100, 22050)
        (330750, 2)
    """
    return (2 * length * wanted + rate) // (2 * rate)


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Mono samples at another rate (soxr, quality HQ: stop band below -120 dB).

    Args:
        samples: shape (n,), float32.
        rate: their rate, Hz.
        wanted: the rate asked for, Hz.

    Returns:
        Shape (`resampled_length(n, rate, wanted)`,), float32; the same array where the rates are equal.

    Example:
        >>> resample(np.zeros(44100, np.float32), 44100, 16000).shape
        (16000,)
    """
    if rate == wanted:
        return samples
    if not len(samples):
        return samples[:0]
    result: Samples = soxr.resample(samples, rate, wanted, quality="HQ")
    length = resampled_length(len(samples), rate, wanted)
    if len(result) < length:
        result = np.pad(result, (0, length - len(result)))
    return result[:length]
