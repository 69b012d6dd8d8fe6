"""Every feature keeps to what the registry declares of it, on any sound there is."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.errors import GenreLensError, SignalError
from genrelens.features import (
    AVERAGED_WIDTH,
    FEATURES,
    SAMPLE_RATE,
    Analysis,
    averaged_vector,
    compute_features,
)

TIMES = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
CLICK = np.eye(1, 40000, 20000, dtype=np.float32)[0]
SOUNDS = {
    "tone": np.sin(2 * np.pi * 440 * TIMES).astype(np.float32),
    "silence": np.zeros(30000, np.float32),
    "constant": np.full(30000, 0.5, np.float32),
    "click": CLICK,
    "noise": np.random.default_rng(0).standard_normal(50000).astype(np.float32),
    "silence, then noise": np.concatenate(
        [np.zeros(30000, np.float32), np.random.default_rng(0).standard_normal(30000).astype(np.float32)]
    ),
    "inaudible": 1e-20 * np.sin(2 * np.pi * 440 * TIMES).astype(np.float32),
    "enormous": 1e6 * np.sin(2 * np.pi * 440 * TIMES).astype(np.float32),
    "one second": np.sin(2 * np.pi * 440 * TIMES[:SAMPLE_RATE]).astype(np.float32),
}


def test_the_nine_have_the_widths_and_the_order_of_the_paper() -> None:
    assert {name: feature.width for name, feature in FEATURES.items()} == {
        "mel": 128,
        "mfcc": 20,
        "mfcc_delta": 20,
        "mfcc_delta2": 20,
        "chroma_cens": 12,
        "chroma_cqt": 12,
        "chroma_stft": 12,
        "tonnetz": 6,
        "tempogram": 128,
    }
    assert list(FEATURES) == [feature.name for feature in FEATURES.values()]
    assert AVERAGED_WIDTH == 358


@pytest.mark.parametrize("sound", SOUNDS)
def test_every_feature_is_what_it_declares(sound: str) -> None:
    samples = SOUNDS[sound]
    computed = compute_features(samples)
    assert list(computed) == list(FEATURES)
    for name, rows in computed.items():
        assert rows.shape == (1 + samples.size // 1024, FEATURES[name].width), name
        assert rows.dtype == np.float32, name
        assert np.isfinite(rows).all(), name
    vector = averaged_vector(computed)
    assert vector.shape == (AVERAGED_WIDTH,)
    assert np.isfinite(vector).all()


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 6000), seed=st.integers(0, 99))
def test_any_length_from_one_sample_on_has_a_result(size: int, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-1, 1, size).astype(np.float32)
    for name, rows in compute_features(samples).items():
        assert rows.shape == (1 + size // 1024, FEATURES[name].width), name
        assert np.isfinite(rows).all(), name


def test_thirty_seconds_have_646_frames() -> None:
    assert len(compute_features(np.zeros(661500, np.float32), ["mfcc"])["mfcc"]) == 646


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_asked_for_alone_is_the_same_as_among_all(name: str) -> None:
    noise = SOUNDS["noise"]
    np.testing.assert_array_equal(compute_features(noise, [name])[name], compute_features(noise)[name])


def test_an_analysis_is_not_computed_twice() -> None:
    analysis = Analysis(SOUNDS["tone"])
    first = compute_features(analysis, ["mel"])["mel"]
    assert compute_features(analysis, ["mel"])["mel"] is first


@pytest.mark.parametrize("name", FEATURES)
def test_computing_leaves_what_is_shared_untouched(name: str) -> None:
    analysis = Analysis(SOUNDS["noise"])
    before = {key: rows.copy() for key, rows in compute_features(analysis).items()}
    FEATURES[name].compute(analysis)
    for key, rows in compute_features(analysis).items():
        np.testing.assert_array_equal(rows, before[key])


def test_the_averaged_vector_concatenates_means_in_the_order_asked() -> None:
    computed = compute_features(SOUNDS["noise"])
    vector = averaged_vector(computed, ["tonnetz", "mfcc"])
    expected = np.concatenate([computed["tonnetz"].mean(axis=0), computed["mfcc"].mean(axis=0)])
    np.testing.assert_allclose(vector, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("samples", "word"),
    [
        (np.zeros(0, np.float32), "empty"),
        (np.zeros((2, 100), np.float32), "mono"),
        (np.zeros(100, np.int16), "scale"),
        (np.full(100, np.nan, np.float32), "NaN"),
        (np.array([0.0, np.inf]), "infinity"),
    ],
)
def test_what_is_no_signal_is_refused_with_a_reason(samples: np.ndarray, word: str) -> None:
    with pytest.raises(SignalError, match=word):
        compute_features(samples)


def test_an_unknown_feature_is_refused_with_those_there_are() -> None:
    with pytest.raises(GenreLensError, match="no feature 'mfc'.*mfcc"):
        compute_features(SOUNDS["tone"], ["mfc"])


def test_features_need_none_of_the_heavy_libraries() -> None:
    program = (
        "import sys, numpy, genrelens.features as f; s = numpy.ones(30000, 'f4')\n"
        "f.compute_features(s); f.signal_statistics(s)\n"
        "heavy = {'torch', 'scipy', 'librosa', 'numba', 'sklearn', 'pandas', 'matplotlib'}\n"
        "print(*heavy.intersection(m.split('.')[0] for m in sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
