"""What a signal must be before anything is computed from it, and the constants all features share.

Conventions: a signal is a one-dimensional float array of mono samples at `SAMPLE_RATE`, nominally within
-1..1; frame `t` of any feature is centred at sample `t * HOP`, so a signal of `n` samples has
`1 + n // HOP` frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import SignalError

SAMPLE_RATE = 22050
"""Samples per second of every signal that enters a feature."""
N_FFT = 2048
"""Samples in one analysis window (93 ms)."""
HOP = 1024
"""Samples from one frame to the next (46 ms)."""

Floats = NDArray[np.float32]


def frame_count(n_samples: int) -> int:
    """How many frames a feature of a signal of that many samples has.

    Example:
        >>> frame_count(30 * SAMPLE_RATE)
        646
    """
    return 1 + n_samples // HOP


def checked_signal(samples: object) -> Floats:
    """The samples as a contiguous float32 array of shape `(n,)`.

    Raises:
        SignalError: the array is empty, not one-dimensional, not of floats, or holds NaN or infinity.

    Example:
        >>> checked_signal([0.0, 0.5]).dtype
        dtype('float32')
        >>> checked_signal([[0.0], [0.5]])
        Traceback (most recent call last):
            ...
        genrelens.errors.SignalError: a signal must have one dimension, not 2; mix the channels to mono first
    """
    array = np.asarray(samples)
    if array.ndim != 1:
        raise SignalError(
            f"a signal must have one dimension, not {array.ndim}; mix the channels to mono first"
        )
    if array.size == 0:
        raise SignalError("a signal must have at least one sample; this one is empty")
    if array.dtype.kind != "f":
        raise SignalError(f"a signal must be of floats within -1..1, not {array.dtype}; scale it first")
    signal = np.ascontiguousarray(array, dtype=np.float32)
    # The sum of absolute values is finite exactly when every one is (and none is beyond 1e32).
    if not np.isfinite(np.abs(signal).sum()):
        raise SignalError("a signal must be finite; this one holds NaN or infinity, replace them first")
    return signal
