"""A recipe as checked values; `recipes.load` reads them from TOML.

Architectures: `cnn_max`, `cnn_max_lstm`, `cnn_avg`, `cnn_avg_lstm` on one feature, `mlp` on vectors (the
paper's five); `logistic`, `radial`, `kernel`, `wide_mlp` and those of other packages on vectors (`heads`);
`finetuned` and `remeasured` on one encoder: the first fine-tunes it, the second recalibrates its batch-norm
statistics.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from genrelens.bundle import Conditioning
from genrelens.ensemble.fusion import Rule
from genrelens.heads.kinds import head_names
from genrelens.options import NoOptions, option, require, require_one_of

NETWORKS = ("cnn_max", "cnn_max_lstm", "cnn_avg", "cnn_avg_lstm", "mlp")
"""The paper's five; those that start with `cnn` take the frames of one feature."""
FINETUNED = "finetuned"
"""A pretrained encoder, fine-tuned, with the paper's MLP on top (`training.finetuning`)."""
RECALIBRATED = "remeasured"
"""A pretrained encoder, frozen, whose batch-norm statistics are recalibrated on the training tracks
(`training.batchnorm`), with the paper's MLP on top."""
NONE = NoOptions()
TRANSFORM_NAMES = ("none", "log")


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes:
        epochs: at most.
        batch: rows a step.
        learning_rate: of Adam.
        schedule: `constant`, or `cosine` from the learning rate to 0.
        validation: proportion of the training split set apart for early stopping, artists kept whole; 0 for
            none.
        patience: epochs without a better validation loss after which training stops; the best epoch's
            weights are kept. 0 trains all epochs.
        balance: `weights` (genres weigh alike in the loss), `sampling` (genres are drawn alike), `none`.
        precision: of products while learning: `float32`; `bfloat16`, two to three times faster where the
            processor multiplies matrices of it (AMX) or on a GPU; `auto` chooses by the machine. Weights,
            sums and all predictions are float32.
    """

    epochs: int = 100
    batch: int = 32
    learning_rate: float = 1e-3
    schedule: str = "constant"
    validation: float = 0.0
    patience: int = 0
    balance: str = "weights"
    precision: str = "float32"

    def check(self, where: str) -> None:
        """Raises RecipeError where a value is impossible."""
        require(self.epochs >= 1, f"{where}epochs must be at least 1")
        require(self.batch >= 1, f"{where}batch must be at least 1")
        require(0 < self.learning_rate < 10, f"{where}learning_rate must lie between 0 and 10")
        require_one_of(self.schedule, ("constant", "cosine"), f"{where}schedule")
        require(0 <= self.validation < 0.9, f"{where}validation is a proportion between 0 and 0.9")
        require(self.patience >= 0, f"{where}patience must not be negative")
        require_one_of(self.balance, ("weights", "sampling", "none"), f"{where}balance")
        require_one_of(self.precision, ("float32", "bfloat16", "auto"), f"{where}precision")
        require(
            bool(self.patience) == bool(self.validation),
            f"{where}patience and validation go together: give both, or neither",
        )


@dataclass(frozen=True)
class NetworkSizes:
    """Sizes of the paper's networks that are not in their input: see `models.Shape`."""

    hidden: int = 256
    lstm_width: int = 64
    dropout: float = 0.25
    padding: str = "valid"

    def check(self) -> None:
        """Raises RecipeError where a value is impossible."""
        require(self.hidden >= 1 and self.lstm_width >= 1, "network: sizes must be at least 1")
        require(0 <= self.dropout < 1, "network: dropout is a proportion from 0 to below 1")
        require_one_of(self.padding, ("valid", "same"), "network: padding")


@dataclass(frozen=True)
class FinetunedOptions:
    """Options of `finetuned`; its training is that of encoder and MLP together.

    Attributes:
        head_epochs: of the MLP alone, on the frozen embedding.
        head_rate: Adam's learning rate then.
        patches: of an encoder that takes patches, how many of a row are used in a step; all when tested.
    """

    head_epochs: int = option(50, least=1)
    head_rate: float = option(1e-3, above=0, below=10)
    patches: int = option(2, least=1)


@dataclass(frozen=True)
class MemberRecipe:
    """One member.

    Attributes:
        name: unique; by default made of architecture and inputs.
        architecture: one of `architecture_names`.
        inputs: one feature for a CNN, vectors for others, concatenated in this order.
        training: how it is trained.
        options: an instance of the architecture's class of them (`heads.options`, `FinetunedOptions`).
        variants: of the recipe's variants of the sound, those that a head learns from; all by default.
    """

    name: str
    architecture: str
    inputs: tuple[str, ...]
    training: Training = Training()
    options: Any = NONE
    variants: tuple[str, ...] = ()

    @property
    def is_head(self) -> bool:
        """Whether it is a classifier that is fitted in one go, not a network trained over epochs."""
        return self.architecture not in (*NETWORKS, FINETUNED, RECALIBRATED)

    @property
    def own_encoder(self) -> str | None:
        """The encoder that training changes, so that no other member uses this copy; None for most.

        Example:
            >>> MemberRecipe("tuned", "finetuned", ("choi2017",)).own_encoder
            'choi2017'
        """
        return self.inputs[0].partition("/")[0] if self.architecture in (FINETUNED, RECALIBRATED) else None

    @property
    def learnt_from(self) -> tuple[str, ...]:
        """The inputs that training needs: for an encoder that is changed, the input of the encoder.

        Example:
            >>> MemberRecipe("tuned", "finetuned", ("choi2017",)).learnt_from
            ('choi2017/logmel',)
        """
        return self.inputs if self.own_encoder is None else (f"{self.own_encoder}/logmel",)


@dataclass(frozen=True)
class Decision:
    """When the trained ensemble answers `unsure`, and how wide its prediction sets are.

    Attributes:
        answer_accuracy: the proportion of answers that must be right, by cross-validation, for the ensemble
            to answer; 0 answers always.
        set_coverage: the proportion of recordings whose prediction set must hold their genre.
    """

    answer_accuracy: float = 0.0
    set_coverage: float = 0.9

    def check(self) -> None:
        """Raises RecipeError where a value is impossible."""
        require(0 <= self.answer_accuracy < 1, "decision: answer_accuracy is a proportion from 0 to below 1")
        require(0 < self.set_coverage < 1, "decision: set_coverage lies between 0 and 1")


@dataclass(frozen=True)
class DetectorRecipe:
    """An out-of-distribution (OOD) detector, see `ood.detectors`.

    Attributes:
        kind: one of `ood.options.DETECTOR_OPTIONS`; also its name.
        inputs: vectors, concatenated in this order.
        rejected: the proportion of the training music, by artists it was not trained on, that it may refuse.
        rejected_per_genre: the proportion that it may refuse of any one genre with enough recordings, of the
            data's own genres and of other music; None sets no such limit.
        each: how many synthetic sounds of every kind it is trained on.
        options: an instance of the kind's class of them.
    """

    kind: str
    inputs: tuple[str, ...]
    rejected: float = 0.01
    each: int = 15
    options: Any = NONE
    rejected_per_genre: float | None = None


@dataclass(frozen=True)
class Recipe:
    """A checked recipe.

    Attributes:
        name: short.
        description: one sentence.
        members: at least one, with unique names.
        rule: how members are fused: `majority`, `soft` or `stacked`.
        network: sizes of the paper's networks.
        transforms: of input names, what is done to their values before standardisation: `none` or `log`.
        conditioning: what is done to the sound before any input is computed.
        variants: `none`, or `training`: each training track also as `augmentation.chains` changes it.
        storage: of the members' large matrices in the bundle: `float32`, or `float16` for half the bytes.
        decision: abstention and prediction sets.
        detectors: OOD detectors, which make the ensemble answer `unsure`.
    """

    name: str
    members: tuple[MemberRecipe, ...]
    description: str = ""
    rule: Rule = "majority"
    network: NetworkSizes = NetworkSizes()
    transforms: Mapping[str, str] = field(default_factory=dict)
    conditioning: Conditioning = field(default_factory=Conditioning)
    variants: str = "none"
    storage: str = "float32"
    decision: Decision = Decision()
    detectors: tuple[DetectorRecipe, ...] = ()

    def transform_of(self, member: MemberRecipe) -> str:
        """What is done to the values of a member's input."""
        return self.transforms.get(member.inputs[0], "none") if len(member.inputs) == 1 else "none"

    def input_names(self) -> tuple[str, ...]:
        """All inputs of members and detectors, once, in order of first mention."""
        parts: tuple[MemberRecipe | DetectorRecipe, ...] = (*self.members, *self.detectors)
        return tuple(dict.fromkeys(name for one in parts for name in one.inputs))

    def learnt_from(self) -> tuple[str, ...]:
        """All inputs that training needs of the data, those of detectors included, once."""
        by_member = [name for member in self.members for name in member.learnt_from]
        by_detector = [name for one in self.detectors for name in one.inputs]
        return tuple(dict.fromkeys([*by_member, *by_detector]))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, for run records; detectors have their former key `guards`, so that digests stay."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        document["guards"] = document.pop("detectors")
        for detector in document["guards"]:
            if detector["rejected_per_genre"] is None:  # so that older records keep their digest
                del detector["rejected_per_genre"]
        return document

    def with_training(self, **changes: Any) -> Recipe:
        """The same recipe with values of `Training` changed in every member.

        Raises:
            RecipeError: a value is impossible.

        Example:
            >>> from genrelens.recipes.load import load_recipe
            >>> load_recipe("paper").with_training(epochs=3).members[0].training.epochs
            3
        """
        members = tuple(replace(one, training=replace(one.training, **changes)) for one in self.members)
        for one in members:
            one.training.check(f"member {one.name}: ")
        return replace(self, members=members)

    @property
    def digest(self) -> str:
        """A short hash that changes with any value."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:12]


def architecture_names() -> tuple[str, ...]:
    """What a member may be: the paper's networks, the heads of this and other packages, changed encoders.

    Example:
        >>> architecture_names()[:2], "kernel" in architecture_names()
        (('cnn_max', 'cnn_max_lstm'), True)
    """
    return (*NETWORKS, *head_names(), FINETUNED, RECALIBRATED)
