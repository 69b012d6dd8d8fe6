"""How sure a number is: intervals over tracks or artists, and paired comparisons of two systems.

Conventions: a statistic is a function of arrays `(n, ...)` that share their first axis, such as
`accuracy(truth, predicted)`. Resampling draws tracks with replacement or, where `groups` are given, whole
groups: tracks of one artist sound alike, so an interval over tracks is too narrow when results should
hold for other artists. Results depend on `seed` alone.

Where every resample gives the same proportion (all right, or all wrong), the bootstrap cannot estimate what
other tracks would give: its interval is a point. Wilson's interval over the drawn units stands in there.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, sqrt
from statistics import NormalDist
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


def wilson_interval(proportion: float, units: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion of so many independent units; never a point, never outside [0, 1].

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.

    Args:
        proportion: that was observed, in [0, 1].
        units: tracks, or artists where whole artists are drawn.
        level: how often the true proportion lies inside.

    Raises:
        ValueError: a proportion outside [0, 1], or no units.

    Example:
        >>> [round(end, 3) for end in wilson_interval(1.0, 36)]
        [1.0, 0.904, 1.0]
        >>> [round(end, 3) for end in wilson_interval(0.0, 36)]
        [0.0, 0.0, 0.096]
    """
    if not 0 <= proportion <= 1 or units < 1:
        raise ValueError(f"a proportion in [0, 1] of one unit or more, not {proportion} of {units}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    shrink = 1 + z * z / units
    centre = (proportion + z * z / (2 * units)) / shrink
    half = z / shrink * sqrt(proportion * (1 - proportion) / units + z * z / (4 * units * units))
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(proportion, 0.0 if proportion == 0 else low, 1.0 if proportion == 1 else high)


def ends_of(drawn: Any, value: float, units: int, level: float = 0.95) -> tuple[float, float]:
    """The ends of a proportion's interval from its resamples, or Wilson's where all of them agree.

    Args:
        drawn: `(resamples,)` of the proportion.
        value: of the proportion itself; outside [0, 1] it is no proportion, and its resamples stand.
        units: how many were drawn each time.
        level: proportion of the resamples inside.

    Example:
        >>> ends_of([1.0, 1.0], 1.0, 4)[0] < 0.6
        True
    """
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    if high - low < 1e-12 and 0 <= value <= 1:
        return wilson_interval(value, units, level)[1:]
    return float(low), float(high)


def bootstrap_interval(
    statistic: Statistic,
    *arrays: Any,
    groups: Any = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    proportion: bool = False,
) -> Interval:
    """Percentile bootstrap interval of `statistic(*arrays)`.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

    Args:
        statistic: from arrays to a number.
        arrays: each `(n, ...)`, resampled together.
        groups: `(n,)`; whole groups are drawn where given.
        level: proportion of the resamples inside the interval.
        resamples: how often to draw.
        seed: of the draws.
        proportion: whether the statistic is a proportion of tracks; see `ends_of`.

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
    value = float(statistic(*columns))
    if proportion:
        units = len(columns[0]) if groups is None else len(np.unique(np.asarray(groups)))
        return Interval(value, *ends_of(drawn, value, units, level))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))


def mean_interval(
    values: Any, groups: Any = None, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """`bootstrap_interval(np.mean, values, ...)`, computed at once for all resamples.

    The quick way to an accuracy's interval: `values` are the hits, 0 or 1, or for a track that was tested
    several times the proportion of hits. With groups, the ratio of drawn hits to drawn tracks. Where all
    resamples agree, as where every hit is 1, the ends are Wilson's (see `ends_of`).

    Example:
        >>> interval = mean_interval([1.0, 1.0, 1.0])
        >>> interval.value, round(interval.low, 2), interval.high
        (1.0, 0.44, 1.0)
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
    value = float(hits.mean())
    return Interval(value, *ends_of(drawn, value, len(sums), level))


def agreement_margin(units: int, level: float = 0.95) -> float:
    """How far two systems' accuracies may lie apart that never differed on so many units.

    The score interval of a paired difference without a differing pair is plus and minus z² / (n + z²). Tango,
    "Equivalence Test and Confidence Interval for the Difference in Proportions for the Paired-Sample Design",
    Statistics in Medicine 17, 1998.

    Example:
        >>> round(agreement_margin(36), 3)
        0.096
    """
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    return float(z2 / (units + z2))


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

    The p-value is twice the smaller proportion of resamples on either side of zero, zeros counted half, with
    one added above and below so that it is never 0.

    Args:
        statistic: of truth and answers; the answers may be labels or probabilities.
        truth: `(n,)`.
        first: `(n, ...)`.
        second: `(n, ...)`.
        groups: `(n,)`; whole groups are drawn where given.
        level: proportion of the resamples inside the interval.
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
