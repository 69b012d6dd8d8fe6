"""Linear prediction of every frame, and the cepstrum of the all-pole filter that it describes.

Levinson and Durbin's recursion, and the recursion from predictor to cepstrum, as in Rabiner and Juang,
*Fundamentals of Speech Recognition* (1993).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.enhanced_autocorrelation import autocorrelation

Doubles = NDArray[np.float64]

NOISE = 1e-9
"""White noise that is added, as a proportion of the energy; it keeps the equations of pure tones solvable."""


def predictors(frames: Doubles, order: int) -> Doubles:
    """Coefficients a of x(n) = a(1) x(n-1) + ... + a(order) x(n-order) + error, (frames, order).

    Args:
        frames: (frames, n), windowed, n over `order`; a frame of zeros gets zeros.
        order: of the predictor.

    Example:
        >>> decay = 0.8 ** np.arange(100.0)                              # x(n) = 0.8 x(n-1)
        >>> predictors(decay[None], 2).round(6).tolist()
        [[0.8, 0.0]]
    """
    similarity = autocorrelation(frames)[:, : order + 1]
    similarity[:, 0] *= 1 + NOISE
    similarity[similarity[:, 0] < np.finfo(np.float32).tiny] = np.eye(1, order + 1)
    return solve_levinson(similarity)


def solve_levinson(similarity: Doubles) -> Doubles:
    """Solutions a of the normal equations, sum over j of r(|i - j|) a(j) = r(i), (rows, order).

    Args:
        similarity: (rows, order + 1), r(0) to r(order) of each row, r(0) positive.

    Example:
        >>> solve_levinson(np.array([[2.0, 1.0, 0.5]])).round(6).tolist()
        [[0.5, 0.0]]
    """
    rows, order = len(similarity), similarity.shape[1] - 1
    found = np.zeros((rows, order))
    error = similarity[:, 0].copy()
    for step in range(order):
        known = found[:, :step]
        reflection = similarity[:, step + 1] - (known * similarity[:, step:0:-1]).sum(axis=1)
        reflection /= error
        found[:, :step] = known - reflection[:, None] * known[:, ::-1]
        found[:, step] = reflection
        error *= 1 - reflection**2
    return found


def cepstrum(predictor: Doubles, count: int) -> Doubles:
    """Cepstral coefficients 1 to `count` of the filter 1 / (1 - sum of a(k) z^-k), (rows, count).

    Args:
        predictor: (rows, order).
        count: of coefficients; any number.

    Example:
        >>> cepstrum(np.array([[0.5]]), 3).round(4).tolist()              # 0.5**n / n
        [[0.5, 0.125, 0.0417]]
    """
    rows, order = predictor.shape
    found = np.zeros((rows, count))
    for n in range(1, count + 1):
        back = np.arange(max(1, n - order), n)
        found[:, n - 1] = (back / n * found[:, back - 1] * predictor[:, n - back - 1]).sum(axis=1)
        if n <= order:
            found[:, n - 1] += predictor[:, n - 1]
    return found
