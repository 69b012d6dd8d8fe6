"""The classifier of many systems: a support-vector machine on standardised numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

GRID: Mapping[str, Sequence[Any]] = {
    "svc__C": (0.1, 1.0, 10.0, 100.0),
    "svc__gamma": ("scale", 0.001, 0.01),
}
"""What is tried where a publication leaves it open; `scale` is one over the number of inputs here."""


def support_vector_machine(kernel: str = "rbf") -> Any:
    """A pipeline: mean 0 and deviation 1 of every number over the training part, then the machine.

    Genres weigh alike, one machine a pair of genres, as in LIBSVM, which scikit-learn calls.

    Example:
        >>> [name for name, _ in support_vector_machine().steps]
        ['standardscaler', 'svc']
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(kernel=kernel, class_weight="balanced", break_ties=True))
