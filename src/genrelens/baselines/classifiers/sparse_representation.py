"""A classifier that writes what it is asked about as a sum of few training examples.

Wright, Yang, Ganesh, Sastry and Ma, *Robust face recognition via sparse representation* (2009).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]

_TOLERANCE = 1e-3  # of the duality gap, relative to the objective of the zero solution
_MOST_STEPS = 2000  # enough but where atoms are nearly dependent and weights small
_CHECK_EVERY = 10
_ADAPT_EVERY = 40
_RELAXATION = 1.6  # within the 1.5 to 1.8 that Boyd et al. advise


def sparse_codes(atoms: Floats, targets: Floats, weights: Floats) -> Floats:
    """The lasso: half the squared residual plus weight times the sum of magnitudes is least, for all targets.

    Alternating direction method of multipliers, Boyd, Parikh, Chu, Peleato and Eckstein, *Distributed
    optimization and statistical learning via the alternating direction method of multipliers* (2011), whose
    penalty follows the larger of the two residuals. It ends when every target's duality gap, which bounds the
    distance to the minimum, is under a thousandth of half the target's squared length.

    Args:
        atoms: (numbers, atoms) of length 1.
        targets: (numbers, targets).
        weights: (targets,), positive.

    Returns:
        (atoms, targets), most of them exactly 0.

    Example:
        >>> codes = sparse_codes(np.eye(3), np.array([[2.0], [0.5], [-3.0]]), np.array([1.0]))
        >>> codes[:, 0].round(2).tolist()
        [1.0, 0.0, -2.0]
    """
    gram, products = atoms.T @ atoms, atoms.T @ targets
    energies = np.square(targets).sum(axis=0) / 2
    eigenvalues, vectors = np.linalg.eigh(gram)
    codes = np.zeros_like(products)
    open_ = np.flatnonzero(energies > 0)
    product, weight, code = products[:, open_], weights[open_], codes[:, open_]
    dual, penalty, inverse = code, 0.0, gram
    was = solved = code
    for step in range(_MOST_STEPS):
        if step % _ADAPT_EVERY == 0:
            wanted = penalty * _balance(solved, code, was, penalty) if step else 1.0
            if wanted != penalty:
                dual, penalty = dual * (penalty / wanted), wanted
                inverse = (vectors / (np.maximum(eigenvalues, 0) + penalty)) @ vectors.T
        was = code
        solved = inverse @ (product + penalty * (was - dual))
        raised = _RELAXATION * solved + (1 - _RELAXATION) * was + dual
        code = np.sign(raised) * np.maximum(np.abs(raised) - weight / penalty, 0)
        dual = raised - code
        if step % _CHECK_EVERY == _CHECK_EVERY - 1:
            codes[:, open_] = code
            left = _gaps(gram, product, energies[open_], weight, code) > _TOLERANCE * energies[open_]
            if not left.any():
                break
            if not left.all():
                open_, product, weight = open_[left], product[:, left], weight[left]
                code, dual, was, solved = code[:, left], dual[:, left], was[:, left], solved[:, left]
    else:
        for at in open_:
            codes[:, at] = _followed(gram, products[:, at], weights[at])
    return codes


def _followed(gram: Floats, products: Floats, weight: float) -> Floats:
    """The exact codes of one target: slow, but atoms that are nearly dependent do it no harm."""
    from sklearn.linear_model import lars_path_gram

    return np.asarray(
        lars_path_gram(
            products, gram, n_samples=1, alpha_min=weight, method="lasso", max_iter=10000, return_path=False
        )[2]
    )


def _balance(solved: Floats, code: Floats, was: Floats, penalty: float) -> float:
    """What the penalty is multiplied by, so that neither residual outweighs the other much."""
    primal = float(np.linalg.norm(solved - code))
    dual = penalty * float(np.linalg.norm(code - was))
    return 3.0 if primal > 3 * dual else 1 / 3 if dual > 3 * primal else 1.0


def _gaps(gram: Floats, products: Floats, energies: Floats, weights: Floats, codes: Floats) -> Floats:
    """How far each target's objective is from the minimum at most."""
    fitted = gram @ codes
    explained = (codes * fitted).sum(axis=0)
    crossed = (codes * products).sum(axis=0)
    residual = energies - crossed + explained / 2
    largest = np.abs(products - fitted).max(axis=0)
    shrunk = np.minimum(1, weights / np.maximum(largest, np.finfo(float).tiny))
    # the dual's objective at the residual, shrunk until it is feasible
    dual = shrunk * (2 * energies - crossed) - shrunk**2 * residual
    return np.asarray(residual + weights * np.abs(codes).sum(axis=0) - dual)


class SparseRepresentationClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Sparse-representation classification.

    All training rows, scaled to length 1, are the dictionary. A row is coded by `sparse_codes`; the class
    whose atoms alone, with their coefficients, leave the least residual is predicted.

    Args:
        sparsity: the lasso's weight as a proportion of the smallest at which all coefficients are 0, in
            (0, 1).

    Example:
        >>> x = np.array([[1.0, 0, 0], [0.9, 0.1, 0], [0, 0, 1], [0, 0.1, 0.9]])
        >>> fitted = SparseRepresentationClassifier().fit(x, ["a", "a", "b", "b"])
        >>> fitted.predict([[2.0, 0.1, 0], [0, 0.1, 0.5]]).tolist()
        ['a', 'b']
    """

    def __init__(self, sparsity: float = 0.03) -> None:
        self.sparsity = sparsity

    def fit(self, x: Any, y: Any) -> Self:
        """Keeps the rows as dictionary.

        Args:
            x: (rows, numbers).
            y: (rows,) labels.
        """
        self.atoms_ = _of_length_one(np.asarray(x, np.float64))
        self.classes_, self.class_of_ = np.unique(np.asarray(y), return_inverse=True)
        return self

    def residuals(self, x: Any) -> Floats:
        """(rows, classes): the length of what each class leaves of a row of length 1."""
        targets = _of_length_one(np.asarray(x, np.float64))
        largest = np.abs(self.atoms_ @ targets.T).max(axis=0)
        weights = self.sparsity * np.maximum(largest, np.finfo(float).tiny)
        codes = sparse_codes(self.atoms_.T, targets.T, weights)
        found = np.empty((len(targets), len(self.classes_)))
        for at in range(len(self.classes_)):
            own = self.class_of_ == at
            found[:, at] = np.linalg.norm(targets - codes[own].T @ self.atoms_[own], axis=1)
        return found

    def decision_function(self, x: Any) -> Floats:
        """(rows, classes): the negative residuals; (rows,) for two classes, positive for the second."""
        residuals = self.residuals(x)
        return residuals[:, 0] - residuals[:, 1] if len(self.classes_) == 2 else -residuals

    def predict(self, x: Any) -> NDArray[Any]:
        """The class of the least residual of each row."""
        return np.asarray(self.classes_[self.residuals(x).argmin(axis=1)])


def _of_length_one(rows: Floats) -> Floats:
    """Rows of nothing but 0 stay so."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)
