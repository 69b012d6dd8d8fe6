"""Features chosen by what they tell about the class and not about one another.

Peng, Long and Ding, *Feature selection based on mutual information: criteria of max-dependency,
max-relevance, and min-redundancy* (IEEE Transactions on Pattern Analysis and Machine Intelligence, 2005).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def equal_frequency_codes(x: NDArray[np.floating], bins: int) -> Codes:
    """Each column cut at its quantiles, `(rows, columns)` numbers from 0 to bins - 1; equal values share one.

    Example:
        >>> equal_frequency_codes(np.array([[5.0], [1.0], [9.0], [2.0]]), 2).ravel().tolist()
        [1, 0, 1, 0]
    """
    cuts = np.quantile(x, np.arange(1, bins) / bins, axis=0)
    return np.asarray((x[None] > cuts[:, None]).sum(axis=0), np.intp)


def _indicators(codes: Codes, count: int) -> NDArray[np.float32]:
    """(rows, columns) numbers as (rows, columns, count) zeros and ones."""
    return np.asarray(codes[:, :, None] == np.arange(count), np.float32)


def _entropy(joint: NDArray[np.floating], rows: int) -> Floats:
    """Of counts along the last axis, in nats."""
    proportions = joint.astype(np.float64) / rows
    return np.asarray(-(proportions * np.log(np.where(proportions > 0, proportions, 1.0))).sum(axis=-1))


class Discrete:
    """Columns of small numbers, about which information is asked many times.

    Args:
        codes: (rows, columns) numbers from 0 on.

    Example:
        >>> discrete = Discrete(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))
        >>> discrete.information(np.array([0, 0, 1, 1])).round(4).tolist()       # log 2, and nothing
        [0.6931, 0.0]
    """

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.rows, self.columns = codes.shape
        self.count = int(codes.max()) + 1
        self._ones = _indicators(codes, self.count).reshape(self.rows, -1)
        self._entropies = _entropy(self._ones.sum(axis=0).reshape(self.columns, self.count), self.rows)

    def information(self, about: Codes) -> Floats:
        """Mutual information of every column with one variable, `(columns,)`, nats, not negative.

        Args:
            about: (rows,) numbers from 0 on.
        """
        one = _indicators(about[:, None], int(about.max()) + 1)[:, 0]
        joint = (one.T @ self._ones).reshape(-1, self.columns, self.count).transpose(1, 0, 2)
        both = _entropy(joint.reshape(self.columns, -1), self.rows)
        found = self._entropies + _entropy(one.sum(axis=0), self.rows) - both
        return np.maximum(found, 0.0)


def least_redundant(codes: Codes, labels: Codes, count: int) -> Codes:
    """The columns that tell most about the labels, less what those taken before tell, best first, `(count,)`.

    Greedy: the next column has the largest mutual information with the labels less its mean mutual
    information with the columns that were taken. The first of equals is taken.

    Args:
        codes: (rows, columns) numbers from 0 on.
        labels: (rows,) numbers from 0 on.
        count: how many; all columns where there are fewer.

    Example:
        >>> a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
        >>> least_redundant(np.stack([a, a, b], axis=1), labels := 2 * a + b, 2).tolist()   # no second copy
        [0, 2]
    """
    discrete = Discrete(codes)
    relevance = discrete.information(labels)
    redundancy = np.zeros(discrete.columns)
    chosen: list[int] = []
    while len(chosen) < min(count, discrete.columns):
        score = relevance - redundancy / max(len(chosen), 1)
        score[chosen] = -np.inf
        chosen.append(int(score.argmax()))
        redundancy += discrete.information(codes[:, chosen[-1]])
    return np.array(chosen, np.intp)


@lru_cache(maxsize=4)
def _ranked(x: bytes, labels: bytes, columns: int, bins: int, count: int) -> Codes:
    """`least_redundant` of the same rows is asked for once a setting of what comes after it."""
    values = np.frombuffer(x, np.float64).reshape(-1, columns)
    return least_redundant(equal_frequency_codes(values, bins), np.frombuffer(labels, np.intp), count)


class MutualInformationSelection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps the columns that `least_redundant` takes of the training rows.

    Args:
        count: how many columns are kept; all where there are fewer.
        bins: of equally many training rows into which every column is cut.
        ranked: how many columns are put in order; settings of `count` below share the work.

    Attributes:
        columns_: (count,), best first.
    """

    def __init__(self, count: int = 100, bins: int = 5, ranked: int = 150) -> None:
        self.count = count
        self.bins = bins
        self.ranked = ranked

    def fit(self, x: NDArray[np.floating], labels: NDArray[np.integer]) -> MutualInformationSelection:
        """Chooses columns.

        Args:
            x: (rows, columns).
            labels: (rows,) of any values.
        """
        values = np.ascontiguousarray(x, np.float64)
        number = np.ascontiguousarray(np.unique(labels, return_inverse=True)[1], np.intp)
        depth = min(max(self.count, self.ranked), values.shape[1])
        order = _ranked(values.tobytes(), number.tobytes(), values.shape[1], self.bins, depth)
        self.columns_ = order[: self.count]
        self.n_features_in_ = values.shape[1]
        return self

    def transform(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """The kept columns, `(rows, count)`."""
        return np.asarray(x)[:, self.columns_]
