"""How fast and how regularly a piece beats, from the autocorrelation of its onsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features.signal import HOP, SAMPLE_RATE, Floats

FRAMES_A_SECOND = SAMPLE_RATE / HOP
SLOWEST, FASTEST = 40.0, 240.0
"""Beats a minute between which a pulse is looked for."""
PULSE_WIDTH = 10


def pulse(onsets: Floats, tempogram: Floats) -> NDArray[np.float64]:
    """Statistics of the beat, (10,).

    Tempo of the strongest pulse and of the next one that is apart from it, in octaves about 120 beats a
    minute; their strengths, 0 to 1, and the strength of the second relative to the first; how strong all
    pulses are on average; how much the strongest varies over time; onsets a second; mean over largest onset,
    and deviation over mean of the onsets.

    Args:
        onsets: (frames,) onset strength, at a hop of 1024 samples.
        tempogram: (frames, lags) its local autocorrelation, lag 0 at 1.

    Example:
        >>> from genrelens.features.rhythm import tempogram
        >>> onsets = np.zeros(600, np.float32)
        >>> onsets[::10] = 1.0                                     # every 0.464 s: 129 beats a minute
        >>> round(120 * 2 ** float(pulse(onsets, tempogram(onsets))[0]))
        129
    """
    mean = tempogram.mean(axis=0, dtype=np.float64)
    lags = np.arange(1, len(mean) - 1)
    beats = 60 * FRAMES_A_SECOND / lags
    peak = (mean[lags] >= mean[lags - 1]) & (mean[lags] > mean[lags + 1])
    candidates = lags[peak & (beats >= SLOWEST) & (beats <= FASTEST)]
    ordered = candidates[np.argsort(-mean[candidates], kind="stable")][:2]
    tempi = [_octaves(mean, int(lag)) for lag in ordered] + [0.0] * (2 - len(ordered))
    strengths = [float(mean[lag]) for lag in ordered] + [0.0] * (2 - len(ordered))
    first, second = strengths
    variation = float(tempogram[:, ordered[0]].std()) if len(ordered) else 0.0
    return np.array(
        [
            *tempi,
            first,
            second,
            second / first if first > 0 else 0.0,
            mean[lags].mean(),
            variation,
            *_onset_statistics(onsets.astype(np.float64)),
        ]
    )


def _octaves(mean: NDArray[np.float64], lag: int) -> float:
    """Of the tempo at a peak, between the lags by the parabola through it and its neighbours."""
    before, at, after = mean[lag - 1 : lag + 2]
    bend = before - 2 * at + after
    exact = lag + (0.5 * (before - after) / bend if bend < 0 else 0.0)
    return float(np.log2(60 * FRAMES_A_SECOND / exact / 120))


def _onset_statistics(onsets: NDArray[np.float64]) -> tuple[float, float, float]:
    mean, largest = onsets.mean(), onsets.max()
    if largest <= 0:
        return 0.0, 0.0, 0.0
    inner = onsets[1:-1]
    peaks = (inner >= onsets[:-2]) & (inner > onsets[2:]) & (inner > mean + onsets.std())
    seconds = len(onsets) / FRAMES_A_SECOND
    return float(peaks.sum() / seconds), float(mean / largest), float(onsets.std() / mean)
