"""Heads learn what can be learnt, and say the same in ONNX Runtime as in NumPy."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel

from genrelens.errors import RecipeError
from genrelens.heads.head import class_weights, one_hot, standardisation
from genrelens.heads.kinds import fit_head
from genrelens.heads.options import KernelOptions

GENRES = ("blues", "disco", "rock")
KINDS = {
    "logistic": {"l2": 0.01},
    "radial": {"centres": 30, "l2": 1e-3},
    "kernel": {"centres": 90, "components": 5, "ridge": 0.1, "width": 0.2},
    "wide_mlp": {
        "networks": 2,
        "hidden": 32,
        "epochs": 60,
        "batch": 64,
        "rate": 0.02,
        "dropout": 0.1,
        "mixup": 0.0,
    },
}


def rings(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A genre and two rings round it, in units of very different sizes, with idle columns."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    angle = random.uniform(0, 2 * np.pi, rows)
    radius = y + random.normal(0, 0.15, rows)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle), *random.normal(0, 0.3, (3, rows))], axis=1)
    return (x * [100, 0.01, 1, 1, 1] + [5000, 0, 0, 0, 7]).astype(np.float32), y


def blobs(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    return (random.normal(0, 1, (rows, 20)) + 3 * np.eye(3, 20)[y]).astype(np.float32), y


def run_onnx(model: bytes, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["x"]
    return session.run(["probabilities"], {"x": x})[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("half", [False, True])
def test_onnx_gives_the_probabilities_of_the_head(kind: str, half: bool) -> None:
    x, y = rings()
    head = fit_head(kind, x, y, KINDS[kind])
    wanted = head.predict_proba(x)
    np.testing.assert_allclose(wanted.sum(axis=1), 1.0, atol=1e-5)
    got = run_onnx(head.to_onnx(GENRES, half=half), x)
    np.testing.assert_allclose(got, wanted, atol=1e-3 if half else 1e-5)
    np.testing.assert_allclose(run_onnx(head.to_onnx(GENRES, half=half), x[:1]), got[:1], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_heads_learn_blobs_and_curved_ones_learn_rings(kind: str) -> None:
    """A line through rings about one centre is right hardly more often than chance, a third."""
    blob, ring = (0.8, 1.0), (0.2, 0.55) if kind == "logistic" else (0.85, 1.0)
    for data, (least, most) in ((blobs, blob), (rings, ring)):
        x, y = data(600)
        unseen, truth = data(300, seed=1)
        head = fit_head(kind, x, y, KINDS[kind])
        right = (head.predict_proba(unseen).argmax(axis=1) == truth).mean()
        assert least <= right <= most, data.__name__


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes_and_no_row_of_the_training_data_is_inside(kind: str) -> None:
    x, y = blobs()
    one, two = (fit_head(kind, x, y, KINDS[kind], seed=3) for _ in range(2))
    assert one.to_onnx(GENRES) == two.to_onnx(GENRES)
    if one.hidden == "radial":
        z = one.projected(x)
        distances = np.linalg.norm(z[:, None] - one.kernel.T[None], axis=2)
        assert distances.min() > 0.1


def test_logistic_agrees_with_scikit_learn() -> None:
    x, y = blobs()
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    head = fit_head("logistic", x, y, {"l2": 0.05}, weights=weights)
    z = (x - head.mean) * head.scale
    share = weights / weights.sum()
    oracle = LogisticRegression(C=1 / 0.05, max_iter=2000, tol=1e-8).fit(z, y, sample_weight=share)
    np.testing.assert_allclose(head.predict_proba(x), oracle.predict_proba(z), atol=3e-3)


def test_kernel_is_the_ridge_regression_over_its_centres() -> None:
    """The same least squares, solved as one stacked system."""
    x, y = blobs()
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    chosen = KernelOptions(centres=40, components=20, ridge=0.7, width=0.8, inverse_temperature=4.0)
    head = fit_head("kernel", x, y, chosen, weights=weights)
    z, centres = head.projected(x), head.kernel.T
    gamma = 1 / (2 * 0.8 * np.mean((z**2).sum(axis=1)))
    basis, between = (rbf_kernel(rows, centres, gamma).astype(float) for rows in (z, centres))
    root = np.sqrt(weights / weights.mean())[:, None]
    stacked = np.concatenate([root * basis, np.sqrt(0.7) * np.linalg.cholesky(between).T])
    wanted = np.concatenate([root * (one_hot(y, 3) - 1 / 3), np.zeros((len(between), 3))])
    coefficients = np.linalg.lstsq(stacked, wanted, rcond=None)[0]
    unseen = blobs(50, seed=2)[0]
    expected = 4.0 * rbf_kernel(head.projected(unseen), centres, gamma) @ coefficients
    np.testing.assert_allclose(head.logits(unseen), expected, atol=0.01 * np.abs(expected).max())


def test_kernel_looks_at_the_principal_components_alone() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(0, 3, (300, 2))
    x = (scores @ random.normal(0, 1, (2, 20)) + random.normal(0, 0.5, (300, 20))).astype(np.float32)
    head = fit_head("kernel", x, (scores[:, 0] > 0).astype(int), {"components": 2, "centres": 30})
    assert head.projection is not None
    z = (x - head.mean) * head.scale
    rows = np.linalg.svd(z)[2]
    np.testing.assert_allclose(head.projection @ head.projection.T, rows[:2].T @ rows[:2], atol=0.01)
    across = (5 * rows[-1] / head.scale).astype(np.float32)
    np.testing.assert_allclose(head.predict_proba(x + across), head.predict_proba(x), atol=0.01)


def test_a_kernel_that_knows_tracks_pays_less_heed_to_what_differs_within_one() -> None:
    """Twenty variants of thirty tracks, which differ in one direction far more than genres do in another."""
    random = np.random.default_rng(0)
    genres, tracks = np.arange(30) % 2, np.repeat(np.arange(30), 20)
    music = random.normal(0, 0.5, 30) + 2.0 * genres
    x = random.normal(0, 0.3, (600, 6)).astype(np.float32)
    x[:, 0] += music[tracks]
    x[:, 1] += random.normal(0, 3.0, 600)
    options = {"components": 6, "centres": 100}
    told = fit_head("kernel", x, genres[tracks], options | {"wccn_shrinkage": 0.1}, tracks=tracks)
    plain = fit_head("kernel", x, genres[tracks], options)
    changed = x + 6.0 * np.eye(6, dtype=np.float32)[1]
    moved = [np.abs(head.predict_proba(changed) - head.predict_proba(x)).mean() for head in (told, plain)]
    assert moved[0] < 0.5 * moved[1]
    assert (told.predict_proba(x).argmax(axis=1) == genres[tracks]).mean() > 0.9
    alone = fit_head("kernel", x, genres[tracks], options, tracks=np.arange(600))
    np.testing.assert_allclose(alone.predict_proba(x), plain.predict_proba(x), atol=1e-3)


def test_target_probabilities_teach_doubt() -> None:
    x, y = blobs()
    doubtful = 0.7 * one_hot(y, 3) + 0.1
    sure = fit_head("logistic", x, y, {"l2": 1e-3}).predict_proba(x).max(axis=1)
    unsure = fit_head("logistic", x, doubtful, {"l2": 1e-3}).predict_proba(x).max(axis=1)
    assert np.median(sure) > 0.97
    assert np.median(unsure) == pytest.approx(0.77, abs=0.05)


def test_weights_count_as_repeated_rows() -> None:
    x, y = blobs(90)
    double = np.where(np.arange(90) % 3 == 0, 2.0, 1.0)
    weighted = fit_head("logistic", x, y, weights=double)
    rows = np.repeat(np.arange(90), double.astype(int))
    repeated = fit_head("logistic", x[rows], y[rows])
    np.testing.assert_allclose(weighted.predict_proba(x), repeated.predict_proba(x), atol=2e-3)


def test_class_weights_let_genres_count_alike() -> None:
    y = np.array([0] * 10 + [1] * 2 + [2] * 5)
    weights = class_weights(y)
    np.testing.assert_allclose([weights[y == genre].sum() for genre in range(3)], 17 / 3)
    np.testing.assert_allclose(class_weights(y, 0.0), 1.0)


def test_columns_that_never_vary_are_left_out() -> None:
    x, y = blobs()
    x[:, 5] = 1e6
    head = fit_head("logistic", x, y)
    assert head.scale[5] == 0
    other = x.copy()
    other[:, 5] = -3.0
    np.testing.assert_allclose(head.predict_proba(other), head.predict_proba(x))
    mean, _ = standardisation(x, np.ones(len(x)))
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-4, atol=1e-4)


def test_genres_without_a_row_still_have_an_output() -> None:
    x, y = blobs()
    head = fit_head("logistic", x[y < 2], y[y < 2], genres=3)
    assert head.predict_proba(x).shape == (300, 3)
    assert head.predict_proba(x[y < 2])[:, 2].max() < 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "forest"}, "no kind of head"),
        ({"kind": "logistic", "weights": np.ones(3)}, "do not fit"),
    ],
)
def test_wrong_use_is_named(arguments: dict[str, object], message: str) -> None:
    x, y = blobs()
    with pytest.raises(ValueError, match=message):
        fit_head(x=x, y=y, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 genres"):
        fit_head("logistic", x, y).to_onnx(("a", "b"))
    x[0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        fit_head("logistic", x, y)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("logistic", {"depth": 3}, "unknown key 'depth'"),
        ("kernel", {"componets": 3}, "did you mean 'components'"),
        ("kernel", {"noise": 2.0}, "is called 'ridge' now"),
        ("radial", {"centres": 0}, "at least 1"),
        ("wide_mlp", {"dropout": 1.0}, "below 1"),
        ("wide_mlp", {"hidden": 9.5}, "wrong kind"),
        ("logistic", {"l2": float("nan")}, "at least 0|finite"),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_computed(kind: str, options: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        fit_head(kind, *blobs(), options)
