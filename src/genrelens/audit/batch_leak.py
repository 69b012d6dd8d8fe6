"""Batch leak: do features reveal where in the list of files their track stood?

Features computed in batches can carry the batch: batch normalisation left in training mode, a reference
level taken over all clips of a batch. Files are mostly listed genre by genre, so the batch predicts the
genre, and a classifier gains by reading it. The trace is a border: within one genre, vectors on both sides
of a multiple of the batch size can be separated better than on both sides of any other place.

Conventions: `features` is `(n, d)` in the order in which they were computed, `labels` the genre of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_BATCH = 16
LEAST_SIDE = 10
_DRAWS = 2000


@dataclass(frozen=True)
class BatchLeak:
    """The batch size whose borders show most, and how surely.

    Args:
        batch: candidate batch size with the strongest trace.
        borders: the positions of its borders that could be looked at.
        accuracy: how often a linear model finds the side of such a border, mean over borders; 0.5 is chance.
        control: the same at all other places of the same genres: what content and artists explain.
        p_value: proportion of random displacements in which any batch size shows as clearly (family-wise).
    """

    batch: int
    borders: tuple[int, ...]
    accuracy: float
    control: float
    p_value: float

    @property
    def found(self) -> bool:
        """Whether features leak the order of files: sure (p < 0.01), and strong enough to matter."""
        return self.p_value < 0.01 and self.accuracy >= 0.75 and self.accuracy - self.control >= 0.05


def batch_leak(features: Any, labels: Any, seed: int = 0) -> BatchLeak | None:
    """Looks for the trace of batches; None where no genre is long enough to hold a border.

    For every place inside a run of one genre, a ridge classifier learns which side a vector stood on and is
    measured by leaving one out, in closed form. A place is the more surprising, the fewer places of its genre
    are better; a batch size is scored by the mean surprise at its borders. The null distribution turns every
    genre's profile by a random amount, which keeps what artists in blocks explain and destroys only the
    place.

    Raises:
        ValueError: features are not `(n, d)` with one label each, or not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> features = rng.standard_normal((400, 12))
        >>> labels = np.arange(400) // 100
        >>> batch_leak(features, labels).found
        False
        >>> batched = features + rng.standard_normal((7, 12))[np.arange(400) // 64]
        >>> leak = batch_leak(batched, labels)
        >>> leak.found, leak.batch
        (True, 64)
    """
    table = np.asarray(features, dtype=np.float64)
    genre = np.unique(np.asarray(labels), return_inverse=True)[1]
    if table.ndim != 2 or len(table) != len(genre) or not np.isfinite(table).all():
        raise ValueError("features must be finite, (n, d), with one label a row")
    runs = _runs(genre)
    profiles = {run: _profile(table[slice(*run)]) for run in runs}
    if not profiles:
        return None
    batches = np.arange(SMALLEST_BATCH, len(table) // 2 + 1)
    borders = {int(b): _borders(int(b), runs, len(table)) for b in batches}
    borders = {b: places for b, places in borders.items() if places}
    if not borders:
        return None
    incidence = np.zeros((len(borders), len(table)))
    for row, places in enumerate(borders.values()):
        incidence[row, places] = 1 / len(places)
    surprises = {run: _surprise(profile) for run, profile in profiles.items()}
    observed = incidence @ _line(surprises, len(table))
    rng = np.random.default_rng(seed)
    turned = np.stack([_line(_turned(surprises, rng), len(table)) for _ in range(_DRAWS)], axis=1)
    drawn = incidence @ turned
    # a surprise is exponential with mean and deviation 1, so a mean over k borders deviates by 1 / sqrt(k)
    scale = np.sqrt([len(places) for places in borders.values()])
    clear = (observed - 1) * scale
    best = int(np.argmax(clear))
    most = ((drawn - 1) * scale[:, None]).max(axis=0)
    batch, places = list(borders.items())[best]
    touched = [profiles[run] for run in runs if any(run[0] < p < run[1] for p in places)]
    return BatchLeak(
        batch=batch,
        borders=tuple(places),
        accuracy=float(np.mean(_line(profiles, len(table))[places])),
        control=float(np.mean(np.concatenate(touched))),
        p_value=float((1 + np.sum(most >= clear[best])) / (1 + _DRAWS)),
    )


def _runs(genre: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Begin and end of every unbroken run of one genre that has room for a border."""
    edges = np.flatnonzero(np.diff(genre)) + 1
    bounds = np.concatenate([[0], edges, [len(genre)]]).tolist()
    return [(a, b) for a, b in pairwise(bounds) if b - a >= 4 * LEAST_SIDE]


def _borders(batch: int, runs: list[tuple[int, int]], total: int) -> list[int]:
    return [
        place
        for place in range(batch, total, batch)
        if any(a + LEAST_SIDE <= place <= b - LEAST_SIDE for a, b in runs)
    ]


def _profile(rows: Floats) -> Floats:
    """Balanced leave-one-out accuracy of separating the sides, for each place of a run.

    `(n - 2 * LEAST_SIDE + 1,)`. Ridge regression on signs, both sides weighing the same.
    """
    n = len(rows)
    deviation = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0))[:, deviation > 1e-9] / deviation[deviation > 1e-9]
    kernel = scaled @ scaled.T + 1.0
    ridge = 0.1 * np.trace(kernel) / n * np.eye(n)
    accuracies = []
    for place in range(LEAST_SIDE, n - LEAST_SIDE + 1):
        left = np.arange(n) < place
        sign = np.where(left, 1.0, -1.0)
        weight = np.where(left, n / (2 * place), n / (2 * (n - place)))
        root = np.sqrt(weight)
        inverse = np.linalg.inv(root[:, None] * kernel * root[None, :] + ridge)
        # leave-one-out residual of kernel ridge: alpha_i / (K + ridge)^-1_ii, here in weighted units
        residual = (inverse @ (root * sign)) / np.diag(inverse) / root
        right = np.sign(sign - residual) == sign
        accuracies.append(0.5 * (right[left].mean() + right[~left].mean()))
    return np.array(accuracies)


def _surprise(profile: Floats) -> Floats:
    """Minus the logarithm of the proportion of places at least as good, ties counted half."""
    better = np.sum(profile[None, :] > profile[:, None], axis=1)
    ties = np.sum(profile[None, :] == profile[:, None], axis=1)
    return np.asarray(-np.log((better + ties / 2) / len(profile)))


def _line(profiles: dict[tuple[int, int], Floats], total: int) -> Floats:
    line = np.zeros(total)
    for (begin, end), profile in profiles.items():
        line[begin + LEAST_SIDE : end - LEAST_SIDE + 1] = profile
    return line


def _turned(
    profiles: dict[tuple[int, int], Floats], rng: np.random.Generator
) -> dict[tuple[int, int], Floats]:
    return {run: np.roll(profile, rng.integers(len(profile))) for run, profile in profiles.items()}
