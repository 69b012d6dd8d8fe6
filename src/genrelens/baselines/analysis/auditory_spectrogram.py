"""What the first stages of hearing make of a sound: a sharpened spectrogram on a logarithmic axis.

Yang, Wang and Shamma, *Auditory representations of acoustic signals* (1992), and Wang and Shamma,
*Self-normalization and noise-robustness in early auditory representations* (1994): a bank of constant-Q
filters (the cochlea), the difference of every channel and the one below it (lateral inhibition), of which the
positive half-waves stay, and integration over a few milliseconds.

Here the differences are taken between the filters, whose hair cells are linear, half-wave rectification and
integration are the magnitude of positive frequencies, averaged over a frame, and the cube root compresses
last: so the spectrogram comes from one Fourier transform of the whole excerpt. The original's filters have
phases too. 24 channels an octave (as a rule) and a rate of 16 kHz are those of the authors' NSL toolbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 16000
"""Hz, of the samples."""

FINEST = 1024
"""Frames a second, enough for modulations of 256 Hz and their upper sideband."""

Floats = NDArray[np.float32]

_STEEPNESS, _FALL = 0.3, 8.0  # a filter is x**0.3 * exp(-8 x), x octaves below where it ends
_ABOVE = _STEEPNESS / _FALL  # octaves from the peak to that end
_BELOW = 0.75  # octaves from the peak down to where it is cut off, at -40 dB
_UNIT = RATE // 128  # samples; all rates of frames below are multiples of 128


@dataclass(frozen=True)
class Channels:
    """Filters on a logarithmic axis.

    Attributes:
        lowest: Hz, centre of the first.
        count: of filters.
        per_octave: how many of them an octave has.
    """

    lowest: float
    count: int
    per_octave: int = 24

    @property
    def centres(self) -> NDArray[np.float64]:
        """Hz, (count,).

        Example:
            >>> Channels(100.0, 49).centres[[0, 24, 48]].tolist()
            [100.0, 200.0, 400.0]
        """
        return np.asarray(self.lowest * 2.0 ** (np.arange(self.count) / self.per_octave))


def auditory_spectrogram(samples: Floats, channels: Channels, frame_rate: int) -> Floats:
    """The auditory spectrogram of an excerpt; it does not depend on the excerpt's level.

    Args:
        samples: (n,) at RATE, not silent.
        channels: of the result.
        frame_rate: frames a second; a divisor of FINEST, the frames are averages.

    Returns:
        (channels, frames), not negative.

    Example:
        >>> tone = np.sin(2 * np.pi * 400 * np.arange(16000) / 16000).astype(np.float32)
        >>> found = auditory_spectrogram(tone, Channels(100.0, 96), 128)
        >>> found.shape, bool(abs(found.mean(axis=1).argmax() - 48) <= 1)
        ((96, 128), True)
    """
    found = envelopes(samples / np.float32(_level(samples)), channels, inhibited=True)
    step = FINEST // frame_rate
    whole = found[:, : found.shape[1] // step * step]
    return np.asarray(np.cbrt(whole.reshape(channels.count, -1, step).mean(axis=2)))


def envelopes(samples: Floats, channels: Channels, inhibited: bool = False) -> Floats:
    """The magnitude of every filter's output.

    A filter falls steeply above its centre and by some 70 dB an octave below, as the cochlea's do. Its
    output's envelope is the magnitude of its positive frequencies alone, averaged over a frame.

    Args:
        samples: (n,) at RATE.
        channels: the filters.
        inhibited: subtract from every filter the one below it.

    Returns:
        (channels, frames), FINEST frames a second: for a tone at a filter's centre its amplitude.

    Example:
        >>> tone = np.sin(2 * np.pi * 400 * np.arange(16000) / 16000).astype(np.float32)
        >>> round(float(envelopes(tone, Channels(100.0, 96))[48].mean()), 2)
        1.0
    """
    from scipy.fft import ifft, next_fast_len, rfft

    units = next_fast_len(-(-len(samples) // _UNIT))
    spectrum = rfft(samples, units * _UNIT)
    frames = -(-len(samples) * FINEST // RATE)
    found = np.empty((channels.count, frames), np.float32)
    for rate, members in _by_rate(channels.centres):
        bins = units * (rate // 128)
        shifted = np.zeros((len(members), bins), np.complex64)
        for row, centre in zip(shifted, channels.centres[members], strict=True):
            first, octaves = _band(centre, units * _UNIT)
            weights = _response(octaves)
            if inhibited:
                weights -= _response(octaves + np.float32(1 / channels.per_octave))
            band = spectrum[first : first + len(weights)] * weights[: len(spectrum) - first]
            row[: len(band)] = band
        magnitudes = np.abs(ifft(shifted, axis=1, overwrite_x=True)) * np.float32(2 * bins / (units * _UNIT))
        averaged = magnitudes.reshape(len(members), -1, rate // FINEST).mean(axis=2)
        found[members] = averaged[:, :frames]
    return found


def _level(samples: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _by_rate(centres: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Filters of like width together, with the lowest rate that holds their band."""
    width = centres * (2.0**_ABOVE - 2.0**-_BELOW)
    rates = FINEST * 2 ** np.maximum(np.ceil(np.log2(width / FINEST)), 0).astype(int)
    for rate in np.unique(rates):
        yield int(rate), np.flatnonzero(rates == rate)


def _band(centre: float, samples: int) -> tuple[int, Floats]:
    """A band's first bin in the spectrum of so many samples, and the octaves from the centre to its bins."""
    first = int(np.ceil(centre * 2.0**-_BELOW * samples / RATE))
    end = int(np.ceil(centre * 2.0**_ABOVE * samples / RATE))
    ratio = np.arange(first, end, dtype=np.float32) * np.float32(RATE / samples / centre)
    return first, np.asarray(np.log2(ratio))


def _response(octaves: Floats) -> Floats:
    """A filter's, 1 at its peak, to frequencies so many octaves above its centre."""
    beneath = np.maximum(1 - octaves / np.float32(_ABOVE), np.float32(1e-30))
    return np.asarray(np.exp(np.float32(_STEEPNESS) * (np.log(beneath) + 1 - beneath)))
