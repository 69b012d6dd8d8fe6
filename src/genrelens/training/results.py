"""What cross-validation says in numbers: of each member, of the votes, with spread and interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble.combination import Combination, Rule
from genrelens.evaluation.metrics import accuracy, balanced_accuracy, log_loss
from genrelens.evaluation.uncertainty import mean_interval
from genrelens.training.cross_validation import CrossValidation
from genrelens.training.data import TrainingData
from genrelens.training.fusion import fit_combination, joined

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """How often a member or a vote was right about tracks it was not trained on.

    Accuracy, balanced accuracy and log loss are means over splits, all three. The interval is that of the
    share of tracks, each counted once; it differs from the mean over splits as far as these differ in size.

    Attributes:
        accuracy: of a split, the share of its tracks that were right.
        spread: standard deviation of the accuracy over splits; None where there is one split.
        pooled: share of tested tracks, each counted once.
        low, high: 95 % interval of `pooled`, over artists where they are known, else over tracks.
        balanced: of a split, the mean over its genres of the share found.
        log_loss: of a split, the mean over its tracks.
        splits: accuracy of each.
    """

    accuracy: float
    spread: float | None
    pooled: float
    low: float
    high: float
    balanced: float
    log_loss: float
    splits: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, rounded to what they mean."""
        numbers = {
            key: None if value is None else round(float(value), 5)
            for key, value in vars(self).items()
            if key != "splits"
        }
        return {**numbers, "splits": [round(value, 5) for value in self.splits]}


def member_scores(data: TrainingData, found: CrossValidation) -> dict[str, Score]:
    """The score of each member, by name."""
    return {name: _score(data, found, found.probabilities[m]) for m, name in enumerate(found.members)}


def vote_scores(data: TrainingData, found: CrossValidation, rules: tuple[Rule, ...]) -> dict[str, Score]:
    """The score of each rule of joining.

    A rule that learns (`stacked`) is fitted for each split on the out-of-fold answers of the others.
    """
    return {rule: _score(data, found, vote(data, found, rule)) for rule in rules}


def vote(data: TrainingData, found: CrossValidation, rule: Rule) -> Floats:
    """(splits, tracks, genres) joined scores of tested tracks, NaN elsewhere."""
    scores = np.full(found.probabilities.shape[1:], np.nan)
    for number in range(len(found.splits)):
        here = found.tested[number]
        combination = combination_for(data, found, rule, number)
        scores[number, here] = joined(combination, found.probabilities[:, number, here])
    return scores


def combination_for(data: TrainingData, found: CrossValidation, rule: Rule, split: int) -> Combination:
    """The rule that joins members in a split: what it learns, it learns from the other splits' answers."""
    here = found.tested[split]
    learnt = np.delete(found.tested, split, axis=0).any(axis=0) & ~here
    learnt = learnt if learnt.any() else here
    return fit_combination(rule, found.out_of_fold[:, learnt], data.labels[learnt])


def results_of(members: Mapping[str, Score], votes: Mapping[str, Score], rule: str) -> dict[str, Any]:
    """The results of a run record."""
    return {
        "rule": rule,
        "ensemble": votes[rule].to_dict(),
        "votes": {name: score.to_dict() for name, score in votes.items()},
        "members": {name: score.to_dict() for name, score in members.items()},
    }


def _score(data: TrainingData, found: CrossValidation, scores: Floats) -> Score:
    """Of (splits, tracks, genres)."""
    accuracies, balanced, losses = [], [], []
    for number, here in enumerate(found.tested):
        if not here.any():
            continue
        labels, own = data.labels[here], scores[number, here]
        accuracies.append(accuracy(labels, own.argmax(axis=1)))
        balanced.append(balanced_accuracy(labels, own.argmax(axis=1)))
        losses.append(log_loss(labels, own / own.sum(axis=1, keepdims=True)))
    times = found.tested.sum(axis=0)
    tested = np.flatnonzero(times)
    answers = np.where(found.tested[:, :, None], scores, 0.0)
    hits = (answers.argmax(axis=2) == data.labels) & found.tested
    share = hits.sum(axis=0)[tested] / times[tested]
    interval = mean_interval(share, data.groups[tested] if data.artists_known else None)
    return Score(
        accuracy=float(np.mean(accuracies)),
        spread=float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else None,
        pooled=interval.value,
        low=interval.low,
        high=interval.high,
        balanced=float(np.mean(balanced)),
        log_loss=float(np.mean(losses)),
        splits=tuple(accuracies),
    )
