"""The statistics describe a sound, not its level, its format or its length; their parts are librosa's."""

from __future__ import annotations

from collections.abc import Callable

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.features import SIGNAL_NAMES, SIGNAL_WIDTH, Analysis, signal_statistics
from genrelens.features import descriptors as d
from genrelens.features.scaling import decibels
from genrelens.features.statistics import _GROUPS, _Levelled

Song = Callable[..., np.ndarray]


def named(samples: np.ndarray) -> dict[str, float]:
    return dict(zip(SIGNAL_NAMES, signal_statistics(samples).tolist(), strict=True))


def test_names_are_unique_and_as_many_as_values(song: Song) -> None:
    assert len(set(SIGNAL_NAMES)) == SIGNAL_WIDTH == signal_statistics(song(2.0)).size
    levelled = _Levelled(Analysis(song(2.0)))
    for group in _GROUPS:
        assert group.compute(levelled).shape == (len(group.labels),), group.name


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 40000), kind=st.sampled_from(["noise", "silence", "constant", "click"]))
def test_any_sound_of_any_length_has_finite_statistics(size: int, kind: str) -> None:
    samples = np.zeros(size, np.float32)
    if kind == "noise":
        samples = np.random.default_rng(size).uniform(-1, 1, size).astype(np.float32)
    elif kind == "constant":
        samples += 0.5
    elif kind == "click":
        samples[size // 2] = 1.0
    statistics = signal_statistics(samples)
    assert statistics.dtype == np.float32
    assert statistics.shape == (SIGNAL_WIDTH,)
    assert np.isfinite(statistics).all()


@pytest.mark.parametrize("gain", [1e-4, 0.1, 7.3])
def test_level_does_not_matter(gain: float, song: Song) -> None:
    samples = song(5.0, 2)
    np.testing.assert_allclose(
        signal_statistics(samples * np.float32(gain)), signal_statistics(samples), atol=2e-3
    )


def test_the_key_does_not_matter_to_chroma(song: Song) -> None:
    here, higher = named(song(8.0, 4)), named(song(8.0, 4, 3.0))
    for name in SIGNAL_NAMES:
        if name.startswith("chroma-cqt/"):
            assert abs(here[name] - higher[name]) < 0.12, name


def test_two_seconds_tell_what_eight_tell(song: Song) -> None:
    """A part is nearer to its own whole than to another piece, measured in deviations over pieces."""
    wholes = np.stack([signal_statistics(song(8.0, seed)) for seed in range(6)])
    parts = np.stack([signal_statistics(song(8.0, seed)[: 2 * 22050].copy()) for seed in range(6)])
    scale = np.maximum(wholes.std(axis=0), 1e-3)
    distances = np.abs((parts[:, None] - wholes[None]) / scale).clip(0, 5).mean(axis=2)
    assert (distances.argmin(axis=1) == np.arange(6)).mean() >= 5 / 6


def test_what_a_resampler_or_codec_takes_away_above_10_khz_does_not_matter(song: Song) -> None:
    samples = song(4.0, 5)
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(samples.size, 1 / 22050) > 10100] = 0
    dull = np.fft.irfft(spectrum, samples.size).astype(np.float32)
    here, there = named(samples), named(dull)
    for name in SIGNAL_NAMES:
        if name.split("/")[0] in ("mel", "mfcc", "contrast", "shape", "chroma-cqt", "pulse"):
            assert abs(here[name] - there[name]) < 0.04 * (1 + abs(here[name])), name


def test_noise_is_flat_and_a_tone_is_not(song: Song) -> None:
    noise = np.random.default_rng(0).standard_normal(44100).astype(np.float32)
    pure = np.sin(2 * np.pi * 440 / 22050 * np.arange(44100)).astype(np.float32)
    assert named(noise)["shape/flatness-mean"] > -0.4
    assert named(pure)["shape/flatness-mean"] < -3
    assert named(noise)["chroma-cqt/entropy"] > named(pure)["chroma-cqt/entropy"] + 0.5


def test_a_steady_beat_is_a_strong_pulse(song: Song) -> None:
    rng = np.random.default_rng(1)
    hit = np.exp(-np.arange(3000) / 400) * rng.standard_normal(3000)
    steady, loose = np.zeros(10 * 22050), np.zeros(10 * 22050)
    for beat in range(19):
        steady[beat * 11025 :][:3000] += hit
        loose[rng.integers(0, 9 * 22050) :][:3000] += hit
    steady, loose = (named(beats.astype(np.float32)) for beats in (steady, loose))
    assert steady["pulse/strength"] > 2 * loose["pulse/strength"]
    assert steady["onsets/unevenness"] < loose["onsets/unevenness"]
    assert steady["onsets/rate"] == pytest.approx(1.9, abs=0.2)


def test_an_analysis_gives_the_same_as_its_samples(song: Song) -> None:
    np.testing.assert_array_equal(signal_statistics(Analysis(song(3.0))), signal_statistics(song(3.0)))


def sounds(song: Song) -> list[np.ndarray]:
    return [song(5.0, 1), song(2.3, 2), np.zeros(30000, np.float32), song(3.0, 3)[: 40 * 1024 - 1].copy()]


def test_descriptors_of_the_spectrum_equal_librosas(song: Song) -> None:
    for samples in sounds(song):
        power = Analysis(samples).power
        magnitudes = np.sqrt(power).T
        shares = d.magnitude_proportions(power)
        centroid = d.spectral_centroid(shares)
        valleys, peaks = d.spectral_valleys_and_peaks(power)
        feature = librosa.feature
        for ours, theirs in [
            (centroid, feature.spectral_centroid(S=magnitudes)[0]),
            (d.spectral_bandwidth(shares, centroid), feature.spectral_bandwidth(S=magnitudes)[0]),
            (d.spectral_rolloff(shares), feature.spectral_rolloff(S=magnitudes)[0]),
            (d.spectral_flatness(power), feature.spectral_flatness(S=magnitudes)[0]),
            (decibels(peaks).T - decibels(valleys).T, feature.spectral_contrast(S=magnitudes)),
        ]:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_loudness_and_crossings_equal_librosas(song: Song) -> None:
    for samples in sounds(song):
        rms = librosa.feature.rms(y=samples, hop_length=1024)[0]
        np.testing.assert_allclose(d.frame_rms(samples), rms, rtol=1e-5, atol=1e-8)
        crossings = librosa.feature.zero_crossing_rate(samples, hop_length=1024)[0]
        np.testing.assert_array_equal(d.zero_crossing_rate(samples), crossings.astype(np.float32))
