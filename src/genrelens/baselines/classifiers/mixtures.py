"""A classifier that describes every genre by a Gaussian or by a mixture of Gaussians."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

Doubles = NDArray[np.float64]


class MixtureClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Bayes' rule on one mixture a class, all classes equally likely beforehand.

    A mixture is fitted by expectation maximisation that starts from k-means; with one component it is the
    Gaussian of the class's mean and variances. A class of fewer rows than components has as many as rows.

    Args:
        components: Gaussians a class.
        covariance: `diag`, or `full` for one that knows how the numbers go together.
        floor: added to every variance, so that none is 0; the rows are taken to be standardised.
        random_state: of k-means.

    Example:
        >>> x = np.array([[0.0], [1.0], [8.0], [9.0]])
        >>> MixtureClassifier().fit(x, ["low", "low", "high", "high"]).predict([[2.0], [7.0]]).tolist()
        ['low', 'high']
    """

    def __init__(
        self,
        components: int = 1,
        covariance: str = "diag",
        floor: float = 0.01,
        random_state: int | None = None,
    ) -> None:
        self.components = components
        self.covariance = covariance
        self.floor = floor
        self.random_state = random_state

    def fit(self, x: Any, labels: Any) -> MixtureClassifier:
        """Fits a mixture to the rows of each class."""
        rows = np.asarray(x, np.float64)
        self.classes_, of = np.unique(labels, return_inverse=True)
        self.mixtures_ = [self._fitted(rows[of == one]) for one in range(len(self.classes_))]
        return self

    def log_densities(self, x: Any) -> Doubles:
        """Logarithm of each class's density, (rows, classes)."""
        rows = np.asarray(x, np.float64)
        return np.column_stack([mixture.score_samples(rows) for mixture in self.mixtures_])

    def predict_proba(self, x: Any) -> Doubles:
        """Probabilities, (rows, classes)."""
        return np.asarray(softmax(self.log_densities(x), axis=1))

    def predict(self, x: Any) -> NDArray[Any]:
        """The most probable class of every row."""
        return np.asarray(self.classes_[self.log_densities(x).argmax(axis=1)])

    def _fitted(self, rows: Doubles) -> GaussianMixture:
        mixture = GaussianMixture(
            min(self.components, len(np.unique(rows, axis=0))),
            covariance_type=self.covariance,
            reg_covar=self.floor,
            random_state=self.random_state,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return mixture.fit(rows if len(rows) > 1 else np.repeat(rows, 2, axis=0))
