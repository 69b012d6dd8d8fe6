"""Where notes begin and in what periods they do."""

from __future__ import annotations

import ducc0
import numpy as np

from genrelens.features.signal import HOP, N_FFT, Floats
from genrelens.features.spectrum import hann

TEMPOGRAM_LAGS = 128
"""Lags of the tempogram in frames: 0 to 127, that is 0 to 5.9 s."""

_FFT_LENGTH = 2 * TEMPOGRAM_LAGS


def onset_strength(log_mel: Floats) -> Floats:
    """How many decibels the mel bands gained since the frame before, `(frames, bands)` to `(frames,)`.

    Equals `librosa.onset.onset_strength(S=log_mel.T, hop_length=1024)` with its default window of 2048.
    """
    rises = np.maximum(np.diff(log_mel, axis=0), np.float32(0.0))
    envelope = np.zeros(log_mel.shape[0], np.float32)
    late = 1 + N_FFT // (
        2 * HOP
    )  # one frame for the difference, one for the window that begins before its centre
    envelope[late:] = rises.mean(axis=1)[: max(0, envelope.size - late)]
    return envelope


def tempogram(envelope: Floats) -> Floats:
    """Local autocorrelation of an onset envelope, `(frames,)` to `(frames, 128)`; lag 0 is 1, in silence 0.

    Equals `librosa.feature.tempogram(onset_envelope=envelope, win_length=128).T`: Grosche, Müller and Kurth,
    "Cyclic tempogram" (2010).

    Example:
        >>> beats = np.zeros(200, np.float32)
        >>> beats[::10] = 1.0
        >>> correlation = tempogram(beats)
        >>> bool(correlation[100, 10] > 0.5 > correlation[100, 5])
        True
    """
    half = TEMPOGRAM_LAGS // 2
    padded = np.pad(envelope, half, mode="linear_ramp", end_values=0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, TEMPOGRAM_LAGS)[: envelope.size]
    framed = np.zeros((envelope.size, _FFT_LENGTH), np.float32)
    np.multiply(windows, hann(TEMPOGRAM_LAGS), out=framed[:, :TEMPOGRAM_LAGS])
    spectrum = ducc0.fft.r2c(framed, axes=(1,))
    power = (spectrum * spectrum.conj()).real + np.complex64(0)
    lags = ducc0.fft.c2r(power, axes=(1,), forward=False, lastsize=_FFT_LENGTH)[:, :TEMPOGRAM_LAGS]
    largest = np.abs(lags).max(axis=1, keepdims=True)
    largest[largest < np.finfo(np.float32).tiny] = 1.0
    return np.asarray(lags / largest, np.float32)
