"""How strongly each of the twelve pitch classes C, C sharp, ..., B sounds, and its place in tonal space."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from genrelens.features.constantq import BINS_PER_OCTAVE, N_BINS, OCTAVES
from genrelens.features.products import product
from genrelens.features.scaling import normalized
from genrelens.features.signal import N_FFT, SAMPLE_RATE, Floats
from genrelens.features.spectrum import hann64

PITCH_CLASSES = 12
QUANTIZATION_STEPS = (0.4, 0.2, 0.1, 0.05)
"""A proportion of a frame above each of these adds a quarter (Müller and Ewert, 2011)."""
_SMOOTHING_FRAMES = 41


@lru_cache(maxsize=100)
def chroma_filters(tuning: float) -> Floats:
    """Gaussian bumps that map the 1025 bins of a spectrum to pitch classes, `(1025, 12)` float32.

    Equals `librosa.filters.chroma(sr=22050, n_fft=2048, tuning=tuning).T`: Ellis, "Chroma feature analysis
    and synthesis" (2007).
    """
    hertz = np.arange(1, N_FFT // 2 + 2) * (SAMPLE_RATE / N_FFT)
    semitones = PITCH_CLASSES * np.log2(hertz / (440.0 * 2.0 ** (tuning / PITCH_CLASSES) / 16))
    semitones = np.concatenate([[semitones[0] - 1.5 * PITCH_CLASSES], semitones])
    widths = np.maximum(np.diff(semitones), 1.0)[:, None]
    semitones = semitones[:-1]
    half = PITCH_CLASSES / 2
    distance = semitones[:, None] - np.arange(PITCH_CLASSES) + half + 10 * PITCH_CLASSES
    distance = np.remainder(distance, PITCH_CLASSES) - half
    weights = np.exp(-0.5 * (2 * distance / widths) ** 2)
    weights /= np.sqrt(np.square(weights).sum(axis=1, keepdims=True))
    weights *= np.exp(-0.5 * ((semitones / PITCH_CLASSES - 5.0) / 2.0) ** 2)[:, None]
    return np.ascontiguousarray(np.roll(weights, -3, axis=1), np.float32)


def chroma_stft(power: Floats, tuning: float) -> Floats:
    """Pitch classes of a power spectrogram, `(frames, 1025)` to `(frames, 12)`, the strongest of a frame 1.

    Equals `librosa.feature.chroma_stft(S=power.T, tuning=tuning).T`.

    Args:
        power: power spectrogram.
        tuning: in fractions of a semitone.
    """
    return normalized(product(power, chroma_filters(tuning)), "max")


@lru_cache(maxsize=1)
def _bins_to_pitch_classes() -> Floats:
    """Adds the three bins around each pitch, `(252, 12)`; equals `librosa.filters.cq_to_chroma`."""
    per_class = BINS_PER_OCTAVE // PITCH_CLASSES
    octave = np.repeat(np.eye(PITCH_CLASSES, dtype=np.float32), per_class, axis=0)
    return np.tile(np.roll(octave, -(per_class // 2), axis=0), (OCTAVES, 1))


def chroma_energy(constant_q: Floats) -> Floats:
    """Pitch classes of a constant-Q transform, `(frames, 252)` to `(frames, 12)`, as loud as they are.

    Equals `librosa.feature.chroma_cqt(C=constant_q.T, norm=None).T`.

    Example:
        >>> magnitudes = np.zeros((1, 252), np.float32)
        >>> magnitudes[0, 36 + 27] = 2.0                        # A2
        >>> int(chroma_energy(magnitudes)[0].argmax())          # the tenth class from C
        9
    """
    if constant_q.shape[1] != N_BINS:
        raise ValueError(f"a constant-Q transform has {N_BINS} bins, not {constant_q.shape[1]}")
    return product(constant_q, _bins_to_pitch_classes())


def chroma_cqt(energy: Floats) -> Floats:
    """`chroma_energy` with the strongest class of a frame at 1; equals `librosa.feature.chroma_cqt`."""
    return normalized(energy, "max")


def quantized_proportions(energy: Floats) -> Floats:
    """Each class's proportion of its frame in the five steps 0, 0.25, ..., 1, `(frames, 12)`."""
    proportions = normalized(energy, "sum")
    quantized = np.zeros_like(proportions)
    for step in QUANTIZATION_STEPS:
        quantized += np.float32(1 / len(QUANTIZATION_STEPS)) * (proportions > step)
    return quantized


def chroma_cens(energy: Floats) -> Floats:
    """Quantised proportions smoothed over 41 frames, each frame of length 1, `(frames, 12)` float32.

    Equals `librosa.feature.chroma_cens`: Müller and Ewert, "Chroma toolbox" (2011).
    """
    window = hann64(_SMOOTHING_FRAMES + 2, periodic=False)[1:-1]
    window = (window / window.sum()).astype(np.float32)
    half = _SMOOTHING_FRAMES // 2
    padded = np.pad(quantized_proportions(energy), ((half, half), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING_FRAMES, axis=0)
    return normalized(windows @ window, "euclid")


@lru_cache(maxsize=1)
def _tonal_axes() -> Floats:
    """Maps pitch classes to the circles of fifths, minor and major thirds, `(12, 6)`."""
    steps = np.multiply.outer(np.arange(PITCH_CLASSES), [7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3])
    steps[:, ::2] -= 0.5
    return (np.cos(np.pi * steps) * [1, 1, 1, 1, 0.5, 0.5]).astype(np.float32)


def tonnetz(chroma: Floats) -> Floats:
    """Tonal centroid: x and y on the circles of fifths, minor and major thirds, `(frames, 6)` float32.

    Equals `librosa.feature.tonnetz(chroma=chroma.T).T`: Harte, Sandler and Gasser, "Detecting harmonic
    change in musical audio" (2006).

    Example:
        >>> centroid = tonnetz(np.ones((1, 12), np.float32))
        >>> bool(np.abs(centroid).max() < 1e-6)                # all classes alike: the centre of all circles
        True
    """
    return product(normalized(chroma, "sum"), _tonal_axes())
