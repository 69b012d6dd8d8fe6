"""Training on a processor: one fold after another over arrays in memory.

What makes it fast on few cores: rows are standardised once and gathered into one buffer, convolutions run
with channels last (`models.convolution`), Adam updates all weights in one fused call, and the
allocator keeps the memory that a step frees (`training.allocator`). Where the processor has AMX, products in
bfloat16 take a third as long.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genrelens.models.networks import Architecture, Network, Shape, build_network, initial_weights
from genrelens.models.scaling import Scaling
from genrelens.recipes.load import Training
from genrelens.training.adam import FusedAdam
from genrelens.training.early_stopping import CurvePoint, EarlyStopping, Tick, TrainedNetwork
from genrelens.training.epochs import draw_epoch, rate_at, row_weights
from genrelens.training.matrix import Clips, Fold, Indices

PREDICTION_BATCH = 64


class Rows:
    """Standardised rows in memory, handed out in batches.

    Args:
        clips: the rows.
        scaling: how they are standardised.
        chosen: only these rows are kept.
        dtype: of what is handed out.
    """

    def __init__(
        self, clips: Clips, scaling: Scaling, chosen: Indices, dtype: torch.dtype = torch.float32
    ) -> None:
        rows = np.unique(chosen)
        self._place = np.full(len(clips.labels), -1)
        self._place[rows] = np.arange(len(rows))
        x = torch.from_numpy(np.ascontiguousarray(clips.x[rows]))
        x.sub_(torch.from_numpy(scaling.mean)).mul_(torch.from_numpy(scaling.scale))
        self._x = x.to(dtype)
        self.dtype = dtype
        self._lengths = None if clips.lengths is None else torch.from_numpy(clips.lengths[rows])
        equal_lengths = self._lengths is None or bool((self._lengths == self._x.shape[1]).all())
        self._equal_lengths = equal_lengths

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """x and lengths of these rows; lengths are None where all rows are of one length."""
        places = torch.from_numpy(self._place[rows])
        x = self._x.index_select(0, places)
        if self._lengths is None or self._equal_lengths:
            return x, None
        lengths = self._lengths[places]
        longest = int(lengths.max())
        if int(lengths.min()) == longest:
            return x[:, :longest].contiguous(), None
        return x[:, :longest].contiguous(), lengths


def precision_on_processor(training: Training) -> torch.dtype:
    """The type of products: bfloat16 only where it is asked for, or `auto` finds a processor with AMX."""
    amx = training.precision == "auto" and bool(torch.cpu._is_amx_tile_supported())
    return torch.bfloat16 if amx or training.precision == "bfloat16" else torch.float32


def train_sequentially(
    architecture: Architecture,
    shape: Shape,
    training: Training,
    clips: Clips,
    folds: Sequence[Fold],
    tick: Tick = lambda epochs: None,
) -> list[TrainedNetwork]:
    """Trains each fold by itself.

    Args:
        architecture: of all folds.
        shape: its sizes.
        training: epochs, batch, rate, stopping.
        clips: the rows of the input.
        folds: what each learns from.
        tick: called after every epoch; at an early stop also for those that are left out.

    Returns:
        One network a fold, in order.
    """
    return [_train_one(architecture, shape, training, clips, fold, tick) for fold in folds]


def _train_one(
    architecture: Architecture, shape: Shape, training: Training, clips: Clips, fold: Fold, tick: Tick
) -> TrainedNetwork:
    scaling = clips.scaling(fold.train)
    dtype = precision_on_processor(training)
    rows = Rows(clips, scaling, np.concatenate([fold.train, fold.valid, fold.followed]), dtype)
    labels = torch.from_numpy(clips.labels)
    weights = torch.from_numpy(row_weights(clips, fold, training))
    network = build_network(
        architecture, shape, initial_weights(architecture, shape, [*fold.seed, 0])
    ).train()
    adam = FusedAdam(network.parameters())
    stopping = EarlyStopping(training, fold)
    units = shape.units(architecture)
    while not stopping.finished:
        number = len(stopping.curve)
        rate = rate_at(training, number)
        epoch = draw_epoch(fold, clips.labels, training, number, units, shape.dropout)
        masks = torch.from_numpy(epoch.mask)
        total = 0.0
        for step in epoch.batches(training.batch):
            chosen = epoch.order[step]
            x, lengths = rows.batch(chosen)
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
                logits = network(x, lengths, masks[step])
            losses = F.cross_entropy(logits.float(), labels[chosen], reduction="none")
            loss = (losses * weights[chosen]).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step(rate)
            total += float(loss.detach()) * len(chosen)
        judged = _judged(network, rows, labels, weights, fold.valid)
        followed = _judged(network, rows, labels, weights, fold.followed)[1]
        point = CurvePoint(total / len(epoch.order), *judged, followed)
        if stopping.improved(point):
            stopping.keep(network.weights())
        tick(1)
    tick(training.epochs - len(stopping.curve))
    return stopping.result(scaling)


def _judged(
    network: Network, rows: Rows, labels: Tensor, weights: Tensor, chosen: Indices
) -> tuple[float | None, float | None]:
    """Loss and accuracy on these rows; None where there are none."""
    if len(chosen) == 0:
        return None, None
    logits = _logits(network, rows, chosen)
    wanted, weight = labels[chosen], weights[chosen]
    losses = F.cross_entropy(logits, wanted, reduction="none")
    right = (logits.argmax(1) == wanted).float()
    return float((losses * weight).sum() / weight.sum()), float(right.mean())


def _logits(network: Network, rows: Rows, chosen: Indices) -> Tensor:
    network.eval()
    half = rows.dtype is torch.bfloat16
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        parts = [
            network(*rows.batch(chosen[start : start + PREDICTION_BATCH]))
            for start in range(0, len(chosen), PREDICTION_BATCH)
        ]
    network.train()
    return torch.cat(parts).float()


def predict(
    architecture: Architecture, shape: Shape, trained: TrainedNetwork, clips: Clips, rows: Indices
) -> np.ndarray:
    """Probabilities (n, genres) of these rows."""
    if len(rows) == 0:
        return np.zeros((0, shape.genres), np.float32)
    network = build_network(architecture, shape, trained.weights)
    standardised = Rows(clips, trained.scaling, rows)
    return np.asarray(_logits(network, standardised, rows).softmax(1).numpy())
