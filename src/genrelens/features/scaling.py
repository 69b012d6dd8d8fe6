"""Decibels and normalisation, with librosa's treatment of silence.

Whatever is silent stays finite: a logarithm is floored, a row too small to be scaled is left as it is.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from genrelens.features.signal import Floats

POWER_FLOOR = 1e-10
"""Powers below this count as this before a logarithm is taken (`amin` of `librosa.power_to_db`)."""
DYNAMIC_RANGE_DB = 80.0
"""Levels further than this below the loudest are raised to it (`top_db` of `librosa.power_to_db`)."""

_SMALLEST_NORM = float(np.finfo(np.float32).tiny)


def decibels(power: Floats) -> Floats:
    """Powers in decibels relative to 1, at least -100 dB and at most 80 dB below the loudest, same shape.

    Equals `librosa.power_to_db(power)`.

    Example:
        >>> decibels(np.array([1.0, 0.1, 0.0], np.float32)).tolist()
        [0.0, -10.0, -80.0]
    """
    levels: Floats = np.maximum(power, np.float32(POWER_FLOOR))
    np.log10(levels, out=levels)
    levels *= np.float32(10.0)
    np.maximum(levels, levels.max() - np.float32(DYNAMIC_RANGE_DB), out=levels)
    return levels


def normalized(rows: Floats, norm: Literal["sum", "euclid", "max"]) -> Floats:
    """Every row divided by its sum of magnitudes, Euclidean length or largest magnitude, `(frames, width)`.

    Rows whose norm is below the smallest normal float32 stay as they are. Equals `librosa.util.normalize`
    with norm 1, 2 or infinity along the other axis.

    Example:
        >>> normalized(np.array([[1.0, 3.0], [0.0, 0.0]], np.float32), "sum").tolist()
        [[0.25, 0.75], [0.0, 0.0]]
    """
    magnitudes = np.abs(rows).astype(np.float64)
    if norm == "max":
        lengths = magnitudes.max(axis=1, keepdims=True)
    elif norm == "sum":
        lengths = magnitudes.sum(axis=1, keepdims=True)
    else:
        lengths = np.sqrt(np.square(magnitudes).sum(axis=1, keepdims=True))
    lengths[lengths < _SMALLEST_NORM] = 1.0
    return np.asarray(rows / lengths, np.float32)
