"""Intervals cover what they promise, and tests of difference equal SciPy's and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.evaluation.metrics import (
    accuracy,
    bootstrap_interval,
    log_loss,
    mcnemar,
    mean_interval,
    paired_bootstrap,
    wilson_interval,
)

stats = pytest.importorskip("scipy.stats")


def test_the_bootstrap_interval_of_a_share_is_the_binomial_one():
    hits = np.arange(400) < 320
    interval = bootstrap_interval(np.mean, hits, resamples=4000)
    exact = stats.binom(400, 0.8).ppf([0.025, 0.975]) / 400
    assert interval.value == pytest.approx(0.8)
    np.testing.assert_allclose(interval[1:], exact, atol=0.006)
    np.testing.assert_allclose(mean_interval(hits, resamples=4000), interval, atol=0.006)


def test_the_bootstrap_interval_is_scipys_percentile_interval():
    values = np.random.default_rng(0).normal(size=150)
    ours = bootstrap_interval(np.std, values, resamples=5000)
    theirs = stats.bootstrap(
        (values,), np.std, method="percentile", n_resamples=5000, rng=np.random.default_rng(1)
    ).confidence_interval
    np.testing.assert_allclose(ours[1:], [theirs.low, theirs.high], atol=0.01)


def test_an_interval_over_artists_is_wider_when_their_tracks_succeed_together():
    artists = np.repeat(np.arange(40), 10)
    together = np.repeat(np.arange(40) % 4 > 0, 10)
    tracks, grouped = mean_interval(together), mean_interval(together, groups=artists)
    assert (grouped.high - grouped.low) > 2.5 * (tracks.high - tracks.low)
    slow = bootstrap_interval(np.mean, together, groups=artists, resamples=4000)
    np.testing.assert_allclose(slow, mean_interval(together, groups=artists, resamples=4000), atol=0.02)


def test_intervals_hold_the_true_share_as_often_as_they_say():
    rng = np.random.default_rng(5)
    inside = 0
    for trial in range(300):
        interval = mean_interval(rng.random(200) < 0.7, level=0.9, resamples=500, seed=trial)
        inside += interval.low <= 0.7 <= interval.high
    assert 0.83 < inside / 300 < 0.95


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 0), (1, 0), (5, 5), (12, 3), (200, 260), (0, 900)]
)
def test_mcnemar_is_the_exact_binomial_test(only_first, only_second):
    n = only_first + only_second + 10
    truth = np.zeros(n, int)
    first, second = np.zeros(n, int), np.zeros(n, int)
    second[:only_first] = 1
    first[only_first : only_first + only_second] = 1
    result = mcnemar(truth, first, second)
    assert result[:2] == (only_first, only_second)
    differing = only_first + only_second
    expected = stats.binomtest(only_first, differing).pvalue if differing else 1.0
    assert result.p_value == pytest.approx(expected)


def test_the_paired_bootstrap_finds_a_difference_and_none_where_there_is_none():
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 3, 400)
    good = np.where(rng.random(400) < 0.9, truth, (truth + 1) % 3)
    poor = np.where(rng.random(400) < 0.7, truth, (truth + 1) % 3)
    better = paired_bootstrap(accuracy, truth, good, poor, resamples=500)
    assert better.low > 0
    assert better.p_value < 0.01
    same = paired_bootstrap(accuracy, truth, good, good, resamples=200)
    assert same == (0.0, 0.0, 0.0, 1.0)


def test_a_paired_comparison_takes_probabilities_and_artists():
    truth = np.arange(60) % 2
    sure = np.where(truth[:, None] == [0, 1], 0.9, 0.1)
    vague = np.where(truth[:, None] == [0, 1], 0.6, 0.4)
    result = paired_bootstrap(log_loss, truth, sure, vague, groups=np.arange(60) // 6, resamples=100)
    assert result.difference == pytest.approx(np.log(0.6 / 0.9))


def test_resampling_depends_on_the_seed_alone():
    values = np.random.default_rng(0).random(50)
    assert mean_interval(values, seed=3) == mean_interval(values, seed=3)
    assert mean_interval(values, seed=3) != mean_interval(values, seed=4)


@pytest.mark.parametrize("hits", [1.0, 0.0])
@pytest.mark.parametrize("per_artist", [1, 3])
def test_an_interval_of_nothing_but_hits_or_misses_is_no_point(hits: float, per_artist: int):
    n = 36
    groups = np.arange(n) // per_artist if per_artist > 1 else None
    interval = mean_interval(np.full(n, hits), groups)
    units = n // per_artist
    exact = stats.binomtest(int(hits * units), units).proportion_ci(method="wilson")
    np.testing.assert_allclose(interval, (hits, exact.low, exact.high), atol=1e-9)
    assert interval.high - interval.low > 0.05
    values = np.full(n, hits)
    again = bootstrap_interval(np.mean, values, groups=groups, resamples=50, proportion=True)
    np.testing.assert_allclose(again, interval, atol=1e-9)


def test_artists_who_are_all_half_right_have_an_interval_too():
    interval = mean_interval(np.tile([1.0, 0.0], 10), groups=np.arange(20) // 2)
    assert interval.low < 0.3
    assert interval.high > 0.7


def test_wilsons_interval_is_scipys():
    for right, n in [(0, 1), (3, 10), (10, 10), (81, 100)]:
        theirs = stats.binomtest(right, n).proportion_ci(method="wilson")
        np.testing.assert_allclose(wilson_interval(right / n, n)[1:], theirs, atol=1e-9)
    with pytest.raises(ValueError):
        wilson_interval(1.2, 3)
