"""Linear prediction against the normal equations, cepstra against Fourier's, trees against what was made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz
from scipy.signal import freqz, lfilter
from sklearn.base import clone

from genrelens.baselines.analysis.beat_spectrum import beat_spectrum, lag_bands
from genrelens.baselines.analysis.linear_prediction import cepstrum, predictors, solve_levinson
from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.classifiers.layered_machines import LayeredMachines, distance_between
from genrelens.baselines.registry import load_baseline
from genrelens.baselines.systems.xu_svm import HOP, LAG_EDGES, SEGMENTS, WIDTHS, segment_numbers

RATE = 22050


@given(st.integers(1, 16), st.integers(0, 10_000))
def test_levinson_solves_the_normal_equations(order: int, seed: int) -> None:
    frames = np.random.default_rng(seed).normal(size=(3, 80))
    r = np.stack([np.correlate(x, x, "full")[79 : 80 + order] for x in frames])
    expected = [solve_toeplitz(one[:-1], one[1:]) for one in r]
    np.testing.assert_allclose(solve_levinson(r), expected, rtol=1e-6, atol=1e-9)


def test_the_predictor_of_a_filtered_noise_is_the_filter() -> None:
    wanted = [1.2, -0.8, 0.1]
    noise = np.random.default_rng(0).normal(size=200_000)
    sound = lfilter([1], [1, *(-a for a in wanted)], noise)
    np.testing.assert_allclose(predictors(sound[None], 3)[0], wanted, atol=0.02)


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(0, 10_000))
def test_the_recursion_gives_the_cepstrum_that_fourier_gives(order: int, seed: int) -> None:
    a = predictors(np.random.default_rng(seed).normal(size=(1, 60)), order)
    spectrum = freqz([1], np.concatenate([[1], -a[0]]), worN=1 << 13, whole=True)[1]
    fourier = np.fft.ifft(np.log(np.abs(spectrum))).real  # the even part: half the coefficient at n > 0
    np.testing.assert_allclose(cepstrum(a, 20)[0], 2 * fourier[1:21], atol=1e-6)


def test_silent_and_purely_tonal_frames_have_finite_cepstra() -> None:
    tone = np.sin(2 * np.pi * 1000 / RATE * np.arange(512))
    found = cepstrum(predictors(np.stack([np.zeros(512), tone, np.ones(512), 1e-20 * tone]), 12), 12)
    assert np.isfinite(found).all()
    assert not found[0].any()


def test_beat_spectrum_is_the_mean_cosine_of_frames_a_lag_apart() -> None:
    frames = np.random.default_rng(0).normal(size=(30, 5))
    unit = frames / np.linalg.norm(frames, axis=1, keepdims=True)
    similarity = unit @ unit.T
    expected = [np.diagonal(similarity, lag).mean() for lag in range(30)]
    np.testing.assert_allclose(beat_spectrum(frames), expected, atol=1e-12)
    bands = [np.mean(expected[2:5]), np.mean(expected[5:20]), np.mean(expected[20:]), 0.0]
    np.testing.assert_allclose(lag_bands(beat_spectrum(frames), np.array([2, 5, 20, 40, 60])), bands)


@pytest.mark.parametrize("tempo", [75, 100, 150])
def test_the_beat_spectrum_of_music_peaks_at_its_beat(tempo: int) -> None:
    period = 60 / tempo
    t = np.arange(9 * RATE) / RATE
    loud = np.exp(-8 * (t % period))
    noise = np.random.default_rng(0).normal(0, 0.1, t.size)
    sound = (loud * noise + 0.05 * (1 - loud) * np.sin(2 * np.pi * 300 * t)).astype(np.float32)
    rhythm = segment_numbers(sound)[:, : WIDTHS[0]].mean(axis=0)
    seconds = LAG_EDGES * HOP / RATE
    at = np.searchsorted(seconds, period, "right") - 1
    half = np.searchsorted(seconds, period / 2, "right") - 1
    assert rhythm[at] > rhythm[half] + 0.1


@pytest.mark.parametrize("seconds", [1.0, 2.3, 30.0])
@pytest.mark.parametrize("kind", ["noise", "click", "half silent"])
def test_any_sound_has_finite_segments(kind: str, seconds: float) -> None:
    sound = np.random.default_rng(0).normal(0, 0.2, int(seconds * RATE)).astype(np.float32)
    if kind != "noise":
        sound[: len(sound) // 2 if kind == "half silent" else -1] = 0.0
    found = load_baseline("xu_svm").descriptors[0].of(sound)
    assert found.shape == (SEGMENTS, sum(WIDTHS))


def test_level_changes_power_and_no_other_kind() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32)
    change = segment_numbers(2 * sound) - segment_numbers(sound)
    power = sum(WIDTHS[:3])
    np.testing.assert_allclose(change[:, power], 20 * np.log10(2), atol=1e-3)
    np.testing.assert_allclose(np.delete(change, power, axis=1), 0, atol=1e-3)


def recordings(means: NDArray[np.float64], each: int = 12) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Three segments a recording around each genre's mean."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(means)), each)
    return random.normal(means[labels][:, None], 1, (len(labels), 3, means.shape[1])).astype(
        np.float32
    ), labels


def test_the_tree_joins_the_genres_that_are_near() -> None:
    far, near = 40.0, 8.0
    means = np.array([[0, 0], [far, 0], [0, near], [far, near]])
    x, labels = recordings(means)
    model = LayeredMachines(C=10.0).fit(x, labels)
    assert sorted(model.groups()[:2]) == [((0,), (2,)), ((1,), (3,))]
    assert model.groups()[-1] == ((0, 2), (1, 3))
    assert (model.predict(x) == labels).all()


def test_the_tree_measures_in_deviations_within_genres() -> None:
    """The first axis is wide, but its genres lie within one another there."""
    random = np.random.default_rng(0)
    means = np.array([[0, 0.0], [30, 0.0], [0, 3.0], [30, 3.0]])
    labels = np.repeat(np.arange(4), 200)
    rows = random.normal(means[labels][:, None], [60.0, 0.3], (800, 1, 2))
    model = LayeredMachines().fit(rows, labels)
    assert sorted(model.groups()[:2]) == [((0,), (1,)), ((2,), (3,))]


def test_each_machine_is_given_the_kinds_that_tell_its_groups_apart() -> None:
    """The first number tells pairs apart, the third tells the genres within; the wide second is noise."""
    means = np.zeros((4, 12))
    means[:, 0] = [0, 0, 30, 30]
    means[:, 11] = [0, 5, 0, 5]
    x, labels = recordings(means, 20)
    model = LayeredMachines(C=10.0, kinds=1, widths=(1, 10, 1)).fit(x, labels)
    columns = [joint[2].tolist() for joint in model.joints_]
    assert columns == [[11], [11], [0]]
    assert (model.predict(x) == labels).mean() > 0.95


def test_width_alone_does_not_make_a_kind_the_better_one() -> None:
    random = np.random.default_rng(0)
    found = [distance_between(random.normal(size=(40, 30)), random.normal(size=(40, 30))) for _ in range(40)]
    assert abs(np.mean(found)) < 0.4
    assert distance_between(random.normal(0, 1, (40, 1)), random.normal(2, 1, (40, 1))) > 2


def test_probabilities_are_the_mean_over_segments() -> None:
    x, labels = recordings(np.array([[0.0, 0], [3, 0], [0, 3]]))
    model = clone(LayeredMachines(C=2.0)).fit(x, labels)
    found = model.predict_proba(x)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    by_segment = [model.predict_proba(x[:, [one]]) for one in range(3)]
    np.testing.assert_allclose(found, np.mean(by_segment, axis=0))


def test_a_genre_of_few_recordings_is_not_drowned() -> None:
    random = np.random.default_rng(0)
    labels = np.array([0] * 90 + [1] * 10)
    x = random.normal(np.where(labels, 2.0, 0.0)[:, None, None], 1, (100, 1, 1))
    model = LayeredMachines(C=1.0).fit(x, labels)
    halfway = model.predict_proba(np.array([[[0.0]], [[2.0]]]))
    assert halfway[1, 1] > 0.8 > 0.2 > halfway[0, 1]


@pytest.mark.parametrize("genres", [1, 2, 3])
def test_few_genres_and_constant_columns_can_be_learnt(genres: int) -> None:
    x, labels = recordings(10.0 * np.eye(3)[:genres])
    x[:, :, 2] = 7.0 if genres < 3 else x[:, :, 2]
    model = LayeredMachines(kinds=1, widths=(1, 1, 1)).fit(x, labels + 4)
    assert len(model.joints_) == genres - 1
    assert model.predict_proba(x).shape == (len(x), genres)
    assert set(model.predict(x)) <= set(labels + 4)


def test_real_genres_are_told_apart(shared: Path) -> None:
    system = load_baseline("xu_svm")
    rows, labels = [], []
    for label, genre in enumerate(("classical", "metal", "jazz")):
        for path in sorted((shared / "gtzan" / "audio" / genre).iterdir())[:12]:
            samples, rate = soundfile.read(path, dtype="float32", frames=10 * RATE)
            assert rate == RATE
            rows.append(system.descriptors[0].of(samples))
            labels.append(label)
    x, y = np.stack(rows), np.array(labels)
    learnt = np.arange(36) % 3 > 0
    fitted = fit_chosen(system, x[learnt], y[learnt], np.flatnonzero(learnt), 3, seed=0)
    assert (fitted.predict(x[~learnt]).argmax(1) == y[~learnt]).mean() >= 9 / 12
