"""One way to train any member of a recipe: networks, heads, encoders trained on or measured anew.

Whatever the architecture, an outcome is the same: probabilities of the rows that were asked for, a curve,
and the member as an ONNX file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from genrelens.encoders import build_graph
from genrelens.errors import RecipeError
from genrelens.heads.head import class_weights
from genrelens.heads.kinds import fit_head
from genrelens.models.export import export_network
from genrelens.models.networks import ARCHITECTURES, Shape
from genrelens.models.tunable_encoders import named_arrays, tunable_encoder
from genrelens.recipes.load import FINETUNED, MemberRecipe, NetworkSizes
from genrelens.training.batchnorm import remeasured
from genrelens.training.early_stopping import CurvePoint, Tick
from genrelens.training.finetuning import MLP, embedded, finetune, predict_finetuned
from genrelens.training.fit import train_networks
from genrelens.training.matrix import Clips, Fold, Indices
from genrelens.training.sequential import predict


@dataclass(frozen=True, eq=False)
class MemberJob:
    """One training of a member.

    Attributes:
        fold: what it learns from.
        tested: (m,) rows whose probabilities are wanted.
        tracks: (rows,) which track each row is of; where it is left out, each row is a track.
    """

    fold: Fold
    tested: Indices
    tracks: Indices | None = None


@dataclass(frozen=True, eq=False)
class MemberOutcome:
    """What one training left.

    Attributes:
        probabilities: (m, genres) of the tested rows.
        curve: a point an epoch; empty for heads.
        best_epoch: how many epochs the member has learnt; 0 for heads.
        model: the member as ONNX bytes.
        encoder: the encoder that it changed, as ONNX bytes; empty for others.
    """

    probabilities: np.ndarray
    curve: tuple[CurvePoint, ...]
    best_epoch: int
    model: bytes
    encoder: bytes = b""


def train_member(
    member: MemberRecipe,
    sizes: NetworkSizes,
    transform: str,
    clips: Clips,
    jobs: Sequence[MemberJob],
    genres: Sequence[str],
    device: str = "cpu",
    half: bool = False,
    tick: Tick = lambda epochs: None,
) -> list[MemberOutcome]:
    """Trains a member on several folds.

    Args:
        member: architecture, training, options.
        sizes: of the paper's networks.
        transform: what was done to the input's values in `clips`; becomes part of the exported graph.
        clips: rows of the member's input.
        jobs: folds and what is tested.
        genres: names.
        device: `cpu` or `cuda`.
        half: store the model's large matrices as float16.
        tick: called with epochs done; heads count as one.

    Raises:
        RecipeError: the member's input does not fit its architecture, or an option is unknown.
    """
    if member.is_head:
        return [_fit_head(member, clips, job, genres, half, tick) for job in jobs]
    if member.own_encoder is not None:
        tune = _finetune if member.architecture == FINETUNED else _remeasure
        return [tune(member, sizes, clips, job, genres, half, tick) for job in jobs]
    architecture = ARCHITECTURES[member.architecture]
    if architecture.takes_frames != (clips.lengths is not None):
        kind = "frames of a feature" if architecture.takes_frames else "vectors"
        raise RecipeError(f"member {member.name}: a {member.architecture} hears {kind}; change its inputs")
    shape = Shape(
        width=clips.width,
        genres=len(genres),
        hidden=sizes.hidden,
        lstm_width=sizes.lstm_width,
        dropout=sizes.dropout,
        padding="same" if sizes.padding == "same" else "valid",
    )
    folds = [job.fold for job in jobs]
    trained = train_networks(architecture, shape, member.training, clips, folds, device, tick)
    return [
        MemberOutcome(
            predict(architecture, shape, one, clips, job.tested),
            one.curve,
            one.best_epoch,
            export_network(architecture, shape, one.weights, one.scaling, transform, half, genres),
        )
        for one, job in zip(trained, jobs, strict=True)
    ]


def final_training(member: MemberRecipe, best_epochs: Sequence[int]) -> MemberRecipe:
    """The member as it is trained on all tracks: as long as it took in cross-validation, nothing set apart.

    Args:
        member: as cross-validated.
        best_epochs: of each fold; their median is taken where training was stopped early.
    """
    if not member.training.patience:
        return member
    epochs = max(1, round(float(np.median(best_epochs))))
    return replace(member, training=replace(member.training, epochs=epochs, validation=0.0, patience=0))


def _finetune(
    member: MemberRecipe,
    sizes: NetworkSizes,
    clips: Clips,
    job: MemberJob,
    genres: Sequence[str],
    half: bool,
    tick: Tick,
) -> MemberOutcome:
    name = str(member.own_encoder)
    encoder = tunable_encoder(name)
    shape = Shape(encoder.width, len(genres), hidden=sizes.hidden, dropout=sizes.dropout)
    trained = finetune(
        encoder, named_arrays(name), shape, member.training, member.options, clips, job.fold, tick
    )
    return MemberOutcome(
        predict_finetuned(encoder, shape, trained, clips, job.tested),
        trained.curve,
        trained.best_epoch,
        export_network(MLP, shape, trained.head, trained.scaling, half=half, genres=genres),
        trained.graph(name),
    )


def _remeasure(
    member: MemberRecipe,
    sizes: NetworkSizes,
    clips: Clips,
    job: MemberJob,
    genres: Sequence[str],
    half: bool,
    tick: Tick,
) -> MemberOutcome:
    name = str(member.own_encoder)
    encoder = tunable_encoder(name)
    arrays = remeasured(encoder, named_arrays(name), clips, job.fold.train)
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
    heard = np.concatenate([job.fold.train, job.fold.valid, job.tested])
    vectors = embedded(encoder, tensors, clips, heard)
    shape = Shape(encoder.width, len(genres), hidden=sizes.hidden, dropout=sizes.dropout)
    [trained] = train_networks(MLP, shape, member.training, vectors, [job.fold], "cpu", tick)
    return MemberOutcome(
        predict(MLP, shape, trained, vectors, job.tested),
        trained.curve,
        trained.best_epoch,
        export_network(MLP, shape, trained.weights, trained.scaling, half=half, genres=genres),
        build_graph(name, arrays),
    )


def _fit_head(
    member: MemberRecipe, clips: Clips, job: MemberJob, genres: Sequence[str], half: bool, tick: Tick
) -> MemberOutcome:
    if clips.lengths is not None:
        raise RecipeError(f"member {member.name}: a {member.architecture} hears vectors; change its inputs")
    rows = np.concatenate([job.fold.train, job.fold.valid])
    labels = clips.labels[rows]
    weights = None if member.training.balance == "none" else class_weights(labels)
    seed = int(np.random.SeedSequence(job.fold.seed).generate_state(1)[0])
    try:
        head = fit_head(
            member.architecture,
            clips.x[rows],
            labels,
            member.options,
            weights=weights,
            seed=seed,
            genres=len(genres),
            tracks=None if job.tracks is None else job.tracks[rows],
        )
    except ValueError as error:
        raise RecipeError(f"member {member.name}: {error}") from error
    tick(1)
    tested = clips.x[job.tested]
    probabilities = head.predict_proba(tested) if len(tested) else np.zeros((0, len(genres)), np.float32)
    return MemberOutcome(probabilities, (), 0, head.to_onnx(genres, half, member.name))
