"""The inputs of recorded sounds, and the folds of the training data that each may be used in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.augmentation.chains import training_variants
from genrelens.augmentation.protocol import CLEAN, Variant
from genrelens.datasets import DataSet
from genrelens.datasets.dataset import group_keys
from genrelens.errors import DataError, RecipeError, shown
from genrelens.evaluation.artists import connected
from genrelens.feature_store import FeatureStore
from genrelens.ood.recorded_sounds import NO_MUSIC, OTHER_MUSIC, RecordedSound
from genrelens.recipes.load import Recipe
from genrelens.training.data import Rows, TrainingData
from genrelens.training.matrix import Indices

FITTED_VARIANTS = ("10s@0.50", "3s@0.50", "3s@0.45+file15", "3s@0.35+old16")
"""Those of `training_variants` that detectors are trained on. Collections differ in the length of their
clips, so music and other sounds are both used in parts of 10 and 3 s, also as lossy files and as old records.
Thresholds are set on these and on the unchanged recordings."""


@dataclass(frozen=True, eq=False)
class RecordedData:
    """Recorded sounds that could be decoded, with the inputs of detectors.

    Attributes:
        sounds: n of them.
        sound: (rows,) index of each row's sound.
        variants: (rows,) which variant of the sound each row is, by its key.
        inputs: by name, a vector (width,) a row.
        groups: (n,) numbers of what must stay on one side of a split, counted together with `own_groups`.
        own_groups: (tracks,) the same of the training data's tracks.
        notes: sentences for the user: what was left out.
    """

    sounds: tuple[RecordedSound, ...]
    sound: Indices
    variants: tuple[str, ...]
    inputs: Mapping[str, Rows] = field(repr=False)
    groups: Indices
    own_groups: Indices
    notes: tuple[str, ...] = ()

    @property
    def music(self) -> NDArray[np.bool_]:
        """(n,) whether each sound is music that detectors must let pass."""
        return np.array([one.music for one in self.sounds], bool)

    def summary(self) -> dict[str, Any]:
        """What a run record holds of them: counts by kind, the list's hash; empty where there are none."""
        summary: dict[str, Any] = {}
        if not self.sounds:
            return summary
        for name, music in (("no_music", False), ("other_music", True)):
            here = [one.track for one in self.sounds if one.music == music]
            lines = "\n".join(sorted(f"{one.collection}\t{one.genre}\t{one.path.name}" for one in here))
            kinds = Counter(f"{one.collection}: {one.genre}" for one in here)
            summary[name] = {
                "sounds": len(here),
                "groups": len(np.unique(self.groups[self.music == music])),
                "kinds": dict(sorted(kinds.items())),
                "sha256": hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest(),
            }
        return summary


def nothing_recorded(data: TrainingData) -> RecordedData:
    """No recorded sounds."""
    none = np.zeros(0, np.intp)
    return RecordedData((), none, (), {}, none, data.groups)


def recorded_data(
    recipe: Recipe,
    dataset: DataSet,
    data: TrainingData,
    sounds: Sequence[RecordedSound],
    store: FeatureStore,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RecordedData:
    """Computes the detectors' inputs of recorded sounds, or takes them from the store.

    Args:
        recipe: its detectors' inputs, its variants.
        dataset: the training data's tracks.
        data: those of them that could be decoded.
        sounds: the recorded sounds.
        store: where inputs are kept.
        jobs: processes.
        progress: called with recordings done, and how many there are.

    Raises:
        DataError: a recording is in the training data as well, or none of one side could be decoded.
        EncoderError: a network is not on this machine.
    """
    if not sounds:
        return nothing_recorded(data)
    learnt = {track.path.absolute() for track in dataset.tracks}
    for one in sounds:
        if one.track.path in learnt:
            raise DataError(
                f"{shown(one.track.path)} is in the training data and among the recorded sounds; "
                "leave it out of one of them"
            )
    inputs = tuple(dict.fromkeys(name for one in recipe.detectors for name in one.inputs))
    table = store.compute(
        [one.track for one in sounds],
        inputs,
        variants=fitted_variants(recipe),
        jobs=jobs,
        progress=progress,
    )
    failed = {track.path for track, _ in table.failures}
    kept = [number for number, one in enumerate(sounds) if one.track.path not in failed]
    for music in {one.music for one in sounds}:
        if not any(sounds[number].music == music for number in kept):
            raise DataError(f"none of the recorded sounds can be decoded ({table.failures[0][1]})")
    keys = [group_keys(track) for track in data.dataset.tracks]
    numbers = np.array(connected([*keys, *(sounds[number].keys for number in kept)]), np.intp)
    place = np.full(len(sounds), -1)
    place[kept] = np.arange(len(kept))
    return RecordedData(
        sounds=tuple(sounds[number] for number in kept),
        sound=place[table.track],
        variants=tuple(table.variants[one] for one in table.variant),
        inputs={name: table.frames(name) for name in inputs},
        groups=numbers[len(keys) :],
        own_groups=numbers[: len(keys)],
        notes=tuple(f"left out: {error}" for _, error in table.failures),
    )


def refuse_unused(recipe: Recipe, sounds: Sequence[RecordedSound]) -> None:
    """Refuses recorded sounds that no detector of the recipe would learn from.

    Raises:
        RecipeError: there are such sounds.
    """
    kinds = {one.kind for one in recipe.detectors}
    for music, option, needed in ((False, NO_MUSIC, {"foreign"}), (True, OTHER_MUSIC, kinds)):
        if any(one.music == music for one in sounds) and not kinds & needed:
            raise RecipeError(
                f"{option} needs a recipe with a detector that learns from it, and {recipe.name} has none; "
                'add a [[detectors]] table with kind = "foreign"'
            )


def fitted_variants(recipe: Recipe) -> tuple[Variant, ...]:
    """How recorded sounds are computed: as they are, and in `FITTED_VARIANTS` where the recipe has any."""
    if recipe.variants == "none":
        return (CLEAN,)
    return (CLEAN, *(one for one in training_variants() if one.key in FITTED_VARIANTS))


def folds_of(recorded: RecordedData, fold: Indices, folds: int) -> tuple[list[set[int]], list[set[int]]]:
    """The folds in which each recording is held out, so that every artist and source is unseen in one.

    A group is held out in the folds that test its tracks of the training data. A group without such tracks is
    held out in the fold that has the fewest sounds of its role so far, largest groups first.

    Args:
        recorded: n sounds.
        fold: (tracks,) which fold tests each track of the training data.
        folds: how many there are.

    Returns:
        of each sound and of each track the folds in which its group is held out: detectors of such a fold
        are not trained on it.

    Example:
        >>> none = RecordedData((), np.zeros(0, np.intp), (), {}, np.zeros(0, np.intp), np.array([0, 0, 1]))
        >>> folds_of(none, np.array([1, 1, 0]), 2)
        ([], [{1}, {1}, {0}])
    """
    by_group: dict[int, set[int]] = {}
    for group, number in zip(recorded.own_groups, fold, strict=True):
        by_group.setdefault(int(group), set()).add(int(number))
    for music in (False, True):
        here = recorded.groups[recorded.music == music] if len(recorded.sounds) else recorded.groups
        filled = np.zeros(folds, int)
        for group, count in sorted(Counter(here.tolist()).items(), key=lambda one: (-one[1], one[0])):
            chosen = by_group.setdefault(group, {int(filled.argmin())})
            for number in chosen:
                filled[number] += count
    return (
        [by_group[int(group)] for group in recorded.groups],
        [by_group[int(group)] for group in recorded.own_groups],
    )
