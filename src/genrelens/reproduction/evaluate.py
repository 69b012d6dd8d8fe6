"""One system under one protocol: a recipe, trained anew on every split, or a finished bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet, FeatureStore
from genrelens.ensemble import Combination
from genrelens.errors import AudioError, DataError
from genrelens.evaluation.outcomes import Answers, Outcome
from genrelens.evaluation.protocols import make_plan
from genrelens.evaluation.splits import Split, SplitPlan
from genrelens.recognition import Recognizer
from genrelens.reproduction.collections import join_collections
from genrelens.reproduction.inner_folds import inner_splits
from genrelens.training.crossvalidation import Trainer
from genrelens.training.data import TrainingData
from genrelens.training.hearing import heard_data, input_store
from genrelens.training.joining import fit_combination, joined
from genrelens.training.recipes import Recipe
from genrelens.training.run_folder import RunFolder

Progress = Callable[[str, int, int], None]
STACKING_FOLDS = 3
"""Divisions of each training part that a stacked vote is fitted on: so many times more is trained."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """An outcome, the splits that it came from, and what a reader of it must know."""

    outcome: Outcome
    plan: SplitPlan
    notes: tuple[str, ...]


def tracks_for(data: DataSet, protocol: str, other: DataSet | None) -> DataSet:
    """The tracks that a protocol divides: for `cross` those of both collections.

    Raises:
        DataError: `cross` without another collection, or the reverse.
    """
    if (protocol == "cross") != (other is not None):
        raise DataError(
            "protocol cross and another collection (--test OTHER) go together: give both or neither"
        )
    return data if other is None else join_collections(data, other)


def plan_for(everything: DataSet, protocol: str, seed: int) -> SplitPlan:
    """The splits of a protocol; of `cross` only the way from the first collection to the other.

    Raises:
        DataError: the data cannot be split so.
    """
    plan = make_plan(
        protocol,
        [track.genre for track in everything.tracks],
        groups=everything.groups,
        track_ids=[track.id for track in everything.tracks],
        seed=seed,
        collections=[track.collection or everything.name for track in everything.tracks],
    )
    return replace(plan, splits=plan.splits[:1]) if protocol == "cross" else plan


def evaluate_recipe(
    recipe: Recipe,
    data: DataSet,
    protocol: str,
    folder: Path,
    other: DataSet | None = None,
    seed: int = 0,
    store: FeatureStore | None = None,
    device: str = "cpu",
    jobs: int = 1,
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Trains a recipe on every split and tests it on the rest.

    Args:
        recipe: members and the rule that joins them; `stacked` is fitted on what models trained and tested
            inside each training part answer.
        data: the data set.
        protocol: a name in `PROTOCOLS`.
        folder: of finished trainings; a run that was stopped goes on from there.
        other: the collection that `cross` tests on.
        seed: of splits and trainings.
        store: features on disk.
        device: `cpu` or `cuda`.
        jobs: processes.
        progress: told what is done.

    Raises:
        DataError: the protocol cannot split the data.
    """
    everything = tracks_for(data, protocol, other)
    training = heard_data(
        recipe,
        everything,
        store or input_store(recipe),
        jobs,
        lambda done, total: progress("hearing", done, total),
    )
    known = set(training.track_ids)
    heard = everything.only([i for i, track in enumerate(everything.tracks) if track.id in known])
    plan = plan_for(heard, protocol, seed)
    trainer = Trainer(recipe, training, RunFolder(folder), seed, device, jobs)
    found = trainer.cross_validate(plan.splits, lambda done, total: progress("training", done, total))
    combinations = _combinations(recipe, training, trainer, plan.splits, seed, progress)
    answers = tuple(
        Answers(split.name, split.test, joined(combination, found.probabilities[:, number, split.test]))
        for number, (split, combination) in enumerate(zip(plan.splits, combinations, strict=True))
    )
    outcome = Outcome(
        recipe.name, protocol, training.genres, training.track_ids, training.labels, training.groups, answers
    )
    return Evaluation(outcome, plan, (*plan.notes, *training.notes))


def _combinations(
    recipe: Recipe,
    data: TrainingData,
    trainer: Trainer,
    splits: Sequence[Split],
    seed: int,
    progress: Progress,
) -> list[Combination]:
    """The recipe's rule for each split; a stacked one knows only answers inside the training part."""
    if recipe.rule != "stacked":
        same = fit_combination(recipe.rule, np.zeros((1, 0, len(data.genres))), data.labels[:0])
        return [same] * len(splits)
    inner = [inner_splits(split, data.labels, data.groups, STACKING_FOLDS, seed) for split in splits]
    flat = [one for inside in inner for one in inside]
    found = trainer.cross_validate(flat, lambda done, total: progress("training for stacking", done, total))
    combinations = []
    for number, inside in enumerate(inner):
        rows = [(number * STACKING_FOLDS + k, one.test) for k, one in enumerate(inside)]
        answers = np.concatenate([found.probabilities[:, row, test] for row, test in rows], axis=1)
        truth = data.labels[np.concatenate([test for _, test in rows])]
        combinations.append(fit_combination("stacked", answers, truth))
    return combinations


def evaluate_bundle(
    lens: Recognizer,
    data: DataSet,
    protocol: str,
    other: DataSet | None = None,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Lets a finished bundle answer the tracks that a protocol tests, each once.

    A bundle is not trained anew, so a split only says which tracks are heard; if the bundle learnt from some
    of them, its numbers are too good. Tracks that cannot be heard, or of a genre that it does not know, are
    left out with a note.

    Raises:
        DataError: the bundle knows none of the genres.
    """
    everything = tracks_for(data, protocol, other)
    plan = plan_for(everything, protocol, seed)
    genres = lens.genres
    known = {genre.casefold(): number for number, genre in enumerate(genres)}
    labels = np.array([known.get(track.genre.casefold(), -1) for track in everything.tracks], dtype=np.intp)
    wanted = np.unique(np.concatenate([split.test for split in plan.splits]))
    asked = wanted[labels[wanted] >= 0]
    if not len(asked):
        raise DataError(
            f"the bundle knows none of the genres of {everything.name}; it tells {', '.join(genres)}"
        )
    answered, rows, unheard = [], [], 0
    paths = [everything.tracks[i].path for i in asked]
    for done, answer in enumerate(lens.recognize_many(paths, jobs)):
        progress("hearing", done + 1, len(asked))
        if isinstance(getattr(answer, "error", None), AudioError):
            unheard += 1
            continue
        scores = answer.scores  # type: ignore[union-attr]
        answered.append(int(asked[done]))
        rows.append([scores[genre] for genre in genres])
    notes = [*plan.notes, "a finished bundle: tracks that it was trained on make its numbers too good"]
    if len(asked) < len(wanted):
        notes.append(
            f"{len(wanted) - len(asked)} tracks of genres that the bundle does not tell were left out"
        )
    if unheard:
        notes.append(f"{unheard} tracks cannot be heard and were left out")
    if not rows:
        raise DataError(f"no track of {everything.name} can be heard")
    answers = Answers("all", np.array(answered, dtype=np.intp), np.array(rows))
    ids = tuple(track.id for track in everything.tracks)
    outcome = Outcome(
        lens.bundle.identity,
        protocol,
        genres,
        ids,
        np.maximum(labels, 0),
        everything.group_numbers,
        (answers,),
    )
    return Evaluation(outcome, plan, tuple(notes))
