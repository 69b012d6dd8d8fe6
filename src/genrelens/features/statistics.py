"""One wide vector of statistics of a signal, for a classifier that takes no sequence.

Every entry is independent of the signal's level (it is brought to one first), and most are independent of its
key; all mean something for two seconds of sound as well as for thirty. The entries come in groups: adding
statistics is adding a function to `_GROUPS`. What each frame-wise descriptor is stands with its function in
`descriptors`, `cepstrum`, `chroma` and `rhythm`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genrelens.features import cepstrum, chroma, constantq, descriptors, rhythm
from genrelens.features.analysis import N_MELS, Analysis, mel_of_power
from genrelens.features.products import product
from genrelens.features.scaling import decibels, normalized
from genrelens.features.signal import HOP, N_FFT, SAMPLE_RATE, Floats
from genrelens.features.spectrum import hann

LEVEL = 0.1
"""Root mean square to which a signal is brought before logarithms with a fixed floor are taken."""
HIGHEST_HZ = 10000.0
"""Nothing above is used: whether a recording reaches to 11 kHz depends on its resampler, not on its music."""
HISS = 10.0 ** (-70 / 20)
"""Level of a noise, relative to the signal's, that covers what differs from codec to codec in silence."""

_END_BIN = int(HIGHEST_HZ * N_FFT / SAMPLE_RATE)
_HISS_POWER = np.float32((HISS * LEVEL) ** 2 * np.square(hann(N_FFT)).sum())
_FRAMES_A_SECOND = SAMPLE_RATE / HOP
_COARSE_BANDS, _BROAD_BANDS = 32, 8
_CHANGE_LAGS = (1, 2, 4, 8, 16)
_CORRELATED_MFCC = 8
_TEMPO_LAGS = (8, 24)
"""Frames from beat to beat between which the pulse is looked for: 161 to 54 beats a minute."""
_LAG_EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 26, 30, 36, 44, 54, 68, 88, 128)

Doubles = NDArray[np.float64]


class _Levelled:
    """A signal's descriptors as they are when its root mean square is `LEVEL`; silence stays silent."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        mean_square = float(np.square(analysis.samples).mean(dtype=np.float64))
        audible = mean_square > float(np.finfo(np.float32).tiny)
        self.gain = LEVEL / np.sqrt(mean_square) if audible else 1.0

    @cached_property
    def power(self) -> Floats:
        """Power spectrogram under `HISS` and without what lies above `HIGHEST_HZ`, `(frames, 1025)`."""
        power = np.empty_like(self.analysis.power)
        np.multiply(self.analysis.power[:, :_END_BIN], np.float32(self.gain**2), out=power[:, :_END_BIN])
        power[:, _END_BIN:] = 0.0
        power += _HISS_POWER
        return power

    @property
    def power_below_limit(self) -> Floats:
        """The bins of `power` below `HIGHEST_HZ`, `(frames, 928)`."""
        return self.power[:, :_END_BIN]

    @cached_property
    def log_mel(self) -> Floats:
        return decibels(mel_of_power(self.power))

    @cached_property
    def relative_mel(self) -> Floats:
        """Mel bands in dB above the mean of the whole track."""
        return np.asarray(self.log_mel - self.log_mel.mean())

    @cached_property
    def mfcc(self) -> Floats:
        return cepstrum.mfcc(self.log_mel)

    @cached_property
    def onsets(self) -> Floats:
        return rhythm.onset_strength(self.log_mel)

    @cached_property
    def tempogram(self) -> Floats:
        return rhythm.tempogram(self.onsets)

    @cached_property
    def rms_db(self) -> Floats:
        """Loudness of every frame in dB relative to the track's, at least -80."""
        rms = descriptors.frame_rms(self.analysis.samples) * np.float32(self.gain / LEVEL)
        return np.asarray(20 * np.log10(np.maximum(rms, np.float32(1e-4))))


def _skewness(rows: Floats) -> Doubles:
    """Third standardised moment of every column, 0 for a constant one."""
    centred = rows - rows.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    cubes = (centred**3).mean(axis=0)
    return np.where(deviation > 1e-6, cubes / np.maximum(deviation, 1e-6) ** 3, 0.0)


def _mean_and_std(rows: Floats) -> Doubles:
    return np.concatenate([rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)])


def _std(rows: Floats) -> Doubles:
    return np.asarray(rows.std(axis=0, dtype=np.float64))


def _bands(log_mel: Floats, count: int) -> Floats:
    """Neighbouring mel bands averaged in dB, `(frames, count)`."""
    return np.asarray(log_mel.reshape(log_mel.shape[0], count, -1).mean(axis=2))


def _mel_statistics(signal: _Levelled) -> Doubles:
    return _mean_and_std(_bands(signal.relative_mel, _COARSE_BANDS))


def _mel_changes(signal: _Levelled) -> Doubles:
    """How far broad bands move in 1 to 16 frames: rough or percussive sound fast, swelling sound slowly."""
    bands = _bands(signal.log_mel, _BROAD_BANDS)
    changes = []
    for lag in _CHANGE_LAGS:
        lag = min(lag, bands.shape[0] - 1)
        moved = np.abs(bands[lag:] - bands[: bands.shape[0] - lag])
        changes.append(moved.mean(axis=0, dtype=np.float64))
    return np.concatenate(changes)


def _mfcc_statistics(signal: _Levelled) -> Doubles:
    return np.concatenate([_mean_and_std(signal.mfcc), _skewness(signal.mfcc)])


def _mfcc_movement(signal: _Levelled) -> Doubles:
    return np.concatenate([_std(cepstrum.delta(signal.mfcc, order)) for order in (1, 2)])


_PAIRS = np.triu_indices(_CORRELATED_MFCC, 1)


def _mfcc_correlation(signal: _Levelled) -> Doubles:
    """Correlations among the first coefficients; 0 where one is constant."""
    rows = signal.mfcc[:, :_CORRELATED_MFCC].astype(np.float64)
    rows -= rows.mean(axis=0)
    rows /= np.maximum(np.sqrt(np.square(rows).sum(axis=0)), 1e-6)
    return np.asarray(product(rows.T, rows)[_PAIRS])


def _contrast(signal: _Levelled) -> Doubles:
    valleys, peaks = (
        decibels(part) for part in descriptors.spectral_valleys_and_peaks(signal.power_below_limit)
    )
    level = (peaks - peaks.mean()).mean(axis=0, dtype=np.float64)
    return np.concatenate([_mean_and_std(peaks - valleys), level])


def _shape(signal: _Levelled) -> Doubles:
    """Mean, deviation, 10th and 90th percentile of five descriptors of the spectrum."""
    proportions = descriptors.magnitude_proportions(signal.power_below_limit)
    centroid = descriptors.spectral_centroid(proportions)
    hertz = np.stack(
        [
            centroid,
            descriptors.spectral_bandwidth(proportions, centroid),
            descriptors.spectral_rolloff(proportions),
        ]
    )
    octaves = np.log2(np.maximum(hertz, np.float32(20.0)) / np.float32(1000.0))
    flatness = np.log10(descriptors.spectral_flatness(signal.power_below_limit))
    crossings = descriptors.zero_crossing_rate(signal.analysis.samples)
    rows = np.stack([*octaves, flatness, crossings], axis=1)
    return np.concatenate([_mean_and_std(rows), *np.percentile(rows, (10, 90), axis=0)])


def _tonality(rows: Floats) -> Doubles:
    """Statistics of a chromagram that do not depend on the key.

    Mean proportions from the strongest class to the weakest, how alike the mean chroma is to itself
    transposed by one to six semitones, mean and deviation of the entropy, and how much changes from frame to
    frame.
    """
    proportions = normalized(rows, "sum").astype(np.float64)
    mean = proportions.mean(axis=0)
    centred = mean - mean.mean()
    transposed = np.array([centred @ np.roll(centred, step) for step in range(1, 7)])
    transposed /= max(centred @ centred, 1e-12)
    entropy = -(proportions * np.log(np.maximum(proportions, 1e-12))).sum(axis=1)
    movement = np.abs(np.diff(proportions, axis=0)).sum(axis=1)
    flux = movement.mean() if movement.size else 0.0
    return np.concatenate([np.sort(mean)[::-1], transposed, [entropy.mean(), entropy.std(), flux]])


def _octaves(signal: _Levelled) -> Doubles:
    """Proportion of each octave from C1 up in the constant-Q transform: mean and deviation."""
    rows = signal.analysis.constant_q
    octaves = rows.reshape(rows.shape[0], constantq.OCTAVES, -1).sum(axis=2)
    return _mean_and_std(normalized(octaves, "sum"))


def _tonal_movement(signal: _Levelled) -> Doubles:
    """Deviations of the tonal centroid, its mean distance from the centres, and how fast it moves."""
    rows = chroma.tonnetz(signal.analysis.chroma_cqt).astype(np.float64)
    radii = np.hypot(rows[:, ::2], rows[:, 1::2])
    of_mean = np.hypot(rows.mean(axis=0)[::2], rows.mean(axis=0)[1::2])
    speed = np.sqrt(np.square(np.diff(rows, axis=0)).sum(axis=1))
    moving = [speed.mean(), speed.std()] if speed.size else [0.0, 0.0]
    return np.concatenate([rows.std(axis=0), radii.mean(axis=0), of_mean, moving])


def _pulse(signal: _Levelled) -> Doubles:
    """Autocorrelation of the onsets in bands of lags, and how strong and how fast the strongest pulse is."""
    mean = signal.tempogram.mean(axis=0, dtype=np.float64)
    bands = np.add.reduceat(mean, _LAG_EDGES[:-1]) / np.diff(_LAG_EDGES)
    low, high = _TEMPO_LAGS
    beat = low + int(np.argmax(mean[low : high + 1]))
    strength = mean[beat] - np.median(mean[1:])
    proportions = mean[1:] / max(mean[1:].sum(), 1e-12)
    entropy = -(proportions * np.log(np.maximum(proportions, 1e-12))).sum()
    return np.concatenate([bands, [strength, np.log2(beat / low), entropy, signal.tempogram.std()]])


def _onsets(signal: _Levelled) -> Doubles:
    """Height, spread and rate of the onsets, and how evenly they follow each other."""
    envelope = signal.onsets.astype(np.float64)
    mean, deviation = envelope.mean(), envelope.std()
    middle = envelope[1:-1]
    is_onset = (middle > envelope[:-2]) & (middle >= envelope[2:]) & (middle > mean + 0.5 * deviation)
    gaps = np.diff(np.flatnonzero(is_onset))
    unevenness = gaps.std() / gaps.mean() if gaps.size > 1 else 0.0
    seconds = envelope.size / _FRAMES_A_SECOND
    quantiles = np.percentile(envelope, (50, 90, 99))
    skewness = _skewness(signal.onsets[:, None])[0]
    return np.array([mean, deviation, *quantiles, skewness, is_onset.sum() / seconds, unevenness])


def _dynamics(signal: _Levelled) -> Doubles:
    """How the loudness is spread and moves, in dB; how far the largest sample stands above the level."""
    level = signal.rms_db.astype(np.float64)
    steps = np.abs(np.diff(level))
    peak = max(float(np.abs(signal.analysis.samples).max()) * signal.gain / LEVEL, 1e-4)
    quantiles = np.percentile(level, (5, 25, 50, 75, 95))
    quiet = (level < -6.0).mean()
    return np.array(
        [level.std(), *quantiles, quiet, steps.mean() if steps.size else 0.0, 20 * np.log10(peak)]
    )


@dataclass(frozen=True)
class _Group:
    name: str
    labels: tuple[str, ...]
    compute: Callable[[_Levelled], Doubles]


def _numbered(statistics: str, count: int) -> tuple[str, ...]:
    """Labels of several statistics of `count` columns each."""
    return tuple(f"{statistic}-{column}" for statistic in statistics.split() for column in range(count))


_CHROMA_LABELS = (
    *(f"strongest-{place}" for place in range(1, chroma.PITCH_CLASSES + 1)),
    *(f"transposed-{step}" for step in range(1, 7)),
    *("entropy", "entropy-std", "flux"),
)

_GROUPS = (
    _Group("mel", _numbered("mean std", _COARSE_BANDS), _mel_statistics),
    _Group(
        "mel-change",
        tuple(f"lag{lag}-{b}" for lag in _CHANGE_LAGS for b in range(_BROAD_BANDS)),
        _mel_changes,
    ),
    _Group("mfcc", _numbered("mean std skewness", cepstrum.N_MFCC), _mfcc_statistics),
    _Group("mfcc-movement", _numbered("delta delta2", cepstrum.N_MFCC), _mfcc_movement),
    _Group("mfcc-correlation", tuple(f"{a}-{b}" for a, b in zip(*_PAIRS, strict=True)), _mfcc_correlation),
    _Group("contrast", _numbered("mean std peak", descriptors.CONTRAST_BANDS), _contrast),
    _Group(
        "shape",
        tuple(
            f"{name}-{statistic}"
            for statistic in ("mean", "std", "low", "high")
            for name in ("centroid", "bandwidth", "rolloff", "flatness", "crossings")
        ),
        _shape,
    ),
    _Group("chroma-cqt", _CHROMA_LABELS, lambda signal: _tonality(signal.analysis.chroma_cqt)),
    _Group(
        "chroma-stft",
        _CHROMA_LABELS,
        lambda signal: _tonality(chroma.chroma_stft(signal.analysis.power, signal.analysis.semitone_tuning)),
    ),
    _Group("octaves", _numbered("mean std", constantq.OCTAVES), _octaves),
    _Group(
        "tonnetz",
        (*_numbered("std", 6), *_numbered("radius radius-of-mean", 3), "speed", "speed-std"),
        _tonal_movement,
    ),
    _Group(
        "pulse",
        (*(f"lags-from-{lag}" for lag in _LAG_EDGES[:-1]), "strength", "octaves-slower", "entropy", "std"),
        _pulse,
    ),
    _Group(
        "onsets",
        ("mean", "std", "median", "p90", "p99", "skewness", "rate", "unevenness"),
        _onsets,
    ),
    _Group("dynamics", ("std", "p5", "p25", "median", "p75", "p95", "quiet", "steps", "crest"), _dynamics),
)

SIGNAL_NAMES: tuple[str, ...] = tuple(f"{group.name}/{label}" for group in _GROUPS for label in group.labels)
"""What each entry of `signal_statistics` is, `GROUP/STATISTIC`."""
SIGNAL_WIDTH = len(SIGNAL_NAMES)
"""Entries of `signal_statistics`."""

assert N_MELS % _COARSE_BANDS == N_MELS % _BROAD_BANDS == 0


def signal_statistics(samples: object | Analysis) -> Floats:
    """A wide description of a signal, `(SIGNAL_WIDTH,)` float32, finite, the same at any level.

    Args:
        samples: mono samples at 22050 Hz, shape (n,) floats; or an `Analysis`, whose spectra are then reused.

    Raises:
        SignalError: the samples are no mono signal of finite floats.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(44100)).astype(np.float32)
        >>> statistics = dict(zip(SIGNAL_NAMES, signal_statistics(tone)))
        >>> round(float(statistics["dynamics/crest"]), 1)                         # a sine's crest is 3 dB
        3.0
    """
    analysis = samples if isinstance(samples, Analysis) else Analysis(samples)
    signal = _Levelled(analysis)
    return np.concatenate([group.compute(signal) for group in _GROUPS]).astype(np.float32)
