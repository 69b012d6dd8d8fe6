"""Decision values of scikit-learn with a column a class, also for two classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def class_scores(decision: NDArray[np.floating]) -> NDArray[np.float64]:
    """(rows, classes), from (rows, classes), or from (rows,) values for the second of two classes.

    Example:
        >>> class_scores(np.array([2.0])).tolist()
        [[-2.0, 2.0]]
    """
    scores = np.asarray(decision, np.float64)
    return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores
