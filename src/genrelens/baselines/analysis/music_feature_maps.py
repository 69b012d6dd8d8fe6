"""Eight numbers a frame along dynamics, timbre and tonality: the maps of Sénac et al. (2017).

Energy; zero crossings, brightness, flatness, entropy and roughness; key clarity and harmonic change: the
authors' page *Dedicated features for music genre classification* (https://www.irit.fr/SAMOVA) names these
eight, and frames of 46 ms under a Hamming window, 513 frequencies. It defines them in words; the formulas
here are the common ones, named with each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.roughness import roughness
from genrelens.baselines.analysis.tonality import harmonic_change, key_clarity, smoothed
from genrelens.features import HOP, SAMPLE_RATE, Analysis
from genrelens.features.descriptors import (
    frame_rms,
    magnitude_proportions,
    spectral_flatness,
    zero_crossing_rate,
)
from genrelens.features.spectrum import power_frames

Doubles = NDArray[np.float64]

MAPS = (
    "energy",
    "zero crossings",
    "brightness",
    "flatness",
    "entropy",
    "roughness",
    "key clarity",
    "harmonic change",
)
FRAMES = 640
"""Of the maps whatever the length of the sound, one every 46 ms: 29.7 s."""
FRAME = 1024
"""Samples, 46 ms."""
BRIGHT_HZ = 1500.0
"""Above it energy counts as brightness: the MIRtoolbox's value. (The authors' page says 15 kHz, which their
recordings, sampled at 22050 Hz, do not reach.)"""
KEY_FRAMES, CHANGE_FRAMES = 43, 15
"""Over which pitch classes are averaged before their key, 2 s, and their change, 0.7 s, are looked for."""


def music_feature_maps(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The maps, `(8, FRAMES)`, in the order of `MAPS`.

    Energy and flatness in powers of ten, zero crossings a sample, brightness, entropy and key clarity 0 to 1,
    roughness and harmonic change 0 or more. Of longer sound the middle is taken; shorter sound is repeated,
    not stretched: a network that looks at some frames in a row is to find the music at its own pace.

    Args:
        samples: mono at 22050 Hz, (n,).
    """
    maps = frame_maps(Analysis(samples)).astype(np.float32)
    first = max(0, (maps.shape[1] - FRAMES) // 2)
    return np.take(maps[:, first : first + FRAMES], np.arange(FRAMES), axis=1, mode="wrap")


def frame_maps(analysis: Analysis) -> Doubles:
    """The maps of a signal as long as it is, `(8, frames)`, frames 1024 samples apart."""
    power = power_frames(analysis.samples, FRAME, HOP, np.hamming(FRAME + 1)[:-1].astype(np.float32))
    classes = analysis.chroma_energy
    return np.stack(
        [
            np.log10(np.maximum(frame_rms(analysis.samples), 1e-5)),
            zero_crossing_rate(analysis.samples),
            brightness(power),
            np.log10(spectral_flatness(power)),
            spectral_entropy(power),
            roughness(power, SAMPLE_RATE / FRAME),
            key_clarity(smoothed(classes, KEY_FRAMES)),
            harmonic_change(smoothed(classes, CHANGE_FRAMES)),
        ]
    )


def brightness(power: NDArray[np.float32]) -> Doubles:
    """Proportion of the magnitudes above `BRIGHT_HZ`, `(frames,)`; 0 in silence.

    Args:
        power: (frames, bins), from 0 to half the sampling rate.

    Example:
        >>> brightness(np.array([[0.0, 4.0, 0.0, 1.0, 0.0]], np.float32)).round(3).tolist()    # 2.8, 8.3 kHz
        [1.0]
        >>> brightness(np.array([[4.0, 0.0, 1.0]], np.float32)).round(3).tolist()              # 0, 11 kHz
        [0.333]
    """
    above = np.linspace(0, SAMPLE_RATE / 2, power.shape[1]) > BRIGHT_HZ
    return np.asarray(magnitude_proportions(power)[:, above].sum(axis=1, dtype=np.float64))


def spectral_entropy(power: NDArray[np.float32]) -> Doubles:
    """Shannon entropy of the magnitudes over its largest value, 0 (one peak) to 1 (flat), `(frames,)`.

    Args:
        power: (frames, bins).

    Example:
        >>> spectral_entropy(np.array([[0, 3, 0, 0], [2, 2, 2, 2]], np.float32)).round(3).tolist()
        [0.0, 1.0]
    """
    shares = magnitude_proportions(power).astype(np.float64)
    logarithms = np.log(np.where(shares > 0, shares, 1.0))
    return np.asarray(-(shares * logarithms).sum(axis=1) / np.log(power.shape[1]) + 0.0)
