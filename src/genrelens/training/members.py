"""One way to train any member of a recipe: networks, heads, fine-tuned or recalibrated encoders.

Whatever the architecture, a result has the same parts: probabilities of the rows that were asked for, a
curve, and the member as an ONNX file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from genrelens.encoders import build_graph
from genrelens.errors import RecipeError
from genrelens.heads.head import class_weights
from genrelens.heads.kinds import fit_head
from genrelens.models.export import export_network
from genrelens.models.networks import ARCHITECTURES, Architecture, Shape
from genrelens.models.tunable_encoders import TunableEncoder, named_arrays, tunable_encoder
from genrelens.recipes.load import FINETUNED, MemberRecipe, NetworkSizes
from genrelens.training.batchnorm import recalibrated
from genrelens.training.early_stopping import CurvePoint, Tick, TrainedNetwork
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
class MemberResult:
    """The result of one training.

    Attributes:
        probabilities: (m, genres) of the tested rows.
        curve: a point an epoch; empty for heads.
        best_epoch: how many epochs the member has learnt; 0 for heads.
        model: the member as ONNX bytes.
        encoder: the encoder that it changed, as ONNX bytes; empty for others.
        seconds: of wall time; of trainings that ran together, an equal part each.
    """

    probabilities: np.ndarray
    curve: tuple[CurvePoint, ...]
    best_epoch: int
    model: bytes
    encoder: bytes = b""
    seconds: float = 0.0


@dataclass(frozen=True)
class MemberSetting:
    """What stays the same for all trainings of a member.

    Attributes:
        member: architecture, training, options.
        genres: names.
        sizes: of the paper's networks.
        transform: what was done to the input's values; becomes part of the exported graph.
        device: `cpu` or `cuda`.
        half: store the model's large matrices as float16.
        models: whether models are wanted, and not their answers alone.
    """

    member: MemberRecipe
    genres: tuple[str, ...]
    sizes: NetworkSizes = field(default_factory=NetworkSizes)
    transform: str = "none"
    device: str = "cpu"
    half: bool = False
    models: bool = True

    def shape(self, width: int) -> Shape:
        """Of one of the paper's networks on an input of that width."""
        return Shape(
            width=width,
            genres=len(self.genres),
            hidden=self.sizes.hidden,
            lstm_width=self.sizes.lstm_width,
            dropout=self.sizes.dropout,
            padding="same" if self.sizes.padding == "same" else "valid",
        )

    def exported(
        self, architecture: Architecture, shape: Shape, trained: TrainedNetwork, transform: str = "none"
    ) -> bytes:
        """A network as ONNX; empty where no models are wanted."""
        if not self.models:
            return b""
        return export_network(
            architecture, shape, trained.weights, trained.scaling, transform, self.half, self.genres
        )


def train_member(
    setting: MemberSetting,
    clips: Clips,
    jobs: Sequence[MemberJob],
    tick: Tick = lambda epochs: None,
) -> list[MemberResult]:
    """Trains a member on several folds.

    Args:
        setting: what they have in common.
        clips: rows of the member's input.
        jobs: folds and what is tested.
        tick: called with epochs done; heads count as one.

    Raises:
        RecipeError: the member's input does not fit its architecture, or an option is unknown.
    """
    member = setting.member
    if member.is_head:
        return [_fit_head(setting, clips, job, tick) for job in jobs]
    if member.own_encoder is not None:
        tune = _finetune if member.architecture == FINETUNED else _recalibrate
        return [tune(setting, clips, job, tick) for job in jobs]
    architecture = ARCHITECTURES[member.architecture]
    if architecture.takes_frames != (clips.lengths is not None):
        kind = "frames of a feature" if architecture.takes_frames else "vectors"
        raise RecipeError(f"member {member.name}: a {member.architecture} takes {kind}; change its inputs")
    shape = setting.shape(clips.width)
    folds = [job.fold for job in jobs]
    trained = train_networks(architecture, shape, member.training, clips, folds, setting.device, tick)
    return [
        MemberResult(
            predict(architecture, shape, one, clips, job.tested),
            one.curve,
            one.best_epoch,
            setting.exported(architecture, shape, one, setting.transform),
        )
        for one, job in zip(trained, jobs, strict=True)
    ]


def final_training(member: MemberRecipe, best_epochs: Sequence[int], chosen: bool = False) -> MemberRecipe:
    """The member as it is trained on all tracks: as long as it took in cross-validation, nothing set apart.

    Args:
        member: as cross-validated.
        best_epochs: of each fold; their median is taken where training was stopped early.
        chosen: whether something else than patience has chosen these epochs.
    """
    if not chosen and not member.training.patience:
        return member
    epochs = max(1, round(float(np.median(best_epochs))))
    return replace(member, training=replace(member.training, epochs=epochs, validation=0.0, patience=0))


def _finetune(setting: MemberSetting, clips: Clips, job: MemberJob, tick: Tick) -> MemberResult:
    member = setting.member
    name = str(member.own_encoder)
    encoder = tunable_encoder(name)
    shape = _on_embedding(setting, encoder)
    trained = finetune(
        encoder, named_arrays(name), shape, member.training, member.options, clips, job.fold, tick
    )
    head = TrainedNetwork(trained.head, trained.scaling, trained.curve, trained.best_epoch)
    return MemberResult(
        predict_finetuned(encoder, shape, trained, clips, job.tested),
        trained.curve,
        trained.best_epoch,
        setting.exported(MLP, shape, head),
        trained.graph(name) if setting.models else b"",
    )


def _recalibrate(setting: MemberSetting, clips: Clips, job: MemberJob, tick: Tick) -> MemberResult:
    member = setting.member
    name = str(member.own_encoder)
    encoder = tunable_encoder(name)
    arrays = recalibrated(encoder, named_arrays(name), clips, job.fold.train)
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
    needed = np.concatenate([job.fold.train, job.fold.valid, job.fold.followed, job.tested])
    vectors = embedded(encoder, tensors, clips, needed)
    shape = _on_embedding(setting, encoder)
    [trained] = train_networks(MLP, shape, member.training, vectors, [job.fold], "cpu", tick)
    return MemberResult(
        predict(MLP, shape, trained, vectors, job.tested),
        trained.curve,
        trained.best_epoch,
        setting.exported(MLP, shape, trained),
        build_graph(name, arrays) if setting.models else b"",
    )


def _on_embedding(setting: MemberSetting, encoder: TunableEncoder) -> Shape:
    """The shape of the MLP on an encoder's output."""
    sizes = setting.sizes
    return Shape(encoder.width, len(setting.genres), hidden=sizes.hidden, dropout=sizes.dropout)


def _fit_head(setting: MemberSetting, clips: Clips, job: MemberJob, tick: Tick) -> MemberResult:
    member, genres = setting.member, setting.genres
    if clips.lengths is not None:
        raise RecipeError(f"member {member.name}: a {member.architecture} takes vectors; change its inputs")
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
    model = head.to_onnx(genres, setting.half, member.name) if setting.models else b""
    return MemberResult(probabilities, (), 0, model)
