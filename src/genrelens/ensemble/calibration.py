"""Temperature scaling: confidences that agree with how often answers are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble.fusion import SMALLEST_PROBABILITY
from genrelens.ensemble.softmax import softmax

Array = NDArray[np.floating]


def apply_temperature(scores: Array, temperature: float) -> Array:
    """Sharpens (temperature under 1) or softens (over 1) scores without changing their order.

    Source: Guo et al. 2017, *On Calibration of Modern Neural Networks*, equation 9, on log scores.

    Args:
        scores: (..., genres), summing to 1 over the last axis.
        temperature: above 0.

    Returns:
        The same shape, summing to 1 over the last axis.

    Example:
        >>> apply_temperature(np.array([0.8, 0.2]), 2.0).round(3).tolist()
        [0.667, 0.333]
    """
    logits = np.log(np.clip(scores, SMALLEST_PROBABILITY, 1.0)) / temperature
    return softmax(logits)


def fit_temperature(scores: Array, labels: NDArray[np.integer], weights: Array | None = None) -> float:
    """The temperature that makes the labels likeliest.

    Args:
        scores: (tracks, genres) from tracks the models were not trained on.
        labels: (tracks,) genre indices.
        weights: (tracks,); equal when absent.

    Returns:
        A temperature in [0.05, 20]. The log loss is unimodal in 1/temperature, so a golden-section
        search over the inverse finds its minimum.

    Example:
        >>> scores = np.tile([0.9, 0.1], (10, 1))
        >>> labels = np.array([0] * 7 + [1] * 3)
        >>> apply_temperature(scores, fit_temperature(scores, labels))[0].round(2).tolist()
        [0.7, 0.3]
    """
    rows = np.arange(len(labels))

    def log_loss(inverse: float) -> float:
        right = apply_temperature(scores, 1.0 / inverse)[rows, labels]
        return float(-np.average(np.log(np.maximum(right, 1e-300)), weights=weights))

    low, high = 0.05, 20.0
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    while high - low > 1e-5:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if log_loss(left) < log_loss(right):
            high = right
        else:
            low = left
    return float(2.0 / (low + high))
