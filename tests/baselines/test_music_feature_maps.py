"""The maps of sounds whose answers are known, of any length."""

import numpy as np
import pytest
from scipy import stats

from genrelens.baselines.analysis.music_feature_maps import (
    FRAMES,
    MAPS,
    brightness,
    frame_maps,
    music_feature_maps,
)
from genrelens.features import SAMPLE_RATE, Analysis
from genrelens.features.spectrum import hann, power_frames

TONE_HZ = 700.0


def tone(seconds: float, hertz: float = TONE_HZ, amplitude: float = 0.5) -> np.ndarray:
    time_s = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time_s)).astype(np.float32)


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, int(seconds * SAMPLE_RATE)).astype(np.float32)


def named(samples: np.ndarray) -> dict[str, np.ndarray]:
    """Maps without the first and last frames, which reach beyond the sound."""
    return dict(zip(MAPS, frame_maps(Analysis(samples))[:, 3:-3], strict=True))


def test_a_tones_maps_are_what_its_formula_says():
    found = named(tone(4.0))
    np.testing.assert_allclose(found["energy"], np.log10(0.5 / np.sqrt(2)), atol=1e-3)
    np.testing.assert_allclose(found["zero crossings"], 2 * TONE_HZ / SAMPLE_RATE, rtol=0.02)
    assert found["brightness"].max() < 0.15  # what the Hamming window leaks
    assert found["flatness"].max() < -3.5
    assert found["entropy"].max() < 0.4
    assert found["harmonic change"][12:-12].max() < 0.05


def test_noises_maps_are_what_statistics_expect():
    found = named(noise(8.0))
    np.testing.assert_allclose(found["energy"], -1.0, atol=0.05)
    assert abs(found["zero crossings"].mean() - 0.5) < 0.01
    # The geometric mean of exponentially distributed powers over their mean is exp(-Euler's constant).
    assert abs(found["flatness"].mean() + np.euler_gamma / np.log(10)) < 0.02
    assert abs(found["brightness"].mean() - (1 - 1500 / (SAMPLE_RATE / 2))) < 0.01
    assert found["entropy"].min() > 0.9
    assert found["key clarity"].mean() < named(tone(4.0, 261.63))["key clarity"].mean()


def test_entropy_is_scipys():
    from genrelens.baselines.analysis.music_feature_maps import spectral_entropy

    power = power_frames(noise(1.0), 1024, 1024, hann(1024))
    expected = stats.entropy(np.sqrt(power.astype(np.float64)), axis=1) / np.log(513)
    np.testing.assert_allclose(spectral_entropy(power), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("hertz", "bright"), [(1000.0, False), (1400.0, False), (1600.0, True), (9000.0, True)]
)
def test_what_lies_above_1500_hertz_is_bright(hertz: float, bright: bool):
    power = power_frames(tone(1.0, hertz), 1024, 1024, hann(1024))[2:-2]
    assert ((brightness(power) > 0.5) == bright).all()


def test_only_energy_depends_on_the_level():
    quiet, loud = named(noise(4.0, 0.01)), named(noise(4.0, 0.2))
    for name in MAPS[1:]:
        np.testing.assert_allclose(loud[name], quiet[name], atol=1e-3, err_msg=name)
    np.testing.assert_allclose(loud["energy"] - quiet["energy"], np.log10(20), atol=1e-3)


def test_short_sound_is_repeated_and_of_long_sound_the_middle_is_taken():
    short = noise(2.5)
    maps = music_feature_maps(short)
    own = frame_maps(Analysis(short)).astype(np.float32)
    np.testing.assert_array_equal(maps[:, : own.shape[1]], own)
    np.testing.assert_array_equal(maps[:, own.shape[1] : 2 * own.shape[1]], own)
    long = np.concatenate([np.zeros(SAMPLE_RATE * 20, np.float32), noise(30.0), noise(20.0, 1e-4)])
    assert abs(music_feature_maps(long)[0] + 1).max() < 0.1  # the noise of level 0.1 alone


@pytest.mark.parametrize("seconds", [1.0, 29.7, 30.0])
def test_the_shape_is_the_same_and_all_is_finite(seconds: float):
    quiet_end = np.concatenate([tone(seconds - 0.5), np.zeros(SAMPLE_RATE // 2, np.float32)])
    click = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    click[500] = 1.0
    for samples in (quiet_end, noise(seconds, 1e-6), click):
        maps = music_feature_maps(samples)
        assert maps.shape == (len(MAPS), FRAMES)
        assert np.isfinite(maps).all()
