"""What out-of-distribution (OOD) detectors learn from, the detectors fitted to it, and their thresholds.

Rows are excerpts and variants of the training data, of further recorded sounds and of synthetic sounds. A fit
can leave groups of artists and sources out, and a threshold is set on groups that the detector has not seen
in training: no recording is both trained on and used for the threshold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.excerpts import Excerpt
from genrelens.bundle import Detector as BundleDetector
from genrelens.ood.detectors import (
    ENOUGH,
    NO_GROUP,
    NO_KIND,
    REASONS,
    FittedDetector,
    fit_detector,
    thresholds_of,
)
from genrelens.ood.synthetic_sounds import synthetic_sounds
from genrelens.recipes.load import DetectorRecipe, Recipe
from genrelens.recognition.inputs import InputComputer, canonical_input
from genrelens.training.data import Rows, TrainingData
from genrelens.training.matrix import Indices
from genrelens.training.recorded_data import FITTED_VARIANTS, RecordedData

RATE = 22050
Progress = Callable[[str, int, int], None]


TRADE_OFF = (1.0, 0.25, 0.5, 2.0, 4.0)
"""Factors of the proportion that a recipe lets a detector reject, of all music and of a kind, to measure what
less and more would give; the recipe's own comes first."""


class ThresholdedDetector(NamedTuple):
    """A fitted detector, and the largest OOD score that is no refusal, by `TRADE_OFF`."""

    fitted: FittedDetector
    thresholds: tuple[float, ...]

    @property
    def threshold(self) -> float:
        """That of the recipe's own proportion."""
        return self.thresholds[0]


@dataclass(frozen=True, eq=False)
class DetectorRows:
    """The rows that detectors are trained on.

    Attributes:
        inputs: by name (rows, width) raw vectors.
        music: (rows,) True for the training data and other music, False for what is no music.
        recording: (rows,) equal numbers for rows of one recording or synthetic sound.
        group: (rows,) equal numbers for what stays on one side of a split; `NO_GROUP` for synthetic sounds.
        track: (rows,) index of the training data's track; -1 for all other rows.
        fitted: (rows,) False for rows that are not learnt from: thresholds alone are set on them.
        kind: (rows,) equal numbers for music of one genre, in whatever collection; `NO_KIND` for what is no
            music. None where kinds are not known.
    """

    inputs: Mapping[str, NDArray[np.float32]] = field(repr=False)
    music: NDArray[np.bool_]
    recording: Indices
    group: Indices
    track: Indices
    fitted: NDArray[np.bool_]
    kind: Indices | None = None

    def detector(self, one: DetectorRecipe, rows: NDArray[np.bool_]) -> ThresholdedDetector:
        """A detector fitted to some of the rows, its threshold set within them by `thresholds_of`."""
        x = self.columns(one, rows)
        music, group = self.music[rows], self.group[rows]
        every = _weights(music, group == NO_GROUP, self.recording[rows], self.fitted[rows])
        weights = every[music], every[~music]
        thresholds = thresholds_of(
            one.kind,
            x[music],
            group[music],
            x[~music],
            [min(times * one.rejected, 0.5) for times in TRADE_OFF],
            one.options,
            no_music_groups=group[~music],
            weights=weights,
            kinds=self._kinds(rows)[music],
            per_genre=[min(times * one.rejected_per_genre, 0.5) for times in TRADE_OFF]
            if one.rejected_per_genre is not None
            else (),
        )
        fitted = fit_detector(one.kind, x[music], x[~music], one.options, weights)
        return ThresholdedDetector(fitted, tuple(thresholds))

    def _kinds(self, rows: NDArray[np.bool_]) -> Indices:
        """The kinds of some of the rows; `NO_KIND` where fewer than `ENOUGH` of their recordings have it."""
        if self.kind is None:
            return np.full(int(rows.sum()), NO_KIND)
        kind = self.kind[rows]
        counts = Counter(
            one for one, _ in set(zip(kind.tolist(), self.recording[rows].tolist(), strict=True))
        )
        rare = [one for one, count in counts.items() if count < ENOUGH]
        return np.where(np.isin(kind, rare), NO_KIND, kind)

    def without(self, groups: Collection[int], tracks: Indices | None = None) -> NDArray[np.bool_]:
        """(rows,) False for rows of these groups, and of training tracks other than `tracks` if given."""
        kept = ~np.isin(self.group, list(groups))
        if tracks is not None:
            kept &= (self.track < 0) | np.isin(self.track, tracks)
        return np.asarray(kept)

    def columns(self, one: DetectorRecipe, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The inputs of a detector, of some of the rows: (rows, width)."""
        return np.concatenate([self.inputs[name][rows] for name in one.inputs], axis=1)


def _weights(
    music: NDArray[np.bool_], made: NDArray[np.bool_], recording: Indices, fitted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(rows,) summing to 1: half is music; the rest is no music, half of it recorded (if any is), half
    synthetic.

    Within each, recordings have the same weight, however many rows they have. Rows that are not fitted have
    none.
    """
    weights = np.zeros(len(music))
    none = [side for side in (fitted & ~music & ~made, fitted & made) if side.any()]
    for rows, part in [(fitted & music, 0.5), *((side, 0.5 / len(none)) for side in none)]:
        _, at, counts = np.unique(recording[rows], return_inverse=True, return_counts=True)
        weights[rows] = part / (len(counts) * counts[at])
    return weights


def detector_rows(
    recipe: Recipe, data: TrainingData, recorded: RecordedData, made: Mapping[str, NDArray[np.float32]]
) -> DetectorRows:
    """All rows that a recipe's detectors are trained on.

    Args:
        recipe: its detectors' inputs.
        data: tracks with genres.
        recorded: further sounds; where there are any, rows of the data are those of `recorded_data`.
        made: inputs of synthetic sounds, (sounds, width) by name.
    """
    names = tuple(dict.fromkeys(name for one in recipe.detectors for name in one.inputs))
    variants = np.array(data.variants or ("clean",) * len(data.track))
    kept = np.ones(len(data.track), bool)
    if recorded.sounds and recipe.variants != "none":
        kept = data.as_it_is | np.isin(variants, FITTED_VARIANTS)
    own = np.flatnonzero(kept)
    track = data.track[own]
    equal = np.concatenate([variants[own], np.array(recorded.variants, dtype=str)])
    count = len(next(iter(made.values()))) if made else 0
    music = recorded.music[recorded.sound] if len(recorded.sounds) else np.zeros(0, bool)
    first, second = len(data.labels), len(data.labels) + len(recorded.sounds)
    nothing = np.zeros(0, np.intp)
    return DetectorRows(
        inputs={
            name: _stacked(
                [
                    *(data.inputs[name][row] for row in own.tolist()),
                    *recorded.inputs.get(name, ()),
                    *made[name],
                ]
            )
            for name in names
        },
        music=np.concatenate([np.ones(len(own), bool), music, np.zeros(count, bool)]),
        recording=np.concatenate([track, first + recorded.sound, second + np.arange(count)]),
        group=np.concatenate(
            [
                recorded.own_groups[track],
                recorded.groups[recorded.sound] if len(recorded.sounds) else nothing,
                np.full(count, NO_GROUP),
            ]
        ),
        track=np.concatenate([track, np.full(len(music) + count, -1)]),
        fitted=np.concatenate([_fitted(equal, recorded, recipe), np.ones(count, bool)]),
        kind=np.concatenate([_kinds(data, track, recorded), np.full(count, NO_KIND)]),
    )


def _kinds(data: TrainingData, track: Indices, recorded: RecordedData) -> Indices:
    """(rows,) of recordings, the number of the name of its genre; `NO_KIND` for what is no music."""
    own = [data.genres[label] for label in data.labels[track]]
    other = [one.track.genre if one.music else None for one in recorded.sounds]
    names = [*own, *(other[sound] for sound in recorded.sound)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(n for n in names if n is not None))}
    return np.array([NO_KIND if name is None else numbers[name] for name in names], np.intp)


def _fitted(variants: NDArray[np.str_], recorded: RecordedData, recipe: Recipe) -> NDArray[np.bool_]:
    """(rows,) of recordings, False for whole ones where there are parts: lengths differ by collection."""
    if not recorded.sounds or recipe.variants == "none":
        return np.ones(len(variants), bool)
    return np.isin(variants, FITTED_VARIANTS)


def _stacked(rows: Rows) -> NDArray[np.float32]:
    return np.stack(rows).astype(np.float32)


def made_inputs(
    recipe: Recipe, progress: Progress = lambda what, done, total: None
) -> dict[str, NDArray[np.float32]]:
    """The detectors' inputs of synthetic sounds, as recognition computes them: (sounds, width)."""
    names = tuple(dict.fromkeys(name for one in recipe.detectors for name in one.inputs))
    each = max((one.each for one in recipe.detectors), default=0)
    computer = InputComputer(names, conditioning=recipe.conditioning)
    sounds = list(synthetic_sounds(each, RATE))
    rows = []
    for number, (_, samples) in enumerate(sounds):
        rows.append(computer(Excerpt(samples, RATE)))
        progress("computing synthetic sounds", number + 1, len(sounds))
    return {name: np.stack([row[canonical_input(name)] for row in rows]) for name in names}


def build_detectors(
    recipe: Recipe,
    data: TrainingData,
    recorded: RecordedData,
    progress: Progress = lambda what, done, total: None,
) -> tuple[tuple[BundleDetector, ...], dict[str, bytes]]:
    """The detectors of a recipe, fitted on all rows, as a bundle's manifest names them, and their files.

    Raises:
        RecipeError: a detector's option is unknown.
    """
    if not recipe.detectors:
        return (), {}
    return fitted_detectors(
        recipe, detector_rows(recipe, data, recorded, made_inputs(recipe, progress)), progress
    )


def fitted_detectors(
    recipe: Recipe, rows: DetectorRows, progress: Progress = lambda what, done, total: None
) -> tuple[tuple[BundleDetector, ...], dict[str, bytes]]:
    """The detectors of a recipe, fitted on all of these rows, and their files.

    Raises:
        RecipeError: a detector's option is unknown.
    """
    every = np.ones(len(rows.music), bool)
    detectors, files = [], {}
    for number, one in enumerate(recipe.detectors):
        found = rows.detector(one, every)
        file = f"guards/{number:02d}-{one.kind}.onnx"
        files[file] = found.fitted.to_onnx(one.kind)
        threshold = round(found.threshold, 5)
        detectors.append(BundleDetector(one.kind, one.inputs, file, threshold, REASONS[one.kind]))
        progress("fitting detectors", number + 1, len(recipe.detectors))
    return tuple(detectors), files
