"""Support-vector machines in layers: groups of genres are told apart first, then the genres within."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import ledoit_wolf
from sklearn.svm import SVC

Doubles = NDArray[np.float64]
Numbers = NDArray[np.intp]


class LayeredMachines(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A tree of two-class machines, each with the kinds of numbers that tell its two groups apart best.

    The tree comes from the training part: the two genres, or groups of genres, whose means lie nearest
    are joined until one group is left (Ward's criterion, in units of the deviation within genres).
    A machine stands at every joint. Rows are segments: all of a recording's are learnt, each as if it were
    alone, and the answer is the mean of their probabilities. A segment's probability of a genre is the
    product along the genre's path; a machine's is the logistic function of twice its decision value.

    Args:
        C: cost of errors in training; genres weigh alike.
        gamma: of the radial kernel, as scikit-learn takes it.
        kinds: how many kinds of numbers each machine is given.
        widths: numbers of each kind, in the order of the columns; empty for one kind.

    Example:
        >>> x = np.repeat([[0.0], [1.0], [9.0], [10.0]], 3, axis=0)[:, None]    # (recordings, 1 segment, 1)
        >>> model = LayeredMachines(C=100.0).fit(x, np.repeat(["a", "b", "c", "d"], 3))
        >>> model.predict([[[0.9]], [[9.8]]]).tolist(), model.groups()[-1]
        (['b', 'd'], (('a', 'b'), ('c', 'd')))
    """

    def __init__(
        self,
        C: float = 1.0,
        gamma: str | float = "scale",
        kinds: int = 1,
        widths: tuple[int, ...] = (),
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.kinds = kinds
        self.widths = widths

    def fit(self, x: Any, labels: Any) -> LayeredMachines:
        """Derives the tree and fits a machine at every joint.

        Args:
            x: (recordings, segments, numbers).
            labels: (recordings,).
        """
        recordings = np.asarray(x, np.float64)
        self.classes_, of_recording = np.unique(labels, return_inverse=True)
        rows, of = _segments(recordings), np.repeat(of_recording, recordings.shape[1])
        self.mean_ = rows.mean(axis=0)
        deviation = rows.std(axis=0)
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)
        rows = self._standardised(recordings)
        weights = len(rows) / (len(self.classes_) * np.bincount(of)[of])
        self.joints_ = []
        for left, right in pairing(rows, of, len(self.classes_)):
            here = np.isin(of, np.concatenate([left, right]))
            on_right = np.isin(of[here], right)
            columns = self._columns(rows[here], on_right)
            machine = SVC(C=self.C, gamma=self.gamma)
            machine.fit(rows[here][:, columns], on_right, sample_weight=weights[here])
            self.joints_.append((left, right, columns, machine))
        return self

    def predict_proba(self, x: Any) -> Doubles:
        """Probabilities, (recordings, classes)."""
        recordings = np.asarray(x, np.float64)
        rows = self._standardised(recordings)
        found = np.ones((len(rows), len(self.classes_)))
        for left, right, columns, machine in self.joints_:
            on_right = expit(2 * machine.decision_function(rows[:, columns]))[:, None]
            found[:, right] *= on_right
            found[:, left] *= 1 - on_right
        return np.asarray(found.reshape(*recordings.shape[:2], -1).mean(axis=1))

    def predict(self, x: Any) -> NDArray[Any]:
        """The most probable class of every recording."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])

    def groups(self) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """The two groups of classes at each joint, the first layer's last."""
        return [
            (_tuple(self.classes_[left]), _tuple(self.classes_[right])) for left, right, *_ in self.joints_
        ]

    def _standardised(self, recordings: Doubles) -> Doubles:
        return np.asarray((_segments(recordings) - self.mean_) / self.deviation_)

    def _columns(self, rows: Doubles, on_right: NDArray[np.bool_]) -> Numbers:
        if not self.widths or self.kinds >= len(self.widths):
            return np.arange(rows.shape[1])
        blocks = np.split(np.arange(rows.shape[1]), np.cumsum(self.widths)[:-1])
        apart = [distance_between(rows[:, block][~on_right], rows[:, block][on_right]) for block in blocks]
        best = np.sort(np.argsort(-np.array(apart), kind="stable")[: self.kinds])
        return np.concatenate([blocks[one] for one in best])


def pairing(rows: Doubles, of: Numbers, count: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Joins the classes pair by pair; yields the two groups of each joint, single classes first.

    Args:
        rows: (rows, numbers).
        of: class of each row, 0 to count - 1.
        count: of classes.

    Example:
        >>> rows, of = np.array([[0.0], [0.2], [5.0], [5.2], [9.0], [9.2]]), np.repeat([0, 1, 2], 2)
        >>> [(left.tolist(), right.tolist()) for left, right in pairing(rows, of, 3)]
        [([1], [2]), ([0], [1, 2])]
    """
    if count < 2:
        return
    means = np.stack([rows[of == one].mean(axis=0) for one in range(count)])
    within = ledoit_wolf(rows - means[of], assume_centered=True)[0]
    size, axes = np.linalg.eigh(within)
    whitened = means @ axes / np.sqrt(np.maximum(size, 1e-6 * max(size[-1], 1e-6)))
    groups = [np.array([one]) for one in range(count)]
    for first, second in linkage(whitened, "ward")[:, :2].astype(int):
        left, right = sorted((groups[first], groups[second]), key=lambda group: int(group[0]))
        yield left, right
        groups.append(np.sort(np.concatenate([left, right])))


def distance_between(one: Doubles, other: Doubles) -> float:
    """Squared Mahalanobis distance between the means of two sets of rows, less what chance alone would give.

    Chance gives the more of it the more columns there are; the widest set would always seem the best.

    Example:
        >>> random = np.random.default_rng(0)
        >>> round(distance_between(random.normal(0, 1, (4000, 2)), random.normal((0, 2), 1, (4000, 2))))
        4
    """
    centred = np.concatenate([one - one.mean(axis=0), other - other.mean(axis=0)])
    within = ledoit_wolf(centred, assume_centered=True)[0]
    within += 1e-9 * max(float(np.trace(within)), 1e-9) * np.eye(len(within))
    apart = one.mean(axis=0) - other.mean(axis=0)
    chance = one.shape[1] * (1 / len(one) + 1 / len(other))
    return float(apart @ np.linalg.solve(within, apart) - chance)


def _segments(recordings: Doubles) -> Doubles:
    return recordings.reshape(-1, recordings.shape[-1])


def _tuple(values: NDArray[Any]) -> tuple[Any, ...]:
    return tuple(values.tolist())
