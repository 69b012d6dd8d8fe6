"""A recording's fingerprint: peaks of its spectrogram combined in threes, and a small spectrogram to verify.

Conventions: samples are mono float32 at `RATE`; times in seconds, frequencies in hertz. A landmark is three
spectral peaks in order of time, described by the coarse pitch of the first, two frequency ratios and two
time differences. It survives codecs and filters (peaks do), gain (nothing is absolute), cuts and shifts
(differences only) and a few percent of speed (ratios are exact, the first pitch and the times are coarse).

After Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003 (constellations of peaks), and Six
and Leman, "Panako", ISMIR 2014 (threes of peaks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.features.spectrum import hann, power_frames

Floats = NDArray[np.float32]

RATE = 11025
N_FFT = 2048
HOP = 256
FRAME_S = HOP / RATE
LOW_HZ = 300.0
HIGH_HZ = 4500.0
BAND_HOP_S = 2 * FRAME_S
BANDS_PER_OCTAVE = 12

_BIN_HZ = RATE / N_FFT
_FIRST_BIN = round(LOW_HZ / _BIN_HZ)
_LAST_BIN = round(HIGH_HZ / _BIN_HZ)
_PEAK_HALF_FRAMES = 7
_PEAK_HALF_OCTAVE = 0.22
_FLOOR_DB = 70.0
_NEIGHBOURS = 5
_NEAREST_S = 0.06
_FARTHEST_S = 1.3
_PITCH_STEPS = 12
_RATIO_STEPS = 36
_TIME_STEP_S = 0.06


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of one recording.

    Args:
        landmarks: `(n,)` uint32, equal where three peaks look alike.
        times: `(n,)` float32, seconds of each landmark's first peak.
        bands: `(steps, bands)` uint8, energy in half decibels below the recording's loudest band (0 the
            loudest), a step each `BAND_HOP_S`, twelve bands an octave from `LOW_HZ` to `HIGH_HZ`.
        duration_s: of the recording.
        level_db: mean power of the analysed range, in decibels.
    """

    landmarks: NDArray[np.uint32]
    times: Floats
    bands: NDArray[np.uint8]
    duration_s: float
    level_db: float


def fingerprint(samples: Floats) -> Fingerprint:
    """The fingerprint of mono samples at `RATE`.

    Silence and anything under a fifth of a second has no landmarks.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> noise = rng.standard_normal(RATE * 4).astype(np.float32)
        >>> first, louder = fingerprint(noise), fingerprint(noise * 2)
        >>> len(first.landmarks) > 100, bool(np.array_equal(first.landmarks, louder.landmarks))
        (True, True)
    """
    duration_s = len(samples) / RATE
    if len(samples) < N_FFT or not np.any(samples):
        nothing = np.zeros(0, dtype=np.float32)
        return Fingerprint(
            nothing.astype(np.uint32), nothing, np.zeros((0, _band_count()), np.uint8), duration_s, -np.inf
        )
    power = power_frames(samples, N_FFT, HOP, hann(N_FFT))[:, _FIRST_BIN - 1 : _LAST_BIN + 2]
    decibels = 10 * np.log10(power + power.max() * 1e-10 + 1e-30)
    times, pitches = _peaks(decibels)
    landmarks, starts = _threes(times, pitches)
    return Fingerprint(
        landmarks,
        starts,
        _bands(power),
        duration_s,
        float(10 * np.log10(power.mean(dtype=np.float64) + 1e-30)),
    )


def _band_count() -> int:
    return int(np.floor(np.log2(HIGH_HZ / LOW_HZ) * BANDS_PER_OCTAVE))


def _sliding_max(values: Floats, low: NDArray[np.intp], high: NDArray[np.intp]) -> Floats:
    """Maximum of `values[:, low[j] : high[j]]` for every column j, by a table of power-of-two ranges."""
    length = high - low
    level = np.floor(np.log2(length)).astype(np.intp)
    result = np.empty_like(values)
    ranges = values
    for k in range(int(level.max()) + 1):
        if k:
            half = 1 << (k - 1)
            wider = ranges.copy()
            np.maximum(ranges[:, :-half], ranges[:, half:], out=wider[:, :-half])
            ranges = wider
        columns = np.flatnonzero(level == k)
        if len(columns):
            result[:, columns] = np.maximum(ranges[:, low[columns]], ranges[:, high[columns] - (1 << k)])
    return result


def _peaks(decibels: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Peaks that rule a neighbourhood of time and pitch: seconds and log2 hertz, both refined, by time."""
    frames, bins = decibels.shape
    column = np.arange(bins)
    half = np.maximum(2, np.round((column + _FIRST_BIN) * (2**_PEAK_HALF_OCTAVE - 1))).astype(np.intp)
    over_pitch = _sliding_max(decibels, np.maximum(column - half, 0), np.minimum(column + half + 1, bins))
    row = np.arange(frames)
    rising, falling = np.maximum(row - _PEAK_HALF_FRAMES, 0), np.minimum(row + _PEAK_HALF_FRAMES + 1, frames)
    ruler = _sliding_max(np.ascontiguousarray(over_pitch.T), rising, falling).T
    is_peak = (decibels >= ruler) & (decibels > decibels.max() - _FLOOR_DB)
    is_peak[[0, -1]] = False
    is_peak[:, [0, -1]] = False
    t, f = np.nonzero(is_peak)
    here = decibels[t, f].astype(np.float64)

    def refined(before: Floats, after: Floats) -> NDArray[np.float64]:
        curve = before + after - 2 * here
        return np.where(curve < -1e-6, (before - after) / np.minimum(2 * curve, -1e-6), 0.0)

    seconds = (t + refined(decibels[t - 1, f], decibels[t + 1, f])) * FRAME_S
    hertz = (f + _FIRST_BIN - 1 + refined(decibels[t, f - 1], decibels[t, f + 1])) * _BIN_HZ
    order = np.argsort(seconds, kind="stable")
    return seconds[order], np.log2(hertz[order])


def _threes(times: NDArray[np.float64], pitches: NDArray[np.float64]) -> tuple[NDArray[np.uint32], Floats]:
    """Landmarks and their times: every peak with each two of its next few neighbours."""
    n = len(times)
    reach = min(40, max(n - 1, 0))
    if reach < 2:
        return np.zeros(0, np.uint32), np.zeros(0, np.float32)
    other = np.arange(n)[:, None] + np.arange(1, reach + 1)[None, :]
    inside = other < n
    other = np.minimum(other, n - 1)
    later = times[other] - times[:, None]
    ratio = pitches[other] - pitches[:, None]
    near = inside & (later >= _NEAREST_S) & (later <= _FARTHEST_S) & (np.abs(ratio) < 1.0)
    rank = np.cumsum(near, axis=1)
    anchors, places = np.nonzero(near & (rank <= _NEIGHBOURS))
    slots = np.full((n, _NEIGHBOURS), -1, dtype=np.intp)
    slots[anchors, rank[anchors, places] - 1] = places
    landmarks, starts = [], []
    pitch = np.floor((pitches - np.log2(LOW_HZ / 2)) * _PITCH_STEPS).astype(np.uint32)
    ratio_step = np.floor((ratio + 1) * _RATIO_STEPS).astype(np.uint32)
    time_step = np.floor(later / _TIME_STEP_S).astype(np.uint32)
    for first in range(_NEIGHBOURS):
        for second in range(first + 1, _NEIGHBOURS):
            i = np.flatnonzero((slots[:, first] >= 0) & (slots[:, second] >= 0))
            j, k = slots[i, first], slots[i, second]
            code = pitch[i]
            for part, size in (
                (ratio_step[i, j], 128),
                (ratio_step[i, k], 128),
                (time_step[i, j], 32),
                (time_step[i, k], 32),
            ):
                code = code * np.uint32(size) + part
            landmarks.append(code)
            starts.append(times[i].astype(np.float32))
    return np.concatenate(landmarks).astype(np.uint32), np.concatenate(starts)


def _bands(power: Floats) -> NDArray[np.uint8]:
    edges = LOW_HZ * 2 ** (np.arange(_band_count() + 1) / BANDS_PER_OCTAVE)
    place = np.round(edges / _BIN_HZ).astype(np.intp) - (_FIRST_BIN - 1)
    pairs = power[: len(power) // 2 * 2].reshape(-1, 2, power.shape[1]).sum(axis=1)
    energy = np.add.reduceat(pairs[:, : place[-1]], place[:-1], axis=1)
    decibels = 10 * np.log10(energy + 1e-30)
    below: NDArray[np.uint8] = np.clip(np.round((decibels.max() - decibels) * 2), 0, 255).astype(np.uint8)
    return below
