"""Octave bands by the discrete wavelet transform with Daubechies' filters of eight taps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.signal import upfirdn

Doubles = NDArray[np.float64]

SCALING = np.array(
    [
        0.2303778133088964,
        0.7148465705529154,
        0.6308807679298587,
        -0.0279837694168599,
        -0.1870348117190931,
        0.0308413818355607,
        0.0328830116668852,
        -0.0105974017850690,
    ]
)
"""Low-pass filter of four vanishing moments (Daubechies 1988)."""
WAVELET = SCALING[::-1] * np.array([1.0, -1.0] * 4)
"""Its mirror, the high-pass filter."""


def octave_bands(samples: Doubles, levels: int) -> Iterator[Doubles]:
    """Coefficients of one octave after the other from the highest down, then those of all that lies below.

    Args:
        samples: (n,).
        levels: octaves; the coefficients of the k-th lie 2**k samples apart.

    Yields:
        (about n / 2**k,) of the k-th octave; last the low-pass coefficients at the lowest one's rate.

    Example:
        >>> [band.size for band in octave_bands(np.zeros(64), 2)]
        [32, 16, 16]
    """
    rest = samples
    for _ in range(levels):
        half = (rest.size + 1) // 2
        yield upfirdn(WAVELET, rest, down=2)[:half]
        rest = upfirdn(SCALING, rest, down=2)[:half]
    yield rest
