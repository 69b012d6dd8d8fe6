"""Recipes: TOML files that say how an ensemble is trained.

A recipe names members (an architecture and what it hears), how they are trained, and how their answers are
joined. Those in the package lie in `recipe_files/`; `load_recipe` takes their names or a file's path.
Every key is checked: an unknown one is refused with the nearest known one.

Architectures: `cnn_max`, `cnn_max_lstm`, `cnn_avg`, `cnn_avg_lstm` on one feature, `mlp` on vectors (the
paper's five); `logistic`, `radial`, `wide_mlp` on vectors (`training.heads`); `finetuned` on one encoder,
which it trains on.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from genrelens.bundle import Conditioning
from genrelens.ensemble.combination import Rule
from genrelens.errors import RecipeError, shown

NETWORKS = ("cnn_max", "cnn_max_lstm", "cnn_avg", "cnn_avg_lstm", "mlp")
"""The paper's five; those that start with `cnn` hear the frames of one feature."""
HEADS: Mapping[str, str] = {"logistic": "logistic", "radial": "radial", "wide_mlp": "mlp"}
"""Our names of the classifiers in `training.heads`, and theirs."""
FINETUNED = "finetuned"
"""A pretrained encoder trained on, with the paper's MLP on top (`training.finetuning`)."""
ARCHITECTURE_NAMES = (*NETWORKS, *HEADS, FINETUNED)
TRANSFORM_NAMES = ("none", "log")
FOLDER = "recipe_files"

T = TypeVar("T", bound=Any)


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes:
        epochs: at most.
        batch: rows a step.
        learning_rate: of Adam.
        schedule: `constant`, or `cosine` from the learning rate to 0.
        validation: share of the training split set apart for early stopping, artists kept whole; 0 for none.
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
        _require(self.epochs >= 1, f"{where}epochs must be at least 1")
        _require(self.batch >= 1, f"{where}batch must be at least 1")
        _require(0 < self.learning_rate < 10, f"{where}learning_rate must lie between 0 and 10")
        _one_of(self.schedule, ("constant", "cosine"), f"{where}schedule")
        _require(0 <= self.validation < 0.9, f"{where}validation is a share between 0 and 0.9")
        _require(self.patience >= 0, f"{where}patience must not be negative")
        _one_of(self.balance, ("weights", "sampling", "none"), f"{where}balance")
        _one_of(self.precision, ("float32", "bfloat16", "auto"), f"{where}precision")
        _require(
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
        _require(self.hidden >= 1 and self.lstm_width >= 1, "network: sizes must be at least 1")
        _require(0 <= self.dropout < 1, "network: dropout is a share from 0 to below 1")
        _one_of(self.padding, ("valid", "same"), "network: padding")


@dataclass(frozen=True)
class MemberRecipe:
    """One member.

    Attributes:
        name: unique; by default made of architecture and inputs.
        architecture: one of `ARCHITECTURE_NAMES`.
        inputs: one feature for a CNN, vectors for others, joined in this order.
        training: how it is trained.
        options: for heads, what `training.heads.fit_head` takes; for `finetuned`, `finetuning.Options`.
    """

    name: str
    architecture: str
    inputs: tuple[str, ...]
    training: Training = Training()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def learnt_from(self) -> tuple[str, ...]:
        """The inputs that training needs: for an encoder that is trained on, what the encoder hears.

        Example:
            >>> MemberRecipe("tuned", "finetuned", ("choi2017",)).learnt_from
            ('choi2017/logmel',)
        """
        if self.architecture == FINETUNED:
            return tuple(f"{name.partition('/')[0]}/logmel" for name in self.inputs)
        return self.inputs


@dataclass(frozen=True)
class Decision:
    """When the trained ensemble says nothing, and how wide its prediction sets are.

    Attributes:
        answer_accuracy: the share of answers that must be right, by cross-validation, for the ensemble to
            answer; 0 answers always.
        set_coverage: the share of recordings whose prediction set must hold their genre.
    """

    answer_accuracy: float = 0.0
    set_coverage: float = 0.9

    def check(self) -> None:
        """Raises RecipeError where a value is impossible."""
        _require(0 <= self.answer_accuracy < 1, "decision: answer_accuracy is a share from 0 to below 1")
        _require(0 < self.set_coverage < 1, "decision: set_coverage lies between 0 and 1")


@dataclass(frozen=True)
class GuardRecipe:
    """A model that tells what is foreign to the genres, see `training.guards`.

    Attributes:
        kind: `foreign` or `distance`; also its name.
        inputs: vectors, joined in this order.
        rejected: the share of the data's own sounds, by unheard artists, that it may take for foreign.
        each: how many made sounds of every kind it learns from.
        options: of its fitting.
    """

    kind: str
    inputs: tuple[str, ...]
    rejected: float = 0.01
    each: int = 15
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A checked recipe.

    Attributes:
        name: short.
        description: one sentence.
        members: at least one, with unique names.
        rule: how members are joined: `majority`, `soft` or `stacked`.
        network: sizes of the paper's networks.
        transforms: of input names, what is done to their values before standardisation: `none` or `log`.
        conditioning: what is done to the sound before any input is computed.
        variants: `none`, or `training`: each training track also as `training.augmentation` changes it.
        storage: of the members' large matrices in the bundle: `float32`, or `float16` for half the bytes.
        decision: abstention and prediction sets.
        guards: models that make the ensemble abstain on foreign sounds.
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
    guards: tuple[GuardRecipe, ...] = ()

    def transform_of(self, member: MemberRecipe) -> str:
        """What is done to the values of a member's input."""
        return self.transforms.get(member.inputs[0], "none") if len(member.inputs) == 1 else "none"

    def input_names(self) -> tuple[str, ...]:
        """All inputs of members and guards, once, in order of first mention."""
        listeners: tuple[MemberRecipe | GuardRecipe, ...] = (*self.members, *self.guards)
        return tuple(dict.fromkeys(name for one in listeners for name in one.inputs))

    def learnt_from(self) -> tuple[str, ...]:
        """All inputs that training needs, once."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.learnt_from))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, for run records."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return document

    def with_training(self, **changes: Any) -> Recipe:
        """The same recipe with values of `Training` changed in every member.

        Raises:
            RecipeError: a value is impossible.

        Example:
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


def recipe_names() -> list[str]:
    """Names of the recipes in the package.

    Example:
        >>> "paper" in recipe_names()
        True
    """
    folder = files("genrelens.training") / FOLDER
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_recipe(source: str | Path) -> Recipe:
    """Reads and checks a recipe.

    Args:
        source: a name in the package, or the path of a TOML file.

    Raises:
        RecipeError: there is no such recipe, the file is no TOML, a key is unknown, or a value impossible.

    Example:
        >>> recipe = load_recipe("paper")
        >>> len(recipe.members), recipe.rule
        (11, 'majority')
    """
    text = str(source)
    names = recipe_names()
    if text in names:
        content = (files("genrelens.training") / FOLDER / f"{text}.toml").read_text("utf-8")
    else:
        path = Path(source)
        if not path.is_file():
            near = difflib.get_close_matches(text, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}, or give a file"
            raise RecipeError(f"no recipe is called {shown(text)}; {hint}")
        try:
            content = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"{shown(path)} cannot be read as a recipe ({error})") from error
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{shown(text)} is no TOML ({error}); correct that line") from error
    try:
        return recipe_of(document, Path(text).stem)
    except RecipeError as error:
        raise RecipeError(f"recipe {shown(text)}: {error}") from error


def recipe_of(document: Mapping[str, Any], name: str = "own") -> Recipe:
    """A recipe from TOML's values.

    Raises:
        RecipeError: a key is unknown, a value impossible, or members contradict each other.

    Example:
        >>> recipe_of({"members": [{"architecture": "mlp", "inputs": ["averaged"]}]}).members[0].name
        'mlp-averaged'
        >>> recipe_of({"memebrs": []})
        Traceback (most recent call last):
        genrelens.errors.RecipeError: unknown key 'memebrs'; did you mean 'members'?
    """
    tables = ("training", "network", "transforms", "conditioning", "decision", "members", "guards")
    _known_keys(document, ("name", "description", "rule", "variants", "storage", *tables), "")
    training = _filled(Training(), document.get("training", {}), "training")
    network = _filled(NetworkSizes(), document.get("network", {}), "network")
    conditioning = _filled(Conditioning(), document.get("conditioning", {}), "conditioning")
    decision = _filled(Decision(), document.get("decision", {}), "decision")
    for part in (network, decision):
        part.check()
    transforms = document.get("transforms", {})
    _require(isinstance(transforms, dict), "transforms is a table")
    for transform in transforms.values():
        _one_of(transform, TRANSFORM_NAMES, "transforms: a value")
    rule = document.get("rule", "majority")
    _one_of(rule, get_args(Rule), "rule")
    variants = document.get("variants", "none")
    _one_of(variants, ("none", "training"), "variants")
    storage = document.get("storage", "float32")
    _one_of(storage, ("float32", "float16"), "storage")
    listed = document.get("members", [])
    _require(isinstance(listed, list) and bool(listed), "it names no members; add a [[members]] table")
    members = tuple(_member(entry, training) for entry in listed)
    names = [member.name for member in members]
    for twice in {one for one in names if names.count(one) > 1}:
        raise RecipeError(f"two members are called {twice}; give one of them another name")
    _check_encoders(members)
    heard = {one for member in members for one in member.inputs}
    for unheard in set(transforms) - heard:
        raise RecipeError(f"transforms: no member hears {unheard!r}{_nearest(unheard, heard)}")
    return Recipe(
        name=str(document.get("name", name)),
        description=str(document.get("description", "")),
        members=members,
        rule=rule,
        network=network,
        transforms=transforms,
        conditioning=conditioning,
        variants=variants,
        storage=storage,
        decision=decision,
        guards=_guards(document.get("guards", [])),
    )


def _guards(listed: Any) -> tuple[GuardRecipe, ...]:
    _require(isinstance(listed, list), "guards are [[guards]] tables")
    found = []
    for entry in listed:
        _require(isinstance(entry, dict), "each of guards is a table")
        _known_keys(entry, ("kind", "inputs", "rejected", "each", "options"), "guards: ")
        _one_of(entry.get("kind", ""), ("foreign", "distance"), "guards: kind")
        inputs, rejected, each = entry.get("inputs", []), entry.get("rejected", 0.01), entry.get("each", 15)
        named = isinstance(inputs, list) and all(isinstance(one, str) for one in inputs)
        _require(named and bool(inputs), "guards: inputs is a list of input names")
        _require(isinstance(rejected, float) and 0 < rejected < 0.5, "guards: rejected is a share below 0.5")
        _require(isinstance(each, int) and each >= 1, "guards: each is a number of sounds, at least 1")
        found.append(GuardRecipe(entry["kind"], tuple(inputs), rejected, each, entry.get("options", {})))
    kinds = [one.kind for one in found]
    _require(len(set(kinds)) == len(kinds), "guards: each kind may stand there once")
    return tuple(found)


def _check_encoders(members: Sequence[MemberRecipe]) -> None:
    """A bundle holds one copy of an encoder: who trains it on has it for itself."""
    for tuned in members:
        if tuned.architecture != FINETUNED:
            continue
        encoder, _, output = tuned.inputs[0].partition("/")
        _require(output in ("", "embedding"), f"member {tuned.name}: an encoder's name is needed, as input")
        for other in members:
            shared = any(name.partition("/")[0] == encoder for name in other.inputs)
            _require(
                other is tuned or not shared,
                f"member {tuned.name} trains {encoder} on, so {other.name} cannot hear it as published; "
                "train them in two recipes",
            )


def _member(entry: Any, training: Training) -> MemberRecipe:
    _require(isinstance(entry, dict), "each of members is a table")
    _known_keys(entry, ("name", "architecture", "inputs", "training", "options"), "members: ")
    architecture = entry.get("architecture", "")
    _one_of(architecture, ARCHITECTURE_NAMES, "members: architecture")
    inputs = entry.get("inputs", [])
    _require(
        isinstance(inputs, list) and bool(inputs) and all(isinstance(one, str) for one in inputs),
        f"members: inputs of a {architecture} is a list of input names",
    )
    name = str(entry.get("name", "-".join([architecture, *inputs]).replace("/", "_")))
    own = _filled(training, entry.get("training", {}), f"member {name}: training")
    own.check(f"member {name}: ")
    single = architecture.startswith("cnn") or architecture == FINETUNED
    _require(not single or len(inputs) == 1, f"member {name}: a {architecture} hears one input")
    options = entry.get("options", {})
    _require(isinstance(options, dict), f"member {name}: options is a table")
    _require(
        not options or architecture not in NETWORKS,
        f"member {name}: a {architecture} has no options; see the table [network]",
    )
    return MemberRecipe(name, architecture, tuple(inputs), own, options)


def _filled(default: T, table: Any, where: str) -> T:
    """The dataclass with the table's values; types are those of its fields."""
    _require(isinstance(table, dict), f"{where} is a table")
    kinds = get_type_hints(type(default))
    _known_keys(table, tuple(one.name for one in fields(default)), f"{where}: ")
    values: dict[str, Any] = {}
    for key, value in table.items():
        kind = kinds[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = type(value) is kind if kind in (int, str, bool) else number
        _require(fits, f"{where}: {key} = {value!r} is of the wrong kind")
        values[key] = value if kind in (int, str, bool) else float(value)
    return replace(default, **values)


def _known_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise RecipeError(f"{where}unknown key {key!r}{_nearest(key, known)}")


def _nearest(key: str, known: Any) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"


def _one_of(value: Any, known: tuple[str, ...], where: str) -> None:
    if value not in known:
        raise RecipeError(f"{where} is {value!r}{_nearest(str(value), known)}")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise RecipeError(otherwise)
