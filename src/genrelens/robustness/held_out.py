"""Predictions of each track by the models of the split that tested it, which were not trained on its artist.

Cross-validation stores its models. Here they predict the same tracks after changes (recoded, cut, remastered)
and the recorded sounds that detectors were trained on. Detectors are fitted as those of the bundle, with
their thresholds, on the split's training part without the artists and sources that are evaluated.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file
from genrelens.augmentation.protocol import CLEAN, Variant
from genrelens.bundle import Manifest
from genrelens.datasets import Track
from genrelens.ensemble import apply_temperature, even_scores, mean_over_excerpts
from genrelens.errors import DataError
from genrelens.evaluation.metrics import NO_ANSWER, predicted_genres
from genrelens.feature_store import FeatureStore, FeatureTable, RecognitionInputs
from genrelens.recognition.inputs import canonical_input
from genrelens.recognition.members import session_of
from genrelens.training.build import Evaluated
from genrelens.training.detector_rows import TRADE_OFF, ThresholdedDetector, detector_rows, made_inputs
from genrelens.training.matrix import Indices
from genrelens.training.recorded_data import RecordedData, folds_of, nothing_recorded
from genrelens.training.run_folder import digest

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
WHOLE_S = 20.0
"""From here on a recording is a whole track: collections keep 24 or 30 s of a song."""
EXCERPT_S = 4.0
"""GTZAN's excerpts are 2 to 3 s long."""


def _silent(what: str, done: int, total: int) -> None:
    """Progress that is not shown."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Predictions of tracks in several variants.

    Attributes:
        tracks: (n,) indices.
        scores: (variants, n, genres) calibrated; equal for all genres where the unchanged track is silent,
            NaN where another variant of a track has no sound.
        refused_at: (`TRADE_OFF`, detectors, variants, n) whether each detector refuses it.
        threshold: the confidence under which nothing is answered.
    """

    tracks: Indices
    scores: Floats
    refused_at: NDArray[np.bool_]
    threshold: float

    @property
    def refused(self) -> NDArray[np.bool_]:
        """(detectors, variants, n) whether each detector refuses it, with what the recipe lets it reject."""
        return np.asarray(self.refused_at[0])

    @property
    def refused_by_any(self) -> NDArray[np.bool_]:
        """(variants, n) whether any detector refuses it."""
        return np.asarray(self.refused.any(axis=0))

    @property
    def genres(self) -> Indices:
        """(variants, n) the likeliest genre; `NO_ANSWER` for a track that is silent."""
        return predicted_genres(self.scores)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(variants, n) False where the answer is `unsure`."""
        sure = (self.scores.max(axis=2) >= self.threshold) & (self.genres != NO_ANSWER)
        return np.asarray(sure & ~self.refused_by_any)


class OutOfFold:
    """A cross-validated recipe, evaluated on its tracks in any variant.

    Args:
        evaluated: the cross-validation.
        manifest: of the bundle: temperature, thresholds.
        store: where inputs are kept.
        jobs: processes that decode and compute.
        recorded: further sounds that detectors were trained on; None where there were none.

    Raises:
        DataError: the protocol leaves tracks untested.
    """

    def __init__(
        self,
        evaluated: Evaluated,
        manifest: Manifest,
        store: Path | None = None,
        jobs: int = 1,
        recorded: RecordedData | None = None,
    ) -> None:
        self.evaluated, self.manifest, self.store, self.jobs = evaluated, manifest, store, jobs
        self._by_split: list[list[ThresholdedDetector]] | None = None
        self.data = evaluated.trainer.data
        self.recorded = recorded or nothing_recorded(self.data)
        self.tracks = self.data.dataset.tracks
        if not evaluated.found.tested.any(axis=0).all():
            raise DataError(f"{evaluated.protocol} tests not every track; train with the protocol artist5")
        self.fold = np.asarray(evaluated.found.tested.argmax(axis=0))
        self.recipe = evaluated.trainer.recipe
        self.inputs = tuple(dict.fromkeys(map(canonical_input, self.recipe.input_names())))
        self._sound_folds, self._track_folds = folds_of(self.recorded, self.fold, len(evaluated.found.splits))

    @cached_property
    def seconds(self) -> Floats:
        """(tracks,) how much of each is decoded."""
        table = self._table(self.tracks, (CLEAN,), {}, self.inputs, "measuring lengths", _silent)
        total = np.zeros(len(self.tracks))
        np.add.at(total, table.track, table.end_s - table.start_s)
        return total

    @cached_property
    def collections(self) -> NDArray[np.str_]:
        """(tracks,) the name of each track's collection, or the data's where it has none."""
        return np.array(self.data.collections or (self.data.name,) * len(self.tracks))

    @cached_property
    def whole(self) -> NDArray[np.bool_]:
        """(tracks,) whether a track is `WHOLE_S` long, or as long as its collection's usually are."""
        whole = np.zeros(len(self.tracks), bool)
        for name in np.unique(self.collections):
            here = self.collections == name
            whole[here] = self.seconds[here] >= min(WHOLE_S, 0.99 * float(np.median(self.seconds[here])))
        return whole

    @cached_property
    def excerpts(self) -> NDArray[np.bool_]:
        """(tracks,) whether a track is no whole one and shorter than `EXCERPT_S`."""
        return np.asarray(~self.whole & (self.seconds < EXCERPT_S))

    def parts(self) -> dict[str, NDArray[np.bool_]]:
        """(tracks,) masks: each collection's tracks, its excerpts apart, and all.

        A collection that has none has no such part.
        """
        collections = self.collections
        short = self.excerpts
        masks: dict[str, NDArray[np.bool_]] = {}
        for name in dict.fromkeys(collections.tolist()):
            here = collections == name
            masks[name] = here & ~short
            if (here & short).any():
                masks[f"{name}, excerpts"] = here & short
        masks["all"] = np.ones(len(self.tracks), bool)
        return {name: mask for name, mask in masks.items() if mask.any()}

    def answers(
        self,
        tracks: Indices,
        variants: Sequence[Variant],
        what: str = "evaluating",
        progress: Progress = _silent,
    ) -> Answers:
        """The predictions of the split that tested each track.

        Args:
            tracks: (n,) indices.
            variants: the changes of the sound.
            what: for the progress bar.
            progress: called as tracks are done.

        Raises:
            OutputError: the store's folder cannot be written.
            EncoderError: a network is not on this machine.
        """
        chosen = [self.tracks[one] for one in tracks]
        return self._answers(tracks, chosen, self.fold[tracks], variants, self.inputs, what, progress)

    def recorded_answers(
        self,
        variants: Sequence[Variant],
        what: str = "evaluating recorded sounds",
        progress: Progress = _silent,
    ) -> Answers:
        """Predictions of the recorded sounds by a split that has seen neither their artists nor sources.

        Args:
            variants: the changes of the sound.
            what: for the progress bar.
            progress: called as they are done.
        """
        chosen = [one.track for one in self.recorded.sounds]
        every = np.arange(len(chosen))
        return self._answers(every, chosen, self.sound_folds, variants, self.inputs, what, progress)

    def refusals(
        self,
        tracks: Sequence[Track],
        fold: Indices,
        variants: Sequence[Variant],
        what: str,
        progress: Progress = _silent,
    ) -> NDArray[np.bool_]:
        """(variants, n) whether any detector of each track's split refuses it; members are not evaluated."""
        names = tuple(dict.fromkeys(canonical_input(n) for one in self.recipe.detectors for n in one.inputs))
        return self._answers(
            np.arange(len(tracks)), tracks, fold, variants, names, what, progress, members=False
        ).refused_by_any

    @property
    def sound_folds(self) -> Indices:
        """(recorded sounds,) a split that has seen neither the artist nor the source of each."""
        return np.array([min(one) for one in self._sound_folds], np.intp)

    def _answers(
        self,
        numbers: Indices,
        tracks: Sequence[Track],
        fold: Indices,
        variants: Sequence[Variant],
        names: Sequence[str],
        what: str,
        progress: Progress,
        members: bool = True,
    ) -> Answers:
        detectors = self._detectors(progress)
        shape = (len(variants), len(tracks))
        scores = np.full((*shape, len(self.data.genres)), np.nan)
        refused = np.zeros((len(TRADE_OFF), len(self.recipe.detectors), *shape), bool)
        for chosen, encoders in self._by_encoders(fold):
            table = self._table([tracks[one] for one in chosen], variants, encoders, names, what, progress)
            inputs = {name: table.frames(name) for name in names}
            at = chosen[table.track]
            for split in np.unique(fold[chosen]):
                rows = np.flatnonzero(fold[at] == split)
                own_rows = _Rows(table.variant[rows], at[rows], shape)
                if members:
                    self._members(int(split), inputs, rows, own_rows, scores)
                self._refusals(detectors[split], inputs, rows, own_rows, refused)
        for number, variant in enumerate(variants if members else ()):
            if variant.key == CLEAN.key:
                scores[number, np.isnan(scores[number]).any(axis=1)] = even_scores(scores.shape[2])
        return Answers(numbers, scores, refused, self.manifest.answer_threshold)

    def _by_encoders(self, fold: Indices) -> list[tuple[Indices, dict[str, bytes]]]:
        """Tracks with the changed encoders of their inputs: all with none, or each split's with its own."""
        results = self.evaluated.found.results
        changed = {one.own_encoder: one.name for one in self.recipe.members if one.own_encoder is not None}
        if not changed:
            return [(np.arange(len(fold)), {})]
        return [
            (
                np.flatnonzero(fold == split),
                {encoder: results[name][split].encoder for encoder, name in changed.items()},
            )
            for split in np.unique(fold)
        ]

    def _table(
        self,
        tracks: Sequence[Track],
        variants: Sequence[Variant],
        encoders: Mapping[str, bytes],
        names: Sequence[str],
        what: str,
        progress: Progress,
    ) -> FeatureTable:
        source = RecognitionInputs(encoders or None, self.recipe.conditioning)
        return FeatureStore(self.store, source).compute(
            tracks,
            names,
            variants=variants,
            jobs=self.jobs,
            progress=lambda done, total: progress(what, done, total),
        )

    def _members(
        self,
        split: int,
        inputs: Mapping[str, list[np.ndarray]],
        rows: Indices,
        own_rows: _Rows,
        scores: Floats,
    ) -> None:
        predicted = []
        for member in self.recipe.members:
            session = session_of(self.evaluated.found.results[member.name][split].model)
            answers = [
                np.asarray(session.run(None, {"x": x[None]})[0][0], float)
                for x in _columns(member.inputs, inputs, rows)
            ]
            predicted.append(np.array(answers).reshape(len(rows), -1))
        there = own_rows.there
        fusion = self.evaluated.fusions[self.recipe.rule][split]
        fused = fusion.members(own_rows.mean(np.stack(predicted, axis=1))[there])
        scores[there] = apply_temperature(fused, self.manifest.temperature)

    def _refusals(
        self,
        detectors: Sequence[ThresholdedDetector],
        inputs: Mapping[str, list[np.ndarray]],
        rows: Indices,
        own_rows: _Rows,
        refused: NDArray[np.bool_],
    ) -> None:
        there = own_rows.there
        for number, (one, own) in enumerate(zip(detectors, self.recipe.detectors, strict=True)):
            scores = one.fitted.score(np.stack(_columns(own.inputs, inputs, rows)))
            ood_scores = own_rows.mean(scores[:, None])[there, 0]
            for times, threshold in enumerate(one.thresholds):
                refused[times, number][there] = ood_scores > threshold

    def _detectors(self, progress: Progress) -> list[list[ThresholdedDetector]]:
        """By split, the recipe's detectors fitted on what that split learns from."""
        if self._by_split is not None:
            return self._by_split
        found: list[list[ThresholdedDetector]] = []
        own, splits = self.recipe.detectors, self.evaluated.found.splits
        rows = detector_rows(self.recipe, self.data, self.recorded, self._made(progress)) if own else None
        for number, split in enumerate(splits):
            if rows is None:
                found.append([])
                continue
            groups = {
                int(group)
                for of, folds in (
                    (self.recorded.groups, self._sound_folds),
                    (self.recorded.own_groups, self._track_folds),
                )
                for group, known in zip(of, folds, strict=True)
                if number in known
            }
            seen = rows.without(groups, np.union1d(split.train, split.valid))
            found.append([rows.detector(one, seen) for one in own])
            progress("fitting detectors of the folds", number + 1, len(splits))
        self._by_split = found
        return found

    def _made(self, progress: Progress) -> dict[str, NDArray[np.float32]]:
        """`made_inputs`, stored in the run's folder: computing them takes minutes."""
        names = tuple(dict.fromkeys(name for one in self.recipe.detectors for name in one.inputs))
        each = max(one.each for one in self.recipe.detectors)
        source = RecognitionInputs(conditioning=self.recipe.conditioning)
        key = digest(each, *(source.fingerprint(canonical_input(name)) for name in names))
        path = self.evaluated.trainer.run.folder / "foreign" / f"{key}.npz"
        try:
            with np.load(path, allow_pickle=False) as stored:
                return {name: stored[f"arr_{number}"] for number, name in enumerate(names)}
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            found = made_inputs(self.recipe, progress)
        with atomic_file(path) as partial, partial.open("wb") as stream:
            np.savez(stream, *(found[name] for name in names))
        return found


@dataclass(frozen=True, eq=False)
class _Rows:
    """Which variant and track each row belongs to."""

    variant: Indices
    track: Indices
    shape: tuple[int, int]

    @property
    def there(self) -> NDArray[np.bool_]:
        """(variants, tracks) True where there is a row."""
        there = np.zeros(self.shape, bool)
        there[self.variant, self.track] = True
        return there

    def mean(self, values: Floats) -> Floats:
        """(variants, tracks, ...) mean over rows of (rows, ...); NaN where there is none."""
        variants, tracks = self.shape
        means = mean_over_excerpts(values, self.variant * tracks + self.track, variants * tracks)
        return means.reshape(variants, tracks, *values.shape[1:])


def _columns(
    names: Sequence[str], inputs: Mapping[str, Sequence[np.ndarray]], rows: Indices
) -> list[np.ndarray]:
    """A member's input, row by row: one array, or several vectors concatenated."""
    found = [inputs[name] if name in inputs else inputs[canonical_input(name)] for name in names]
    if len(found) == 1:
        return [found[0][row] for row in rows]
    return [np.concatenate([column[row] for column in found]) for row in rows]
