"""Reduces vectors to inner products with fewer ones: three ways to get those."""

from __future__ import annotations

import warnings
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

Floats = NDArray[np.float32]

_NMF_ITERATIONS = 60


class LinearReduction(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Inner products with the rows of a basis.

    `non-negative`: the basis of Lee and Seung, *Learning the parts of objects by non-negative matrix
    factorization* (1999), by their multiplicative updates, scaled to vectors of length 1. What is given are
    not the factorisation's own coefficients: those of nearly parallel vectors trade places at the least
    change of what is reduced.
    `principal`: the first right singular vectors, the mean not taken off.
    `random`: normally distributed numbers.

    Args:
        kind: one of these.
        components: how many; fewer where rows or numbers are fewer, but for `random`.
        random_state: of the random basis and the factorisation's start.

    Example:
        >>> x = np.random.default_rng(0).random((9, 5))
        >>> reduced = LinearReduction("non-negative", 2).fit(x).transform(x)
        >>> reduced.shape, bool((reduced >= 0).all())
        ((9, 2), True)
    """

    def __init__(
        self,
        kind: Literal["non-negative", "principal", "random"] = "principal",
        components: int = 100,
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.components = components
        self.random_state = random_state

    def fit(self, x: Any, y: Any = None) -> Self:
        """Finds the basis.

        Args:
            x: (rows, numbers), not negative for the kind `non-negative`.
            y: not used.
        """
        rows = np.asarray(x, np.float32)
        count = min(self.components, *rows.shape)
        if self.kind == "non-negative":
            self.basis_ = _non_negative(rows, count, self.random_state)
        elif self.kind == "principal":
            self.basis_ = np.linalg.svd(rows, full_matrices=False)[2][:count]
        elif self.kind == "random":
            random = np.random.default_rng(self.random_state)
            drawn = random.normal(0, self.components**-0.5, (self.components, rows.shape[1]))
            self.basis_ = drawn.astype(np.float32)
        else:
            raise ValueError(f"there is no reduction {self.kind!r}")
        return self

    def transform(self, x: Any) -> Floats:
        """(rows, components)."""
        return np.asarray(np.asarray(x, np.float32) @ self.basis_.T)


def _non_negative(rows: Floats, count: int, seed: int) -> Floats:
    factorisation = NMF(count, init="nndsvda", solver="mu", max_iter=_NMF_ITERATIONS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # more iterations do not tell genres better
        basis = factorisation.fit(rows).components_
    lengths = np.linalg.norm(basis, axis=1, keepdims=True)
    return np.asarray(basis / np.where(lengths > 0, lengths, 1))
