"""Non-negative factorisation of tensors that keeps neighbours near one another.

Every example, a tensor, is approximated by a sum of few outer products of non-negative vectors, which all
examples share (non-negative canonical polyadic decomposition), so that neighbouring examples get like
coefficients: the idea of Panagakis and Kotropoulos (2010), with the graph's Laplacian as in Cai, He, Han and
Huang, *Graph regularized nonnegative matrix factorization for data representation* (2011).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Floats = NDArray[np.float32]

_TINY = np.float32(1e-12)


class TopologyPreservingNTF(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Reduces tensors to coefficients of a factorisation's components.

    For examples X_n, vectors u_j of length 1 over each axis, coefficients h_nj and a graph's weights w_nm,
    half of sum_n |X_n - sum_j h_nj u_j1 o u_j2 o ...|^2 + strength sum_n<m w_nm sum_j (h_nj - h_mj)^2
    is made smaller by multiplicative updates, which never let it rise. In the graph every example is tied to
    its nearest others by cosine similarity; an example's weights sum to about 1.

    The coefficients that `transform` gives are those of least squares, which may be negative.

    Args:
        shape: of each tensor; it is given as a row of as many numbers.
        components: how many.
        strength: of the ties between neighbours; 0 leaves plain non-negative tensor factorisation.
        neighbours: of each example.
        iterations: each updates all factors once.
        random_state: of the start.

    Attributes:
        factors_: for every axis (length, components), columns of length 1, not negative.
        coefficients_: of the examples that it was fitted on, (examples, components), not negative.
        objectives_: before each iteration.

    Example:
        >>> x = np.einsum("nj,aj,bj->nab", *np.random.default_rng(0).random((3, 8, 2))).reshape(8, 64)
        >>> reduced = TopologyPreservingNTF((8, 8), components=2, neighbours=2).fit(x)
        >>> [factor.shape for factor in reduced.factors_], reduced.transform(x).shape
        ([(8, 2), (8, 2)], (8, 2))
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        components: int = 50,
        strength: float = 1.0,
        neighbours: int = 5,
        iterations: int = 40,
        random_state: int = 0,
    ) -> None:
        self.shape = shape
        self.components = components
        self.strength = strength
        self.neighbours = neighbours
        self.iterations = iterations
        self.random_state = random_state

    def fit(self, x: Any, y: Any = None) -> Self:
        """Finds the components.

        Args:
            x: (examples, numbers), not negative.
            y: not used.
        """
        flat = np.asarray(x, np.float32)
        random = np.random.default_rng(self.random_state)
        graph = neighbour_graph(flat, self.neighbours) * np.float32(self.strength)
        self.factors_ = [
            _of_length_one(random.uniform(0.5, 1.5, (length, self.components)).astype(np.float32))[0]
            for length in self.shape
        ]
        coefficients = flat @ self.basis() / np.float32(self.components)
        energy = float(np.square(flat, dtype=np.float64).sum())
        self.objectives_: list[float] = []
        for _ in range(self.iterations):
            coefficients = self._update(flat, graph, coefficients, energy)
        self.coefficients_ = coefficients
        self.inverse_ = np.linalg.pinv(self.basis()).T
        return self

    def transform(self, x: Any) -> Floats:
        """(examples, components): the coefficients of least squares."""
        return np.asarray(np.asarray(x, np.float32) @ self.inverse_)

    def basis(self) -> Floats:
        """(numbers of a tensor, components): the outer products of the vectors, of length 1."""
        found = np.ones((1, self.components), np.float32)
        for factor in self.factors_:
            found = (found[:, None] * factor).reshape(-1, self.components)
        return found

    def _update(self, flat: Floats, graph: Floats, coefficients: Floats, energy: float) -> Floats:
        """One round over coefficients and all axes, whose columns have length 1 before and after."""
        grams = [factor.T @ factor for factor in self.factors_]
        degrees = graph.sum(axis=1, keepdims=True)
        explained, pulled = flat @ self.basis(), graph @ coefficients
        fitted = coefficients @ np.prod(grams, axis=0) + degrees * coefficients
        left = (coefficients * (fitted - pulled - 2 * explained)).sum(dtype=np.float64)
        self.objectives_.append((energy + float(left)) / 2)
        coefficients = coefficients * ((explained + pulled) / (fitted + _TINY))
        correlations = (flat.T @ coefficients).reshape(*self.shape, self.components)
        own = coefficients.T @ coefficients
        # what the ties cost a component whose vectors have length 1
        ties = (coefficients * (degrees * coefficients - graph @ coefficients)).sum(axis=0)
        for axis, factor in enumerate(self.factors_):
            others = [gram for at, gram in enumerate(grams) if at != axis]
            lengths = np.prod([np.diag(gram) for gram in others], axis=0)
            divisor = factor @ (own * np.prod(others, axis=0)) + factor * (np.maximum(ties, 0) * lengths)
            self.factors_[axis] = factor * (self._contracted(correlations, axis) / (divisor + _TINY))
            grams[axis] = self.factors_[axis].T @ self.factors_[axis]
        for axis, factor in enumerate(self.factors_):
            self.factors_[axis], lengths = _of_length_one(factor)
            coefficients = coefficients * lengths
        return coefficients

    def _contracted(self, correlations: Floats, axis: int) -> Floats:
        """(length of the axis, components): the products with the vectors of all other axes."""
        found = correlations
        for at in reversed(range(len(self.factors_))):
            if at != axis:
                found = np.einsum("...aj,aj->...j", np.moveaxis(found, at, -2), self.factors_[at])
        return found


def neighbour_graph(rows: Floats, neighbours: int) -> Floats:
    """Weights between rows: 1 / neighbours where either is among the other's nearest by cosine similarity.

    Args:
        rows: (examples, numbers).
        neighbours: of each; fewer where there are not so many others.

    Returns:
        (examples, examples), symmetric, 0 on the diagonal.

    Example:
        >>> rows = np.array([[1, 0], [2, 0.1], [0, 1], [0.1, 1]], np.float32)
        >>> neighbour_graph(rows, 1).astype(int).tolist()
        [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    """
    count = min(neighbours, len(rows) - 1)
    unit = _of_length_one(rows.T)[0].T
    similar = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    nearest = np.argsort(-similar, axis=1, kind="stable")[:, :count]
    found = np.zeros_like(similar)
    np.put_along_axis(found, nearest, np.float32(1 / max(neighbours, 1)), axis=1)
    return np.maximum(found, found.T)


def _of_length_one(columns: Floats) -> tuple[Floats, Floats]:
    """The columns, and which lengths they had; columns of nothing but 0 stay so."""
    lengths: Floats = np.linalg.norm(columns, axis=0).astype(np.float32)
    return np.asarray(columns / np.where(lengths > 0, lengths, 1), np.float32), lengths
