"""Major and minor chords from a chromagram by template matching, and how a piece uses them.

Fujishima, *Realtime chord recognition of musical sound* (1999) compares pitch classes with a pattern of zeros
and ones for every chord.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genrelens.features.signal import Floats

ROOTS = 12
CHORDS = 2 * ROOTS
"""Chords 0 to 11 are C, C sharp, ..., B major, 12 to 23 the minor chords."""
TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7)}
SMOOTHED_FRAMES = 11
"""Frames over which pitch classes are averaged first: half a second at a hop of 1024 samples."""
MOST_FREQUENT = 5

Chords = NDArray[np.intp]
Doubles = NDArray[np.float64]


@lru_cache(maxsize=1)
def templates() -> Doubles:
    """(24, 12), each row of mean 0 and length 1.

    Example:
        >>> [sorted(np.flatnonzero(templates()[chord] > 0).tolist()) for chord in (0, 21)]     # C, A minor
        [[0, 4, 7], [0, 4, 9]]
    """
    rows = np.zeros((CHORDS, ROOTS))
    for mode, steps in enumerate(TRIADS.values()):
        for root in range(ROOTS):
            rows[mode * ROOTS + root, [(root + step) % ROOTS for step in steps]] = 1
    return _standardised(rows)


def chord_sequence(chroma: Floats) -> tuple[Chords, Doubles]:
    """The chord of every frame, (frames,), and its correlation with that chord's template, (frames,) -1 to 1.

    Args:
        chroma: (frames, 12) pitch classes from C, not negative; smoothed here.

    Example:
        >>> chroma = np.zeros((30, 12), np.float32)
        >>> chroma[:, [9, 0, 4]] = 1.0
        >>> chords, clarity = chord_sequence(chroma)
        >>> set(chords.tolist()), round(float(clarity.min()), 3)                              # A minor
        ({21}, 1.0)
    """
    smooth = _running_mean(chroma.astype(np.float64), SMOOTHED_FRAMES)
    correlation = _standardised(smooth) @ templates().T
    chords = correlation.argmax(axis=1)
    return chords, correlation[np.arange(len(chords)), chords]


def chord_histogram(chords: Chords, tonic: int = 0) -> Doubles:
    """Proportion of frames of every chord, (24,), with the roots counted from `tonic`.

    Example:
        >>> np.flatnonzero(chord_histogram(np.array([2, 9]), tonic=2)).tolist()     # D and A in D: I and V
        [0, 7]
    """
    counts = np.bincount(chords, minlength=CHORDS).reshape(2, ROOTS) / len(chords)
    return np.roll(counts, -tonic, axis=1).ravel()


def chord_changes(chords: Chords) -> Doubles:
    """Proportions of the changes: by steps of the root upwards, (12,), then by mode, (4,).

    Modes are major to major, major to minor, minor to major, minor to minor; all is 0 without changes.

    Example:
        >>> changes = chord_changes(np.array([0, 0, 5, 5, 21]))          # C, F, A minor
        >>> changes[:12].nonzero()[0].tolist(), changes[12:].tolist()
        ([4, 5], [0.5, 0.5, 0.0, 0.0])
    """
    at = np.flatnonzero(np.diff(chords))
    before, after = chords[at], chords[at + 1]
    steps = np.bincount((after - before) % ROOTS, minlength=ROOTS)
    modes = np.bincount(2 * (before // ROOTS) + after // ROOTS, minlength=4)
    return np.concatenate([steps, modes]) / max(1, len(at))


def chord_use(chords: Chords, clarity: Doubles, frames_a_second: float) -> Doubles:
    """What does not depend on the key, (12,).

    Proportion of major; entropy of the histogram in bits; proportions of the five most frequent chords;
    changes a second; mean and deviation of the seconds that a chord lasts; mean and deviation of the clarity.

    Args:
        chords, clarity: of `chord_sequence`.
        frames_a_second: of both.
    """
    histogram = chord_histogram(chords)
    used = histogram[histogram > 0]
    starts = np.flatnonzero(np.diff(chords, prepend=-1))
    seconds = np.diff(np.append(starts, len(chords))) / frames_a_second
    return np.array(
        [
            histogram[:ROOTS].sum(),
            -(used * np.log2(used)).sum(),
            *np.sort(histogram)[::-1][:MOST_FREQUENT],
            (len(starts) - 1) * frames_a_second / len(chords),
            seconds.mean(),
            seconds.std(),
            clarity.mean(),
            clarity.std(),
        ]
    )


def _standardised(rows: Doubles) -> Doubles:
    """Mean 0 and length 1 in every row; zeros where all is alike."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(centred).sum(axis=1, keepdims=True))
    return np.asarray(centred / np.where(length > 1e-9, length, 1.0))


def _running_mean(rows: Doubles, length: int) -> Doubles:
    """Over `length` rows about each, fewer at the ends."""
    half = length // 2
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    at = np.arange(len(rows))
    first, end = np.maximum(at - half, 0), np.minimum(at + half + 1, len(rows))
    return np.asarray((sums[end] - sums[first]) / (end - first)[:, None])
