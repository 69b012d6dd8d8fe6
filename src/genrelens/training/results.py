"""The scores of cross-validation: of each member and each fusion, with spread and interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import even_where_silent
from genrelens.evaluation.metrics import (
    accuracy,
    balanced_accuracy,
    hit_proportions,
    log_loss,
    predicted_genres,
)
from genrelens.evaluation.uncertainty import mean_interval
from genrelens.training.cross_validation import CrossValidation
from genrelens.training.data import TrainingData

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """How often a member or a fusion was right about tracks it was not trained on.

    Accuracy, balanced accuracy and log loss are means over splits, all three. The interval is that of the
    proportion of tracks, each counted once; it differs from the mean over splits as far as these differ in
    size.

    Attributes:
        accuracy: of a split, the proportion of its tracks that were right.
        spread: standard deviation of the accuracy over splits; None where there is one split.
        pooled: the proportion of tested tracks that were right, each counted once.
        low, high: 95 % interval of `pooled`, over artists where they are known, else over tracks.
        balanced: of a split, the mean recall of its genres.
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
    """The score of each member, by name; a track that is silent throughout counts as not answered."""
    return {name: score_of(data, found, found.probabilities[m]) for m, name in enumerate(found.members)}


def hits_of(data: TrainingData, found: CrossValidation, scores: Floats) -> Floats:
    """(tracks,) how often (splits, tracks, genres) scores were right; NaN for tracks never tested."""
    tests = ((here, even_where_silent(own[here])) for here, own in zip(found.tested, scores, strict=True))
    return hit_proportions(data.labels, ((np.flatnonzero(here), own) for here, own in tests))


def results_of(members: Mapping[str, Score], fusions: Mapping[str, Score], rule: str) -> dict[str, Any]:
    """The results of a run record."""
    return {
        "rule": rule,
        "ensemble": fusions[rule].to_dict(),
        "votes": {name: score.to_dict() for name, score in fusions.items()},
        "members": {name: score.to_dict() for name, score in members.items()},
    }


def score_of(data: TrainingData, found: CrossValidation, scores: Floats) -> Score:
    """Of (splits, tracks, genres) scores of a member or a fusion."""
    accuracies, balanced, losses = [], [], []
    for number, here in enumerate(found.tested):
        if not here.any():
            continue
        labels, own = data.labels[here], even_where_silent(scores[number, here])
        accuracies.append(accuracy(labels, predicted_genres(own)))
        balanced.append(balanced_accuracy(labels, predicted_genres(own)))
        losses.append(log_loss(labels, own / own.sum(axis=1, keepdims=True)))
    hits = hits_of(data, found, scores)
    tested = ~np.isnan(hits)
    interval = mean_interval(hits[tested], data.groups[tested] if data.artists_known else None)
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
