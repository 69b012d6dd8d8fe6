"""Windowed frames, power spectra and mel filters, shared by the features and by the encoders' front ends.

All spectra are float32, frames first: `(frames, n_fft // 2 + 1)`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import ducc0
import numpy as np
from numpy.typing import NDArray

from genrelens.errors import SignalError
from genrelens.features.signal import Floats

CenterPad = Literal["zero", "reflect"] | None
MelScale = Literal["slaney", "htk"]

_FRAMES_AT_ONCE = 64  # a block of frames and its spectrum stay in the second-level cache


@lru_cache(maxsize=64)
def hann(length: int, periodic: bool = True) -> Floats:
    """The Hann window of that many samples, float32, read-only.

    `periodic` is for spectra (`scipy.signal.get_window("hann", length)`); the symmetric one begins and
    ends with zero (`scipy.signal.windows.hann(length)`).

    Example:
        >>> hann(4).tolist(), hann(5, periodic=False).tolist()
        ([0.0, 0.5, 1.0, 0.5], [0.0, 0.5, 1.0, 0.5, 0.0])
    """
    window = hann64(length, periodic).astype(np.float32)
    window.flags.writeable = False
    return window


def hann64(length: int, periodic: bool = True) -> NDArray[np.float64]:
    """The Hann window in double precision, for kernels that are computed once."""
    if length == 1:
        return np.ones(1)
    period = length if periodic else length - 1
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / period))


@lru_cache(maxsize=64)
def _hertz_of_mel(scale: MelScale, fmin: float, fmax: float, count: int) -> NDArray[np.float64]:
    """`count` frequencies in hertz from fmin to fmax, evenly spaced on the mel scale."""
    if scale == "htk":
        low, high = (2595.0 * np.log10(1.0 + f / 700.0) for f in (fmin, fmax))
        return np.asarray(700.0 * (10.0 ** (np.linspace(low, high, count) / 2595.0) - 1.0))
    # Slaney's Auditory Toolbox: linear below 1000 Hz, logarithmic above, 27 mels for a factor of 6.4.
    hertz_per_mel, knee = 200.0 / 3, 1000.0
    step = np.log(6.4) / 27.0

    def mel(hertz: float) -> float:
        if hertz < knee:
            return hertz / hertz_per_mel
        return float(knee / hertz_per_mel + np.log(hertz / knee) / step)

    mels = np.linspace(mel(fmin), mel(fmax), count)
    above = mels >= knee / hertz_per_mel
    return np.where(above, knee * np.exp(step * (mels - knee / hertz_per_mel)), hertz_per_mel * mels)


@lru_cache(maxsize=64)
def mel_filters(
    rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    scale: MelScale = "slaney",
    norm: Literal["slaney"] | None = "slaney",
) -> Floats:
    """Triangular mel filters, `(n_mels, n_fft // 2 + 1)` float32, read-only.

    Equals `librosa.filters.mel(sr=rate, n_fft=..., htk=(scale == "htk"), norm=norm)`. With `norm="slaney"`
    every triangle has the same area, with None the same height of 1. `fmax` defaults to `rate / 2`.

    Example:
        >>> mel_filters(22050, 2048, 128).shape
        (128, 1025)
        >>> float(mel_filters(16000, 512, 96, scale="htk", norm=None).max()) <= 1.0
        True
    """
    bins = np.fft.rfftfreq(n_fft, 1.0 / rate)
    corners = _hertz_of_mel(scale, fmin, rate / 2 if fmax is None else fmax, n_mels + 2)
    widths = np.diff(corners)
    ramps = corners[:, None] - bins[None, :]
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    if norm == "slaney":
        filters *= (2.0 / (corners[2:] - corners[:-2]))[:, None]
    filters.flags.writeable = False
    return filters


def _padded(samples: Floats, n_fft: int, center_pad: CenterPad) -> Floats:
    """The samples with half a window on either side, so that frame t is centred at t * hop."""
    if center_pad is None:
        return samples
    half = n_fft // 2
    if center_pad == "reflect":
        return np.pad(samples, half, mode="reflect")
    padded = np.zeros(samples.size + 2 * half, np.float32)
    padded[half : half + samples.size] = samples
    return padded


def power_frames(
    samples: Floats, n_fft: int, hop: int, window: Floats, center_pad: CenterPad = "zero"
) -> Floats:
    """Power spectrum of every frame: `(frames, n_fft // 2 + 1)` float32.

    Equals `np.abs(librosa.stft(samples, n_fft=n_fft, hop_length=hop, window=window)) ** 2`, transposed.

    Args:
        samples: mono samples, shape (n,), float32.
        n_fft: samples in a frame; any number, powers of two are fastest.
        hop: samples from one frame to the next.
        window: as long as a frame or shorter; a shorter one is centred in the frame.
        center_pad: "zero" or "reflect" pads half a frame at either end, which gives `1 + n // hop` frames for
            an even n_fft; None takes only whole frames, `1 + (n - n_fft) // hop`, none of fewer samples.

    Raises:
        SignalError: the samples have not one dimension, or there are none of them.

    Example:
        >>> import numpy as np
        >>> tone = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000)).astype(np.float32)
        >>> power = power_frames(tone, 512, 256, hann(400), "reflect")
        >>> power.shape, int(power[10].argmax())        # 440 Hz lies next to bin 14 (437.5 Hz)
        ((63, 257), 14)
    """
    if samples.ndim != 1 or samples.size == 0:
        raise SignalError(f"samples must be of shape (n,) with n > 0, not {samples.shape}")
    signal = _padded(np.asarray(samples, np.float32), n_fft, center_pad)
    n_frames = max(0, 1 + (signal.size - n_fft) // hop)
    left = (n_fft - window.size) // 2
    inside = slice(left, left + window.size)
    power = np.empty((n_frames, n_fft // 2 + 1), np.float32)
    if n_frames == 0:
        return power
    frames = np.lib.stride_tricks.sliding_window_view(signal, n_fft)[::hop]
    windowed = np.zeros((min(n_frames, _FRAMES_AT_ONCE), n_fft), np.float32)
    spectrum = np.empty((windowed.shape[0], n_fft // 2 + 1), np.complex64)
    for start in range(0, n_frames, _FRAMES_AT_ONCE):
        stop = min(n_frames, start + _FRAMES_AT_ONCE)
        block, spectra = windowed[: stop - start], spectrum[: stop - start]
        np.multiply(frames[start:stop, inside], window, out=block[:, inside])
        ducc0.fft.r2c(block, axes=(1,), out=spectra)
        squares = spectra.view(np.float32)
        np.square(squares, out=squares)
        np.add(squares[:, ::2], squares[:, 1::2], out=power[start:stop])
    return power
