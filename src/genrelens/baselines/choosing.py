"""Fits a system's classifier with the settings that do best inside its training part.

The one way for all systems, so that none is tuned more than another, and none on what it is tested on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.class_scores import class_scores
from genrelens.ensemble import softmax
from genrelens.errors import GenreLensError
from genrelens.evaluation.splits import Indices, Split
from genrelens.training.inner_folds import inner_splits

INNER_FOLDS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted classifier.

    Attributes:
        estimator: of scikit-learn.
        genres: how many there are; those that it was not trained on get probability 0.
        chosen: parameters by name.
    """

    estimator: Any
    genres: int
    chosen: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, x: NDArray[np.float32]) -> Floats:
        """(rows, genres) probabilities; where the classifier has scores only, their softmax."""
        if hasattr(self.estimator, "predict_proba"):
            own = np.asarray(self.estimator.predict_proba(x), np.float64)
        else:
            scores = class_scores(self.estimator.decision_function(x))
            own = np.asarray(softmax(scores), np.float64)
        probabilities = np.zeros((len(x), self.genres))
        probabilities[:, np.asarray(self.estimator.classes_, np.intp)] = own
        return probabilities


class FittingFailed(GenreLensError):
    """A system's classifier cannot be fitted on a split; other systems can."""

    @classmethod
    def of(cls, system: Baseline, split: str, error: Exception) -> FittingFailed:
        """From what a classifier raised, in one sentence."""
        return cls(
            f"{system.name} cannot be fitted on {split} ({type(error).__name__}: "
            f"{' '.join(str(error).split())}); are there enough tracks of each genre?"
        )


def fit_chosen(
    system: Baseline, x: NDArray[np.float32], labels: Indices, groups: Indices, genres: int, seed: int
) -> Fitted:
    """Fits on a training part, after a choice among the settings of the system's grid.

    Settings are compared by accuracy over three folds of the training part, artists kept whole; the first of
    equals is taken, and the classifier is fitted with it on all of the part.

    Args:
        system: its classifier and grid.
        x: rows of the training part.
        labels, groups: genre and artist of each row as numbers.
        genres: how many genres there are.
        seed: of the folds and of whatever the classifier draws.

    Example:
        >>> from sklearn.svm import SVC
        >>> x = np.repeat([[0.0], [1.0], [9.0], [10.0]], 3, axis=0).astype(np.float32)
        >>> system = Baseline("near", "", ("averaged",), SVC, {"C": (1.0, 10.0)})
        >>> fitted = fit_chosen(system, x, np.repeat([0, 1], 6), np.arange(12) // 2, 2, seed=0)
        >>> fitted.predict(x[[0, -1]]).argmax(1).tolist(), fitted.chosen
        ([0, 1], {'C': 1.0})
    """
    estimator = _seeded(system.classifier(), seed)
    grid = {name: [_seeded(value, seed) for value in values] for name, values in system.grid.items()}
    combinations = int(np.prod([len(values) for values in grid.values()]))
    if combinations <= 1:
        fixed = {name: values[0] for name, values in grid.items()}
        return Fitted(estimator.set_params(**fixed).fit(x, labels), genres, fixed)
    from sklearn.model_selection import GridSearchCV

    folds = _inner_folds(labels, groups, seed)
    search = GridSearchCV(estimator, grid, scoring="accuracy", cv=folds, error_score="raise")
    search.fit(x, labels)
    return Fitted(search.best_estimator_, genres, dict(search.best_params_))


def _inner_folds(labels: Indices, groups: Indices, seed: int) -> Sequence[tuple[Indices, Indices]]:
    """Those of all trainings (`training.inner_folds`), over rows; folds without any are left out."""
    part = Split("training part", np.arange(len(labels)), np.zeros(0, np.intp))
    inner = inner_splits(part, labels, groups, INNER_FOLDS, seed)
    return [(one.train, one.test) for one in inner if len(one.test)]


def _seeded(value: Any, seed: int) -> Any:
    """An estimator whose random states are the seed, a new one; a value of any other kind as it is."""
    if not hasattr(value, "get_params"):
        return value
    from sklearn.base import clone

    estimator = clone(value)
    drawn = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**dict.fromkeys(drawn, seed)) if drawn else estimator
