"""Cross-validation of a whole recipe, and its members trained on all tracks; resumable at any moment."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import DataError, GenreLensError
from genrelens.evaluation.folds import grouped_folds
from genrelens.evaluation.protocols import Split
from genrelens.recipes.load import MemberRecipe, NetworkSizes, Recipe
from genrelens.training.data import TrainingData
from genrelens.training.early_stopping import Tick
from genrelens.training.matrix import Clips, Fold, Indices, clips_of
from genrelens.training.members import MemberJob, MemberOutcome, final_training, train_member
from genrelens.training.run_folder import RunFolder, digest, read_clips
from genrelens.training.workers import run_tasks

Progress = Callable[[int, int], None]
"""Called with epochs done and epochs in all."""
ALL_TRACKS = "all"
"""The name of the training on all tracks, beside the splits' names."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One training, and where its outcome lies."""

    split: str
    job: MemberJob
    path: Path


@dataclass(frozen=True, eq=False)
class _MemberTask:
    """Trainings of one member that are done together: one on a processor, all folds on a GPU."""

    folder: Path
    clips: Path
    member: MemberRecipe
    sizes: NetworkSizes
    transform: str
    genres: tuple[str, ...]
    device: str
    half: bool
    parts: tuple[_Part, ...]

    def run(self, tick: Tick, /) -> None:
        run = RunFolder(self.folder)
        jobs = [part.job for part in self.parts]
        outcomes = train_member(
            self.member,
            self.sizes,
            self.transform,
            _mapped_clips(self.clips),
            jobs,
            self.genres,
            self.device,
            self.half,
            tick,
        )
        for part, outcome in zip(self.parts, outcomes, strict=True):
            run.write_part(part.path, outcome)


@lru_cache(maxsize=1)
def _mapped_clips(folder: Path) -> Clips:
    return read_clips(folder)


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What cross-validation found.

    Attributes:
        splits: in order.
        members: names, in the recipe's order.
        tested: (splits, tracks) True where a track was tested in a split.
        probabilities: (members, splits, tracks, genres) of tested tracks, each the mean over the track's
            excerpts; NaN elsewhere, and where a tested track is silent.
        outcomes: by member, one outcome a split.
    """

    splits: tuple[Split, ...]
    members: tuple[str, ...]
    tested: NDArray[np.bool_]
    probabilities: NDArray[np.float64] = field(repr=False)
    outcomes: dict[str, list[MemberOutcome]] = field(repr=False)

    @cached_property
    def out_of_fold(self) -> NDArray[np.float64]:
        """(members, tracks, genres) mean over the splits that tested a track; NaN where none did."""
        return self.mean_over_splits(self.probabilities)

    def mean_over_splits(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., splits, tracks, genres) to (..., tracks, genres): as `out_of_fold`, of any scores."""
        count = self.tested.sum(axis=0)
        total = np.where(self.tested[:, :, None], scores, 0.0).sum(axis=-3)
        return np.asarray(np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan))


class Trainer:
    """Trains a recipe's members on a data set, keeping every finished training in a folder.

    Args:
        recipe: what is trained.
        data: on what; must hold every input of the recipe.
        run: where finished trainings are kept.
        seed: of everything random.
        device: `cpu` or `cuda`.
        jobs: processes on a processor.

    Raises:
        DataError: an input of the recipe is not in the data.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        run: RunFolder,
        seed: int = 0,
        device: str = "cpu",
        jobs: int = 1,
    ) -> None:
        self.recipe, self.data, self.run = recipe, data, run
        self.seed, self.device, self.jobs = seed, device, jobs
        for name in recipe.learnt_from():
            if name not in data.inputs:
                raise DataError(f"the input {name!r} of recipe {recipe.name} was not computed")

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
        plan = [
            (member, [self._job(member, split, number) for number, split in enumerate(splits)])
            for member in self.recipe.members
        ]
        names = [split.name for split in splits]
        outcomes = self._train(plan, names, progress)
        tracks, genres = len(self.data.labels), len(self.data.genres)
        tested = np.zeros((len(splits), tracks), bool)
        for number, split in enumerate(splits):
            tested[number, split.test] = True
        shape = (len(plan), len(splits), tracks, genres)
        probabilities = np.full(shape, np.nan)
        for m, (member, jobs) in enumerate(plan):
            for s, job in enumerate(jobs):
                answer = outcomes[member.name][s].probabilities
                probabilities[m, s] = self.data.by_track(job.tested, answer)
        return CrossValidation(
            tuple(splits), tuple(member.name for member, _ in plan), tested, probabilities, outcomes
        )

    def train_all(
        self, found: CrossValidation | None, progress: Progress = lambda done, total: None
    ) -> dict[str, MemberOutcome]:
        """Every member on all tracks, as long as cross-validation found best.

        Args:
            found: what cross-validation found; None trains for the recipe's epochs.
            progress: called as epochs are done.

        Returns:
            outcomes by member name; their probabilities are empty.
        """
        everything = np.arange(len(self.data.labels))
        nothing = Split(ALL_TRACKS, everything, np.zeros(0, np.intp))
        plan = []
        for member in self.recipe.members:
            best = [one.best_epoch for one in found.outcomes[member.name]] if found else []
            final = final_training(member, best or [member.training.epochs])
            plan.append((final, [self._job(final, nothing, -1)]))
        outcomes = self._train(plan, [ALL_TRACKS], progress)
        return {name: one[0] for name, one in outcomes.items()}

    def _job(self, member: MemberRecipe, split: Split, number: int) -> MemberJob:
        data = self.data
        learnt, valid = split.train, split.valid
        networks = not member.is_head
        if len(valid) and not (networks and member.training.patience):
            learnt, valid = np.union1d(learnt, valid), np.zeros(0, np.intp)
        elif networks and member.training.patience and not len(valid):
            learnt, valid = validation_part(
                learnt, data.labels, data.groups, member.training.validation, [self.seed, number + 1]
            )
        seed = (self.seed, zlib.crc32(member.name.encode()), number + 1)
        fold = Fold(data.learnt_rows(learnt, member.variants), data.tested_rows(valid), seed)
        return MemberJob(fold, data.tested_rows(split.test), data.track)

    def _train(
        self,
        plan: Sequence[tuple[MemberRecipe, Sequence[MemberJob]]],
        splits: Sequence[str],
        progress: Progress,
    ) -> dict[str, list[MemberOutcome]]:
        """Trains what is not there yet, reads everything."""
        total = sum(_epochs(member) * len(jobs) for member, jobs in plan)
        counted = 0

        def tick(epochs: int) -> None:
            nonlocal counted
            counted += epochs
            progress(counted, total)

        found: dict[Path, MemberOutcome] = {}
        parts_of: list[list[_Part]] = []
        tasks: list[_MemberTask] = []
        progress(0, total)
        for member, jobs in plan:
            clips, content = self._clips(member)
            parts = [
                _Part(split, job, self.run.part_path(member.name, split, self._key(member, job, content)))
                for split, job in zip(splits, jobs, strict=True)
            ]
            parts_of.append(parts)
            missing = []
            for part in parts:
                outcome = self.run.read_part(part.path)
                if outcome is None:
                    missing.append(part)
                else:
                    found[part.path] = outcome
                    tick(_epochs(member))
            if missing:
                tasks += self._tasks(member, self.run.write_clips(content, clips), missing)
        # the longest first, so that no process is left alone with one at the end
        tasks.sort(key=lambda task: -_epochs(task.member) * _weight(task.member) * len(task.parts))
        try:
            run_tasks(tasks, self.jobs if self.device == "cpu" else 1, tick)
        finally:
            _mapped_clips.cache_clear()
            self.run.remove_clips()
        for part in (part for parts in parts_of for part in parts if part.path not in found):
            outcome = self.run.read_part(part.path)
            if outcome is None:
                raise GenreLensError(f"{part.path} vanished while the run went on; run the command again")
            found[part.path] = outcome
        return {
            member.name: [found[part.path] for part in parts]
            for (member, _), parts in zip(plan, parts_of, strict=True)
        }

    def _tasks(self, member: MemberRecipe, clips: Path, missing: Sequence[_Part]) -> list[_MemberTask]:
        together = [tuple(missing)] if self.device == "cuda" else [(part,) for part in missing]
        return [
            _MemberTask(
                self.run.folder,
                clips,
                member,
                self.recipe.network,
                self.recipe.transform_of(member),
                self.data.genres,
                self.device,
                self.recipe.storage == "float16",
                parts,
            )
            for parts in together
        ]

    def _clips(self, member: MemberRecipe) -> tuple[Clips, str]:
        """The rows of a member's input, and a digest of their content."""
        columns = [self.data.inputs[name] for name in member.learnt_from]
        arrays = (
            columns[0] if len(columns) == 1 else [np.concatenate(row) for row in zip(*columns, strict=True)]
        )
        transform = self.recipe.transform_of(member)
        clips = clips_of(arrays, self.data.row_labels, len(self.data.genres), transform)
        lengths = np.zeros(0) if clips.lengths is None else clips.lengths
        return clips, digest(clips.x, clips.labels, lengths)

    def _key(self, member: MemberRecipe, job: MemberJob, content: str) -> str:
        """Changes with everything that the outcome depends on."""
        return digest(
            asdict(member),
            asdict(self.recipe.network),
            self.recipe.transform_of(member),
            list(self.data.genres),
            content,
            job.fold.train,
            job.fold.valid,
            job.tested,
            job.tracks,
            job.fold.seed,
            self.device,
            self.recipe.storage,
        )


def validation_part(
    learnt: Indices, labels: Indices, groups: Indices, share: float, seed: Sequence[int]
) -> tuple[Indices, Indices]:
    """Sets part of the training tracks apart for early stopping, artists kept whole.

    Args:
        learnt: the split's training tracks.
        labels, groups: of all tracks.
        share: about how much of each genre.
        seed: of the division.

    Returns:
        what is learnt from, and what is set apart. Every genre keeps something to be learnt from.

    Example:
        >>> labels, groups = np.repeat([0, 1], 10), np.arange(20) // 2
        >>> learnt, valid = validation_part(np.arange(20), labels, groups, 0.2, [0])
        >>> len(learnt), len(valid), bool(set(groups[learnt]) & set(groups[valid]))
        (16, 4, False)
    """
    folds = max(2, round(1.0 / share))
    genre = np.unique(labels[learnt], return_inverse=True)[1]
    group = np.unique(groups[learnt], return_inverse=True)[1]
    apart = grouped_folds(genre, group, folds, np.random.default_rng(list(seed))) == 0
    for one in np.unique(genre):
        if apart[genre == one].all():
            apart[genre == one] = False
    return learnt[~apart], learnt[apart]


def _epochs(member: MemberRecipe) -> int:
    return 1 if member.is_head else member.training.epochs


def _weight(member: MemberRecipe) -> int:
    """Roughly how long an epoch takes, beside others."""
    if member.own_encoder is not None:
        return 100
    if not member.architecture.startswith("cnn"):
        return 1
    return 40 if member.architecture.endswith("lstm") else 20
