"""Every metric equals scikit-learn's or its closed form, on random answers and at the corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.evaluation import metrics

sk = pytest.importorskip("sklearn.metrics")


@st.composite
def answers(draw):
    genres = draw(st.integers(2, 8))
    n = draw(st.integers(1, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = rng.integers(0, genres, n)
    raw = rng.random((n, genres)) ** draw(st.sampled_from((1, 4, 40)))
    return truth, raw / raw.sum(axis=1, keepdims=True)


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=80)
@given(answers())
def test_metrics_are_scikit_learns(data):
    truth, probabilities = data
    predicted = probabilities.argmax(axis=1)
    genres = list(range(probabilities.shape[1]))
    assert metrics.accuracy(truth, predicted) == pytest.approx(sk.accuracy_score(truth, predicted))
    assert metrics.balanced_accuracy(truth, predicted) == pytest.approx(
        sk.balanced_accuracy_score(truth, predicted)
    )
    assert metrics.macro_f1(truth, predicted) == pytest.approx(
        sk.f1_score(truth, predicted, average="macro", zero_division=0)
    )
    np.testing.assert_array_equal(
        metrics.confusion_matrix(truth, predicted, len(genres)),
        sk.confusion_matrix(truth, predicted, labels=genres),
    )
    ours = metrics.genre_scores(truth, predicted, len(genres))
    theirs = sk.precision_recall_fscore_support(truth, predicted, labels=genres, zero_division=0)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b)
    clipped = np.maximum(probabilities, 1e-7)
    expected = -np.log(clipped[np.arange(len(truth)), truth]).mean()
    assert metrics.log_loss(truth, probabilities) == pytest.approx(expected)


def test_log_loss_is_scikit_learns_where_nothing_is_clipped():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(5), 200) * 0.99 + 0.002
    truth = rng.integers(0, 5, 200)
    assert metrics.log_loss(truth, probabilities) == pytest.approx(
        sk.log_loss(truth, probabilities, labels=range(5))
    )


def test_calibration_error_is_the_weighted_gap_of_its_bins():
    # 60 tracks at confidence 0.9 of which 45 are right, 40 at 0.6 of which 24 are right: 0.6 * |0.9-0.75|
    probabilities = np.array([[0.9, 0.1]] * 60 + [[0.6, 0.4]] * 40)
    truth = np.array([0] * 45 + [1] * 15 + [0] * 24 + [1] * 16)
    assert metrics.expected_calibration_error(truth, probabilities) == pytest.approx(0.6 * 0.15)
    curve = metrics.calibration_curve(truth, probabilities)
    np.testing.assert_allclose(curve.confidence, [0.6, 0.9])
    np.testing.assert_allclose(curve.accuracy, [0.6, 0.75])
    assert curve.tracks.tolist() == [40, 60]


def test_calibration_curve_is_scikit_learns_for_two_genres():
    calibration = pytest.importorskip("sklearn.calibration")
    rng = np.random.default_rng(2)
    p = 0.5 + rng.random(500) / 2
    truth = (rng.random(500) > p).astype(int)
    curve = metrics.calibration_curve(truth, np.column_stack([p, 1 - p]), bins=10)
    share, confidence = calibration.calibration_curve(truth == 0, p, n_bins=10)
    np.testing.assert_allclose(curve.accuracy, share)
    np.testing.assert_allclose(curve.confidence, confidence)


@settings(deadline=None, max_examples=40)
@given(answers())
def test_coverage_ends_at_the_plain_accuracy_and_ignores_the_order_of_tracks(data):
    truth, probabilities = data
    curve = metrics.coverage_curve(truth, probabilities)
    assert curve.coverage[-1] == 1
    assert curve.accuracy[-1] == pytest.approx(metrics.accuracy(truth, probabilities.argmax(axis=1)))
    assert np.all(np.diff(curve.coverage) > 0)
    turned = metrics.coverage_curve(truth[::-1], probabilities[::-1])
    np.testing.assert_allclose(curve.accuracy, turned.accuracy)
    confident = probabilities.max(axis=1) >= curve.threshold[0]
    right = (probabilities.argmax(axis=1) == truth)[confident]
    assert curve.accuracy[0] == pytest.approx(right.mean())


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (metrics.accuracy, ([], [])),
        (metrics.accuracy, ([0, 1], [0])),
        (metrics.accuracy, ([0.5], [1])),
        (metrics.accuracy, ([-1], [1])),
        (metrics.log_loss, ([0], [[0.5, 0.6]])),
        (metrics.log_loss, ([0], [[np.nan, 1.0]])),
        (metrics.log_loss, ([2], [[0.5, 0.5]])),
        (metrics.log_loss, ([0], [0.5])),
        (metrics.confusion_matrix, ([5], [0], 3)),
        (metrics.calibration_curve, ([0], [[0.5, 0.5]], 0)),
        (metrics.bootstrap_interval, (np.mean, [])),
        (metrics.bootstrap_interval, (np.mean, [1, 2], [1])),
        (metrics.mean_interval, ([1, 2], [0])),
    ],
)
def test_meaningless_input_is_refused(function, arguments):
    with pytest.raises(ValueError, match=r".{10}"):
        function(*arguments)
