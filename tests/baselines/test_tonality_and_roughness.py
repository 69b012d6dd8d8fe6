"""Chords have keys, changes are where chords change, and neighbouring tones beat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.baselines.analysis.musical_key import MAJOR, MINOR, key_strengths
from genrelens.baselines.analysis.roughness import dissonance, highest_peaks, roughness
from genrelens.baselines.analysis.tonality import harmonic_change, key_clarity, smoothed
from genrelens.features import HOP, SAMPLE_RATE, Analysis
from genrelens.features.spectrum import hann, power_frames

FRAME_HZ = SAMPLE_RATE / 2048


def tones(*hertz: float, seconds: float = 3.0) -> np.ndarray:
    time_s = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return sum(0.1 * np.sin(2 * np.pi * f * time_s) for f in hertz).astype(np.float32)


def triad(root: int, third: int, seconds: float = 3.0) -> np.ndarray:
    """Root in semitones above C4."""
    return tones(*(261.63 * 2 ** ((root + step) / 12) for step in (0, third, 7)), seconds=seconds)


@pytest.mark.parametrize("root", [0, 4, 9])
@pytest.mark.parametrize(("third", "mode"), [(4, 0), (3, 12)])
def test_a_sounding_triad_is_in_its_key(root: int, third: int, mode: int):
    classes = Analysis(triad(root, third)).chroma_energy[10:-10]
    assert (key_strengths(classes).argmax(axis=1) == root + mode).all()
    assert key_clarity(classes).min() > 0.6


def test_a_triad_is_clearer_than_a_cluster_and_alike_classes_have_no_key():
    cluster = tones(*(261.63 * 2 ** (step / 12) for step in range(12)))
    chord, unclear = (Analysis(x).chroma_energy[10:-10] for x in (triad(2, 4), cluster))
    assert key_clarity(chord).min() > key_clarity(unclear).max() + 0.1
    np.testing.assert_array_equal(key_strengths(np.full((3, 12), 0.2)), 0.0)
    np.testing.assert_array_equal(key_clarity(np.zeros((2, 12))), 0.0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 11), st.floats(1e-3, 1e3))
def test_key_strengths_are_numpys_correlations_and_follow_a_transposition(seed: int, up: int, gain: float):
    chroma = np.random.default_rng(seed).uniform(0, 1, (2, 12))
    found = key_strengths(chroma)
    assert abs(found[0, 0] - np.corrcoef(chroma[0], MAJOR)[0, 1]) < 1e-9
    assert abs(found[1, 14] - np.corrcoef(chroma[1], np.roll(MINOR, 2))[0, 1]) < 1e-9
    moved = key_strengths(gain * np.roll(chroma, up, axis=1)).reshape(2, 2, 12)
    np.testing.assert_allclose(moved, np.roll(found.reshape(2, 2, 12), up, axis=2), atol=1e-9)


def test_harmony_changes_where_one_chord_follows_another():
    sound = np.concatenate([triad(0, 4), triad(6, 4)])
    change = harmonic_change(smoothed(Analysis(sound).chroma_energy, 5))
    inner = change[8:-8]
    assert abs((int(inner.argmax()) + 8) * HOP / SAMPLE_RATE - 3.0) < 0.15
    assert inner.max() > 10 * np.median(inner)


def test_smoothing_keeps_what_is_constant_and_is_a_mean():
    np.testing.assert_allclose(smoothed(np.full((7, 2), 3.0), 43), 3.0)
    rows = np.random.default_rng(0).normal(0, 1, (50, 2))
    found = smoothed(rows, 9)
    weights = np.hanning(11)[1:-1]
    np.testing.assert_allclose(found[20], weights @ rows[16:25] / weights.sum())


def test_dissonance_is_least_in_unison_and_far_apart_and_most_in_between():
    high = np.linspace(440, 880, 441)
    curve = dissonance(np.array(440.0), high, np.array(1.0))
    assert curve[0] == 0
    assert curve[-1] < 0.05 * curve.max()
    assert 460 < high[curve.argmax()] < 480  # about a quarter of a critical band above
    assert (np.diff(curve[: curve.argmax()]) > 0).all()


def test_a_second_is_rougher_than_a_fifth_and_a_tone_is_smooth():
    found = [
        float(np.median(roughness(power_frames(tones(440.0, other), 2048, HOP, hann(2048)), FRAME_HZ)[3:-3]))
        for other in (440.0, 493.9, 659.3)
    ]
    single, second, fifth = found
    assert second > 2 * fifth > 2 * single


def test_roughness_of_a_frame_is_the_sum_over_all_pairs_of_its_peaks_at_any_level():
    random = np.random.default_rng(3)
    power = random.gamma(0.3, 1.0, (6, 200)).astype(np.float32)
    hertz, amplitude = highest_peaks(power, 21.5)
    expected = np.zeros(6)
    for frame in range(6):
        for one in range(hertz.shape[1]):
            for other in range(one + 1, hertz.shape[1]):
                low, high = sorted((hertz[frame, one], hertz[frame, other]))
                both = amplitude[frame, one] * amplitude[frame, other]
                expected[frame] += dissonance(np.array(low), np.array(high), np.array(both))
    np.testing.assert_allclose(roughness(power, 21.5), expected, rtol=1e-9)
    np.testing.assert_allclose(roughness(100 * power, 21.5), roughness(power, 21.5), rtol=1e-5)


def test_a_tones_peak_lies_at_its_frequency_and_silence_has_none():
    hertz, amplitude = highest_peaks(power_frames(tones(1234.5), 2048, HOP, hann(2048)), FRAME_HZ)
    middle = slice(5, -5)
    highest = np.take_along_axis(hertz, amplitude.argmax(axis=1)[:, None], axis=1)[middle]
    np.testing.assert_allclose(highest, 1234.5, atol=1.0)
    assert (roughness(np.zeros((3, 513), np.float32), 21.5) == 0).all()
