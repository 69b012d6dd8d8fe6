"""The key of a piece from its pitch classes.

Krumhansl and Kessler, *Tracing the dynamic changes in perceived tonal organization in a spatial
representation of musical keys* (1982): how well each pitch class fits into a key, as listeners rated it. The
key is the one whose ratings correlate best with how strong the pitch classes are (Krumhansl and Schmuckler).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genrelens.features.signal import Floats

MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


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


def musical_key(chroma: Floats) -> Key:
    """The key of a chromagram, (frames, 12) pitch classes from C.

    Example:
        >>> scale = np.zeros((1, 12), np.float32)
        >>> scale[0, [7, 9, 11, 0, 2, 4, 6]] = 1.0                # G major
        >>> scale[0, [7, 2]] = 2.0
        >>> musical_key(scale)[:2]
        (7, False)
    """
    mean = chroma.mean(axis=0, dtype=np.float64)
    centred = mean - mean.mean()
    length = np.sqrt(np.square(centred).sum())
    centred /= length if length > 1e-9 else 1.0
    found = []
    for ratings in (MAJOR, MINOR):
        profile = np.array(ratings) - np.mean(ratings)
        profile /= np.sqrt(np.square(profile).sum())
        found.append(np.array([centred @ np.roll(profile, tonic) for tonic in range(12)]))
    minor = bool(found[1].max() > found[0].max())
    tonic = int(found[minor].argmax())
    strength = float(found[minor][tonic])
    return Key(tonic, minor, strength, strength - float(found[not minor].max()))
