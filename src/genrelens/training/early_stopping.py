"""Early stopping, and the result of a training: weights, statistics of its input, loss curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from genrelens.models.networks import Weights
from genrelens.models.scaling import Scaling
from genrelens.recipes.load import Training
from genrelens.training.matrix import Fold

Tick = Callable[[int], None]
"""Called with the number of epochs that are done now and were not before."""


@dataclass(frozen=True)
class CurvePoint:
    """One epoch.

    Attributes:
        train_loss: mean while learning.
        valid_loss, valid_accuracy: on the rows set apart for early stopping, where there are any.
        followed_accuracy: on the rows that are only followed (`Fold.followed`), where there are any.
    """

    train_loss: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    followed_accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A trained network as arrays.

    Attributes:
        weights: by name.
        scaling: statistics of its training rows.
        curve: one point an epoch.
        best_epoch: how many epochs the weights have seen.
    """

    weights: Weights
    scaling: Scaling
    curve: tuple[CurvePoint, ...]
    best_epoch: int


@dataclass
class EarlyStopping:
    """Keeps the weights of the epoch with the least validation loss, and decides when to stop.

    Without patience the last epoch's weights are kept. Where the fold names an epoch, or is to be stopped by
    the rows that it follows, the weights of that epoch are kept, whatever the validation loss, and all epochs
    are trained.

    Args:
        training: epochs and patience.
        fold: which epoch is kept otherwise.
    """

    training: Training
    fold: Fold
    curve: list[CurvePoint] = field(default_factory=list)
    best_score: float = -float("inf")
    best_epoch: int = 0
    best_weights: Weights = field(default_factory=dict)

    def improved(self, point: CurvePoint) -> bool:
        """Takes an epoch's point; True where its weights are to be handed to `keep`."""
        self.curve.append(point)
        score = self._score(point)
        if self.fold.chosen_epoch is not None:
            better = len(self.curve) == self.fold.chosen_epoch
        elif score is None:
            better = len(self.curve) == self.training.epochs
        else:
            better = score > self.best_score or not self.best_epoch
            if better:
                self.best_score = score
        if better:
            self.best_epoch = len(self.curve)
        return better

    def _score(self, point: CurvePoint) -> float | None:
        """By which epochs are compared; None where the last one is kept."""
        if self.fold.stops_by_followed:
            return point.followed_accuracy
        return -point.valid_loss if point.valid_loss is not None and self.training.patience else None

    def keep(self, weights: Weights) -> None:
        """The weights of the best epoch so far."""
        self.best_weights = {name: np.array(value, copy=True) for name, value in weights.items()}

    @property
    def finished(self) -> bool:
        """Whether training ends here."""
        done = len(self.curve)
        if done >= self.training.epochs:
            return True
        if self.fold.chosen_epoch is not None or self.fold.stops_by_followed:
            return False
        if not self.best_epoch:  # no validation part: all epochs are trained
            return False
        return self.training.patience > 0 and done - self.best_epoch >= self.training.patience

    def result(self, scaling: Scaling) -> TrainedNetwork:
        """The kept weights and the curve."""
        return TrainedNetwork(self.best_weights, scaling, tuple(self.curve), self.best_epoch)
