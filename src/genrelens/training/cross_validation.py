"""The trainer: a recipe's members on every split of any number of plans, and on all tracks; resumable.

Every finished training is kept in the run's folder (`run_folder`); what is there is not trained again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import DataError
from genrelens.evaluation.splits import Split
from genrelens.recipes.load import MemberRecipe, Recipe
from genrelens.training.data import TrainingData
from genrelens.training.early_stopping import Tick
from genrelens.training.inner_folds import divided, inner_splits
from genrelens.training.input_rows import Input, InputRows
from genrelens.training.matrix import Fold, Indices
from genrelens.training.members import MemberJob, MemberResult, MemberSetting, final_training
from genrelens.training.options import TrainerOptions
from genrelens.training.parts import Part, PartsTask, Progress, cost_of, epochs_of, train_parts
from genrelens.training.run_folder import RunFolder, digest

Floats = NDArray[np.float64]
ALL_TRACKS = "all"
"""The name of the training on all tracks; other trainings have the name of their split."""


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What cross-validation found.

    *Out of fold* means: predicted by models that were not trained on the track or its artist. Where several
    splits tested a track, it is the mean over these.

    Attributes:
        splits: in order.
        members: names, in the recipe's order.
        tested: (splits, tracks) True where a track was tested in a split.
        probabilities: (members, splits, tracks, genres) of tested tracks, each the mean over the track's
            excerpts; NaN elsewhere, and where a tested track is silent.
        results: by member name, one result a split.
        inner: what inner models found, where there were any; their splits are those of each split in turn.
    """

    splits: tuple[Split, ...]
    members: tuple[str, ...]
    tested: NDArray[np.bool_]
    probabilities: Floats = field(repr=False)
    results: dict[str, list[MemberResult]] = field(repr=False)
    inner: CrossValidation | None = field(default=None, repr=False)

    @cached_property
    def out_of_fold(self) -> Floats:
        """(members, tracks, genres) mean over the splits that tested a track; NaN where none did."""
        return self.mean_over_splits(self.probabilities)

    def mean_over_splits(self, scores: Floats) -> Floats:
        """(..., splits, tracks, genres) to (..., tracks, genres): as `out_of_fold`, of any scores."""
        count = self.tested.sum(axis=0)
        total = np.where(self.tested[:, :, None], scores, 0.0).sum(axis=-3)
        return np.asarray(np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan))

    def inner_of(self, split: int) -> range:
        """Which splits of `inner` are those of one split; none without inner models."""
        each = 0 if self.inner is None else len(self.inner.splits) // len(self.splits)
        return range(split * each, (split + 1) * each)

    def followed_curve(self, member: str, splits: Sequence[int]) -> Floats:
        """(epochs,) how often the models of some splits were right after each epoch, all tests alike.

        Empty where no accuracy was noted after each epoch: for heads, and with the test curve `unseen`.
        """
        held = np.array([len(self.splits[split].test) for split in splits])
        curves = [
            [point.followed_accuracy for point in self.results[member][split].curve] for split in splits
        ]
        there = [
            number for number, curve in enumerate(curves) if held[number] and curve and None not in curve
        ]
        if not there:
            return np.zeros(0)
        table = np.array([curves[number] for number in there], np.float64)
        return np.asarray(np.average(table, axis=0, weights=held[there]))


class Trainer:
    """Trains a recipe's members on a data set, keeping every finished training in a folder.

    Args:
        recipe: what is trained.
        data: on what; must hold every input of the recipe.
        run: where finished trainings are kept.
        options: seed, device, processes; who chooses the epoch.

    Raises:
        DataError: an input of the recipe is not in the data, or the folder holds trainings of another format.
    """

    def __init__(
        self, recipe: Recipe, data: TrainingData, run: RunFolder, options: TrainerOptions | None = None
    ) -> None:
        self.recipe, self.data, self.run = recipe, data, run
        self.options = options or TrainerOptions()
        for name in recipe.learnt_from():
            if name not in data.inputs:
                raise DataError(f"the input {name!r} of recipe {recipe.name} was not computed")
        run.refuse_other_formats()
        self.seed, self.device, self.jobs = self.options.seed, self.options.device, self.options.jobs
        self._contents: dict[Input, str] = {}

    def cross_validate(
        self, splits: Sequence[Split], progress: Progress = lambda done, total: None
    ) -> CrossValidation:
        """Every member on every split.

        Args:
            splits: of the tracks.
            progress: called as epochs are done.

        Raises:
            GenreLensError: a member cannot be trained on its input, or a part cannot be written.
        """
        [found] = self.cross_validate_all([splits], progress)
        return found

    def cross_validate_all(
        self, plans: Sequence[Sequence[Split]], progress: Progress = lambda done, total: None
    ) -> list[CrossValidation]:
        """Every member on every split of several plans, all trained at the same time; arguments as above."""
        members = [self._as_trained(member) for member in self.recipe.members]
        folds, data = self.options.inner_folds, self.data
        inside = [
            [
                one
                for split in plan
                for one in inner_splits(split, data.labels, data.groups, folds, self.options.seed)
            ]
            for plan in plans
        ]
        trainings = sum(map(len, (*plans, *inside)))
        tick = _counted(progress, trainings * sum(map(epochs_of, members)))
        inner: list[CrossValidation | None] = [None] * len(plans)
        if folds:

            def inner_job(member: MemberRecipe, plan: int, place: int) -> MemberJob:
                number, fold = divmod(place, folds)
                split = inside[plan][place]
                seed = (*self._seed(member, number), 1 + fold)
                return self._job(member, split, seed, split.train, followed=split.test)

            inner = [*self._found(members, inside, inner_job, tick)]

        def outer_job(member: MemberRecipe, plan: int, place: int) -> MemberJob:
            split, own, chosen = plans[plan][place], inner[plan], None
            fraction = member.training.validation if self._stops_early(member) else 0.0
            learnt, valid = divided(split, data.labels, data.groups, fraction, [self.options.seed, place + 1])
            if own is not None:
                curve = own.followed_curve(member.name, range(place * folds, (place + 1) * folds))
                chosen = int(curve.argmax()) + 1 if len(curve) else None
            followed = None if self.options.test_curve == "unseen" else split.test
            return self._job(member, split, self._seed(member, place), learnt, valid, followed, chosen)

        found = self._found(members, plans, outer_job, tick)
        return [replace(one, inner=own) for one, own in zip(found, inner, strict=True)]

    def train_all(
        self, found: CrossValidation | None, progress: Progress = lambda done, total: None
    ) -> dict[str, MemberResult]:
        """Every member on all tracks, as long as cross-validation found best.

        Args:
            found: what cross-validation found; None trains for the recipe's epochs.
            progress: called as epochs are done.

        Returns:
            the results by member name; their probabilities are empty.
        """
        everything = Split(ALL_TRACKS, np.arange(len(self.data.labels)), np.zeros(0, np.intp))
        plan = []
        for member in self.recipe.members:
            best = [one.best_epoch for one in found.results[member.name]] if found else []
            chosen = found is not None and self.options.trains_all_epochs and not member.is_head
            final = final_training(member, best or [member.training.epochs], chosen)
            job = self._job(final, everything, self._seed(final, -1), everything.train)
            plan.append((final, [(ALL_TRACKS, job)]))
        tick = _counted(progress, sum(epochs_of(final) for final, _ in plan))
        results = self._train(plan, tick)
        return {final.name: one[0] for (final, _), one in zip(plan, results, strict=True)}

    def _as_trained(self, member: MemberRecipe) -> MemberRecipe:
        if not self.options.trains_all_epochs:
            return member
        return replace(member, training=replace(member.training, validation=0.0, patience=0))

    @staticmethod
    def _stops_early(member: MemberRecipe) -> bool:
        return not member.is_head and member.training.patience > 0

    def _seed(self, member: MemberRecipe, number: int) -> tuple[int, ...]:
        """Of one split, counted from 0, or of the training on all tracks, -1."""
        if self.options.common_seeds:
            return (self.options.seed, number if number >= 0 else 2**32 - 1)
        return (self.options.seed, zlib.crc32(member.name.encode()), number + 1)

    def _job(
        self,
        member: MemberRecipe,
        split: Split,
        seed: tuple[int, ...],
        learnt: Indices,
        valid: Indices | None = None,
        followed: Indices | None = None,
        chosen_epoch: int | None = None,
    ) -> MemberJob:
        """From tracks to rows."""
        data, none = self.data, np.zeros(0, np.intp)
        fold = Fold(
            data.learnt_rows(learnt, member.variants),
            none if valid is None else data.tested_rows(valid),
            seed,
            none if followed is None else data.tested_rows(followed),
            followed is not None and self.options.test_curve == "chooses",
            chosen_epoch,
        )
        return MemberJob(fold, data.tested_rows(split.test), data.track)

    def _found(
        self,
        members: Sequence[MemberRecipe],
        plans: Sequence[Sequence[Split]],
        job: Callable[[MemberRecipe, int, int], MemberJob],
        tick: Tick,
    ) -> list[CrossValidation]:
        """Trains every member on every split of every plan; `job` is asked with the places of these."""
        places = [(p, s) for p, plan in enumerate(plans) for s in range(len(plan))]
        asked = [(member, [(plans[p][s].name, job(member, p, s)) for p, s in places]) for member in members]
        trained = self._train(asked, tick)
        tracks, genres = len(self.data.labels), len(self.data.genres)
        results = []
        for plan_number, splits in enumerate(plans):
            here = [number for number, (p, _) in enumerate(places) if p == plan_number]
            tested = np.zeros((len(splits), tracks), bool)
            probabilities = np.full((len(members), len(splits), tracks, genres), np.nan)
            for s, split in enumerate(splits):
                tested[s, split.test] = True
            for m, (_, jobs) in enumerate(asked):
                for s, number in enumerate(here):
                    rows = jobs[number][1].tested
                    probabilities[m, s] = self.data.by_track(rows, trained[m][number].probabilities)
            by_member = {
                member.name: [trained[m][number] for number in here] for m, member in enumerate(members)
            }
            names = tuple(member.name for member in members)
            results.append(CrossValidation(tuple(splits), names, tested, probabilities, by_member))
        return results

    def _train(
        self, plan: Sequence[tuple[MemberRecipe, Sequence[tuple[str, MemberJob]]]], tick: Tick
    ) -> list[list[MemberResult]]:
        """Trains what is not there yet, reads everything: by member and job, as they were asked for."""
        found: dict[Path, MemberResult] = {}
        parts_of: dict[int, list[Part]] = {}
        tasks: list[PartsTask] = []
        by_input: dict[Input, list[int]] = {}
        for number, (member, _) in enumerate(plan):
            by_input.setdefault(self._input_of(member), []).append(number)
        try:
            for own, numbers in by_input.items():
                rows = InputRows(self.data, own, self._contents)
                for number in numbers:
                    member, jobs = plan[number]
                    setting = self._setting(member)
                    parts = [
                        Part(
                            job, self.run.part_path(member.name, split, _key(setting, self.recipe, job, rows))
                        )
                        for split, job in jobs
                    ]
                    parts_of[number] = parts
                    missing = {}
                    for part in parts:
                        result = found.get(part.path) or self.run.read_part(part.path)
                        if result is None:
                            missing[part.path] = part
                        else:
                            found[part.path] = result
                            tick(epochs_of(member))
                    if missing:
                        tasks += self._tasks(setting, rows, list(missing.values()))
            train_parts(tasks, self.options.jobs if self.options.device == "cpu" else 1, tick)
        finally:
            self.run.remove_clips()
        for part in (part for parts in parts_of.values() for part in parts if part.path not in found):
            found[part.path] = self.run.kept_part(part.path)
        return [[found[part.path] for part in parts_of[number]] for number in range(len(plan))]

    def _input_of(self, member: MemberRecipe) -> Input:
        """What rows a member learns from: names of inputs, and what is done to their values."""
        return member.learnt_from, self.recipe.transform_of(member)

    def _setting(self, member: MemberRecipe) -> MemberSetting:
        return MemberSetting(
            member,
            self.data.genres,
            self.recipe.network,
            self.recipe.transform_of(member),
            self.options.device,
            self.recipe.storage == "float16",
            self.options.models,
        )

    def _tasks(self, setting: MemberSetting, rows: InputRows, missing: Sequence[Part]) -> list[PartsTask]:
        together = [tuple(missing)] if self.options.device == "cuda" else [(part,) for part in missing]
        cost = cost_of(setting.member, rows.clips.width)
        place = self.run.write_clips(rows.content, rows.clips)
        return [PartsTask(self.run.folder, place, setting, parts, cost) for parts in together]


def _key(setting: MemberSetting, recipe: Recipe, job: MemberJob, rows: InputRows) -> str:
    """A hash that changes with everything that the result depends on."""
    fold = job.fold
    further = {
        "followed": digest(fold.followed) if len(fold.followed) else None,
        "stops_by_followed": fold.stops_by_followed or None,
        "chosen_epoch": fold.chosen_epoch,
        "models": None if setting.models else False,
    }
    asked = {name: value for name, value in further.items() if value is not None}
    return digest(
        asdict(setting.member),
        asdict(setting.sizes),
        setting.transform,
        list(setting.genres),
        rows.content,
        fold.train,
        fold.valid,
        job.tested,
        job.tracks,
        fold.seed,
        setting.device,
        recipe.storage,
        *([asked] if asked else []),  # so that trainings which ask for none of it keep their names
    )


def _counted(progress: Progress, total: int) -> Tick:
    """Adds up epochs as they are done."""
    done = 0

    def tick(epochs: int) -> None:
        nonlocal done
        done += epochs
        progress(done, total)

    progress(0, total)
    return tick
