"""A support-vector machine with probabilities for every part of an input, and the rule that combines them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import linear_kernel, rbf_kernel
from sklearn.svm import SVC

from genrelens.baselines.classifiers.class_scores import class_scores
from genrelens.ensemble import softmax

Floats = NDArray[np.floating]
Codes = NDArray[np.intp]

FOLDS = 3
"""Parts of the training rows by which the inverse temperature is found."""
INVERSE_TEMPERATURES = np.geomspace(0.05, 20.0, 40)
_SMALLEST = 1e-12


class CombinedMachines(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """One machine a part; the probabilities of all parts are combined by a rule of Kittler et al. (1998).

    Every number is brought to mean 0 and deviation 1 over the training rows. Probabilities are the softmax of
    a machine's scores, as steep as predicts rows best that a machine of the same settings was not trained
    on, so that a machine which knows little has little to say. LIBSVM's own estimate from pairs of classes
    serves the same end, but scikit-learn 1.9 deprecates it.

    Args:
        C: cost of the machines.
        kernel: `rbf`, of a width of one over the numbers of a part, or `linear`.
        rule: `sum` or `product` of the probabilities over parts.

    Attributes:
        classes_: labels in the order of the columns of `predict_proba`.

    Example:
        >>> x = np.array([[[0.0], [5.0]], [[0.1], [2.0]], [[1.0], [4.0]], [[1.1], [3.0]]]).repeat(3, axis=0)
        >>> machines = CombinedMachines().fit(x, np.repeat(["low", "high"], 6))
        >>> machines.predict(x[[0, -1]]).tolist(), machines.predict_proba(x[:1]).shape
        (['low', 'high'], (1, 2))
    """

    def __init__(
        self,
        C: float = 1.0,
        kernel: Literal["rbf", "linear"] = "rbf",
        rule: Literal["sum", "product"] = "sum",
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.rule = rule

    def fit(self, x: Floats, y: NDArray[Any]) -> CombinedMachines:
        """Fits a machine on every part.

        Args:
            x: (rows, parts, numbers).
            y: a label a row, of two or more classes.
        """
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.machines_ = [
            _Machine(np.asarray(x[:, part], np.float64), codes, self.C, self.kernel)
            for part in range(x.shape[1])
        ]
        return self

    def predict_proba(self, x: Floats) -> NDArray[np.float64]:
        """(rows, classes), each row of sum 1."""
        each = np.stack([one.probabilities(x[:, part]) for part, one in enumerate(self.machines_)])
        return combined(each, self.rule)

    def predict(self, x: Floats) -> NDArray[Any]:
        """The label of the greatest probability of each row."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])


def combined(probabilities: NDArray[np.float64], rule: str) -> NDArray[np.float64]:
    """Probabilities of several classifiers, (classifiers, rows, classes), as those of one, (rows, classes).

    Example:
        >>> two = np.array([[[0.9, 0.1]], [[0.4, 0.6]]])
        >>> combined(two, "sum").round(2).tolist(), combined(two, "product").round(2).tolist()
        ([[0.65, 0.35]], [[0.86, 0.14]])
    """
    if rule == "sum":
        return np.asarray(probabilities.mean(axis=0))
    return np.asarray(softmax(np.log(np.maximum(probabilities, _SMALLEST)).sum(axis=0)), np.float64)


class _Machine:
    """A machine on one part, with the inverse temperature of its probabilities."""

    def __init__(self, x: NDArray[np.float64], codes: Codes, C: float, kernel: str) -> None:
        self._kernel = kernel
        self._mean = x.mean(axis=0)
        deviation = x.std(axis=0)
        self._deviation = np.where(deviation > 0, deviation, 1.0)
        self._rows = self._standardised(x)
        gram = self._gram(self._rows)
        self._machine = _fitted(gram, codes, C)
        self._inverse_temperature = _inverse_temperature(gram, codes, C)

    def probabilities(self, x: Floats) -> NDArray[np.float64]:
        gram = self._gram(self._standardised(np.asarray(x, np.float64)))
        scores = class_scores(self._machine.decision_function(gram))
        return np.asarray(softmax(self._inverse_temperature * scores), np.float64)

    def _standardised(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((x - self._mean) / self._deviation)

    def _gram(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Kernel between rows and the training rows; with both kernels costs mean the same at any width."""
        if self._kernel == "rbf":
            return np.asarray(rbf_kernel(x, self._rows))
        return np.asarray(linear_kernel(x, self._rows) / x.shape[1])


def _fitted(gram: NDArray[np.float64], codes: Codes, C: float) -> Any:
    return SVC(C=C, kernel="precomputed", class_weight="balanced").fit(gram, codes)


def _inverse_temperature(gram: NDArray[np.float64], codes: Codes, C: float) -> float:
    """That under which rows are likeliest to a machine that was not trained on them; 1 without such rows.

    A fold is a run of each class's rows, since those of one artist mostly follow one another.
    """
    counts = np.bincount(codes)
    folds = min(FOLDS, int(counts.min()))
    if folds < 2:
        return 1.0
    rank = np.empty(len(codes), np.intp)
    for code, count in enumerate(counts):
        rank[codes == code] = np.arange(count) * folds // count
    scores = np.empty((len(codes), len(counts)))
    for fold in range(folds):
        learnt, tested = np.flatnonzero(rank != fold), np.flatnonzero(rank == fold)
        machine = _fitted(gram[np.ix_(learnt, learnt)], codes[learnt], C)
        scores[tested] = class_scores(machine.decision_function(gram[np.ix_(tested, learnt)]))
    each = softmax(INVERSE_TEMPERATURES[:, None, None] * scores)
    likelihood = np.log(np.maximum(each[:, np.arange(len(codes)), codes], _SMALLEST)).mean(axis=1)
    return float(INVERSE_TEMPERATURES[likelihood.argmax()])
