"""What a bundle says of itself: `manifest.json` as frozen dataclasses.

Unknown fields are tolerated, so that a newer minor version can be read; an unknown major version is
refused. Every value is checked here, once, so that the rest of the code can trust a `Manifest`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from genrelens.ensemble import Combination
from genrelens.errors import BundleError

SCHEMA_MAJOR, SCHEMA_MINOR = 1, 0
SAFE_FILE = re.compile(r"(members|encoders|guards)/[A-Za-z0-9][A-Za-z0-9._+-]{0,120}\.onnx")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Conditioning:
    """What is done to an excerpt before any input is computed from it.

    Attributes:
        remove_dc: subtract the mean.
        level_dbfs: scale to this root mean square, in dB relative to full scale; None leaves it.
    """

    remove_dc: bool = True
    level_dbfs: float | None = None


@dataclass(frozen=True)
class Member:
    """One small trained model on one input (or several vectors, concatenated).

    Attributes:
        name: unique in the bundle, such as `cnn_avg-mel`.
        architecture: `cnn_avg`, `mlp`, `logistic`, ...
        inputs: the names of what it hears, in the order of concatenation.
        file: its ONNX graph inside the bundle.
        sha256: of that file; filled in on writing.
        accuracy: out-of-fold accuracy in [0, 1], None when it was not measured.
    """

    name: str
    architecture: str
    inputs: tuple[str, ...]
    file: str
    sha256: str = ""
    accuracy: float | None = None


@dataclass(frozen=True)
class Encoder:
    """A pretrained network that members listen through.

    Attributes:
        name: its name in the registry of encoders.
        licence: of its weights.
        file: its ONNX graph inside the bundle, None when it comes from the local store.
        sha256: of that file.
        upstream_sha256: of the published weights, which tells whether the local store holds the same.
    """

    name: str
    licence: str
    file: str | None = None
    sha256: str = ""
    upstream_sha256: str = ""


@dataclass(frozen=True)
class Guard:
    """A model that tells how foreign a recording is to the genres; above the threshold the lens abstains.

    Attributes:
        name: unique in the bundle.
        inputs: the names of what it hears.
        file: its ONNX graph, `x` (n, d) to `strangeness` (n,).
        threshold: the largest strangeness that is answered.
        reason: what a user reads in the warning.
        sha256: of that file.
    """

    name: str
    inputs: tuple[str, ...]
    file: str
    threshold: float
    reason: str
    sha256: str = ""


@dataclass(frozen=True)
class Manifest:
    """A bundle's description.

    Attributes:
        name: of the bundle.
        genres: in the order of the members' outputs.
        members: at least one.
        combination: how the members' answers become scores.
        inputs: of each input name, the parameters it was computed with.
        encoders: the networks that the inputs need.
        conditioning: what is done to an excerpt first.
        temperature: calibration of the combined scores.
        answer_threshold: the lens abstains below this confidence.
        set_threshold: genres at or above it form the prediction set.
        set_coverage: the share of recordings whose set holds their genre.
        guards: models that make the lens abstain on what is foreign to it.
        training: data summary, recipe, seeds, versions, results.
        card: the model card's fields.
        licences: name to text or identifier, of everything inside.
    """

    name: str
    genres: tuple[str, ...]
    members: tuple[Member, ...]
    combination: Combination
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    encoders: tuple[Encoder, ...] = ()
    conditioning: Conditioning = Conditioning()
    temperature: float = 1.0
    answer_threshold: float = 0.0
    set_threshold: float = 0.0
    set_coverage: float = 0.9
    guards: tuple[Guard, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        """The files that the bundle must hold beside the manifest, each with its sha256."""
        parts: list[Member | Guard | Encoder] = [*self.members, *self.guards]
        parts += [one for one in self.encoders if one.file]
        return {str(part.file): part.sha256 for part in parts}

    def input_names(self) -> tuple[str, ...]:
        """Every input that a member or a guard hears, once, in order of first mention."""
        listeners: list[Member | Guard] = [*self.members, *self.guards]
        heard = [name for part in listeners for name in part.inputs]
        return tuple(dict.fromkeys(heard))

    def to_json(self) -> str:
        """The manifest as JSON with sorted keys, the same text for the same manifest."""
        document = {"schema": f"{SCHEMA_MAJOR}.{SCHEMA_MINOR}", **asdict(self)}
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Reads and checks a manifest.

        Raises:
            BundleError: the text is no manifest, is of another major version, or contradicts itself.
        """
        try:
            document = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"its manifest is not JSON ({error})") from error
        if not isinstance(document, dict):
            raise BundleError("its manifest is not a JSON object")
        major = str(document.get("schema", "")).partition(".")[0]
        if major != str(SCHEMA_MAJOR):
            raise BundleError(
                f"it is of schema {document.get('schema')!r}, this genrelens reads {SCHEMA_MAJOR}.x; "
                "install the genrelens version that wrote it"
            )
        try:
            manifest = cls(
                name=_text(document["name"]),
                genres=_texts(document["genres"]),
                members=tuple(_member(one) for one in document["members"]),
                combination=_combination(document["combination"]),
                inputs=_mapping(document.get("inputs", {})),
                encoders=tuple(_encoder(one) for one in document.get("encoders", ())),
                conditioning=_conditioning(document.get("conditioning", {})),
                temperature=_number(document.get("temperature", 1.0)),
                answer_threshold=_number(document.get("answer_threshold", 0.0)),
                set_threshold=_number(document.get("set_threshold", 0.0)),
                set_coverage=_number(document.get("set_coverage", 0.9)),
                guards=tuple(_guard(one) for one in document.get("guards", ())),
                training=_mapping(document.get("training", {})),
                card=_mapping(document.get("card", {})),
                licences=_mapping(document.get("licences", {})),
            )
        except KeyError as error:
            raise BundleError(f"its manifest lacks {error}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise BundleError(f"its manifest holds a value of the wrong kind ({error})") from error
        validate(manifest)
        return manifest


def validate(manifest: Manifest) -> None:
    """Refuses a manifest that contradicts itself.

    Raises:
        BundleError: saying what does not fit.
    """
    genres, members = len(manifest.genres), len(manifest.members)
    _require(2 <= genres <= 500, f"it has {genres} genres, 2 to 500 are possible")
    _require(len(set(manifest.genres)) == genres, "a genre is named twice")
    _require(1 <= members <= 500, f"it has {members} members, 1 to 500 are possible")
    listeners: list[Member | Guard] = [*manifest.members, *manifest.guards]
    names = [part.name for part in listeners]
    _require(len(set(names)) == len(names), "two of its members bear one name")
    files = [part.file for part in listeners] + [one.file for one in manifest.encoders if one.file]
    _require(len(set(files)) == len(files), "two of its parts name one file")
    for file in files:
        _require(SAFE_FILE.fullmatch(file) is not None, f"{file!r} is no permitted file name")
    for part in listeners:
        _require(0 < len(part.inputs) <= 50, f"{part.name} hears {len(part.inputs)} inputs")
    _require(manifest.temperature > 0, "its temperature is not above zero")
    rule = manifest.combination
    _require(rule.rule in ("majority", "soft", "stacked"), f"it joins members by {rule.rule!r}")
    if rule.weights:
        _require(len(rule.weights) == members, "its weights do not match its members")
        _require(min(rule.weights) >= 0 < sum(rule.weights), "its weights are negative or all zero")
    if rule.rule == "stacked":
        shape = {len(row) for row in rule.coefficients}
        _require(
            len(rule.coefficients) == len(rule.intercept) == genres and shape == {members * genres},
            "its stacking coefficients do not match its members and genres",
        )


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise BundleError(otherwise)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise TypeError(f"{str(value)[:40]!r} is no short text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError("a list of texts was expected")
    return tuple(_text(value) for value in values)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    return float(value)


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(_number(value) for value in values)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("an object was expected")
    return value


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or SHA256.fullmatch(value) is None:
        raise TypeError(f"{str(value)[:40]!r} is no sha256")
    return value


def _member(document: Any) -> Member:
    accuracy = document.get("accuracy")
    return Member(
        name=_text(document["name"]),
        architecture=_text(document["architecture"]),
        inputs=_texts(document["inputs"]),
        file=_text(document["file"]),
        sha256=_sha256(document["sha256"]),
        accuracy=None if accuracy is None else _number(accuracy),
    )


def _encoder(document: Any) -> Encoder:
    file = document.get("file")
    return Encoder(
        name=_text(document["name"]),
        licence=_text(document["licence"]),
        file=None if file is None else _text(file),
        sha256="" if file is None else _sha256(document["sha256"]),
        upstream_sha256=_sha256(document["upstream_sha256"]) if file is None else "",
    )


def _guard(document: Any) -> Guard:
    return Guard(
        name=_text(document["name"]),
        inputs=_texts(document["inputs"]),
        file=_text(document["file"]),
        threshold=_number(document["threshold"]),
        reason=_text(document["reason"]),
        sha256=_sha256(document["sha256"]),
    )


def _conditioning(document: Any) -> Conditioning:
    level = document.get("level_dbfs")
    return Conditioning(
        remove_dc=bool(document.get("remove_dc", True)),
        level_dbfs=None if level is None else _number(level),
    )


def _combination(document: Any) -> Combination:
    return Combination(
        rule=document["rule"],
        weights=_numbers(document.get("weights", ())),
        coefficients=tuple(_numbers(row) for row in document.get("coefficients", ())),
        intercept=_numbers(document.get("intercept", ())),
    )
