"""librosa's word on every feature, and music made of sines to ask about.

`reference` computes each feature by its own librosa call, save that the constant-Q transform, whose filters
librosa rebuilds at every call, is computed once and handed on.
"""

from __future__ import annotations

import warnings

import librosa
import numpy as np

RATE, HOP = 22050, 1024
TOLERANCES = {
    "mel": 1e-5,
    "mfcc": 1e-5,
    "mfcc_delta": 1e-5,
    "mfcc_delta2": 1e-5,
    "chroma_cens": 2e-3,
    "chroma_cqt": 2e-3,
    "chroma_stft": 1e-5,
    "tonnetz": 2e-3,
    "tempogram": 1e-5,
}
"""Largest deviation allowed, as a share of the feature's largest value."""
FLIPPED = 0.005
"""Share of CENS values that may fall on the other side of a quantisation threshold."""


def reference(samples: np.ndarray) -> dict[str, np.ndarray]:
    """The nine features as librosa gives them, `(frames, width)`; "quantized" is CENS before smoothing."""
    at = {"sr": RATE, "hop_length": HOP}
    feature = librosa.feature
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        constant_q = np.abs(librosa.cqt(samples, **at, n_bins=252, bins_per_octave=36, tuning=None))
        mfcc = feature.mfcc(y=samples, **at)
        chroma_cqt = feature.chroma_cqt(C=constant_q, **at)
        steps = feature.chroma_cens(C=constant_q, **at, win_len_smooth=None, norm=None)
        computed = {
            "mel": feature.melspectrogram(y=samples, **at),
            "mfcc": mfcc,
            "mfcc_delta": feature.delta(mfcc),
            "mfcc_delta2": feature.delta(mfcc, order=2),
            "chroma_cens": feature.chroma_cens(C=constant_q, **at),
            "chroma_cqt": chroma_cqt,
            "chroma_stft": feature.chroma_stft(y=samples, **at),
            "tonnetz": feature.tonnetz(chroma=chroma_cqt),
            "tempogram": feature.tempogram(y=samples, **at, win_length=128),
            "quantized": steps,
        }
    return {name: rows.T for name, rows in computed.items()}


SMALLEST_DELTA_DB = 12.3
"""Deltas of constant coefficients are what rounding leaves; a largest value under this counts as this.

Times 1e-5 it is the distance of neighbouring float32 numbers at -1131 dB, the first coefficient of silence:
what librosa makes of it, between none and that, differs from processor to processor.
"""


def deviation(name: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference of a feature (or anything else) as a share of its largest value."""
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    smallest = SMALLEST_DELTA_DB if name.startswith("mfcc_delta") else 1e-30
    return float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), smallest))


def synthetic_music(seconds: float, seed: int = 0, semitones_off: float = 0.0) -> np.ndarray:
    """Plucked chords over a bass line with a noisy beat, mono float32 at 22050 Hz, in -1..1."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    sound = 0.002 * rng.standard_normal(times.size)
    bar = 4 * rng.uniform(0.4, 0.6)
    roots = rng.permutation([0, 5, 7, 9])
    for beat in range(int(seconds / bar * 4) + 1):
        since = times - beat * bar / 4
        sounding = np.flatnonzero((since >= 0) & (since < bar / 4))
        fade = np.exp(-5 * since[sounding])
        root = roots[beat // 4 % 4]
        for step, loudness in [(root - 24, 0.5), (root, 0.3), (root + 4, 0.2), (root + 7, 0.2)]:
            hertz = 261.63 * 2 ** ((step + semitones_off) / 12)
            for harmonic in range(1, 6):
                wave = np.sin(2 * np.pi * harmonic * hertz * since[sounding])
                sound[sounding] += loudness / harmonic * fade * wave
        hit = np.exp(-60 * since[sounding]) * rng.standard_normal(sounding.size)
        sound[sounding] += 0.1 * (1 + beat % 2) * hit
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)
