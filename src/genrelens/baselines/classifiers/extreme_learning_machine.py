"""The extreme learning machine: a random hidden layer that is never trained, a linear one by least squares.

Huang, Zhu and Siew, *Extreme learning machine: theory and applications* (Neurocomputing, 2006); the ridge in
the least squares as in Huang, Zhou, Ding and Zhang, *Extreme learning machine for regression and multiclass
classification* (IEEE Transactions on Systems, Man, and Cybernetics B, 2012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]


class ExtremeLearningMachine(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier; its inputs should be standardised.

    Args:
        hidden: units of the hidden layer, each a sigmoid of a random weighted sum.
        ridge: added to the squares of the output weights in the least squares, relative to a row.
        spread: deviation of a unit's weighted sum for standardised inputs that do not depend on one another.
        random_state: of the hidden layer's weights.

    Attributes:
        classes_: (classes,).
        weights_, offsets_: (inputs, hidden) and (hidden,), drawn.
        output_: (hidden, classes), solved for.

    Example:
        >>> x = np.array([[-1.0], [-0.5], [0.5], [1.0]])
        >>> machine = ExtremeLearningMachine(hidden=20, random_state=0).fit(x, np.array(["a", "b", "b", "a"]))
        >>> machine.predict(x).tolist()                                        # no line parts these
        ['a', 'b', 'b', 'a']
    """

    def __init__(
        self, hidden: int = 300, ridge: float = 1e-3, spread: float = 1.0, random_state: int | None = None
    ) -> None:
        self.hidden = hidden
        self.ridge = ridge
        self.spread = spread
        self.random_state = random_state

    def fit(self, x: NDArray[np.floating], labels: NDArray[np.generic]) -> ExtremeLearningMachine:
        """Draws the hidden layer and solves for the output layer.

        Args:
            x: (rows, inputs).
            labels: (rows,) of any values.
        """
        random = np.random.default_rng(self.random_state)
        inputs = x.shape[1]
        self.classes_, number = np.unique(labels, return_inverse=True)
        self.weights_ = random.normal(0, self.spread / np.sqrt(inputs), (inputs, self.hidden))
        self.offsets_ = random.normal(0, self.spread, self.hidden)
        units = self.hidden_layer(x)
        wanted = np.eye(len(self.classes_))[number]
        self.output_ = ridge_solution(units, wanted, self.ridge * len(x))
        self.n_features_in_ = inputs
        return self

    def hidden_layer(self, x: NDArray[np.floating]) -> Floats:
        """Activations, (rows, hidden), between -1 and 1."""
        return np.tanh(np.asarray(x, np.float64) @ self.weights_ + self.offsets_)

    def decision_function(self, x: NDArray[np.floating]) -> Floats:
        """Outputs, (rows, classes): about 1 for the class, 0 for the others."""
        return np.asarray(self.hidden_layer(x) @ self.output_)

    def predict_proba(self, x: NDArray[np.floating]) -> Floats:
        """(rows, classes): the outputs without their negative parts, summing to 1.

        Least squares on indicators estimate a class's probability, but may leave 0 to 1.
        """
        outputs = self.decision_function(x)
        outputs = outputs - np.minimum(outputs.max(axis=1, keepdims=True) - 1e-6, 0.0)
        positive = np.maximum(outputs, 0.0)
        return np.asarray(positive / positive.sum(axis=1, keepdims=True))

    def predict(self, x: NDArray[np.floating]) -> NDArray[np.generic]:
        """The class of the largest output, (rows,)."""
        return np.asarray(self.classes_[self.decision_function(x).argmax(axis=1)])


def ridge_solution(inputs: Floats, targets: Floats, ridge: float) -> Floats:
    """The weights for which `|inputs @ weights - targets|² + ridge |weights|²` is least, `(units, targets)`.

    Solved in as many unknowns as there are units or rows, whichever are fewer.

    Args:
        inputs: (rows, units).
        targets: (rows, targets).
        ridge: above 0.

    Example:
        >>> ridge_solution(np.array([[1.0], [1.0]]), np.array([[2.0], [4.0]]), 1.0).tolist()     # 6 / (2 + 1)
        [[2.0]]
    """
    rows, units = inputs.shape
    if units <= rows:
        return np.asarray(np.linalg.solve(inputs.T @ inputs + ridge * np.eye(units), inputs.T @ targets))
    return np.asarray(inputs.T @ np.linalg.solve(inputs @ inputs.T + ridge * np.eye(rows), targets))
