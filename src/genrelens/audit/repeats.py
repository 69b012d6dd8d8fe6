"""The same recording twice in a collection: found by shared landmarks, proven by comparing spectra.

Conventions: a `Repeat` names two recordings by their positions, `first < second`. Three steps: all
landmarks of all recordings are sorted once, and pairs of recordings that share several become candidates
(near linear in the collection: a landmark that occurs too often has no information and is skipped); the
shared landmarks of a candidate must agree on one alignment, a shift and a speed; and along that alignment
the two spectrograms must rise and fall together, in every stretch of it. The last step separates the
same recording from another performance of the song, or from a loop that is in two songs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.audit.fingerprint import BAND_HOP_S, BANDS_PER_OCTAVE, Fingerprint

Floats = NDArray[np.floating[Any]]

MOST_COMMON = 48
LEAST_VOTES = 6
LEAST_OVERLAP_S = 1.5
LEAST_CORRELATION = 0.75
LEAST_AGREEMENT = 0.8
SPEEDS = np.round(np.arange(-4.5, 4.51, 0.5) / 100 + 1, 3)
OFFSET_STEP_S = 0.1
_STRETCH_S = 1.0
_STRETCH_CORRELATION = 0.5
_WIDE_SHIFT_S = 2.0
_LANDMARKS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Repeat:
    """One recording found twice, with the evidence.

    Args:
        first: position of the one recording.
        second: position of the other.
        shift_s: where the start of the first lies in the second, in seconds (negative: before it).
        speed: how many seconds of the first one second of the second holds; 1.02 is 2 % faster.
        overlap_s: seconds of the first that are found in the second.
        votes: landmarks that agree on the alignment.
        correlation: of the two aligned spectrograms, each band's mean removed, in [-1, 1].
        agreement: proportion of the one-second stretches that agree for themselves.
        gain_db: level of the second above the first.
    """

    first: int
    second: int
    shift_s: float
    speed: float
    overlap_s: float
    votes: int
    correlation: float
    agreement: float
    gain_db: float

    @property
    def convincing(self) -> bool:
        """Whether the evidence is good enough to call it the same recording."""
        return (
            self.votes >= LEAST_VOTES
            and self.overlap_s >= LEAST_OVERLAP_S
            and self.correlation >= LEAST_CORRELATION
            and self.agreement >= LEAST_AGREEMENT
        )


def find_repeats(prints: Sequence[Fingerprint]) -> list[Repeat]:
    """All pairs of recordings that hold the same recorded sound, ordered by position.

    Example:
        >>> from genrelens.audit.fingerprint import RATE, fingerprint
        >>> rng = np.random.default_rng(0)
        >>> noise, other = rng.standard_normal((2, RATE * 6)).astype(np.float32)
        >>> found = find_repeats([fingerprint(noise), fingerprint(other), fingerprint(noise[RATE:] * 0.5)])
        >>> [(pair.first, pair.second, round(pair.shift_s, 1)) for pair in found]
        [(0, 2, -1.0)]
    """
    return [repeat for repeat in compare_candidates(prints) if repeat.convincing]


def compare_candidates(prints: Sequence[Fingerprint]) -> list[Repeat]:
    """Every candidate pair with its evidence, convincing or not; for choosing thresholds."""
    found = []
    for first, second, first_s, second_s in _candidates(prints):
        speed, shift, votes = _align(first_s, second_s)
        if votes >= LEAST_VOTES:
            found.append(_verify(prints, first, second, speed, shift, votes))
    return found


def _candidates(prints: Sequence[Fingerprint]) -> list[tuple[int, int, Floats, Floats]]:
    """Pairs with enough shared landmarks at about one shift, and the times of these in both."""
    if not prints:
        return []
    parts = max(1, sum(len(p.landmarks) for p in prints) // _LANDMARKS_AT_ONCE)
    matches = [_matches(prints, part, parts) for part in range(parts)]
    key, first_s, second_s = (np.concatenate(column) for column in zip(*matches, strict=True))
    kept = _agreeing(key, second_s - first_s)
    key, first_s, second_s = key[kept], first_s[kept], second_s[kept]
    order = np.argsort(key, kind="stable")
    keys, begin, shared = np.unique(key[order], return_index=True, return_counts=True)
    found = []
    for pair_key, at, n in zip(keys.tolist(), begin.tolist(), shared.tolist(), strict=True):
        here = order[at : at + n]
        found.append((*divmod(pair_key, len(prints)), first_s[here], second_s[here]))
    return found


def _matches(
    prints: Sequence[Fingerprint], part: int, parts: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Pairs of equal landmarks of two recordings, for one part of the landmarks: pair and both times.

    A pair is numbered `first * len(prints) + second`. Landmarks are dealt into parts by their value, so
    that sorting a large collection needs no more memory than a part of it.
    """
    chosen = [np.flatnonzero(p.landmarks % np.uint32(parts) == part) for p in prints]
    landmarks = np.concatenate([p.landmarks[c] for p, c in zip(prints, chosen, strict=True)])
    times = np.concatenate([p.times[c] for p, c in zip(prints, chosen, strict=True)]).astype(np.float64)
    owner = np.repeat(np.arange(len(prints)), [len(c) for c in chosen])
    order = np.argsort(landmarks, kind="stable")
    landmarks, times, owner = landmarks[order], times[order], owner[order]
    begin = np.flatnonzero(np.append(True, landmarks[1:] != landmarks[:-1]))[: len(landmarks)]
    count = np.diff(np.append(begin, len(landmarks)))
    rare = np.repeat(count <= MOST_COMMON, count)
    landmarks, times, owner = landmarks[rare], times[rare], owner[rare]
    ones, others = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    alive = np.arange(len(landmarks))
    for lag in range(1, MOST_COMMON):
        alive = alive[alive + lag < len(landmarks)]
        alive = alive[landmarks[alive] == landmarks[alive + lag]]
        pair = alive[owner[alive] != owner[alive + lag]]
        ones.append(pair)
        others.append(pair + lag)
    a, b = np.concatenate(ones), np.concatenate(others)
    return owner[a] * len(prints) + owner[b], times[a], times[b]


def _agreeing(key: NDArray[np.int64], shift: Floats) -> NDArray[np.bool_]:
    """Marks matches whose pair has `LEAST_VOTES` matches in the same wide range of shifts.

    Ranges overlap by half, so that no true alignment is cut; they are wide because at another speed the
    shift drifts along the recording.
    """
    kept = np.zeros(len(key), dtype=bool)
    for half in (0.0, 0.5):
        place = np.floor(shift / _WIDE_SHIFT_S + half).astype(np.int64) + (1 << 20)
        _, inverse, count = np.unique(key * (1 << 21) + place, return_inverse=True, return_counts=True)
        kept |= count[inverse] >= LEAST_VOTES
    return kept


def _align(first_s: Floats, second_s: Floats) -> tuple[float, float, int]:
    """Speed and shift on which most shared landmarks agree, and how many do: first = speed * second - shift.

    A landmark of the first counts once, however often a loop repeats it in the second.
    """
    best = (1.0, 0.0, 0)
    for speed in SPEEDS[np.argsort(np.abs(SPEEDS - 1), kind="stable")]:
        shift = speed * second_s - first_s
        order = np.argsort(shift, kind="stable")
        ranked = shift[order]
        upto = np.searchsorted(ranked, ranked + OFFSET_STEP_S, side="right")
        widest = int(np.argmax(upto - np.arange(len(ranked))))
        inside = order[widest : upto[widest]]
        votes = min(len(np.unique(first_s[inside])), len(np.unique(second_s[inside])))
        if votes > best[2]:
            best = (float(speed), float(np.median(shift[inside])), votes)
    return best


def _verify(
    prints: Sequence[Fingerprint], first: int, second: int, speed: float, shift: float, votes: int
) -> Repeat:
    best = (-2.0, 0.0, 0.0, speed, shift)
    for ds in (0.0, -0.0025, 0.0025):
        for step in np.arange(-3, 4) * BAND_HOP_S / 2:
            moved = shift + step
            correlation, agreement, overlap = _correlate(prints[first], prints[second], speed + ds, moved)
            if correlation > best[0]:
                best = (correlation, agreement, overlap, speed + ds, moved)
    correlation, agreement, overlap, speed, shift = best
    return Repeat(
        first,
        second,
        shift_s=round(float(shift / speed), 3),
        speed=round(float(speed), 4),
        overlap_s=round(overlap, 2),
        votes=votes,
        correlation=round(correlation, 4),
        agreement=round(agreement, 3),
        gain_db=round(prints[second].level_db - prints[first].level_db, 1),
    )


def _correlate(a: Fingerprint, b: Fingerprint, speed: float, shift: float) -> tuple[float, float, float]:
    """Correlation, proportion of agreeing stretches, and seconds of overlap along one alignment."""
    there = (np.arange(len(a.bands)) * BAND_HOP_S + shift) / speed / BAND_HOP_S
    inside = (there >= 0) & (there <= len(b.bands) - 1)
    if inside.sum() < LEAST_OVERLAP_S / BAND_HOP_S / 2:
        return -1.0, 0.0, 0.0
    up = math.log2(speed) * BANDS_PER_OCTAVE
    ours: Floats = -a.bands[inside] / 2.0
    theirs: Floats = -b.bands / 2.0
    if abs(up) > 0.05:
        # at another speed energy moves over the borders of bands: compare a little blurred
        ours, theirs = _blurred(ours), _blurred(theirs)
    theirs = _between(_between(theirs, there[inside]).T, np.arange(theirs.shape[1], dtype=np.float64) + up).T
    ours, theirs = _centred(ours), _centred(theirs)
    products = (ours * theirs).sum(axis=1), (ours**2).sum(axis=1), (theirs**2).sum(axis=1)
    whole = [float(p.sum()) for p in products]
    length = round(_STRETCH_S / BAND_HOP_S)
    cross, left, right = (np.add.reduceat(p, np.arange(0, len(p), length)) for p in products)
    audible = np.maximum(left, right) > 0.05 * np.mean(np.maximum(left, right))
    agreeing = cross >= _STRETCH_CORRELATION * np.sqrt(left * right)
    correlation = whole[0] / np.sqrt(whole[1] * whole[2] + 1e-9)
    return float(correlation), float(agreeing[audible].mean()), float(inside.sum()) * BAND_HOP_S


def _between(rows: Floats, at: Floats) -> Floats:
    """Rows of a table at fractional places, linearly between neighbours."""
    place = np.clip(at, 0, len(rows) - 1.001)
    low = place.astype(np.intp)
    weight = (place - low)[:, None]
    return np.asarray(rows[low] * (1 - weight) + rows[low + 1] * weight)


def _blurred(decibels: Floats) -> Floats:
    """Energy shared with the neighbouring bands, half as much to either side."""
    energy = 10 ** (decibels / 10)
    padded = np.pad(energy, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(10 * np.log10(0.25 * padded[:, :-2] + 0.5 * energy + 0.25 * padded[:, 2:]))


def _centred(decibels: Floats) -> Floats:
    """Each band's deviation from its mean, what is more than 50 dB under the loudest raised to there."""
    raised = np.maximum(decibels, decibels.max() - 50)
    return np.asarray(raised - raised.mean(axis=0))
