"""The texture of a spectrogram's picture: measures of grey-level co-occurrence in zones of frequency.

Haralick, Shanmugam and Dinstein, *Textural features for image classification* (1973): how often a grey level
stands beside another, in one direction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features.scaling import DYNAMIC_RANGE_DB, decibels
from genrelens.features.signal import Floats
from genrelens.features.spectrum import hann, power_frames

N_FFT, HOP = 1024, 512
LEVELS = 256
"""Grey levels of a picture."""
DIRECTIONS = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
"""Angles to the neighbour at a distance of one pixel, as scikit-image counts them."""
MEASURES = (
    "entropy",
    "correlation",
    "homogeneity",
    "third_moment",
    "maximum_probability",
    "contrast",
    "energy",
)

Picture = NDArray[np.uint8]


def spectrogram_picture(samples: Floats) -> Picture:
    """Power in decibels as grey levels, (513, frames): low frequencies first, linear in frequency.

    The loudest point of the clip is 255, what lies 80 dB below and further is 0.

    Args:
        samples: (n,), at any rate and level.

    Example:
        >>> tone = np.sin(np.arange(8192) * np.pi / 2).astype(np.float32)
        >>> picture = spectrogram_picture(tone)
        >>> picture.shape, int(picture[:, 8].argmax()), int(picture.max())      # half-way up
        ((513, 17), 256, 255)
    """
    levels = decibels(power_frames(samples, N_FFT, HOP, hann(N_FFT)))
    above = (levels - levels.max() + DYNAMIC_RANGE_DB) * ((LEVELS - 1) / DYNAMIC_RANGE_DB)
    return np.ascontiguousarray(np.rint(above).clip(0, LEVELS - 1).astype(np.uint8).T)


def zone_textures(picture: Picture, zones: int) -> NDArray[np.float64]:
    """Every measure in every direction, of bands of equal height: (zones, 7 measures times 4 directions).

    Args:
        picture: (rows, columns); at least two rows a zone, and two columns.
        zones: how many bands.

    Example:
        >>> stripes = np.repeat(np.array([[0], [200]], np.uint8), 6, axis=1)      # from left to right
        >>> contrast = zone_textures(stripes, 1).reshape(len(MEASURES), -1)[MEASURES.index("contrast")]
        >>> contrast.tolist()                # in the row, along a diagonal, in the column, the other diagonal
        [0.0, 40000.0, 40000.0, 40000.0]
    """
    return np.stack([texture(zone).ravel() for zone in np.array_split(picture, zones)])


def texture(picture: Picture) -> NDArray[np.float64]:
    """The measures of one picture, (7, 4), in the order of `MEASURES` and `DIRECTIONS`.

    With p(i, j) the proportion of pairs of neighbours with the grey levels i and j: entropy in bits; contrast
    and third moment are the means of (i - j) squared and cubed, the latter with its sign, so that it differs
    between steep rises and steep falls; energy is the root of the sum of p squared; where one side
    of all pairs has a single grey level, correlation is 1.
    """
    from skimage.feature import graycomatrix

    pairs = graycomatrix(picture, [1], DIRECTIONS, levels=LEVELS)[:, :, 0]
    return np.stack([_measures(counts) for counts in pairs.transpose(2, 0, 1)], axis=1)


def _measures(counts: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Of the pairs in one direction, (256, 256); few of them occur, and only those are gone through."""
    first, second = np.nonzero(counts)
    p = counts[first, second] / counts.sum()
    i, j = first.astype(np.float64), second.astype(np.float64)
    di, dj = i - p @ i, j - p @ j
    varies = first.min() < first.max() and second.min() < second.max()
    step = i - j
    found = {
        "entropy": -p @ np.log2(p),
        "correlation": (p * di) @ dj / np.sqrt((p @ di**2) * (p @ dj**2)) if varies else 1.0,
        "homogeneity": (p / (1 + step**2)).sum(),
        "third_moment": p @ step**3,
        "maximum_probability": p.max(),
        "contrast": p @ step**2,
        "energy": np.sqrt(p @ p),
    }
    return np.array([found[name] for name in MEASURES])
