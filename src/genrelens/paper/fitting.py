"""A cell trained on splits of a protocol, and what it answers to the tracks that it never heard.

The honest number needs an epoch that is chosen before anything is tested. Inner models choose it: the
training part is divided, artists kept whole, each inner model learns from one division and is tested on the
rest of the training part after every epoch; the epoch at which they are right most often is taken. Without
inner models it is the recipe's last epoch. After every epoch the accuracy on the tested rows is noted as
well, but nothing follows from it; its best value is the *optimistic* number, which many papers print.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import mean_over_excerpts
from genrelens.evaluation.splits import Indices, Split
from genrelens.models import ARCHITECTURES, Shape
from genrelens.paper.runs import SplitRun
from genrelens.recipes.load import MemberRecipe, NetworkSizes
from genrelens.training.early_stopping import Tick, TrainedNetwork
from genrelens.training.fit import train_networks
from genrelens.training.inner_folds import inner_splits, learnt_tracks
from genrelens.training.matrix import Clips, Fold
from genrelens.training.sequential import predict

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tracks:
    """What is known of the tracks, whatever is heard of them.

    Args:
        labels: genres as numbers, `(tracks,)`.
        groups: artists as numbers, `(tracks,)`; kept whole by inner folds.
        row_track: the track of each row of an input, `(rows,)`; a track may have several rows, its answer is
            their mean.
        genres: how many there are.
    """

    labels: Indices
    groups: Indices
    row_track: Indices
    genres: int

    def rows(self, tracks: Indices) -> Indices:
        """Rows of these tracks."""
        return np.flatnonzero(np.isin(self.row_track, tracks))


def fit_splits(
    member: MemberRecipe,
    sizes: NetworkSizes,
    clips: Clips,
    tracks: Tracks,
    splits: Sequence[tuple[int, Split]],
    inner_folds: int = 0,
    seed: int = 0,
    device: str = "cpu",
    tick: Tick = lambda epochs: None,
) -> list[SplitRun]:
    """Trains and tests one of the paper's networks on each split.

    Args:
        member: architecture and training; all epochs are trained.
        sizes: of the networks.
        clips: rows of the member's input.
        tracks: what is known of them.
        splits: number in the protocol, and the split; every track of a split must have a row.
        inner_folds: so many models more are trained inside each training part, for the choice of the epoch
            and for stacking; 0 for none.
        seed: first part of every seed.
        device: `cpu` or `cuda`.
        tick: called with epochs done, in all (1 + inner_folds) times those of the recipe a split.
    """
    began = time.perf_counter()
    architecture = ARCHITECTURES[member.architecture]
    training = replace(member.training, validation=0.0, patience=0)
    shape = Shape(
        width=clips.width,
        genres=tracks.genres,
        hidden=sizes.hidden,
        lstm_width=sizes.lstm_width,
        dropout=sizes.dropout,
        padding="same" if sizes.padding == "same" else "valid",
    )

    def trained(jobs: Sequence[Fold]) -> list[TrainedNetwork]:
        return train_networks(architecture, shape, training, clips, jobs, device, tick) if jobs else []

    def answers(network: TrainedNetwork, asked: Indices) -> Floats:
        rows = tracks.rows(asked)
        return _by_track(predict(architecture, shape, network, clips, rows), tracks.row_track[rows], asked)

    divided = [inner_splits(split, tracks.labels, tracks.groups, inner_folds, seed) for _, split in splits]
    inner = trained(
        [
            Fold(tracks.rows(one.train), tracks.rows(one.test), (seed, number, 1 + k))
            for (number, _), inside in zip(splits, divided, strict=True)
            for k, one in enumerate(inside)
        ]
    )
    of_split = [inner[i * inner_folds : (i + 1) * inner_folds] if inner else [] for i in range(len(splits))]
    curves = [
        _mean_accuracy(networks, [len(one.test) for one in inside])
        for networks, inside in zip(of_split, divided, strict=True)
    ]
    chosen = [int(curve.argmax()) + 1 if len(curve) else training.epochs for curve in curves]
    outer = trained(
        [
            Fold(tracks.rows(learnt_tracks(split)), tracks.rows(split.test), (seed, number), epoch)
            for (number, split), epoch in zip(splits, chosen, strict=True)
        ]
    )
    seconds = (time.perf_counter() - began) / len(splits)
    return [
        SplitRun(
            split=split.name,
            test=split.test,
            probabilities=answers(network, split.test),
            chosen_epoch=epoch,
            train_loss=np.array([point.train_loss for point in network.curve]),
            test_accuracy=np.array([point.valid_accuracy for point in network.curve], np.float64),
            inner=_joined([one.test for one in inside]),
            inner_probabilities=_stacked(
                [answers(one, held.test) for one, held in zip(networks, inside, strict=True)], tracks.genres
            ),
            inner_accuracy=curve,
            seconds=seconds,
        )
        for (_, split), network, epoch, networks, inside, curve in zip(
            splits, outer, chosen, of_split, divided, curves, strict=True
        )
    ]


def _mean_accuracy(networks: Sequence[TrainedNetwork], held: Sequence[int]) -> Floats:
    """After each epoch, over all held rows."""
    if not networks:
        return np.zeros(0)
    curves = np.array([[point.valid_accuracy for point in one.curve] for one in networks], np.float64)
    return np.asarray(np.average(curves, axis=0, weights=held))


def _by_track(probabilities: np.ndarray, row_track: Indices, asked: Indices) -> Floats:
    """Mean over each track's rows, in the order of `asked`, which is sorted; NaN for silent tracks."""
    place = np.searchsorted(asked, row_track)
    return mean_over_excerpts(probabilities, place, len(asked))


def _joined(parts: Sequence[Indices]) -> Indices:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)


def _stacked(parts: Sequence[Floats], genres: int) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, genres))
