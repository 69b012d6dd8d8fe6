"""One member trained on every split of a protocol, and what it answers to the tracks that it never heard.

The epochs are fixed by the recipe before anything is tested: that is the honest number. After every epoch
the accuracy on the test rows is noted as well, but nothing follows from it; its best value is the
*optimistic* number, which many papers print.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets.feature_table import FeatureTable
from genrelens.errors import RecipeError
from genrelens.evaluation.folds import grouped_folds
from genrelens.evaluation.splits import Indices, Split
from genrelens.models import ARCHITECTURES, Shape
from genrelens.reproduction.runs import SplitRun
from genrelens.training.clips import Clips, Fold, clips_of
from genrelens.training.heads import class_weights, fit_head
from genrelens.training.progress import Tick
from genrelens.training.recipes import HEADS, MemberRecipe, Recipe
from genrelens.training.sequential import predict
from genrelens.training.trainer import train_networks

Floats = NDArray[np.float64]


def fit_member(
    member: MemberRecipe,
    recipe: Recipe,
    table: FeatureTable,
    labels: Indices,
    genres: int,
    groups: Indices,
    splits: Sequence[Split],
    inner_folds: int = 0,
    seed: int = 0,
    device: str = "cpu",
    tick: Tick = lambda epochs: None,
) -> list[SplitRun]:
    """Trains and tests one member on each split.

    Args:
        member: of the recipe.
        recipe: network sizes and transforms.
        table: inputs of all tracks; a track may have several rows, its answer is their mean.
        labels: `(tracks,)`.
        genres: how many.
        groups: `(tracks,)`, kept whole by inner folds.
        splits: of the tracks; every track of a split must have a row.
        inner_folds: so many models more are trained inside each training part, for stacking; 0 for none.
        seed: first part of every seed.
        device: `cpu` or `cuda`.
        tick: called with epochs done.

    Raises:
        RecipeError: the member's architecture cannot be cross-validated here.
    """
    inner = [_inner_folds(split, labels, groups, inner_folds, seed) for split in splits]
    if member.architecture in HEADS:
        return [
            _fit_head(member, table, labels, genres, s, i, seed) for s, i in zip(splits, inner, strict=True)
        ]
    if member.architecture not in ARCHITECTURES:
        raise RecipeError(f"a member {member.architecture} is evaluated by `genrelens train`, not here")
    clips = clips_of(_arrays(member, table), labels[table.track], genres, recipe.transform_of(member))
    jobs: list[Fold] = []
    for number, (split, folds) in enumerate(zip(splits, inner, strict=True)):
        jobs.append(Fold(_rows(table, _learnt(split)), _rows(table, split.test), (seed, number)))
        jobs += [Fold(_rows(table, train), seed=(seed, number, 1 + k)) for k, (train, _) in enumerate(folds)]
    sizes = recipe.network
    shape = Shape(
        width=clips.width,
        genres=genres,
        hidden=sizes.hidden,
        lstm_width=sizes.lstm_width,
        dropout=sizes.dropout,
        padding=sizes.padding,  # type: ignore[arg-type]
    )
    architecture = ARCHITECTURES[member.architecture]
    trained = iter(train_networks(architecture, shape, member.training, clips, jobs, device, tick))
    runs = []
    for split, folds in zip(splits, inner, strict=True):
        network = next(trained)
        inner_networks = [next(trained) for _ in folds]

        def answers(one: object, tracks: Indices, clips: Clips = clips) -> Floats:
            rows = _rows(table, tracks)
            return _by_track(predict(architecture, shape, one, clips, rows), table, rows, tracks)  # type: ignore[arg-type]

        runs.append(
            SplitRun(
                split=split.name,
                test=split.test,
                probabilities=answers(network, split.test),
                train_loss=np.array([point.train_loss for point in network.curve]),
                test_accuracy=np.array([point.valid_accuracy for point in network.curve], dtype=np.float64),
                inner=_joined([held for _, held in folds]),
                inner_probabilities=_stacked(
                    [answers(one, held) for one, (_, held) in zip(inner_networks, folds, strict=True)], genres
                ),
            )
        )
    return runs


def _fit_head(
    member: MemberRecipe,
    table: FeatureTable,
    labels: Indices,
    genres: int,
    split: Split,
    inner: Sequence[tuple[Indices, Indices]],
    seed: int,
) -> SplitRun:
    x = np.stack(_arrays(member, table))

    def answers(train: Indices, test: Indices) -> Floats:
        rows, tested = _rows(table, train), _rows(table, test)
        y = labels[table.track[rows]]
        weights = class_weights(y) if member.training.balance != "none" else None
        options = {"genres": genres, **member.options}
        head = fit_head(HEADS[member.architecture], x[rows], y, weights, seed, **options)  # type: ignore[arg-type]
        return _by_track(head.predict_proba(x[tested]), table, tested, test)

    return SplitRun(
        split=split.name,
        test=split.test,
        probabilities=answers(_learnt(split), split.test),
        train_loss=np.zeros(0),
        test_accuracy=np.zeros(0),
        inner=_joined([held for _, held in inner]),
        inner_probabilities=_stacked([answers(train, held) for train, held in inner], genres),
    )


def _learnt(split: Split) -> Indices:
    return np.union1d(split.train, split.valid)


def _inner_folds(
    split: Split, labels: Indices, groups: Indices, folds: int, seed: int
) -> list[tuple[Indices, Indices]]:
    """Divisions of a split's training part, artists kept whole: trained tracks and held ones."""
    if folds < 2:
        return []
    learnt = _learnt(split)
    genre = np.unique(labels[learnt], return_inverse=True)[1]
    group = np.unique(groups[learnt], return_inverse=True)[1]
    fold = grouped_folds(genre, group, folds, np.random.default_rng([seed, len(learnt)]))
    return [(learnt[fold != f], learnt[fold == f]) for f in range(folds)]


def _arrays(member: MemberRecipe, table: FeatureTable) -> list[np.ndarray]:
    columns = [table.frames(name) for name in member.inputs]
    if len(columns) == 1:
        return list(columns[0])
    return [np.concatenate(row) for row in zip(*columns, strict=True)]


def _rows(table: FeatureTable, tracks: Indices) -> Indices:
    return np.flatnonzero(np.isin(table.track, tracks))


def _by_track(probabilities: np.ndarray, table: FeatureTable, rows: Indices, tracks: Indices) -> Floats:
    """Mean over each track's rows, in the order of `tracks`, which is sorted."""
    place = np.searchsorted(tracks, table.track[rows])
    total = np.zeros((len(tracks), probabilities.shape[1]))
    np.add.at(total, place, probabilities)
    return np.asarray(total / np.bincount(place, minlength=len(tracks))[:, None])


def _joined(parts: Sequence[Indices]) -> Indices:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)


def _stacked(parts: Sequence[Floats], genres: int) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, genres))
