"""Every feature is librosa 0.11's, on music made of sines and on real tracks."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import librosa
import numpy as np
import pytest

from genrelens.features import FEATURES, Analysis, compute_features
from genrelens.features.chroma import chroma_filters, quantized_proportions
from genrelens.features.constantq import constant_q
from genrelens.features.spectrum import hann, mel_filters, power_frames
from genrelens.features.tuning import estimated_tuning

Song = Callable[..., np.ndarray]


def compare(samples: np.ndarray, oracle: ModuleType) -> None:
    theirs = oracle.reference(samples)
    analysis = Analysis(samples)
    ours = compute_features(analysis)
    for name in FEATURES:
        assert oracle.deviation(name, ours[name], theirs[name]) <= oracle.TOLERANCES[name], name
    flipped = quantized_proportions(analysis.chroma_energy) != theirs["quantized"]
    assert flipped.mean() <= oracle.FLIPPED


@pytest.mark.parametrize(
    ("seconds", "seed", "semitones_off"),
    [(10.0, 0, 0.0), (10.0, 1, 0.3), (3.0, 2, -0.2), (1.0, 3, 0.0), (0.45, 4, 0.1), (30.0, 5, 0.5)],
)
def test_synthetic_music(
    seconds: float, seed: int, semitones_off: float, song: Song, oracle: ModuleType
) -> None:
    compare(song(seconds, seed, semitones_off), oracle)


@pytest.mark.parametrize("size", [22049, 22051, 9 * 1024, 9 * 1024 - 1, 23551, 100003])
def test_lengths_that_halve_unevenly(size: int, song: Song, oracle: ModuleType) -> None:
    compare(song(5.0)[:size].copy(), oracle)


def test_sound_that_begins_and_ends_in_full(song: Song, oracle: ModuleType) -> None:
    """First and last frames reach over the borders of a signal that does not fade there."""
    compare(song(4.0, 7)[22050 // 7 : -22050 // 7] + np.float32(0.2), oracle)


@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_quiet_and_loud(gain: float, song: Song, oracle: ModuleType) -> None:
    compare(song(3.0, 8) * np.float32(gain), oracle)


def test_silence_is_what_librosa_makes_of_it(oracle: ModuleType) -> None:
    compare(np.zeros(30000, np.float32), oracle)


def test_a_real_track_of_each_genre(tracks: list[np.ndarray], oracle: ModuleType) -> None:
    assert len(tracks) == 10
    for samples in tracks[::3]:
        compare(samples, oracle)


@pytest.mark.heavy
def test_all_real_tracks_of_the_spread(tracks: list[np.ndarray], oracle: ModuleType) -> None:
    for samples in tracks:
        compare(samples, oracle)


@pytest.mark.parametrize("tuning", [-0.5, -0.07, 0.0, 0.31, 0.49])
def test_the_constant_q_transform_at_any_tuning(tuning: float, song: Song, oracle: ModuleType) -> None:
    samples = song(4.0, 9)
    theirs = librosa.cqt(samples, hop_length=1024, n_bins=252, bins_per_octave=36, tuning=tuning)
    assert oracle.deviation("constant-Q", constant_q(samples, tuning), np.abs(theirs).T) < 1e-5


@pytest.mark.parametrize("bins_per_octave", [12, 36])
@pytest.mark.parametrize("semitones_off", [-0.45, -0.2, 0.0, 0.13, 0.4])
def test_tuning_is_estimated_alike(semitones_off: float, bins_per_octave: int, song: Song) -> None:
    power = Analysis(song(4.0, 1, semitones_off)).power
    for magnitude, spectrogram in [(False, power), (True, np.sqrt(power))]:
        theirs = librosa.estimate_tuning(S=spectrogram.T, bins_per_octave=bins_per_octave)
        assert estimated_tuning([power], bins_per_octave, magnitude) == theirs


@pytest.mark.parametrize("tuning", [-0.5, 0.0, 0.22])
def test_chroma_filters(tuning: float) -> None:
    theirs = librosa.filters.chroma(sr=22050, n_fft=2048, tuning=tuning)
    np.testing.assert_allclose(chroma_filters(tuning).T, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("rate", "n_fft", "n_mels", "fmin", "fmax", "scale", "norm"),
    [
        (22050, 2048, 128, 0.0, None, "slaney", "slaney"),
        (16000, 512, 96, 0.0, None, "slaney", "slaney"),
        (12000, 512, 96, 0.0, 6000.0, "htk", None),
        (32000, 1024, 128, 20.0, 15000.0, "htk", "slaney"),
    ],
)
def test_mel_filters(
    rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float | None, scale: str, norm: str | None
) -> None:
    theirs = librosa.filters.mel(
        sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=scale == "htk", norm=norm
    )
    ours = mel_filters(rate, n_fft, n_mels, fmin, fmax, scale, norm)  # type: ignore[arg-type]
    np.testing.assert_allclose(ours, theirs, atol=1e-7 * theirs.max())


@pytest.mark.parametrize(
    ("n_fft", "hop", "window", "pad", "mode"),
    [
        (2048, 1024, 2048, "zero", "constant"),
        (512, 256, 400, "reflect", "reflect"),
        (1024, 320, 800, "reflect", "reflect"),
        (512, 160, 512, None, None),
    ],
)
def test_power_frames(
    n_fft: int, hop: int, window: int, pad: str | None, mode: str | None, song: Song, oracle: ModuleType
) -> None:
    samples = song(2.0, 3)
    theirs = librosa.stft(
        samples,
        n_fft=n_fft,
        hop_length=hop,
        win_length=window,
        center=mode is not None,
        pad_mode=mode or "empty",
    )
    ours = power_frames(samples, n_fft, hop, hann(window), pad)  # type: ignore[arg-type]
    assert oracle.deviation("power", ours, np.abs(theirs).T ** 2) < 1e-6
