"""How clearly music is in a key, and how much its harmony changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.musical_key import key_strengths
from genrelens.features.chroma import tonnetz

Doubles = NDArray[np.float64]


def smoothed(rows: NDArray[np.floating], frames: int) -> Doubles:
    """Each column's mean over a Hann window of that many frames, fewer at the ends; the shape stays.

    Example:
        >>> smoothed(np.array([[0.0], [0.0], [4.0], [0.0], [0.0]]), 3).ravel().tolist()
        [0.0, 1.0, 2.0, 1.0, 0.0]
    """
    window = np.hanning(frames + 2)[1:-1]
    weight = _convolved(np.ones((len(rows), 1)), window)
    return np.asarray(_convolved(rows.astype(np.float64), window) / weight)


def _convolved(rows: Doubles, window: Doubles) -> Doubles:
    half = len(window) // 2
    padded = np.pad(rows, ((half, len(window) - 1 - half), (0, 0)))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, len(window), axis=0) @ window)


def key_clarity(chroma: NDArray[np.floating]) -> Doubles:
    """The strength of the strongest key, 0 to 1, `(frames,)`; see `musical_key.key_strengths`."""
    return np.asarray(key_strengths(chroma).max(axis=1))


def harmonic_change(chroma: NDArray[np.floating]) -> Doubles:
    """Distance of the tonal centroid of the frame after from that of the frame before, `(frames,)`.

    Harte, Sandler and Gasser, *Detecting harmonic change in musical audio* (2006). The first and the last
    frame stand for what would be before and after them.

    Args:
        chroma: strength of the pitch classes from C, (frames, 12), smoothed over time as far as wished.

    Example:
        >>> chroma = np.zeros((5, 12), np.float32)
        >>> chroma[:2, 0] = chroma[2:, 6] = 1.0                                # from C to F sharp
        >>> harmonic_change(chroma).round(1).tolist()
        [0.0, 2.8, 2.8, 0.0, 0.0]
    """
    centroid = tonnetz(np.asarray(chroma, np.float32)).astype(np.float64)
    around = np.concatenate([centroid[:1], centroid, centroid[-1:]])
    return np.asarray(np.sqrt(np.square(around[2:] - around[:-2]).sum(axis=1)))
