"""Descriptors of a spectrum's shape and of loudness, one value (or few) a frame, as librosa defines them.

All take a power spectrogram `(frames, 1025)` of a signal at 22050 Hz or the signal itself, and give float32
with the frames first. A spectrogram of fewer bins, the lowest ones, is described as if there were no others.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genrelens.features.products import product
from genrelens.features.scaling import POWER_FLOOR
from genrelens.features.signal import HOP, N_FFT, SAMPLE_RATE, Floats

CONTRAST_BANDS = 7
"""Below 200 Hz, five octaves from 200 to 6400 Hz, and the rest."""
_CONTRAST_LOWEST_HZ = 200.0
_CONTRAST_SHARE = 0.02
_ROLLOFF_SHARE = np.float32(0.85)
_SILENT_AMPLITUDE = np.float32(1e-10)


@lru_cache(maxsize=1)
def _bin_hertz() -> Floats:
    return np.asarray(np.arange(N_FFT // 2 + 1) * (SAMPLE_RATE / N_FFT), np.float32)


def spectral_centroid(magnitude_proportions: Floats) -> Floats:
    """Mean frequency in hertz, weighted by magnitude, `(frames,)`.

    Equals `librosa.feature.spectral_centroid`.

    Args:
        magnitude_proportions: magnitudes of which every frame sums to 1 (`magnitude_proportions`).
    """
    return product(magnitude_proportions, _bin_hertz()[: magnitude_proportions.shape[1]])


def spectral_bandwidth(magnitude_proportions: Floats, centroid: Floats) -> Floats:
    """Deviation in hertz from the centroid, `(frames,)`; equals `librosa.feature.spectral_bandwidth`.

    Args:
        magnitude_proportions: magnitudes of which every frame sums to 1.
        centroid: `spectral_centroid` of them.
    """
    distance = _bin_hertz()[: magnitude_proportions.shape[1]] - centroid[:, None]
    np.square(distance, out=distance)
    distance *= magnitude_proportions
    return np.asarray(np.sqrt(distance.sum(axis=1)))


def magnitude_proportions(power: Floats) -> Floats:
    """Magnitudes of a power spectrogram, every frame summing to 1, or to 0 in silence."""
    magnitudes: Floats = np.sqrt(power)
    sums = magnitudes.sum(axis=1, keepdims=True)
    sums[sums < np.finfo(np.float32).tiny] = 1.0
    magnitudes /= sums
    return magnitudes


def spectral_rolloff(magnitude_proportions: Floats) -> Floats:
    """Frequency in hertz below which 85 % of the magnitude lies, `(frames,)`; 0 in silence.

    Equals `librosa.feature.spectral_rolloff`.
    """
    total = np.cumsum(magnitude_proportions, axis=1)
    rolloff: Floats = _bin_hertz()[np.argmax(total >= _ROLLOFF_SHARE * total[:, -1:], axis=1)]
    return rolloff


def spectral_flatness(power: Floats) -> Floats:
    """Geometric over arithmetic mean of the powers, near 1 for noise, `(frames,)`.

    Equals `librosa.feature.spectral_flatness`.
    """
    floored = np.maximum(power, np.float32(POWER_FLOOR))
    arithmetic = floored.mean(axis=1)
    geometric = np.exp(np.log(floored).mean(axis=1))
    flatness: Floats = geometric / arithmetic
    return flatness


@lru_cache(maxsize=4)
def _contrast_bands(n_bins: int) -> tuple[tuple[int, int, int], ...]:
    """First bin, end bin, and how many of its bins are a valley or a peak, of every band.

    The bands overlap as librosa's do: each but the first also takes the bin before it, and each but the last
    leaves out its highest.
    """
    edges = [0.0, *(_CONTRAST_LOWEST_HZ * 2.0**octave for octave in range(CONTRAST_BANDS))]
    hertz = np.arange(n_bins) * (SAMPLE_RATE / N_FFT)
    bands = []
    for band, (low, high) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((hertz >= low) & (hertz <= high))
        first = int(inside[0]) - (band > 0)
        end = hertz.size if band == CONTRAST_BANDS - 1 else int(inside[-1]) + 1
        extreme = max(1, int(np.rint(_CONTRAST_SHARE * (end - first))))
        bands.append((first, end - (band < CONTRAST_BANDS - 1), extreme))
    return tuple(bands)


def spectral_valleys_and_peaks(power: Floats) -> tuple[Floats, Floats]:
    """Mean magnitude of the quietest and of the loudest 2 % of the bins of seven bands, two `(frames, 7)`.

    Their ratio in decibels is `librosa.feature.spectral_contrast`: Jiang et al., "Music type classification
    by spectral contrast feature" (2002).
    """
    valleys = np.empty((power.shape[0], CONTRAST_BANDS), np.float32)
    peaks = np.empty_like(valleys)
    for band, (first, end, extreme) in enumerate(_contrast_bands(power.shape[1])):
        bins = power[:, first:end]
        if extreme == 1:
            valleys[:, band] = np.sqrt(bins.min(axis=1))
            peaks[:, band] = np.sqrt(bins.max(axis=1))
            continue
        ordered = np.sort(bins, axis=1)  # NumPy sorts floats with wide registers; its partition does not
        valleys[:, band] = np.sqrt(ordered[:, :extreme]).mean(axis=1)
        peaks[:, band] = np.sqrt(ordered[:, -extreme:]).mean(axis=1)
    return valleys, peaks


def _sums_of_pairs(values: Floats | NDArray[np.bool_]) -> NDArray[np.float64]:
    """Sums over every window of two hops, advancing by one hop; the values are a multiple of the hop."""
    sums = values.reshape(-1, HOP).sum(axis=1, dtype=np.float64)
    return np.asarray(sums[:-1] + sums[1:])


def _padded_to_hops(samples: Floats, fill: str) -> Floats:
    """Half a window before and enough after for whole windows centred at every hop."""
    after = HOP + (-samples.size) % HOP
    return np.pad(samples, (HOP, after), mode="edge" if fill == "edge" else "constant")


def frame_rms(samples: Floats) -> Floats:
    """Root of the mean square of every frame of 2048 samples, `(frames,)`; equals `librosa.feature.rms`."""
    n_frames = 1 + samples.size // HOP
    energy = _sums_of_pairs(np.square(_padded_to_hops(samples, "zero")))[:n_frames]
    return np.sqrt(energy / N_FFT).astype(np.float32)


def zero_crossing_rate(samples: Floats) -> Floats:
    """Changes of sign a sample in every frame, `(frames,)`; equals `librosa.feature.zero_crossing_rate`."""
    n_frames = 1 + samples.size // HOP
    negative = _padded_to_hops(samples, "edge") < -_SILENT_AMPLITUDE
    crossed = np.zeros(negative.size, np.bool_)
    np.not_equal(negative[1:], negative[:-1], out=crossed[1:])
    counts = _sums_of_pairs(crossed)[:n_frames]
    # A frame does not look back beyond its first sample.
    counts -= crossed[: n_frames * HOP : HOP]
    return (counts / N_FFT).astype(np.float32)
