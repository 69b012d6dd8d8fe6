"""Moments of timbre and pulse: what the numbers are, and that genres can be told by them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from genrelens.baselines.analysis.frame_timbre import COLUMNS, frame_timbre
from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.registry import load_baseline
from genrelens.baselines.systems.baniya import WIDTH, timbre_and_pulse
from genrelens.features import SAMPLE_RATE, Analysis


@pytest.fixture(scope="module")
def few_clips(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of sixteen clips of classical music and of metal, alternately."""
    import soundfile

    descriptor = load_baseline("baniya").descriptors[0]
    genres = [sorted((shared / "gtzan" / "audio" / genre).iterdir())[:16] for genre in ("classical", "metal")]
    paths = [path for pair in zip(*genres, strict=True) for path in pair]
    sounds = [soundfile.read(path, SAMPLE_RATE * 10, dtype="float32")[0] for path in paths]
    x = np.stack([descriptor.of(sound) for sound in sounds])
    return x, np.arange(len(paths)) % 2


def test_it_tells_classical_music_from_metal_in_clips_it_never_saw(few_clips):
    x, labels = few_clips
    fitted = fit_chosen(load_baseline("baniya"), x[:20], labels[:20], np.arange(20), 2, seed=0)
    assert (fitted.predict(x[20:]).argmax(axis=1) == labels[20:]).mean() >= 0.9


def test_the_seed_reaches_the_machines_that_are_chosen_among(few_clips):
    x, labels = few_clips
    whole = load_baseline("baniya")
    system = replace(whole, grid={"classify": whole.grid["classify"][:2]})
    first, again, other = (fit_chosen(system, x, labels, np.arange(len(x)), 2, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.predict(x), again.predict(x))
    assert first.chosen["classify"].random_state == 1
    assert other.chosen["classify"].random_state == 2
    assert not np.array_equal(first.predict(x), other.predict(x))


def test_the_numbers_are_statistics_of_the_frames():
    random = np.random.default_rng(0)
    samples = (random.normal(0, 0.1, 5 * SAMPLE_RATE) * np.linspace(0, 1, 5 * SAMPLE_RATE)).astype(np.float32)
    found, rows = timbre_and_pulse(samples), frame_timbre(Analysis(samples))
    assert rows.shape == (1 + len(samples) // 1024, COLUMNS)
    np.testing.assert_allclose(found[:COLUMNS], rows.mean(axis=0))
    np.testing.assert_allclose(found[3 * COLUMNS : 4 * COLUMNS], stats.kurtosis(rows), atol=1e-6)
    level, crossings = rows[-20:-2, 18], rows[-20:-2, 19]  # near the loud end
    np.testing.assert_allclose(level, -21, atol=1.5)
    assert abs(crossings.mean() - 0.5) < 0.02


def test_a_tones_centroid_is_its_frequency_in_octaves_from_1_kilohertz():
    time_s = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    rows = frame_timbre(Analysis((0.5 * np.sin(2 * np.pi * 2000 * time_s)).astype(np.float32)))[4:-4]
    np.testing.assert_allclose(rows[:, 13], 1.0, atol=0.02)  # centroid
    np.testing.assert_allclose(rows[:, 15], 1.0, atol=0.02)  # rolloff
    assert rows[:, 17].max() < 0.1  # flux: nothing changes


@pytest.mark.parametrize("seconds", [1.0, 2.5])
def test_short_and_nearly_silent_sound_has_finite_numbers(seconds: float):
    click = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    click[3000] = 1e-4
    for samples in (click, np.full_like(click, 0.25)):
        found = timbre_and_pulse(samples)
        assert found.shape == (WIDTH,)
        assert np.isfinite(found).all()
