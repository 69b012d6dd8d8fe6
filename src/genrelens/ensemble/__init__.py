"""From many members' probabilities to one answer: pure functions on arrays.

- `combination`: majority vote, soft vote, stacked logistic regression
- `calibration`: temperature scaling, so that a confidence of 0.8 is right in 8 of 10 cases
- `decision`: when to abstain, and which genres to name together (conformal prediction sets)

Conventions: `probabilities` are float arrays (votes, genres) whose rows sum to 1, one row a member and
excerpt; `scores` are (genres,) or (tracks, genres), summing to 1 over genres.
"""

from genrelens.ensemble.calibration import apply_temperature, fit_temperature
from genrelens.ensemble.combination import (
    Combination,
    count_votes,
    majority_scores,
    majority_vote,
    soft_scores,
    stacked_scores,
)
from genrelens.ensemble.decision import (
    abstention_threshold,
    conformal_threshold,
    prediction_set,
)

__all__ = [
    "Combination",
    "abstention_threshold",
    "apply_temperature",
    "conformal_threshold",
    "count_votes",
    "fit_temperature",
    "majority_scores",
    "majority_vote",
    "prediction_set",
    "soft_scores",
    "stacked_scores",
]
