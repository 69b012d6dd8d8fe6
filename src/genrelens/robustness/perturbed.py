"""How answers change with the sound of the same music: recoded, cut, resampled, noisy, remastered.

All of it out of fold: the model has seen neither the track nor its artist in training, in any variant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.augmentation.chains import CROP_POSITIONS, Chain, Crop, RandomChain
from genrelens.augmentation.perturbations import AS_IT_IS, Condition, everyday
from genrelens.evaluation.proportions import as_json, proportion_of
from genrelens.robustness.held_out import Answers, OutOfFold, Progress
from genrelens.robustness.sampling import stratified_order
from genrelens.training.data import TrainingData
from genrelens.training.matrix import Indices

Bools = NDArray[np.bool_]
CROPS = tuple(Chain((Crop(3.0, position),)) for position in CROP_POSITIONS)
REMASTERED = (RandomChain("modern"), RandomChain("old"))
"""Masters of whole tracks: of other styles or settings than those that the models were trained on, or of
other tracks."""


def sample_of(models: OutOfFold, tracks: int) -> dict[str, Indices]:
    """Up to `tracks` whole tracks of each collection, in the genres' proportions."""
    chosen = {}
    for name in dict.fromkeys(models.collections.tolist()):
        here = np.flatnonzero((models.collections == name) & models.whole)
        chosen[name] = np.sort(here[stratified_order(models.data.labels[here])[:tracks]])
    return chosen


def measure_degradation(
    models: OutOfFold, conditions: Sequence[Condition], tracks: int, progress: Progress
) -> list[dict[str, Any]]:
    """Accuracy and constancy of a sample of each collection under each condition.

    Args:
        models: of the splits.
        conditions: what happens to the sound.
        tracks: of each collection.
        progress: called as tracks are done.

    Returns:
        a row a condition and collection, the first condition the sound as it is: `accuracy`, `same` (the
        answer is that of the sound as it is, `unsure` or not), `answered` (not `unsure`), and
        `right_if_answered`, each with its interval.
    """
    samples = sample_of(models, tracks)
    chosen = np.concatenate(list(samples.values()))
    collection = np.repeat(list(samples), [len(one) for one in samples.values()])
    every = (AS_IT_IS, *conditions)
    answers = models.answers(chosen, [one.variant for one in every], "evaluating degraded sound", progress)
    return [
        _row(condition, name, constancy(models.data, answers, number, collection == name))
        for number, condition in enumerate(every)
        for name in samples
    ]


def _row(condition: Condition, collection: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "group": condition.group,
        "condition": condition.name,
        "key": condition.variant.key,
        "collection": collection,
        **figures,
    }


def constancy(data: TrainingData, answers: Answers, number: int, here: Bools) -> dict[str, Any]:
    """Proportions of one variant against the first, of some of the tracks; see `measure_degradation`."""
    here = here & ~np.isnan(answers.scores[[0, number]]).any(axis=(0, 2))
    tracks, predicted = answers.tracks[here], answers.genres[:, here]
    groups, answered = data.groups[tracks], answers.answered[number, here]
    right = predicted[number] == data.labels[tracks]
    return as_json(
        {
            "accuracy": proportion_of(right, groups),
            "same": proportion_of(predicted[number] == predicted[0], groups),
            "answered": proportion_of(answered, groups),
            "foreign": proportion_of(answers.refused_by_any[number, here], groups),
            "right_if_answered": proportion_of(right[answered], groups[answered]),
        }
    )


def thin_genres(models: OutOfFold) -> list[int]:
    """Genres of which some collection holds mostly excerpts: what a model may take any short sound for."""
    data, short, collections = models.data, models.excerpts, models.collections
    found = set()
    for name in np.unique(collections):
        for genre in range(len(data.genres)):
            here = (collections == name) & (data.labels == genre)
            if here.any() and short[here].mean() > 0.5:
                found.add(genre)
    return sorted(found)


def measure_whole_tracks(models: OutOfFold, progress: Progress) -> dict[str, Any]:
    """What short crops, other masters and `everyday` do to the answers of all whole tracks.

    Returns:
        `thin_genres`: names; `crops_called_thin`: by collection, the proportion of 3-s crops of other genres
        that are called one of them while the whole track was not; `remastered`: by collection, the proportion
        of tracks that change their answer as a modern and as an old master; `everyday`: rows as of
        `measure_degradation`.
    """
    data, thin = models.data, thin_genres(models)
    whole = np.flatnonzero(models.whole)
    common = everyday()
    variants = [AS_IT_IS.variant, *CROPS, *REMASTERED, *(one.variant for one in common)]
    answers = models.answers(whole, variants, "evaluating all whole tracks cut and remastered", progress)
    predicted = answers.genres
    collections = models.collections[whole]
    groups, labels = data.groups[whole], data.labels[whole]
    crops = np.isin(predicted[1 : 1 + len(CROPS)], thin) & ~np.isin(predicted[0], thin)
    changed = {
        style.style: predicted[1 + len(CROPS) + n] != predicted[0] for n, style in enumerate(REMASTERED)
    }
    found: dict[str, Any] = {
        "thin_genres": [data.genres[genre] for genre in thin],
        "crops_called_thin": {},
        "remastered": {},
        "everyday": [],
    }
    for name in dict.fromkeys(collections.tolist()):
        here = collections == name
        covered = here & ~np.isin(labels, thin)
        if thin:
            proportion = proportion_of(crops[:, covered].ravel(), np.tile(groups[covered], len(CROPS)))
            found["crops_called_thin"].update(as_json({name: proportion}))
        found["remastered"][name] = as_json(
            {style: proportion_of(hits[here], groups[here]) for style, hits in changed.items()}
        )
        for number, condition in enumerate(common, start=len(variants) - len(common)):
            found["everyday"].append(_row(condition, name, constancy(data, answers, number, here)))
    return found
