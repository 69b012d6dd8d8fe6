"""How sure a number is: intervals over tracks or artists, and paired comparisons of two systems.

Conventions: a statistic is a function of arrays `(n, ...)` that share their first axis, such as
`accuracy(truth, predicted)`. Resampling draws tracks with replacement or, where `groups` are given, whole
groups: artists share a sound, so an interval over tracks is too narrow when artists are what one wants
to generalise to. Results depend on `seed` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[..., float]


class Interval(NamedTuple):
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float


class McNemar(NamedTuple):
    """Tracks that only the first or only the second system gets right, and the two-sided exact p-value."""

    only_first: int
    only_second: int
    p_value: float


class Comparison(NamedTuple):
    """First minus second with its interval, and the two-sided bootstrap p-value of no difference."""

    difference: float
    low: float
    high: float
    p_value: float


def _drawer(n: int, groups: Any, rng: np.random.Generator) -> Callable[[], NDArray[np.intp]]:
    if groups is None:
        return lambda: rng.integers(0, n, n)
    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(numbers) != n:
        raise ValueError(f"{n} tracks but {len(numbers)} groups")
    order = np.argsort(numbers, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(numbers))[:-1])
    return lambda: np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])


def _validated(arrays: tuple[Any, ...], level: float, resamples: int) -> list[NDArray[Any]]:
    columns = [np.asarray(a) for a in arrays]
    if not columns or not columns[0].ndim or not len(columns[0]):
        raise ValueError("there is nothing to resample")
    if any(len(c) != len(columns[0]) for c in columns):
        raise ValueError(f"arrays of different lengths: {[len(c) for c in columns]}")
    if not 0 < level < 1 or resamples < 1:
        raise ValueError("level must lie in (0, 1) and resamples be positive")
    return columns


def bootstrap_interval(
    statistic: Statistic,
    *arrays: Any,
    groups: Any = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap interval of `statistic(*arrays)`.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

    Args:
        statistic: from arrays to a number.
        arrays: each `(n, ...)`, resampled together.
        groups: `(n,)`; whole groups are drawn where given.
        level: share of the resamples inside the interval.
        resamples: how often to draw.
        seed: of the draws.

    Raises:
        ValueError: arrays empty or of different lengths, or level out of (0, 1).

    Example:
        >>> interval = bootstrap_interval(np.mean, np.arange(100) % 2)
        >>> interval.value, 0.38 < interval.low < 0.42, 0.58 < interval.high < 0.62
        (0.5, True, True)
    """
    columns = _validated(arrays, level, resamples)
    draw = _drawer(len(columns[0]), groups, np.random.default_rng(seed))
    drawn = np.empty(resamples)
    for i in range(resamples):
        chosen = draw()
        drawn[i] = statistic(*(c[chosen] for c in columns))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(statistic(*columns)), float(low), float(high))


def mean_interval(
    values: Any, groups: Any = None, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """`bootstrap_interval(np.mean, values, ...)`, computed at once for all resamples.

    The quick way to an accuracy's interval: `values` are the hits, 0 or 1, or for a track that was tested
    several times the share of hits. With groups, the ratio of drawn hits to drawn tracks.

    Example:
        >>> mean_interval([1.0, 1.0, 1.0])
        Interval(value=1.0, low=1.0, high=1.0)
    """
    (column,) = _validated((values,), level, resamples)
    hits = column.astype(np.float64)
    rng = np.random.default_rng(seed)
    numbers = (
        np.arange(len(hits)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    )
    if len(numbers) != len(hits):
        raise ValueError(f"{len(hits)} tracks but {len(numbers)} groups")
    sums, sizes = np.bincount(numbers, weights=hits), np.bincount(numbers).astype(np.float64)
    times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=resamples)
    drawn = (times @ sums) / (times @ sizes)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(hits.mean()), float(low), float(high))


def mcnemar(truth: Any, first: Any, second: Any) -> McNemar:
    """Exact McNemar test: do two systems err equally often on the same tracks?

    Two-sided binomial test on the tracks where exactly one is right. McNemar, Psychometrika 12, 1947;
    equals `scipy.stats.binomtest(only_first, only_first + only_second)`.

    Raises:
        ValueError: lengths differ.

    Example:
        >>> mcnemar([0] * 6, [0] * 6, [1] * 6)
        McNemar(only_first=6, only_second=0, p_value=0.03125)
    """
    labels, a, b = _validated((truth, first, second), 0.5, 1)
    right_a, right_b = labels == a, labels == b
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    differing = only_a + only_b
    tail = sum(comb(differing, i) for i in range(min(only_a, only_b) + 1))
    # whole numbers until the last step: exact for any number of tracks
    return McNemar(only_a, only_b, min(1.0, tail * 2 / 2**differing) if differing else 1.0)


def paired_bootstrap(
    statistic: Statistic,
    truth: Any,
    first: Any,
    second: Any,
    groups: Any = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Interval of `statistic(truth, first) - statistic(truth, second)` over the same resampled tracks.

    The p-value is twice the smaller share of resamples on either side of zero, zeros counted half, with
    one added above and below so that it is never 0.

    Args:
        statistic: of truth and answers; the answers may be labels or probabilities.
        truth: `(n,)`.
        first: `(n, ...)`.
        second: `(n, ...)`.
        groups: `(n,)`; whole groups are drawn where given.
        level: share of the resamples inside the interval.
        resamples: how often to draw.
        seed: of the draws.

    Raises:
        ValueError: arrays empty or of different lengths.

    Example:
        >>> from genrelens.evaluation.metrics import accuracy
        >>> better = paired_bootstrap(accuracy, np.zeros(50, int), np.zeros(50, int), np.arange(50) % 2)
        >>> better.difference, better.low > 0.3, better.p_value < 0.01
        (0.5, True, True)
    """
    labels, a, b = _validated((truth, first, second), level, resamples)
    draw = _drawer(len(labels), groups, np.random.default_rng(seed))
    drawn = np.empty(resamples)
    for i in range(resamples):
        chosen = draw()
        drawn[i] = statistic(labels[chosen], a[chosen]) - statistic(labels[chosen], b[chosen])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    half = float(np.sum(drawn == 0)) / 2
    side = min(float(np.sum(drawn < 0)), float(np.sum(drawn > 0))) + half
    value = float(statistic(labels, a) - statistic(labels, b))
    return Comparison(value, float(low), float(high), min(1.0, 2 * (side + 1) / (resamples + 1)))


def wilson_interval(hits: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share, for counts near none or all; (0, 1) of nothing.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.

    Args:
        hits: how many.
        of: how many there are.
        z: quantile of the normal distribution: 1.96 for 95 %.

    Example:
        >>> [round(one, 3) for one in wilson_interval(1, 98)]
        [0.002, 0.056]
        >>> wilson_interval(0, 50)[0]
        0.0
    """
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = share + z**2 / (2 * of)
    half = z * (share * (1 - share) / of + z**2 / (4 * of**2)) ** 0.5
    scale = 1 + z**2 / of
    low = 0.0 if hits == 0 else (middle - half) / scale
    high = 1.0 if hits == of else (middle + half) / scale
    return low, high
