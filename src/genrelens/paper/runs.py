"""What was found of one cell under one protocol, as tables, ensembles and curves read it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.evaluation.splits import Indices
from genrelens.training.cross_validation import CrossValidation

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SplitRun:
    """What one trained model left behind.

    Args:
        split: name.
        test: positions of the tested tracks, `(m,)`.
        probabilities: of the chosen epoch, `(m, genres)`.
        chosen_epoch: counted from 1; chosen inside the training part, or the recipe's last.
        train_loss: after each epoch, `(epochs,)`.
        test_accuracy: after each epoch, on the tested rows, `(epochs,)`.
        inner: positions of training tracks that inner models were tested on, `(k,)`, for stacking and for the
            choice of the epoch; may be empty.
        inner_probabilities: `(k, genres)`.
        inner_accuracy: of the inner models on the tracks held from them, after each epoch, `(epochs,)`, or
            `(0,)`.
        seconds: that it took.
    """

    split: str
    test: Indices
    probabilities: Floats
    chosen_epoch: int
    train_loss: Floats
    test_accuracy: Floats
    inner: Indices
    inner_probabilities: Floats
    inner_accuracy: Floats
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Run:
    """One cell under one protocol: a model a split."""

    cell: str
    protocol: str
    splits: tuple[SplitRun, ...]

    @property
    def seconds(self) -> float:
        """Of processor time, all splits together."""
        return sum(split.seconds for split in self.splits)


def runs_of(protocol: str, found: CrossValidation) -> dict[str, Run]:
    """What the trainer found of every cell under a protocol, by cell.

    Args:
        protocol: its name.
        found: with the test curve noted.
    """
    return {
        name: Run(
            name, protocol, tuple(_split_run(found, place, number) for number in range(len(found.splits)))
        )
        for place, name in enumerate(found.members)
    }


def _split_run(found: CrossValidation, member: int, number: int) -> SplitRun:
    name, split = found.members[member], found.splits[number]
    outcome, inside = found.results[name][number], found.inner_of(number)
    inner, answers, curve = np.zeros(0, np.intp), np.zeros((0, found.probabilities.shape[3])), np.zeros(0)
    if found.inner is not None:
        tests = [(k, found.inner.splits[k].test) for k in inside]
        inner = np.concatenate([test for _, test in tests])
        answers = np.concatenate([found.inner.probabilities[member, k, test] for k, test in tests])
        curve = found.inner.followed_curve(name, inside)
    others = [found.inner.results[name][k].seconds for k in inside] if found.inner else []
    return SplitRun(
        split=split.name,
        test=split.test,
        probabilities=found.probabilities[member, number, split.test],
        chosen_epoch=outcome.best_epoch,
        train_loss=np.array([point.train_loss for point in outcome.curve]),
        test_accuracy=found.followed_curve(name, [number]),
        inner=inner,
        inner_probabilities=answers,
        inner_accuracy=curve,
        seconds=outcome.seconds + sum(others),
    )
