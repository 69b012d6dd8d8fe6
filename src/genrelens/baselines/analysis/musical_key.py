"""The key of a piece from its pitch classes.

Krumhansl and Kessler, *Tracing the dynamic changes in perceived tonal organization in a spatial
representation of musical keys* (1982): how well each pitch class fits into a key, as listeners rated it. The
key is the one whose ratings correlate best with how strong the pitch classes are (Krumhansl and Schmuckler).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each pitch class fits into a key, from its tonic up."""


class Key(NamedTuple):
    """A key.

    Attributes:
        tonic: pitch class from C, 0 to 11.
        minor: its mode.
        strength: correlation with its ratings, -1 to 1.
        lead: how much greater that is than for the best key of the other mode.
    """

    tonic: int
    minor: bool
    strength: float
    lead: float


def musical_key(chroma: NDArray[np.floating]) -> Key:
    """The key of a chromagram, (frames, 12) pitch classes from C.

    Example:
        >>> scale = np.zeros((1, 12), np.float32)
        >>> scale[0, [7, 9, 11, 0, 2, 4, 6]] = 1.0                # G major
        >>> scale[0, [7, 2]] = 2.0
        >>> musical_key(scale)[:2]
        (7, False)
    """
    mean = chroma.mean(axis=0, dtype=np.float64, keepdims=True)
    major, minor = key_strengths(mean)[0].reshape(2, 12)
    better, other = (minor, major) if minor.max() > major.max() else (major, minor)
    tonic = int(better.argmax())
    strength = float(better[tonic])
    return Key(tonic, better is minor, strength, strength - float(other.max()))


def key_strengths(chroma: NDArray[np.floating]) -> Doubles:
    """Correlation of pitch classes with the profile of every key, -1 to 1, `(frames, 24)`.

    C major, C sharp major, ..., B major, then C minor to B minor; 0 where all classes are alike.

    Args:
        chroma: strength of the pitch classes from C, (frames, 12).

    Example:
        >>> triad = np.zeros((1, 12))
        >>> triad[0, [7, 11, 2]] = 1.0                                        # G, B, D
        >>> int(key_strengths(triad)[0].argmax())                             # G major
        7
    """
    keys = np.array([np.roll(one, key) for one in (MAJOR, MINOR) for key in range(12)])
    return np.asarray(_standard(chroma.astype(np.float64)) @ _standard(keys).T)


def _standard(rows: Doubles) -> Doubles:
    """Rows of mean 0 and length 1; those that are constant are 0."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(centred).sum(axis=1, keepdims=True))
    constant = length <= 1e-6 * np.abs(rows).max(axis=1, keepdims=True)
    return np.asarray(np.where(constant, 0.0, centred / np.where(length > 0, length, 1.0)))
