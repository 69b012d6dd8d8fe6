"""Training on a GPU: all folds of one architecture on one input at once, with the results of separate
training.

Each fold has its own start, order of rows, dropout, statistics of the input, state of Adam and early
stopping; only the arithmetic is shared. So results equal separate training with the same seeds up to
rounding, which tests show on a processor. The input lies on the device once, as float32; a step gathers
each fold's rows. Folds that have stopped are removed from the stack.

Not yet timed on a GPU: none was available. Tests show that the results are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genrelens.models.networks import Architecture, Shape, initial_weights
from genrelens.recipes.load import Training
from genrelens.training.adam import BETA_1, BETA_2, EPSILON
from genrelens.training.early_stopping import CurvePoint, EarlyStopping, Tick, TrainedNetwork
from genrelens.training.epochs import Epoch, draw_epoch, rate_at, row_weights
from genrelens.training.matrix import Clips, Fold, Indices
from genrelens.training.stacked_networks import Stack, stack_weights, stacked_logits, weights_of_fold

VALIDATION_BATCH = 64


class StackedAdam:
    """Adam (Kingma and Ba 2015) on stacked weights, with a step count a fold.

    Args:
        stack: weights with the folds as first axis.
        folds: how many.
    """

    def __init__(self, stack: Stack, folds: int) -> None:
        self.first = {name: torch.zeros_like(value) for name, value in stack.items()}
        self.second = {name: torch.zeros_like(value) for name, value in stack.items()}
        device = next(iter(stack.values())).device
        self.steps = torch.zeros(folds, dtype=torch.float64, device=device)

    @torch.no_grad()
    def step(self, stack: Stack, active: Tensor, rate: float) -> None:
        """Updates the active folds' weights (folds,) by their gradients; the others stay as they are."""
        self.steps += active
        counted = self.steps.clamp(min=1)
        one = (1.0 - BETA_1**counted).float()
        two = (1.0 - BETA_2**counted).sqrt().float()
        for name, value in stack.items():
            if value.grad is None:
                continue
            each = (-1, *[1] * (value.dim() - 1))
            moving = active.float().view(each)
            first, second = self.first[name], self.second[name]
            first.lerp_(value.grad, (1.0 - BETA_1) * moving)
            second.lerp_(value.grad.square(), (1.0 - BETA_2) * moving)
            denominator = (second.sqrt() / two.view(each)).add_(EPSILON)
            value.sub_(moving * (rate / one).view(each) * first / denominator)
            value.grad = None

    def keep(self, places: Tensor) -> None:
        """Only the folds at these places stay."""
        self.first = {name: value[places] for name, value in self.first.items()}
        self.second = {name: value[places] for name, value in self.second.items()}
        self.steps = self.steps[places]


class _Input:
    """The rows of an input on the device, gathered and standardised fold by fold."""

    def __init__(self, clips: Clips, folds: Sequence[Fold], device: torch.device) -> None:
        scalings = [clips.scaling(fold.train) for fold in folds]
        self.scalings = scalings
        self.x = torch.from_numpy(np.array(clips.x)).to(device)
        wide = (len(folds), *[1] * (clips.x.ndim - 1), -1)
        self.mean = torch.from_numpy(np.stack([one.mean for one in scalings])).to(device).view(wide)
        self.scale = torch.from_numpy(np.stack([one.scale for one in scalings])).to(device).view(wide)
        equal_lengths = clips.lengths is None or bool((clips.lengths == clips.x.shape[1]).all())
        self.lengths = None if equal_lengths else torch.from_numpy(clips.lengths).to(device)
        self.labels = torch.from_numpy(clips.labels).to(device)

    def gather(self, rows: Tensor, places: Tensor) -> tuple[Tensor, Tensor | None]:
        """Standardised x and lengths of rows (folds, n), with the statistics of the folds at `places`."""
        x = (self.x[rows] - self.mean[places]) * self.scale[places]
        return x, None if self.lengths is None else self.lengths[rows]


def train_stacked(
    architecture: Architecture,
    shape: Shape,
    training: Training,
    clips: Clips,
    folds: Sequence[Fold],
    device: torch.device,
    tick: Tick = lambda epochs: None,
) -> list[TrainedNetwork]:
    """Trains all folds at once; arguments and result as `sequential.train_sequentially`.

    Args:
        device: where to: `cuda`, or `cpu` to check it.
    """
    half = device.type == "cuda" and training.precision in ("auto", "bfloat16")
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32: 10 bits of mantissa, sums in float32
    data = _Input(clips, folds, device)
    starts = [initial_weights(architecture, shape, [*fold.seed, 0]) for fold in folds]
    stack = stack_weights(starts, device)
    adam = StackedAdam(stack, len(folds))
    weights = torch.from_numpy(np.stack([row_weights(clips, fold, training) for fold in folds])).to(device)
    stops = [EarlyStopping(training, fold) for fold in folds]
    alive = list(range(len(folds)))
    units = shape.units(architecture)
    while alive:
        number = len(stops[alive[0]].curve)
        epochs = [
            draw_epoch(folds[fold], clips.labels, training, number, units, shape.dropout) for fold in alive
        ]
        places = torch.tensor(alive, device=device)
        total = torch.zeros(len(alive), device=device)
        for step in _Steps(epochs, training.batch, device):
            x, lengths = data.gather(step.rows, places)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                logits = stacked_logits(architecture, shape, stack, x, lengths, step.mask)
            losses = F.cross_entropy(logits.float().transpose(1, 2), data.labels[step.rows], reduction="none")
            counted = losses * weights[places].gather(1, step.rows) * step.real
            mean = counted.sum(1) / step.real.sum(1).clamp(min=1)
            mean.sum().backward()  # type: ignore[no-untyped-call]
            adam.step(stack, step.real.any(1), rate_at(training, number))
            total += counted.detach().sum(1)
        learnt = total.cpu().numpy() / [len(epoch.order) for epoch in epochs]
        judge = partial(_judged, architecture, shape, stack, data, alive, weights)
        judged = judge([folds[fold].valid for fold in alive])
        followed = judge([folds[fold].followed for fold in alive])
        for place, fold in enumerate(alive):
            if stops[fold].improved(CurvePoint(float(learnt[place]), *judged[place], followed[place][1])):
                stops[fold].keep(weights_of_fold(stack, place))
            tick(1)
        going_on = [place for place, fold in enumerate(alive) if not stops[fold].finished]
        for fold in alive:
            if stops[fold].finished:
                tick(training.epochs - len(stops[fold].curve))
        if len(going_on) < len(alive):
            kept = torch.tensor(going_on, dtype=torch.long, device=device)
            stack = {name: value.detach()[kept].requires_grad_() for name, value in stack.items()}
            adam.keep(kept)
            alive = [alive[place] for place in going_on]
    return [stop.result(scaling) for stop, scaling in zip(stops, data.scalings, strict=True)]


class _Step:
    """One step of all folds: rows (folds, n), which of them are real, dropout masks (folds, n, units)."""

    def __init__(self, rows: Tensor, real: Tensor, mask: Tensor) -> None:
        self.rows, self.real, self.mask = rows, real, mask


class _Steps:
    """The steps of an epoch. A fold with fewer rows than others does nothing in the last steps."""

    def __init__(self, epochs: Sequence[Epoch], batch: int, device: torch.device) -> None:
        longest = max(len(epoch.order) for epoch in epochs)
        units = epochs[0].mask.shape[1]
        rows = np.zeros((len(epochs), longest), np.int64)
        real = np.zeros((len(epochs), longest), bool)
        mask = np.zeros((len(epochs), longest, units), np.float32)
        for place, epoch in enumerate(epochs):
            count = len(epoch.order)
            rows[place, :count], real[place, :count], mask[place, :count] = epoch.order, True, epoch.mask
        self.batch = batch
        self.rows, self.real, self.mask = (torch.from_numpy(part).to(device) for part in (rows, real, mask))

    def __iter__(self) -> Iterator[_Step]:
        for start in range(0, self.rows.shape[1], self.batch):
            part = slice(start, start + self.batch)
            yield _Step(self.rows[:, part], self.real[:, part], self.mask[:, part])


@torch.no_grad()
def _judged(
    architecture: Architecture,
    shape: Shape,
    stack: Stack,
    data: _Input,
    alive: Sequence[int],
    weights: Tensor,
    rows: Sequence[Indices],
) -> list[tuple[float | None, float | None]]:
    """Loss and accuracy of each fold that goes on, on its rows; None where it has none."""
    if not any(map(len, rows)):
        return [(None, None)] * len(alive)
    device = weights.device
    no_dropout = [Epoch(own, np.ones((len(own), 1), np.float32)) for own in rows]
    places = torch.tensor(list(alive), device=device)
    loss, weight, right = (torch.zeros(len(alive), device=device) for _ in range(3))
    for step in _Steps(no_dropout, VALIDATION_BATCH, device):
        x, lengths = data.gather(step.rows, places)
        logits = stacked_logits(architecture, shape, stack, x, lengths).float()
        wanted = data.labels[step.rows]
        each = weights[places].gather(1, step.rows) * step.real
        loss += (F.cross_entropy(logits.transpose(1, 2), wanted, reduction="none") * each).sum(1)
        weight += each.sum(1)
        right += ((logits.argmax(2) == wanted) & step.real).sum(1)
    return [
        (float(loss[place] / weight[place]), float(right[place]) / len(own)) if len(own) else (None, None)
        for place, own in enumerate(rows)
    ]
