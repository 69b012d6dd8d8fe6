"""A pretrained encoder, fine-tuned with the paper's MLP on top ("further fine-tuning was performed").

Batch-norm statistics that the encoder was published without are computed on the training tracks. Then the
MLP learns on the frozen embedding, so that its random start does not spoil the encoder; then both
learn together at a small rate. The embedding is standardised with the frozen encoder's statistics over the
training rows throughout. What comes out is an encoder of the same shape (its graph goes into the bundle in
the place of the published one) and an MLP on its embedding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genrelens.encoders import build_graph
from genrelens.models.networks import ARCHITECTURES, Network, Shape, build_network
from genrelens.models.scaling import Scaling
from genrelens.models.tunable_encoders import Arrays, TunableEncoder
from genrelens.recipes.load import FinetunedOptions, Training
from genrelens.training.adam import FusedAdam
from genrelens.training.batchnorm import recalibrated
from genrelens.training.early_stopping import CurvePoint, EarlyStopping, Tick
from genrelens.training.epochs import draw_epoch, rate_at, row_weights
from genrelens.training.matrix import Clips, Fold, Indices
from genrelens.training.sequential import precision_on_processor, train_sequentially

MLP = ARCHITECTURES["mlp"]
ROWS_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class Finetuned:
    """An encoder and an MLP trained together.

    Attributes:
        encoder: its arrays by name, those that were not learnt included.
        head: the MLP's weights.
        scaling: of the embedding.
        curve: of the epochs in which both were trained.
        best_epoch: how many epochs of it the arrays have seen.
    """

    encoder: Arrays
    head: Arrays
    scaling: Scaling
    curve: tuple[CurvePoint, ...]
    best_epoch: int

    def graph(self, name: str) -> bytes:
        """The encoder as ONNX, of the same inputs and outputs as the published one."""
        return build_graph(name, self.encoder)


def finetune(
    encoder: TunableEncoder,
    arrays: Arrays,
    shape: Shape,
    training: Training,
    options: FinetunedOptions,
    clips: Clips,
    fold: Fold,
    tick: Tick = lambda epochs: None,
) -> Finetuned:
    """Fine-tunes an encoder.

    Args:
        encoder: which.
        arrays: its published weights.
        shape: of the MLP.
        training: of both together.
        options: of the MLP before, and patches.
        clips: rows of the encoder's log-mel.
        fold: what is learnt from.
        tick: called after every epoch of both together.
    """
    if encoder.normalised is not None:
        arrays = recalibrated(encoder, arrays, clips, fold.train)
    frozen = {name: torch.from_numpy(value) for name, value in arrays.items()}
    vectors = embedded(encoder, frozen, clips, np.concatenate([fold.train, fold.valid]))
    alone = replace(
        training,
        epochs=options.head_epochs,
        learning_rate=options.head_rate,
        validation=0.0,
        patience=0,
        precision="float32",
    )
    [start] = train_sequentially(MLP, shape, alone, vectors, [Fold(fold.train, seed=fold.seed)])
    learner = _Learner(encoder, frozen, build_network(MLP, shape, start.weights), start.scaling)
    stopping = EarlyStopping(training, fold)
    adam = FusedAdam(learner.learnt())
    labels = torch.from_numpy(clips.labels)
    weights = torch.from_numpy(row_weights(clips, fold, training))
    dtype = precision_on_processor(training)
    seed = (*fold.seed, 2)
    while not stopping.finished:
        number = len(stopping.curve)
        own = Fold(fold.train, seed=seed)
        epoch = draw_epoch(own, clips.labels, training, number, shape.hidden, shape.dropout)
        random = np.random.default_rng([*seed, 3, number])
        masks, total = torch.from_numpy(epoch.mask), 0.0
        for step in epoch.batches(training.batch):
            chosen = epoch.order[step]
            logits = learner.logits(clips, chosen, masks[step], random, options.patches, dtype)
            losses = F.cross_entropy(logits, labels[chosen], reduction="none")
            loss = (losses * weights[chosen]).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step(rate_at(training, number))
            total += float(loss.detach()) * len(chosen)
        judged = learner.judged(clips, fold.valid, labels, weights)
        followed = learner.judged(clips, fold.followed, labels, weights)[1]
        point = CurvePoint(total / len(epoch.order), *judged, followed)
        if stopping.improved(point):
            stopping.keep(learner.arrays())
        tick(1)
    tick(training.epochs - len(stopping.curve))
    kept = stopping.best_weights
    tuned = {name: kept.get(f"encoder:{name}", value) for name, value in arrays.items()}
    head = {name[5:]: value for name, value in kept.items() if name.startswith("head:")}
    return Finetuned(tuned, head, start.scaling, tuple(stopping.curve), stopping.best_epoch)


def predict_finetuned(
    encoder: TunableEncoder, shape: Shape, trained: Finetuned, clips: Clips, rows: Indices
) -> np.ndarray:
    """Probabilities (n, genres) of these rows."""
    if len(rows) == 0:
        return np.zeros((0, shape.genres), np.float32)
    tensors = {name: torch.from_numpy(value) for name, value in trained.encoder.items()}
    vectors = torch.from_numpy(trained.scaling(embed(encoder, tensors, clips, rows)))
    network = build_network(MLP, shape, trained.head)
    with torch.inference_mode():
        return np.asarray(network(vectors).softmax(1).numpy())


def embedded(encoder: TunableEncoder, arrays: Mapping[str, Tensor], clips: Clips, rows: Indices) -> Clips:
    """The same rows as vectors (rows, width): embeddings of those given, zeros of others."""
    x = np.zeros((len(clips.labels), encoder.width), np.float32)
    x[rows] = embed(encoder, arrays, clips, rows)
    return Clips(x, None, clips.labels, clips.genres)


def embed(encoder: TunableEncoder, arrays: Mapping[str, Tensor], clips: Clips, rows: Indices) -> np.ndarray:
    """Embeddings (n, width) of these rows, each used whole."""
    with torch.inference_mode():
        parts = [
            _embed_rows(encoder, arrays, clips, rows[start : start + ROWS_AT_ONCE]).numpy()
            for start in range(0, len(rows), ROWS_AT_ONCE)
        ]
    return np.concatenate(parts)


class _Learner:
    """Encoder, standardisation and MLP as one network with one list of weights."""

    def __init__(
        self, encoder: TunableEncoder, arrays: Mapping[str, Tensor], head: Network, scaling: Scaling
    ) -> None:
        self.encoder, self.head = encoder, head.train()
        self.tensors = {
            name: value.clone().requires_grad_() if encoder.is_learnt(name) else value
            for name, value in arrays.items()
        }
        self.mean, self.scale = torch.from_numpy(scaling.mean), torch.from_numpy(scaling.scale)

    def learnt(self) -> list[Tensor]:
        own = [value for name, value in self.tensors.items() if self.encoder.is_learnt(name)]
        return [*own, *self.head.parameters()]

    def arrays(self) -> Arrays:
        own = {
            f"encoder:{name}": value.detach().numpy()
            for name, value in self.tensors.items()
            if self.encoder.is_learnt(name)
        }
        return {**own, **{f"head:{name}": value for name, value in self.head.weights().items()}}

    def logits(
        self,
        clips: Clips,
        rows: Indices,
        mask: Tensor | None = None,
        random: np.random.Generator | None = None,
        patches: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):  # of the encoder's products
            x = _embed_rows(self.encoder, self.tensors, clips, rows, random, patches).float()
        result: Tensor = self.head((x - self.mean) * self.scale, None, mask)
        return result

    def judged(
        self, clips: Clips, valid: Indices, labels: Tensor, weights: Tensor
    ) -> tuple[float | None, float | None]:
        """Loss and accuracy on these rows; None where there are none."""
        if len(valid) == 0:
            return None, None
        with torch.inference_mode():
            logits = torch.cat(
                [
                    self.logits(clips, valid[start : start + ROWS_AT_ONCE])
                    for start in range(0, len(valid), ROWS_AT_ONCE)
                ]
            )
        losses = F.cross_entropy(logits, labels[valid], reduction="none")
        loss = (losses * weights[valid]).sum() / weights[valid].sum()
        return float(loss), float((logits.argmax(1) == labels[valid]).float().mean())


def _embed_rows(
    encoder: TunableEncoder,
    arrays: Mapping[str, Tensor],
    clips: Clips,
    rows: Indices,
    random: np.random.Generator | None = None,
    patches: int = 0,
) -> Tensor:
    """Embeddings (n, width); with `random`, of so many patches of each row."""
    assert clips.lengths is not None
    inputs = [torch.from_numpy(np.array(clips.x[row, : clips.lengths[row]])) for row in rows]
    if encoder.patch is None:
        return _by_length(encoder, arrays, inputs)
    pieces, owner = [], []
    for place, row in enumerate(inputs):
        each = row.view(-1, encoder.patch, row.shape[1])
        if random is not None and len(each) > patches:
            each = each[torch.from_numpy(random.choice(len(each), patches, replace=False))]
        pieces.append(each)
        owner += [place] * len(each)
    embedded = encoder.embed(arrays, torch.cat(pieces))
    index = torch.tensor(owner)
    total = embedded.new_zeros(len(rows), encoder.width).index_add(0, index, embedded)
    return total / torch.bincount(index, minlength=len(rows)).unsqueeze(1)


def _by_length(encoder: TunableEncoder, arrays: Mapping[str, Tensor], inputs: Sequence[Tensor]) -> Tensor:
    """Rows of one length go through the encoder together."""
    lengths = [len(row) for row in inputs]
    order, parts = [], []
    for length in sorted(set(lengths)):
        same = [place for place, one in enumerate(lengths) if one == length]
        order += same
        parts.append(encoder.embed(arrays, torch.stack([inputs[place] for place in same])))
    return torch.cat(parts)[torch.argsort(torch.tensor(order))]
