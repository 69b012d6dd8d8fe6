"""The numbers of Tzanetakis and Cook mean what they are called, and their classifiers follow Bayes' rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import multivariate_normal, norm
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier

from genrelens.baselines.analysis.beat_histogram import beat_histogram, beat_numbers
from genrelens.baselines.analysis.pitch_histogram import folded, pitch_histogram, pitch_numbers
from genrelens.baselines.analysis.texture_windows import frame_numbers, texture_numbers
from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.classifiers.mixtures import MixtureClassifier
from genrelens.baselines.registry import load_baseline
from genrelens.baselines.systems.tzanetakis_cook import KINDS, Statistical, thirty_numbers

RATE = 22050


def clicks(tempo: float, seconds: float = 12.0, level: float = 0.5) -> NDArray[np.float32]:
    """Short bursts of noise, so many a minute."""
    random = np.random.default_rng(0)
    sound = np.zeros(int(seconds * RATE))
    sound[(np.arange(0, seconds, 60 / tempo) * RATE).astype(int)] = level
    burst = random.normal(size=800) * np.exp(-np.arange(800) / 150)
    sound = np.convolve(sound, burst)[: len(sound)] + 0.001 * level * random.normal(size=len(sound))
    return sound.astype(np.float32)


def notes(pitches: Sequence[int], seconds: float = 4.0, level: float = 0.1) -> NDArray[np.float32]:
    """Six partials a note of MIDI, sounding together."""
    t = np.arange(int(seconds * RATE)) / RATE
    partials = range(1, 7)
    hertz = [440 * 2 ** ((note - 69) / 12) for note in pitches]
    sound = sum(np.sin(2 * np.pi * f * k * t + f * k) / k for f in hertz for k in partials)
    return (level * np.asarray(sound)).astype(np.float32)


@settings(max_examples=12)
@given(st.integers(44, 196))
def test_beats_of_a_tempo_are_its_peak(tempo: int) -> None:
    numbers = beat_numbers(beat_histogram(clicks(tempo)))
    assert numbers[3] == pytest.approx(tempo, abs=1)
    assert numbers[0] > 0.9


def test_accents_on_every_other_beat_make_a_second_peak_at_half_the_tempo() -> None:
    sound = clicks(160, level=0.3) + clicks(80, level=0.7)
    numbers = beat_numbers(beat_histogram(sound))
    assert sorted(numbers[3:5]) == pytest.approx([80, 160], abs=1)
    assert numbers[2] == pytest.approx(numbers[1] / numbers[0])
    assert 0.1 < numbers[2] <= 1


def test_a_strong_beat_has_a_higher_sum_than_noise_and_level_does_not_matter() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 12 * RATE)
    strong, loud = beat_histogram(clicks(100)), beat_histogram(4 * clicks(100))
    assert strong.sum() > 3 * beat_histogram(noise).sum()
    np.testing.assert_allclose(strong, loud, atol=1e-6)


@settings(max_examples=12)
@given(st.integers(45, 81))
def test_a_note_is_the_peak_of_the_pitch_histogram(note: int) -> None:
    numbers = pitch_numbers(pitch_histogram(notes([note])))
    assert numbers[1] == note
    assert numbers[2] == 7 * note % 12
    assert numbers[0] > 0.75


@pytest.mark.parametrize("chord", [(60, 64, 67), (57, 60, 64), (62, 65, 69), (55, 59, 62)])
def test_the_notes_of_a_chord_are_the_three_highest(chord: tuple[int, ...]) -> None:
    histogram = pitch_histogram(notes(chord))
    assert set(np.argsort(-histogram)[:3].tolist()) == set(chord)


@pytest.mark.parametrize(("second", "steps"), [(67, 1), (65, -1), (62, 2), (66, 6)])
def test_intervals_are_steps_on_the_circle_of_fifths(second: int, steps: int) -> None:
    sound = np.concatenate([notes([60], 6), notes([second], 2)])  # one after the other
    numbers = pitch_numbers(pitch_histogram(sound))
    assert numbers[[1, 2, 3]].tolist() == [60, 0, steps]


def test_octaves_are_folded() -> None:
    low, high = folded(pitch_histogram(notes([57]))), folded(pitch_histogram(notes([69])))
    assert low.argmax() == high.argmax() == 7 * 9 % 12


def test_noise_has_less_pitch_than_a_note() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32)
    assert pitch_numbers(pitch_histogram(noise))[4] < 0.3 * pitch_numbers(pitch_histogram(notes([69])))[4]


def test_texture_is_that_of_its_definition() -> None:
    random = np.random.default_rng(3)
    sound = (random.normal(0, 0.1, 3 * RATE) * np.repeat([1.0, 0.2, 1.0], RATE)).astype(np.float32)
    numbers, level = frame_numbers(sound)
    means, variances, low = [], [], []
    for at in range(len(numbers) - 42):
        means.append(numbers[at : at + 43].mean(axis=0))
        variances.append(numbers[at : at + 43].var(axis=0))
        low.append(np.mean([one < level[at : at + 43].mean() for one in level[at : at + 43]]))
    expected = [*np.mean(means, axis=0), *np.mean(variances, axis=0), np.mean(low)]
    np.testing.assert_allclose(texture_numbers(sound), expected, rtol=1e-9)


def test_frames_are_those_of_another_library() -> None:
    librosa = pytest.importorskip("librosa")
    sound = np.random.default_rng(4).normal(0, 0.1, 40 * 512).astype(np.float32)
    sound = np.convolve(sound, [0.2] * 5, "same").astype(np.float32)
    numbers, _ = frame_numbers(sound)
    magnitude = np.abs(librosa.stft(sound, n_fft=512, hop_length=512, window="hann", center=False))
    centroid = librosa.feature.spectral_centroid(S=magnitude, sr=RATE, n_fft=512)[0]
    rolloff = librosa.feature.spectral_rolloff(S=magnitude, sr=RATE, n_fft=512, roll_percent=0.85)[0]
    crossings = librosa.feature.zero_crossing_rate(sound, frame_length=512, hop_length=512, center=False)[0]
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=RATE, n_fft=512, n_mels=40)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=6)[1:]
    np.testing.assert_allclose(numbers[:, 0], centroid, rtol=1e-3)
    np.testing.assert_allclose(numbers[:, 1], rolloff, atol=RATE / 512 + 1e-6)
    np.testing.assert_allclose(numbers[:, 3], crossings * RATE, atol=RATE / 512 + 1e-6)
    np.testing.assert_allclose(numbers[:, 4:], mfcc.T, atol=0.02)


def test_flux_is_of_the_change_of_spectrum_and_not_of_level() -> None:
    steady = np.sin(2 * np.pi * 20 / 512 * np.arange(20 * 512)).astype(np.float32)
    other = np.sin(2 * np.pi * 90 / 512 * np.arange(20 * 512)).astype(np.float32)
    flux = frame_numbers(np.concatenate([steady, 0.3 * steady, other]))[0][:, 2]
    assert flux[20] < 1e-6  # the level changes here
    assert flux[40] == pytest.approx(2, abs=1e-3)  # two spectra that have nothing in common


@pytest.mark.parametrize("seconds", [1.0, 1.7, 12.0])
@pytest.mark.parametrize("kind", ["noise", "tone", "click", "offset", "mostly silent"])
def test_any_sound_has_thirty_finite_numbers(kind: str, seconds: float) -> None:
    count = int(seconds * RATE)
    sound = np.zeros(count, np.float32)
    if kind == "noise":
        sound += np.random.default_rng(0).normal(0, 0.3, count).astype(np.float32)
    elif kind == "tone":
        sound += np.sin(2 * np.pi * 5000 / RATE * np.arange(count)).astype(np.float32)
    elif kind == "click":
        sound[count // 2] = 1.0
    elif kind == "offset":
        sound += 0.9
        sound[0] = 0.0
    else:
        sound[:2000] = 1e-3
    found = load_baseline("tzanetakis_cook").descriptors[0].of(sound)
    assert found.shape == (30,)


def test_length_matters_little_where_the_music_goes_on() -> None:
    sound = clicks(120, 24.0) + np.concatenate([notes([60], 12), notes([60], 12)])
    half, whole = thirty_numbers(sound[: 12 * RATE]), thirty_numbers(sound)
    np.testing.assert_allclose(whole[[0, 1, 3, 18]], half[[0, 1, 3, 18]], rtol=0.05)
    np.testing.assert_allclose(whole[19:], half[19:], rtol=0.1, atol=0.05)


def test_a_gaussian_is_the_product_of_normal_densities() -> None:
    x = np.random.default_rng(0).normal([1, 5, -2], [1, 2, 3], (40, 3))
    found = MixtureClassifier(floor=0.0).fit(x, np.zeros(40)).log_densities(x[:5])[:, 0]
    expected = norm.logpdf(x[:5], x.mean(axis=0), x.std(axis=0)).sum(axis=1)
    np.testing.assert_allclose(found, expected)


def test_a_full_gaussian_is_the_multivariate_normal_density() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.7], [0, 0, 1]])
    found = MixtureClassifier(1, "full", floor=0.25).fit(x, np.zeros(60)).log_densities(x[:5])[:, 0]
    covariance = np.cov(x.T, bias=True) + 0.25 * np.eye(3)
    np.testing.assert_allclose(found, multivariate_normal(x.mean(axis=0), covariance).logpdf(x[:5]))


def test_a_mixture_of_far_groups_is_the_weighted_sum_of_their_densities() -> None:
    random = np.random.default_rng(2)
    near, far = random.normal(0, 1, (30, 2)), random.normal(100, 2, (10, 2))
    model = MixtureClassifier(2, floor=0.0, random_state=0).fit(np.concatenate([near, far]), np.zeros(40))
    density = sum(
        weight * norm.pdf(near[:4], part.mean(axis=0), part.std(axis=0)).prod(axis=1)
        for weight, part in ((0.75, near), (0.25, far))
    )
    np.testing.assert_allclose(model.log_densities(near[:4])[:, 0], np.log(density), rtol=1e-6)


def test_probabilities_follow_bayes_rule_with_equal_priors() -> None:
    x = np.concatenate([np.random.default_rng(0).normal(m, 1, (n, 2)) for m, n in ((0, 60), (2, 20))])
    labels = np.repeat(["a", "b"], [60, 20])
    model = MixtureClassifier(floor=0.0).fit(x, labels)
    dense = [
        norm.pdf(x, x[labels == one].mean(axis=0), x[labels == one].std(axis=0)).prod(axis=1) for one in "ab"
    ]
    np.testing.assert_allclose(model.predict_proba(x)[:, 1], dense[1] / (dense[0] + dense[1]), rtol=1e-6)


def test_mixtures_tell_what_one_gaussian_cannot() -> None:
    random = np.random.default_rng(0)
    outer = random.normal(0, 0.5, (80, 1)) + np.where(np.arange(80) % 2, 5, -5)[:, None]
    inner = random.normal(0, 0.5, (80, 1)) + np.where(np.arange(80) % 2, 10, 0)[:, None]
    x, labels = np.concatenate([outer, inner]), np.repeat([0, 1], 80)
    assert (MixtureClassifier(2, random_state=0).fit(x, labels).predict(x) == labels).mean() == 1.0
    assert (MixtureClassifier(1).fit(x, labels).predict(x) == labels).mean() < 0.9


@pytest.mark.parametrize("components", [1, 3, 5])
def test_a_genre_of_one_or_of_equal_rows_can_be_learnt(components: int) -> None:
    x = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    model = MixtureClassifier(components, random_state=0).fit(x, [0, 1, 1, 1])
    assert model.predict(x).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_classifier_of_the_paper_can_be_chosen(kind: str) -> None:
    random = np.random.default_rng(0)
    x, labels = random.normal(np.repeat([0.0, 3.0, 6.0], 20)[:, None], 1, (60, 4)), np.repeat([2, 5, 7], 20)
    model = clone(Statistical(kind, random_state=0)).fit(x, labels)
    assert model.classes_.tolist() == [2, 5, 7]
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1)
    assert (model.predict(x) == labels).mean() > 0.9
    if kind == "nearest_3":
        same = KNeighborsClassifier(3).fit(x, labels)
        np.testing.assert_array_equal(model.predict_proba(x), same.predict_proba(x))


def test_the_choice_follows_the_data_and_the_seed() -> None:
    random = np.random.default_rng(0)
    sides = np.where(np.arange(120) % 2, 4.0, -4.0)
    first = np.stack([sides, random.normal(0, 0.3, 120)], 1) + random.normal(0, 0.3, (120, 2))
    second = np.stack([np.zeros(120), random.normal(0, 0.3, 120)], 1) + random.normal(0, 3.0, (120, 2)) * [
        1,
        0,
    ]
    x, labels = np.concatenate([first, second]).astype(np.float32), np.repeat([0, 1], 120)
    system = load_baseline("tzanetakis_cook")
    a, b = (fit_chosen(system, x, labels, np.arange(240) // 2, 2, seed=7) for _ in range(2))
    assert a.chosen == b.chosen
    assert a.chosen["statistical__kind"] not in ("gaussian", "full_gaussian")  # two clouds are no Gaussian
    np.testing.assert_array_equal(a.predict(x), b.predict(x))


def test_real_genres_are_told_apart(shared: Path) -> None:
    system = load_baseline("tzanetakis_cook")
    rows, labels = [], []
    for label, genre in enumerate(("classical", "metal")):
        for path in sorted((shared / "gtzan" / "audio" / genre).iterdir())[:12]:
            samples, rate = soundfile.read(path, dtype="float32", frames=10 * RATE)
            assert rate == RATE
            rows.append(system.descriptors[0].of(samples))
            labels.append(label)
    x, y = np.stack(rows), np.array(labels)
    learnt = np.arange(24) % 3 > 0
    fitted = fit_chosen(system, x[learnt], y[learnt], np.flatnonzero(learnt), 2, seed=0)
    assert (fitted.predict(x[~learnt]).argmax(1) == y[~learnt]).mean() >= 7 / 8
