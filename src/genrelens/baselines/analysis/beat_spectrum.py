"""How much a recording resembles itself some time later.

Foote and Uchihashi, *The beat spectrum: a new approach to rhythm analysis* (2001): the cosine of every pair
of frames, averaged over all pairs that lie the same time apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.enhanced_autocorrelation import autocorrelation

Doubles = NDArray[np.float64]


def beat_spectrum(frames: Doubles) -> Doubles:
    """Mean cosine of frames at each lag, (frames,), -1 to 1, 1 at lag 0.

    Args:
        frames: (frames, numbers); a frame of zeros resembles none.

    Example:
        >>> beat_spectrum(np.array([[1.0, 0.0], [0.0, 2.0]] * 4)).round(6).tolist()[:4]
        [1.0, 0.0, 1.0, 0.0]
    """
    length = np.sqrt((frames**2).sum(axis=1, keepdims=True))
    unit = frames / np.maximum(length, np.finfo(np.float32).tiny)
    pairs = np.arange(len(frames), 0, -1)
    return np.asarray(autocorrelation(unit.T).sum(axis=0) / pairs)


def lag_bands(spectrum: Doubles, edges: NDArray[np.intp]) -> Doubles:
    """Means of a beat spectrum over bands of lags, (edges - 1,); 0 where it does not reach.

    Args:
        spectrum: (lags,).
        edges: first lag of each band, then the end of the last; rising.

    Example:
        >>> lag_bands(np.array([1.0, 0.5, 0.3, 0.2]), np.array([1, 2, 4, 8])).tolist()
        [0.5, 0.25, 0.0]
    """
    reach = np.clip(edges, 0, len(spectrum))
    total = np.concatenate([[0.0], np.cumsum(spectrum)])
    return np.asarray(np.diff(total[reach]) / np.maximum(np.diff(reach), 1))
