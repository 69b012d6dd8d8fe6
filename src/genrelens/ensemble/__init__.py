"""From many members' probabilities to one answer: pure functions on arrays.

- `fusion`: the mean over excerpts, then majority vote, soft vote or stacked logistic regression over members
- `calibration`: temperature scaling, so that a confidence of 0.8 is right in 8 of 10 cases
- `decision`: when to abstain, and which genres to name together (conformal prediction sets)

Conventions: `probabilities` are float arrays whose last axes are (members, genres), rows summing to 1;
`scores` are (genres,) or (tracks, genres), summing to 1 over genres.
"""

from genrelens.ensemble.calibration import apply_temperature, fit_temperature
from genrelens.ensemble.decision import (
    abstention_threshold,
    conformal_threshold,
    prediction_set,
)
from genrelens.ensemble.fusion import (
    Fusion,
    count_votes,
    even_scores,
    even_where_silent,
    majority_scores,
    mean_over_excerpts,
    soft_scores,
    stacked_scores,
    stacking_inputs,
)
from genrelens.ensemble.softmax import softmax

__all__ = [
    "Fusion",
    "abstention_threshold",
    "apply_temperature",
    "conformal_threshold",
    "count_votes",
    "even_scores",
    "even_where_silent",
    "fit_temperature",
    "majority_scores",
    "mean_over_excerpts",
    "prediction_set",
    "soft_scores",
    "softmax",
    "stacked_scores",
    "stacking_inputs",
]
