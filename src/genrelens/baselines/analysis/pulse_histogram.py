"""How strongly a recording pulses at which tempo, after the beat histogram of Tzanetakis and Cook (2002).

There, envelopes of octave bands are added up, autocorrelated over some three seconds, and the peaks of each
stretch are added to a histogram over beats a minute. Here the envelope is the onset strength of
`features.rhythm`, every 23 ms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features import HOP, SAMPLE_RATE, Analysis
from genrelens.features.analysis import mel_of_power
from genrelens.features.rhythm import onset_strength
from genrelens.features.scaling import decibels

Doubles = NDArray[np.float64]

ENVELOPE_RATE = 2 * SAMPLE_RATE / HOP
"""Values of the envelope a second, 43.07."""
SLOWEST, FASTEST = 40, 200
"""Beats a minute, of the first and of the last place of the histogram."""
STRETCH = 256
"""Values that are correlated with themselves at a time, 5.9 s."""
BANDS = 16
"""Of the histogram, ten beats a minute each, in its summary."""
SUMMARY = 6 + 2 + BANDS
"""Numbers of `summary`."""

_STEP = STRETCH // 4
_PEAKS = 3
_FIRST_LAG = int(60 * ENVELOPE_RATE / FASTEST)
_END_LAG = int(60 * ENVELOPE_RATE / SLOWEST) + 2
_APART = 10
"""Beats a minute by which the second peak of a histogram differs from the first at least."""


def onset_envelope(analysis: Analysis) -> Doubles:
    """Onset strength every half hop, `(frames,)`, 43.07 a second, not negative."""
    first, second = analysis.power, analysis.power_between
    power = np.empty((len(first) + len(second), first.shape[1]), np.float32)
    power[0::2], power[1::2] = first, second
    return onset_strength(decibels(mel_of_power(power))).astype(np.float64)


def pulse_histogram(envelope: Doubles) -> Doubles:
    """Heights of the autocorrelation's peaks by tempo, `(161,)`, for 40 to 200 beats a minute, 0 to 3.

    Of every stretch of 5.9 s the three highest peaks are taken; the mean over stretches is smoothed over five
    beats a minute. 0 everywhere where nothing repeats.

    Args:
        envelope: onset strength, (frames,), 43.07 a second.

    Example:
        >>> envelope = np.zeros(1292)
        >>> envelope[::22] = 1.0                                   # 117.5 beats a minute
        >>> int(pulse_histogram(envelope).argmax()) + SLOWEST
        117
    """
    correlation = _autocorrelations(envelope)
    histogram = np.zeros(FASTEST - SLOWEST + 1)
    middle = correlation[:, _FIRST_LAG:_END_LAG]
    before, after = (correlation[:, _FIRST_LAG + by : _END_LAG + by] for by in (-1, 1))
    peaks = np.where((middle > before) & (middle >= after) & (middle > 0), middle, 0.0)
    highest = np.argsort(-peaks, axis=1, kind="stable")[:, :_PEAKS]
    stretch = np.arange(len(peaks))[:, None]
    heights = peaks[stretch, highest]
    slope, curvature = after - before, before - 2 * middle + after
    shift = np.where(peaks > 0, -slope / (2 * np.where(curvature == 0, -1.0, curvature)), 0.0)
    tempo = 60 * ENVELOPE_RATE / (_FIRST_LAG + highest + shift[stretch, highest])
    places = np.rint(tempo).astype(np.intp) - SLOWEST
    inside = (heights > 0) & (places >= 0) & (places < len(histogram))
    np.add.at(histogram, places[inside], heights[inside])
    return np.convolve(histogram / len(peaks), [1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9], mode="same")


def _autocorrelations(envelope: Doubles) -> Doubles:
    """Of each stretch, divided by that at lag 0; `(stretches, STRETCH)`."""
    whole = np.pad(envelope, (0, max(0, STRETCH - len(envelope))))
    stretches = np.lib.stride_tricks.sliding_window_view(whole, STRETCH)[::_STEP]
    centred = stretches - stretches.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * STRETCH, axis=1)
    found = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, :STRETCH]
    energy = found[:, :1]
    return np.asarray(found / np.where(energy > 1e-9, energy, np.inf))


def summary(histogram: Doubles) -> Doubles:
    """What a histogram of pulses amounts to, `(SUMMARY,)`.

    Proportion of the highest and of the second peak in the whole, the second relative to the first, the tempo
    of both in beats a minute, the sum (these six as Tzanetakis and Cook take them); how concentrated it is
    (1 less entropy over its largest value) and its mean tempo; the proportion of each ten beats a minute. All
    0 where nothing repeats.

    Example:
        >>> histogram = np.zeros(161)
        >>> histogram[[20, 80]] = 1.0, 3.0                       # 60 and 120 beats a minute
        >>> summary(histogram)[:6].round(2).tolist()
        [0.75, 0.25, 0.33, 120.0, 60.0, 4.0]
    """
    total = float(histogram.sum())
    if total <= 0:
        return np.zeros(SUMMARY)
    tempo = np.arange(SLOWEST, FASTEST + 1)
    first = int(histogram.argmax())
    others = np.where(np.abs(tempo - tempo[first]) >= _APART, histogram, 0.0)
    second = int(others.argmax())
    found = bool(others[second] > 0)
    proportions = histogram / total
    entropy = -float((proportions * np.log(np.maximum(proportions, 1e-12))).sum())
    strongest = [histogram[first] / total, others[second] / total, others[second] / histogram[first]]
    tempi = [float(tempo[first]), float(tempo[second]) if found else 0.0]
    shape = [1 - entropy / np.log(len(histogram)), float((proportions * tempo).sum())]
    bands = np.add.reduceat(proportions, np.arange(BANDS) * 10)
    return np.concatenate([strongest, tempi, [total], shape, bands])
