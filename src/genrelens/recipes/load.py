"""Recipes: TOML files that say how an ensemble is trained.

A recipe names members (an architecture and its inputs), how they are trained, and how they are fused. Those
in the package lie in `files/`; `load_recipe` takes their names or a file's path. Every key is checked: an
unknown one is refused with the nearest known one.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from genrelens.bundle import Conditioning
from genrelens.ensemble.fusion import Rule
from genrelens.errors import RecipeError, shown
from genrelens.heads.kinds import head_kind
from genrelens.ood.options import DETECTOR_OPTIONS
from genrelens.options import NoOptions, filled, nearest, require, require_one_of
from genrelens.recipes.values import (
    FINETUNED,
    NETWORKS,
    RECALIBRATED,
    TRANSFORM_NAMES,
    Decision,
    DetectorRecipe,
    FinetunedOptions,
    MemberRecipe,
    NetworkSizes,
    Recipe,
    Training,
    architecture_names,
)

__all__ = [
    "FINETUNED",
    "NETWORKS",
    "RECALIBRATED",
    "Decision",
    "DetectorRecipe",
    "FinetunedOptions",
    "MemberRecipe",
    "NetworkSizes",
    "Recipe",
    "Training",
    "load_recipe",
    "recipe_names",
    "recipe_of",
]

FOLDER = "files"
FORMER_DETECTORS = "guards"
"""The former name of the tables `detectors`; files may still use it, and records do."""


def recipe_names() -> list[str]:
    """Names of the recipes in the package.

    Example:
        >>> "paper" in recipe_names()
        True
    """
    folder = files("genrelens.recipes") / FOLDER
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
        content = (files("genrelens.recipes") / FOLDER / f"{text}.toml").read_text("utf-8")
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
    tables = (
        "training",
        "network",
        "transforms",
        "conditioning",
        "decision",
        "members",
        "detectors",
        FORMER_DETECTORS,
    )
    _known_keys(document, ("name", "description", "rule", "variants", "storage", *tables), "")
    training = filled(Training(), document.get("training", {}), "training")
    network = filled(NetworkSizes(), document.get("network", {}), "network")
    conditioning = filled(Conditioning(), document.get("conditioning", {}), "conditioning")
    decision = filled(Decision(), document.get("decision", {}), "decision")
    for part in (network, decision):
        part.check()
    transforms = document.get("transforms", {})
    require(isinstance(transforms, dict), "transforms is a table")
    for transform in transforms.values():
        require_one_of(transform, TRANSFORM_NAMES, "transforms: a value")
    rule = document.get("rule", "majority")
    require_one_of(rule, get_args(Rule), "rule")
    variants = document.get("variants", "none")
    require_one_of(variants, ("none", "training"), "variants")
    storage = document.get("storage", "float32")
    require_one_of(storage, ("float32", "float16"), "storage")
    listed = document.get("members", [])
    require(isinstance(listed, list) and bool(listed), "it names no members; add a [[members]] table")
    members = tuple(_member(entry, training) for entry in listed)
    for member in members:
        require(
            variants == "training" or not member.variants,
            f'member {member.name}: variants are used where the recipe has variants = "training"',
        )
    names = [member.name for member in members]
    for twice in {one for one in names if names.count(one) > 1}:
        raise RecipeError(f"two members are called {twice}; give one of them another name")
    _check_encoders(members)
    used = {one for member in members for one in member.inputs}
    for unused in set(transforms) - used:
        raise RecipeError(f"transforms: no member takes {unused!r}{nearest(unused, used)}")
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
        detectors=_detectors(document),
    )


def _detectors(document: Mapping[str, Any]) -> tuple[DetectorRecipe, ...]:
    """The tables `detectors`, or `guards` in older files; messages use the name that the file uses."""
    require(
        not {"detectors", FORMER_DETECTORS} <= document.keys(),
        f"{FORMER_DETECTORS} is the former name of detectors; write all of them as [[detectors]] tables",
    )
    where = FORMER_DETECTORS if FORMER_DETECTORS in document else "detectors"
    listed = document.get(where, [])
    require(isinstance(listed, list), f"{where} are [[{where}]] tables")
    found = []
    for entry in listed:
        require(isinstance(entry, dict), f"each of {where} is a table")
        _known_keys(
            entry, ("kind", "inputs", "rejected", "rejected_per_genre", "each", "options"), f"{where}: "
        )
        require_one_of(entry.get("kind", ""), tuple(DETECTOR_OPTIONS), f"{where}: kind")
        inputs, rejected, each = entry.get("inputs", []), entry.get("rejected", 0.01), entry.get("each", 15)
        named = isinstance(inputs, list) and all(isinstance(one, str) for one in inputs)
        require(named and bool(inputs), f"{where}: inputs is a list of input names")
        require(
            entry["kind"] != "music" or inputs == ["mn04/tags"],
            f'{where}: the inputs of the kind music are ["mn04/tags"]',
        )
        require(
            isinstance(rejected, float) and 0 < rejected < 0.5, f"{where}: rejected is a proportion below 0.5"
        )
        per_genre = entry.get("rejected_per_genre")
        require(
            per_genre is None or (isinstance(per_genre, float) and 0 < per_genre < 0.5),
            f"{where}: rejected_per_genre is a proportion below 0.5",
        )
        require(isinstance(each, int) and each >= 1, f"{where}: each is a number of sounds, at least 1")
        default = DETECTOR_OPTIONS[entry["kind"]]()
        options = filled(default, entry.get("options", {}), f"detector {entry['kind']}: options")
        found.append(DetectorRecipe(entry["kind"], tuple(inputs), rejected, each, options, per_genre))
    kinds = [one.kind for one in found]
    require(len(set(kinds)) == len(kinds), f"{where}: each kind may be named once")
    return tuple(found)


def _check_encoders(members: Sequence[MemberRecipe]) -> None:
    """A bundle holds one copy of an encoder: a member that changes it cannot share it."""
    for tuned in members:
        if tuned.own_encoder is None:
            continue
        encoder, _, output = tuned.inputs[0].partition("/")
        require(output in ("", "embedding"), f"member {tuned.name}: an encoder's name is needed, as input")
        for other in members:
            shared = any(name.partition("/")[0] == encoder for name in other.inputs)
            require(
                other is tuned or not shared,
                f"member {tuned.name} changes {encoder}, so {other.name} cannot use it as published; "
                "train them in two recipes",
            )


def _member(entry: Any, training: Training) -> MemberRecipe:
    require(isinstance(entry, dict), "each of members is a table")
    _known_keys(entry, ("name", "architecture", "inputs", "training", "options", "variants"), "members: ")
    architecture = entry.get("architecture", "")
    require_one_of(architecture, architecture_names(), "members: architecture")
    inputs = entry.get("inputs", [])
    require(
        isinstance(inputs, list) and bool(inputs) and all(isinstance(one, str) for one in inputs),
        f"members: inputs of a {architecture} is a list of input names",
    )
    name = str(entry.get("name", "-".join([architecture, *inputs]).replace("/", "_")))
    own = filled(training, entry.get("training", {}), f"member {name}: training")
    own.check(f"member {name}: ")
    single = architecture.startswith("cnn") or architecture in (FINETUNED, RECALIBRATED)
    require(not single or len(inputs) == 1, f"member {name}: a {architecture} takes one input")
    options = _options(architecture, entry.get("options", {}), name)
    chosen = entry.get("variants", [])
    require(isinstance(chosen, list), f"member {name}: variants is a list of keys")
    found = MemberRecipe(name, architecture, tuple(inputs), own, options, tuple(chosen))
    require(not chosen or found.is_head, f"member {name}: a {architecture} learns from all variants")
    if chosen:
        _check_variants(chosen, f"member {name}: variants")
    return found


def _options(architecture: str, table: Any, member: str) -> Any:
    """The member's options, checked against the class of its architecture."""
    where = f"member {member}: options"
    if architecture == FINETUNED:
        return filled(FinetunedOptions(), table, where)
    kind = None if architecture in (*NETWORKS, RECALIBRATED) else head_kind(architecture)
    if kind is not None:
        return filled(kind.options(), table, where)
    require(not table, f"member {member}: a {architecture} has no options; see the table [network]")
    return NoOptions()


def _check_variants(chosen: Sequence[Any], where: str) -> None:
    from genrelens.augmentation.chains import training_variants

    for key in chosen:
        require_one_of(key, tuple(variant.key for variant in training_variants()), where)


def _known_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise RecipeError(f"{where}unknown key {key!r}{nearest(key, known)}")
