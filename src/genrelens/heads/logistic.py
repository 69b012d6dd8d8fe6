"""Multinomial logistic regression with a quadratic penalty."""

from __future__ import annotations

import numpy as np

from genrelens.heads.head import Head, fit_softmax_regression, standardisation
from genrelens.heads.options import LogisticOptions


def fit_logistic(
    x: np.ndarray, targets: np.ndarray, weights: np.ndarray, seed: int, options: LogisticOptions
) -> Head:
    """Minimises mean weighted cross-entropy + l2/2 · |W|²; see `heads.kinds.fit_head`. Nothing is random."""
    mean, scale = standardisation(x, weights)
    w, bias = fit_softmax_regression((x - mean) * scale, targets, weights, options.l2)
    return Head(mean, scale, "none", np.zeros((0, 0), np.float32), np.zeros(0, np.float32), 1.0, w, bias)
