"""The constant-Q transform: 36 bins an octave over seven octaves from C1, as librosa's chroma needs it.

Schörkhuber and Klapuri, "Constant-Q transform toolbox for music processing" (2010): the filters of the top
octave serve all octaves, on a signal whose rate is halved from one octave to the next. The filters fit into
1024 samples, so an octave is the product of its frames with one kernel matrix, which takes less time than
their spectra would.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import soxr

from genrelens.features.products import product
from genrelens.features.signal import HOP, SAMPLE_RATE, Floats, frame_count
from genrelens.features.spectrum import hann64

BINS_PER_OCTAVE = 36
OCTAVES = 7
N_BINS = BINS_PER_OCTAVE * OCTAVES
LOWEST_HZ = 440.0 * 2.0 ** ((24 - 69) / 12)
"""C1, where the first bin lies at tuning 0."""

_LENGTH = 1024  # samples of a kernel
_DISCARDED = 0.01  # proportion of a filter's spectral magnitudes that librosa sets to zero, smallest first
_FRAMES_AT_ONCE = 96


def _sparse(spectra: np.ndarray) -> np.ndarray:
    """The rows without their smallest entries, which together make up `_DISCARDED` of a row's magnitudes.

    Equals `librosa.util.sparsify_rows`.
    """
    magnitudes = np.abs(spectra)
    ascending = np.sort(magnitudes, axis=1)
    proportions = np.cumsum(ascending / magnitudes.sum(axis=1, keepdims=True), axis=1)
    first_kept = np.argmin(proportions < _DISCARDED, axis=1)
    thresholds = np.take_along_axis(ascending, first_kept[:, None], axis=1)
    return np.where(magnitudes >= thresholds, spectra, 0)


@lru_cache(maxsize=100)
def kernels(tuning: float) -> Floats:
    """The top octave's filters in the time domain, `(1024, 72)` float32: 36 real, then 36 imaginary parts.

    Equals the product of the discrete Fourier transform with `librosa.filters.wavelet`'s sparsified spectra,
    scaled as `librosa.cqt(scale=True)` does.

    Args:
        tuning: in fractions of a bin, -0.5 to 0.5.
    """
    lowest = LOWEST_HZ * 2.0 ** (tuning / BINS_PER_OCTAVE)
    hertz = lowest * 2.0 ** (np.arange(N_BINS - BINS_PER_OCTAVE, N_BINS) / BINS_PER_OCTAVE)
    ratio = 2.0 ** (2.0 / BINS_PER_OCTAVE)
    quality = (ratio + 1) / (ratio - 1)
    lengths = quality * SAMPLE_RATE / hertz
    wavelets = np.zeros((BINS_PER_OCTAVE, _LENGTH), np.complex64)
    for wavelet, length, frequency in zip(wavelets, lengths, hertz, strict=True):
        times = np.arange(-length // 2, length // 2)
        wave = np.exp(2j * np.pi * frequency / SAMPLE_RATE * times) * hann64(times.size)
        start = (_LENGTH - times.size) // 2
        wavelet[start : start + times.size] = wave / np.abs(wave).sum()
    wavelets *= (lengths / _LENGTH)[:, None]
    spectra = _sparse(np.fft.fft(wavelets, axis=1)[:, : _LENGTH // 2 + 1])
    # sum_f spectra[k, f] rfft(frame)[f] = sum_n frame[n] fft(spectra[k], 1024)[n]
    responses = np.fft.fft(spectra, _LENGTH, axis=1) / np.sqrt(lengths)[:, None]
    return np.ascontiguousarray(np.concatenate([responses.real, responses.imag]).T, np.float32)


def _half_rate(samples: Floats) -> Floats:
    """Every second sample after a low-pass, `(ceil(n / 2),)`, scaled so that the energy stays.

    Equals `librosa.resample(samples, orig_sr=2, target_sr=1, scale=True)`.
    """
    length = -(-samples.size // 2)
    halved = soxr.resample(samples, 2, 1, "HQ")[:length]
    out = np.zeros(length, np.float32)
    np.multiply(halved, np.float32(np.sqrt(2.0)), out=out[: halved.size])
    return out


def constant_q(samples: Floats, tuning: float) -> Floats:
    """Magnitudes of the constant-Q transform, `(frames, 252)` float32, lowest bin first.

    Equals `np.abs(librosa.cqt(samples, hop_length=1024, n_bins=252, bins_per_octave=36, tuning=tuning)).T`.

    Args:
        samples: mono samples at 22050 Hz, shape (n,).
        tuning: in fractions of a bin, -0.5 to 0.5.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050)).astype(np.float32)
        >>> magnitudes = constant_q(tone, 0.0)
        >>> magnitudes.shape, int(magnitudes[10].argmax()) / 36      # A4 lies 3.75 octaves above C1
        ((22, 252), 3.75)
    """
    n_frames = frame_count(samples.size)
    bank = kernels(tuning)
    out = np.empty((n_frames, N_BINS), np.float32)
    half = _LENGTH // 2
    block = np.empty((min(n_frames, _FRAMES_AT_ONCE), _LENGTH), np.float32)
    for octave in range(OCTAVES):
        hop = HOP >> octave
        padded = np.zeros((n_frames - 1) * hop + _LENGTH + hop, np.float32)
        padded[half : half + samples.size] = samples[: padded.size - half]
        frames = np.lib.stride_tricks.sliding_window_view(padded, _LENGTH)[::hop]
        first = N_BINS - (octave + 1) * BINS_PER_OCTAVE
        for start in range(0, n_frames, _FRAMES_AT_ONCE):
            stop = min(n_frames, start + _FRAMES_AT_ONCE)
            batch = block[: stop - start]
            batch[:] = frames[start:stop]
            parts = product(batch, bank)
            np.hypot(
                parts[:, :BINS_PER_OCTAVE],
                parts[:, BINS_PER_OCTAVE:],
                out=out[start:stop, first : first + BINS_PER_OCTAVE],
            )
        if octave + 1 < OCTAVES:
            samples = _half_rate(samples)
    return out
