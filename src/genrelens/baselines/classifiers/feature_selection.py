"""A choice of the numbers that tell genres apart best, made on training rows only."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray


def separation(x: NDArray[np.floating], labels: NDArray[Any]) -> NDArray[np.float64]:
    """F of an analysis of variance of every number, (numbers,); 0 for one that is the same everywhere.

    Example:
        >>> x = np.array([[0.0, 5.0, 1.0], [1.0, 5.0, 0.0], [8.0, 5.0, 0.0], [9.0, 5.0, 1.0]])
        >>> separation(x, np.array([0, 0, 1, 1])).tolist()
        [128.0, 0.0, 0.0]
    """
    from sklearn.feature_selection import f_classif

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", UserWarning)  # numbers that are the same everywhere
        warnings.simplefilter("ignore", RuntimeWarning)
        scores = f_classif(x, labels)[0]
    return np.asarray(np.nan_to_num(scores, nan=0.0, posinf=np.finfo(np.float64).max))


def selecting_machine() -> Any:
    """A pipeline: standardised numbers, the `k` that separate best, a support-vector machine.

    Example:
        >>> [name for name, _ in selecting_machine().steps]
        ['standardscaler', 'selectkbest', 'svc']
    """
    from sklearn.feature_selection import SelectKBest
    from sklearn.pipeline import make_pipeline

    from genrelens.baselines.classifiers.support_vector_machine import support_vector_machine

    scaler, machine = (step for _, step in support_vector_machine().steps)
    return make_pipeline(scaler, SelectKBest(separation), machine)
