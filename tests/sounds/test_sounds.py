"""The sounds that are not music keep their promises, so that tests built on them can trust them."""

from __future__ import annotations

import numpy as np
import pytest

from . import CALIBRATION_SEEDS, HELD_OUT_SEEDS, SOUNDS

NAMES = sorted(SOUNDS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [CALIBRATION_SEEDS[3], HELD_OUT_SEEDS[3]])
def test_sound_is_finite_unclipped_and_exactly_as_long_as_asked(name: str, seed: int) -> None:
    samples, rate = SOUNDS[name](2.5, seed)
    assert samples.dtype == np.float32
    assert samples.shape == (round(2.5 * rate),)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 0.99
    assert np.sqrt(np.mean(samples**2)) > (1e-6 if name == "silence" else 1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_sound_is_the_same_for_the_same_seed_and_another_for_another(name: str) -> None:
    odd = 5
    first, again, other = (SOUNDS[name](1.5, seed)[0] for seed in (odd, odd, odd + 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_even_seeds_of_silence_are_digital_silence() -> None:
    assert not SOUNDS["silence"](1.0, 2)[0].any()


def test_families_of_seeds_do_not_meet_and_others_are_refused() -> None:
    assert not set(CALIBRATION_SEEDS) & set(HELD_OUT_SEEDS)
    with pytest.raises(ValueError, match="belongs to no family"):
        SOUNDS["rain"](1.0, 2000)


def spectral_centre(samples: np.ndarray, rate: int) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(samples), 1 / rate)) / np.sum(power))


@pytest.mark.parametrize("name", ["tone", "alarm", "wind chimes"])
def test_held_out_sounds_are_made_of_other_stuff_than_those_for_calibration(name: str) -> None:
    known = [spectral_centre(*SOUNDS[name](2.0, seed)) for seed in CALIBRATION_SEEDS[1:13:2]]
    unknown = [spectral_centre(*SOUNDS[name](2.0, seed)) for seed in HELD_OUT_SEEDS[1:13:2]]
    assert np.median(unknown) > 1.2 * np.median(known)


def test_speech_has_the_rhythm_of_syllables() -> None:
    """Loudness of speech rises and falls three to eight times a second, a tone's does not."""

    def modulation(name: str) -> float:
        samples, rate = SOUNDS[name](8.0, 7)
        loud = np.sqrt(np.mean(samples[: len(samples) // 320 * 320].reshape(-1, 320) ** 2, axis=1))
        power = np.abs(np.fft.rfft(loud / loud.mean() - 1)) ** 2
        f = np.fft.rfftfreq(len(loud), 320 / rate)
        return float(power[(f > 2) & (f < 9)].sum() / len(loud) ** 2)

    assert modulation("speech") > 20 * modulation("tone")
