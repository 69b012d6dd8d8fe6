"""What each member adds: members alone, fusions, fusions without one of them; over several seeds of folds.

Conventions: the seeds' cross-validations are of the same recipe and data; a track's hit is the proportion
of splits that tested it and were right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import Fusion, apply_temperature, even_where_silent, fit_temperature
from genrelens.ensemble.fusion import Rule
from genrelens.evaluation.metrics import balanced_mean, log_losses
from genrelens.evaluation.proportions import as_json, balanced_proportion, proportion_of
from genrelens.training.build import Evaluated
from genrelens.training.cross_validation import CrossValidation
from genrelens.training.data import TrainingData
from genrelens.training.fusion import fuse_splits, split_fusions
from genrelens.training.results import hits_of

Floats = NDArray[np.float64]
RULES: tuple[Rule, ...] = ("majority", "soft", "stacked")


def measure_contributions(
    seeds: Sequence[Evaluated],
    parts: Mapping[str, NDArray[np.bool_]],
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> list[dict[str, Any]]:
    """Accuracy of every member and fusion on every part of the data.

    Args:
        seeds: a cross-validation a seed.
        parts: (tracks,) masks by name.
        progress: called as members are trained inside the training parts, for the stacked fusion.

    Returns:
        a row for each member and fusion: `kind` (`member`, `vote`, `without`), `name`, `seeds`, and `parts`:
            by name,
        `accuracy`, `balanced` and `log_loss` (after the temperature that fits best), each the mean over
        seeds with an interval over artists, and the standard deviations over seeds, `accuracy_spread` and
        `balanced_spread`. `without` is the soft fusion of all other members.
    """
    data = seeds[0].trainer.data
    by_system: dict[tuple[str, str], list[tuple[Floats, Floats]]] = {}
    for evaluated in seeds:
        for kind, name, scores in _systems(evaluated, progress):
            measured = hits_of(data, evaluated.found, scores), losses_of(data, evaluated.found, scores)
            by_system.setdefault((kind, name), []).append(measured)
    rows = []
    for (kind, name), measured_by_seed in by_system.items():
        hits, losses = (np.stack(one) for one in zip(*measured_by_seed, strict=True))
        scores_of = {part: _scores(data, hits, losses, mask) for part, mask in parts.items()}
        rows.append({"kind": kind, "name": name, "seeds": len(hits), "parts": scores_of})
    return rows


def losses_of(data: TrainingData, found: CrossValidation, scores: Floats) -> Floats:
    """(tracks,) -ln of the calibrated probability of the true genre; NaN for tracks never tested.

    Args:
        data: the labels.
        found: which tracks each split tested.
        scores: (splits, tracks, genres).
    """
    there = np.asarray(found.tested.any(axis=0))
    mean, labels = even_where_silent(found.mean_over_splits(scores)[there]), data.labels[there]
    losses = np.full(len(there), np.nan)
    losses[there] = log_losses(labels, apply_temperature(mean, fit_temperature(mean, labels)))
    return losses


def _systems(
    evaluated: Evaluated, progress: Callable[[str, int, int], None]
) -> Iterator[tuple[str, str, Floats]]:
    found, trainer = evaluated.found, evaluated.trainer
    for number, name in enumerate(found.members):
        yield "member", name, found.probabilities[number]
    for rule in RULES:
        if rule in evaluated.fused:
            yield "vote", rule, evaluated.fused[rule]
            continue
        show = partial(progress, f"training for a {rule} fusion of seed {trainer.seed}")
        fusions = split_fusions(trainer, found.splits, rule, show)
        yield "vote", rule, fuse_splits(found, fusions)
    soft = (Fusion("soft"),) * len(found.splits)
    for number, name in enumerate(found.members if len(found.members) > 1 else ()):
        yield "without", name, fuse_splits(_without(found, number), soft)


def _without(found: CrossValidation, number: int) -> CrossValidation:
    members = (*found.members[:number], *found.members[number + 1 :])
    return replace(found, members=members, probabilities=np.delete(found.probabilities, number, axis=0))


def _scores(data: TrainingData, hits: Floats, losses: Floats, mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Of (seeds, tracks) hits and losses on one part."""
    here = mask & ~np.isnan(hits).any(axis=0)
    mean, labels, groups = hits[:, here].mean(axis=0), data.labels[here], data.groups[here]
    if not len(mean):
        return {}
    by_seed = hits[:, here]
    balanced = [balanced_mean(one, labels) for one in by_seed]
    return {
        **as_json(
            {"accuracy": proportion_of(mean, groups), "balanced": balanced_proportion(mean, labels, groups)}
        ),
        **as_json({"log_loss": proportion_of(losses[:, here].mean(axis=0), groups)}),
        "accuracy_spread": _spread(by_seed.mean(axis=1)),
        "balanced_spread": _spread(np.array(balanced)),
    }


def _spread(values: Floats) -> float:
    return round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else 0.0
