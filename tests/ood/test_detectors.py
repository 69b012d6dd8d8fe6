"""Guards keep quiet about what is like the training tracks, and speak up about what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import soundfile
import soxr
from sklearn.decomposition import PCA

from genrelens.encoders import load_encoder
from genrelens.errors import RecipeError
from genrelens.ood.detectors import fit_detector, fit_distance, fit_no_music, threshold_of
from genrelens.ood.options import DistanceOptions
from genrelens.ood.synthetic_sounds import KINDS, synthetic_sound, synthetic_sounds


def correlated(rows: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """Vectors that live mostly in three directions of twelve, in units of very different sizes."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(3, 12))
    x = random.normal(size=(rows, 3)) @ mixing + 0.3 * random.normal(size=(rows, 12)) + shift
    return (x * np.logspace(-2, 3, 12) + 5).astype(np.float32)


@pytest.mark.parametrize("kind", ["distance", "foreign"])
def test_onnx_gives_the_strangeness_of_the_guard(kind: str) -> None:
    x, foreign = correlated(400, 0), correlated(40, 1, shift=4.0)
    guard = fit_detector(kind, x, foreign)
    session = onnxruntime.InferenceSession(guard.to_onnx(), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["x"]
    for rows in (foreign, foreign[:1]):
        got = session.run(["strangeness"], {"x": rows})[0]
        assert got.shape == (len(rows),)
        np.testing.assert_allclose(got, guard.score(rows), rtol=2e-3, atol=2e-3)


def test_distance_is_that_of_probabilistic_components() -> None:
    x = correlated(500, 0)
    guard = fit_distance(x, DistanceOptions(3))
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    oracle = PCA(3).fit(z)
    noise = ((z - oracle.inverse_transform(oracle.transform(z))) ** 2).sum(axis=1).mean() / (12 - 3)
    away = z - oracle.inverse_transform(oracle.transform(z))
    inside = oracle.transform(z) ** 2 / (oracle.transform(z) ** 2).mean(axis=0)
    wanted = (inside.sum(axis=1) + (away**2).sum(axis=1) / noise) / 12
    np.testing.assert_allclose(guard.score(x), wanted, rtol=1e-3)


@pytest.mark.parametrize("kind", ["distance", "foreign"])
def test_what_is_foreign_stands_apart_and_few_of_the_own_do(kind: str) -> None:
    x = correlated(600, 0)
    groups = np.arange(600) // 4
    foreign = correlated(40, 1, shift=5.0)
    threshold = threshold_of(kind, x, groups, foreign, rejected=0.02)
    guard = fit_detector(kind, x, foreign)
    assert (guard.score(correlated(1000, 5)) > threshold).mean() < 0.05
    assert (guard.score(correlated(100, 6, shift=5.0)) > threshold).mean() > 0.9


def test_an_unheard_kind_is_caught_by_distance_alone() -> None:
    x, known = correlated(600, 0), correlated(40, 1, shift=5.0)
    random = np.random.default_rng(3)
    unheard = (random.normal(size=(50, 12)) * np.logspace(-2, 3, 12) * 1.5 + 5).astype(np.float32)
    limits = {
        kind: threshold_of(kind, x, np.arange(600), known, rejected=0.01) for kind in ("distance", "foreign")
    }
    assert (fit_distance(x).score(unheard) > limits["distance"]).mean() > 0.9
    assert (fit_no_music(x, known).score(unheard) > limits["foreign"]).mean() < 0.5


def test_unknown_kinds_and_options_are_refused() -> None:
    x = correlated(30, 0)
    with pytest.raises(ValueError, match="no detector is called"):
        fit_detector("dog", x, x)
    with pytest.raises(RecipeError, match="unknown key 'teeth'"):
        fit_detector("distance", x, x, {"teeth": 2})
    with pytest.raises(RecipeError, match="unknown key 'teeth'; there are none"):
        fit_detector("music", np.zeros((3, 527), np.float32), x, {"teeth": 2})


def test_the_guard_for_music_tells_real_music_from_hiss_and_voices(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    encoder = load_encoder("mn04")
    rate = encoder.spec.sample_rate
    files = sorted((shared / "gtzan" / "lossless").glob("*.flac"))
    songs = [soxr.resample(*soundfile.read(file, dtype="float32"), rate) for file in files]
    voices = [
        synthetic_sound(KINDS[kind], np.random.default_rng(seed), 5.0, rate)
        for kind in ("noise", "speech", "machines")
        for seed in (1, 2)
    ]
    tags = np.stack([encoder(sound)["tags"] for sound in (*songs, *voices)])
    guard = fit_detector("music", tags, tags)
    strange = guard.score(tags)
    np.testing.assert_allclose(strange, 1 - tags[:, encoder.spec.tag_names.index("Music")], atol=1e-6)
    assert strange[: len(songs)].max() < strange[len(songs) :].min()
    session = onnxruntime.InferenceSession(guard.to_onnx(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(["strangeness"], {"x": tags})[0], strange, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_sounds_are_finite_as_long_as_asked_and_never_alike(kind: str) -> None:
    one, two = (synthetic_sound(KINDS[kind], np.random.default_rng(seed), 1.5, 16000) for seed in (1, 2))
    assert one.shape == two.shape == (24000,)
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    assert np.abs(one).max() == pytest.approx(0.5)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.5
    np.testing.assert_array_equal(one, synthetic_sound(KINDS[kind], np.random.default_rng(1), 1.5, 16000))


def test_every_kind_is_made_as_often() -> None:
    names = [kind for kind, _ in synthetic_sounds(1, rate=8000, seed=1)]
    assert names == list(KINDS)
