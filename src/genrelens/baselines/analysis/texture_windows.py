"""Nineteen numbers of timbral texture.

Tzanetakis and Cook, *Musical genre classification of audio signals* (2002): frames of 23 ms, and texture
windows of 43 frames, about 1 s, that advance by one frame. Of every window the mean and variance of the
frames' centroid, rolloff, flux, zero crossings and first five MFCC (without the one of the level), and the
proportion of frames whose level is under the window's mean; of these the mean over all windows.

Ours: Hann windows, 40 mel bands, magnitudes of unit length for the flux.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.features import SAMPLE_RATE
from genrelens.features.cepstrum import mfcc
from genrelens.features.products import product
from genrelens.features.scaling import decibels
from genrelens.features.spectrum import hann, mel_filters, power_frames

Doubles = NDArray[np.float64]

FRAME = 512
"""Samples, 23 ms; frames do not overlap."""
TEXTURE_FRAMES = 43
BANDS = 40
COEFFICIENTS = 5
ROLLOFF_SHARE = 0.85
COLUMNS = 4 + COEFFICIENTS


def frame_numbers(samples: NDArray[np.float32]) -> tuple[Doubles, Doubles]:
    """Nine numbers of every frame, and its level.

    Args:
        samples: (n,) at 22050 Hz, 512 at least.

    Returns:
        (frames, 9): centroid and rolloff in Hz, flux from the frame before (0 to 2, 0 in the first), changes
        of sign a second, five MFCC; and (frames,) the root of the mean square.

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 / 22050 * np.arange(22050)).astype(np.float32)
        >>> numbers, level = frame_numbers(tone)
        >>> numbers[1:, [0, 1, 3]].mean(axis=0).round(-2).tolist(), round(float(level.mean()), 1)
        ([1000.0, 1000.0, 2000.0], 0.7)
    """
    power = power_frames(samples, FRAME, FRAME, hann(FRAME), center_pad=None)
    magnitude = np.sqrt(power, dtype=np.float64)
    hertz = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    total = magnitude.sum(axis=1)
    sounding = np.maximum(total, np.finfo(np.float32).tiny)
    centroid = (magnitude * hertz).sum(axis=1) / sounding
    reached = np.cumsum(magnitude, axis=1) >= ROLLOFF_SHARE * total[:, None]
    rolloff = hertz[reached.argmax(axis=1)]
    length = np.sqrt((magnitude**2).sum(axis=1, keepdims=True))
    unit = magnitude / np.maximum(length, np.finfo(np.float32).tiny)
    flux = np.concatenate([[0.0], (np.diff(unit, axis=0) ** 2).sum(axis=1)])
    frames = samples[: len(power) * FRAME].reshape(-1, FRAME)
    crossings = (np.diff(frames < 0, axis=1)).sum(axis=1) * (SAMPLE_RATE / FRAME)
    mel = product(power, np.ascontiguousarray(mel_filters(SAMPLE_RATE, FRAME, BANDS).T))
    coefficients = mfcc(decibels(mel))[:, 1 : 1 + COEFFICIENTS]
    level = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
    columns = np.column_stack([centroid, rolloff, flux, crossings, coefficients])
    return np.asarray(columns, np.float64), level


def texture_numbers(samples: NDArray[np.float32]) -> Doubles:
    """The nine columns' means, their variances, then low energy, each the mean over texture windows, (19,).

    Args:
        samples: (n,) at 22050 Hz, 512 at least; what is shorter than a texture window is one.

    Example:
        >>> steady = np.sin(2 * np.pi * 11 * 22050 / 512 / 22050 * np.arange(22050)).astype(np.float32)
        >>> bool(texture_numbers(steady)[9:11].max() < 1.0)             # centroid and rolloff do not vary
        True
    """
    numbers, level = frame_numbers(samples)
    length = min(TEXTURE_FRAMES, len(numbers))
    windows = np.lib.stride_tricks.sliding_window_view(numbers, length, axis=0)
    levels = np.lib.stride_tricks.sliding_window_view(level, length)
    low_energy = (levels < levels.mean(axis=1, keepdims=True)).mean()
    return np.concatenate([windows.mean(axis=(0, 2)), windows.var(axis=2).mean(axis=0), [low_energy]])
