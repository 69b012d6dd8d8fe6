"""How fast, and over frequency how finely, the channels of an auditory spectrogram go up and down.

`temporal_modulations` has one axis of modulation, after Sukittanon, Atlas and Pitton, *Modulation-scale
analysis for content identification* (2004); `cortical_modulations` has two, after the model of the auditory
cortex of Wang and Shamma, *Spectral shape analysis in the central auditory system* (1995), and Chi, Ru and
Shamma, *Multiresolution spectrotemporal analysis of complex sounds* (2005).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def temporal_modulations(spectrogram: Floats, frame_rate: float, rates: Sequence[float]) -> Floats:
    """The mean magnitude of every channel's fluctuation at each rate.

    A band-pass filter two octaves wide from end to end stands at each rate: a cosine's half wave on the
    logarithmic axis.

    Args:
        spectrogram: (channels, frames).
        frame_rate: frames a second.
        rates: Hz, under half of the frame rate.

    Returns:
        (rates, channels): the amplitude of a sinusoidal fluctuation at that very rate.

    Example:
        >>> wave = 1 + 0.5 * np.sin(2 * np.pi * 8 * np.arange(512) / 128)
        >>> temporal_modulations(wave[None].astype(np.float32), 128.0, (2, 8, 32)).round(2)[:, 0].tolist()
        [0.0, 0.5, 0.0]
    """
    from scipy.fft import ifft, next_fast_len, rfft

    frames = next_fast_len(spectrogram.shape[1])
    centred = spectrogram - spectrogram.mean(axis=1, keepdims=True)
    spectrum = rfft(centred, frames, axis=1)
    found = np.empty((len(rates), len(spectrogram)), np.float32)
    for at, rate in enumerate(rates):
        first, weights = _octave(rate, frames, frame_rate)
        band = spectrum[:, first : first + len(weights)] * weights[: spectrum.shape[1] - first]
        fluctuation = ifft(band, next_fast_len(len(weights) + 1), axis=1)
        found[at] = np.abs(fluctuation).mean(axis=1) * (2 * fluctuation.shape[1] / frames)
    return found


def cortical_modulations(
    spectrogram: Floats, frame_rate: float, per_octave: float, rates: Sequence[float], scales: Sequence[float]
) -> Floats:
    """The mean magnitude of ripples of each rate and scale around every channel.

    Args:
        spectrogram: (channels, frames).
        frame_rate: frames a second.
        per_octave: channels an octave.
        rates: Hz, under half of the frame rate; each of them in both directions.
        scales: cycles an octave, under half of the channels an octave.

    Returns:
        (scales, 2 rates, channels): first the ripples that move upwards in frequency at each rate, then those
        that move downwards.

    Example:
        >>> at = 2 * np.pi * (4 * np.arange(256)[None] / 128 - 1 * np.arange(96)[:, None] / 24)
        >>> upwards = (1 + np.cos(at)).astype(np.float32)
        >>> found = cortical_modulations(upwards, 128.0, 24.0, (4.0, 16.0), (1.0, 4.0))
        >>> found[:, :, 48].round(1).tolist()
        [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    from scipy.fft import fft, ifft, next_fast_len, rfft

    channels, frames = len(spectrogram), next_fast_len(spectrogram.shape[1])
    bins = next_fast_len(2 * channels)  # zeros keep the top from touching the bottom
    centred = spectrogram - spectrogram.mean(axis=1, keepdims=True)
    over_time = rfft(centred, frames, axis=1)
    found = np.empty((len(scales), 2 * len(rates), channels), np.float32)
    for at, rate in enumerate(rates):
        first, weights = _octave(rate, frames, frame_rate)
        band = over_time[:, first : first + len(weights)] * weights[: over_time.shape[1] - first]
        ripples = fft(band, bins, axis=0)
        for row, scale in enumerate(scales):
            start, over_scale = _octave(scale, bins, per_octave)
            upwards = -np.arange(start, start + len(over_scale))  # the later, the higher: the phase falls
            for column, rows in ((at, upwards), (at + len(rates), -upwards)):
                chosen = np.zeros((bins, next_fast_len(len(weights) + 1)), np.complex64)
                chosen[rows, : band.shape[1]] = ripples[rows] * over_scale[:, None]
                magnitudes = np.abs(ifft(ifft(chosen, axis=0)[:channels], axis=1))
                found[row, column] = magnitudes.mean(axis=1) * (2 * chosen.shape[1] / frames)
    return found


def _octave(centre: float, length: int, rate: float) -> tuple[int, Floats]:
    """A filter's first bin in the spectrum of so many values at that rate, and its weights from there on."""
    first = int(length * centre / 2 / rate) + 1
    at = np.arange(first, int(np.ceil(min(2 * centre, rate / 2) * length / rate)))
    if not len(at):  # an excerpt so short that no bin lies inside
        return first, np.zeros(1, np.float32)
    return first, np.cos(np.pi / 2 * np.log2(at * rate / length / centre)).astype(np.float32)
