"""Sparse codes against scikit-learn's coordinate descent, and the classifier against a loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Lasso
from sklearn.utils.validation import check_is_fitted

from genrelens.baselines.classifiers.sparse_representation import SparseRepresentationClassifier, sparse_codes


def problem(seed: int, numbers: int, atoms: int, offset: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    drawn = random.normal(offset, 1, (numbers, atoms + 4))
    drawn /= np.linalg.norm(drawn, axis=0)
    return drawn[:, :atoms], drawn[:, atoms:]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the oracle
@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.integers(2, 30),
    st.integers(1, 60),
    st.sampled_from([0.0, 1.0, 5.0]),  # the larger, the more alike all vectors are, as modulations are
    st.sampled_from([0.003, 0.03, 0.3]),
)
def test_objective_is_that_of_coordinate_descent(
    seed: int, numbers: int, atoms: int, offset: float, share: float
) -> None:
    dictionary, targets = problem(seed, numbers, atoms, offset)
    weights = share * np.abs(dictionary.T @ targets).max(axis=0)
    codes = sparse_codes(dictionary, targets, weights)
    for target, weight, code in zip(targets.T, weights, codes.T, strict=True):
        oracle = Lasso(alpha=weight / numbers, fit_intercept=False, max_iter=100000, tol=1e-8)
        best = oracle.fit(dictionary, target).coef_

        def objective(c: np.ndarray, target: np.ndarray = target, weight: float = weight) -> float:
            return float(0.5 * np.sum((target - dictionary @ c) ** 2) + weight * np.abs(c).sum())

        # a thousandth of the zero solution's 0.5, and what the oracle itself is short of
        assert objective(code) - objective(best) <= 0.0005 + 1e-6


def test_codes_are_sparse_and_those_of_the_oracle() -> None:
    dictionary, targets = problem(7, 40, 25, 0.0)
    weights = np.full(4, 0.1)
    codes = sparse_codes(dictionary, targets, weights)
    for target, code in zip(targets.T, codes.T, strict=True):
        best = Lasso(alpha=0.1 / 40, fit_intercept=False, max_iter=100000, tol=1e-10).fit(dictionary, target)
        np.testing.assert_allclose(code, best.coef_, atol=0.02)
        assert 0 < np.count_nonzero(code) < 25


def test_a_target_of_zeros_gets_a_code_of_zeros() -> None:
    dictionary, targets = problem(1, 10, 8, 0.0)
    targets[:, 1] = 0
    codes = sparse_codes(dictionary, targets, np.full(4, 0.05))
    assert np.isfinite(codes).all()
    assert not codes[:, 1].any()


@pytest.mark.parametrize("classes", [2, 4])
def test_predicts_the_class_that_alone_leaves_least(classes: int) -> None:
    random = np.random.default_rng(5)
    labels = np.arange(40) % classes
    x = random.normal(0, 0.4, (40, 12)) + np.eye(12)[labels] * 2
    asked, truth = x[30:], labels[30:]
    fitted = SparseRepresentationClassifier(0.05).fit(x[:30], labels[:30])
    atoms = x[:30] / np.linalg.norm(x[:30], axis=1, keepdims=True)
    for row, residuals in zip(asked, fitted.residuals(asked), strict=True):
        target = row / np.linalg.norm(row)
        weight = 0.05 * np.abs(atoms @ target).max()
        code = (
            Lasso(alpha=weight / 12, fit_intercept=False, tol=1e-9, max_iter=10**5).fit(atoms.T, target).coef_
        )
        wanted = [
            np.linalg.norm(target - sum(code[i] * atoms[i] for i in range(30) if labels[i] == c))
            for c in range(classes)
        ]
        np.testing.assert_allclose(residuals, wanted, atol=0.02)
    assert (fitted.predict(asked) == truth).mean() >= 0.8
    scores = fitted.decision_function(asked)
    found = (scores > 0).astype(int) if classes == 2 else scores.argmax(axis=1)
    assert (found == fitted.predict(asked)).all()


def test_scale_does_not_matter_rows_of_zeros_do_not_harm_and_it_can_be_cloned() -> None:
    random = np.random.default_rng(6)
    x, labels = random.random((12, 5)), np.repeat(["a", "b", "c"], 4)
    x[3] = 0
    fitted = clone(SparseRepresentationClassifier(0.2)).fit(x, labels)
    check_is_fitted(fitted)
    asked = np.vstack([random.random((3, 5)), np.zeros(5)])
    assert np.isfinite(fitted.residuals(asked)).all()
    np.testing.assert_allclose(fitted.residuals(asked), fitted.residuals(asked * 1000), atol=1e-6)
