"""The description of a bundle: `manifest.json` as frozen dataclasses.

Unknown fields are tolerated, so that a newer minor version can be read; an unknown major version is
refused. Every value is checked here, once, so that the rest of the code can trust a `Manifest`: types,
ranges in which all scores stay finite, texts without hidden characters. `manifest.schema.json` in this folder
states the same rules for other programs, except those that connect two fields (`validate`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from genrelens.bundle.fields import at, cut, list_of, mapping, or_none, short_text, within
from genrelens.bundle.strict_json import read_json
from genrelens.ensemble import Fusion
from genrelens.errors import BundleError

SCHEMA_MAJOR, SCHEMA_MINOR = 1, 0
SAFE_FILE = re.compile(r"(members|encoders|guards)/[A-Za-z0-9][A-Za-z0-9._+-]{0,120}\.onnx")
SHA256 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"([0-9]{1,9})(\.[0-9]{1,9})?")
LARGEST_MANIFEST = 4 << 20
LARGEST_RECORD = 1 << 20
"""Characters in each of `training`, `card` and `licences`."""
MOST_GENRES = MOST_PARTS = 500
MOST_DETECTORS = MOST_ENCODERS = MOST_INPUTS = 50
LARGEST_WEIGHT, SMALLEST_SUM = 1e6, 1e-6
LARGEST_COEFFICIENT = 1e6
LARGEST_THRESHOLD = 1e9
TEMPERATURES = (0.01, 100.0)
LEVELS_DBFS = (-100.0, 20.0)


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
        inputs: the names of its inputs, in the order of concatenation.
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
    """A pretrained network that computes inputs of members.

    Attributes:
        name: its name in the registry of encoders.
        licence: of its weights.
        file: its ONNX graph inside the bundle, None when it comes from the local store.
        sha256: of that file.
        upstream_sha256: of the published weights, to check that the local store holds the same.
    """

    name: str
    licence: str
    file: str | None = None
    sha256: str = ""
    upstream_sha256: str = ""


@dataclass(frozen=True)
class Detector:
    """An out-of-distribution (OOD) detector; the recogniser abstains where its score exceeds the threshold.

    Attributes:
        name: unique in the bundle.
        inputs: the names of its inputs.
        file: its ONNX graph, from `x` (n, d) to `strangeness` (n,), the OOD score.
        threshold: the largest OOD score at which a genre is named.
        reason: the warning that users read.
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
        combination: the fusion of the members' probabilities.
        inputs: of each input name, the parameters it was computed with.
        encoders: the networks that the inputs need.
        conditioning: what is done to an excerpt first.
        temperature: calibration of the fused scores.
        answer_threshold: the recogniser abstains below this confidence.
        set_threshold: genres at or above it form the prediction set.
        set_coverage: the proportion of recordings whose set contains their genre.
        detectors: out-of-distribution (OOD) detectors, at which the recogniser abstains.
        training: data summary, recipe, seeds, versions, results.
        card: the model card's fields.
        licences: name to text or identifier, of everything inside.
    """

    name: str
    genres: tuple[str, ...]
    members: tuple[Member, ...]
    combination: Fusion
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    encoders: tuple[Encoder, ...] = ()
    conditioning: Conditioning = Conditioning()
    temperature: float = 1.0
    answer_threshold: float = 0.0
    set_threshold: float = 0.0
    set_coverage: float = 0.9
    detectors: tuple[Detector, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        """The files that the bundle must hold besides the manifest, each with its sha256."""
        parts: list[Member | Detector | Encoder] = [*self.members, *self.detectors]
        parts += [one for one in self.encoders if one.file]
        return {str(part.file): part.sha256 for part in parts}

    def input_names(self) -> tuple[str, ...]:
        """Every input of a member or a detector, once, in order of first mention."""
        parts: list[Member | Detector] = [*self.members, *self.detectors]
        return tuple(dict.fromkeys(name for part in parts for name in part.inputs))

    def to_json(self) -> str:
        """The manifest as JSON with sorted keys, the same text for the same manifest."""
        document = {"schema": f"{SCHEMA_MAJOR}.{SCHEMA_MINOR}", **asdict(self)}
        document["guards"] = document.pop("detectors")  # the file's key for them
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Reads and checks a manifest.

        Raises:
            BundleError: the text is no manifest, is of another major version, or contradicts itself.
        """
        try:
            document = read_json(text)
        except ValueError as error:
            raise BundleError(f"its manifest is not JSON of the kind that bundles hold ({error})") from error
        if not isinstance(document, dict):
            raise BundleError("its manifest is not a JSON object")
        schema = document.get("schema")
        version = VERSION.fullmatch(schema) if isinstance(schema, str) else None
        if version is None or version[1] != str(SCHEMA_MAJOR):
            raise BundleError(
                f"it is of schema {cut(schema)}, this genrelens reads {SCHEMA_MAJOR}.x; "
                "install the genrelens version that wrote it"
            )
        try:
            manifest = cls(
                name=at(document, "name", short_text),
                genres=at(document, "genres", list_of(short_text, MOST_GENRES)),
                members=at(document, "members", list_of(_member, MOST_PARTS)),
                combination=at(document, "combination", _combination),
                inputs=at(document, "inputs", _inputs, {}),
                encoders=at(document, "encoders", list_of(_encoder, MOST_ENCODERS), []),
                conditioning=at(document, "conditioning", _conditioning, {}),
                temperature=at(document, "temperature", within(*TEMPERATURES), 1.0),
                answer_threshold=at(document, "answer_threshold", within(0, 1), 0.0),
                set_threshold=at(document, "set_threshold", within(0, 1), 0.0),
                set_coverage=at(document, "set_coverage", within(0, 1), 0.9),
                detectors=at(document, "guards", list_of(_detector, MOST_DETECTORS), []),
                training=at(document, "training", _record, {}),
                card=at(document, "card", _record, {}),
                licences=at(document, "licences", _licences, {}),
            )
        except KeyError as error:
            raise BundleError(f"its manifest lacks {error}") from error
        except (TypeError, ValueError) as error:
            raise BundleError(f"its manifest holds a value of the wrong kind ({error})") from error
        validate(manifest)
        return manifest


def validate(manifest: Manifest) -> None:
    """Refuses a manifest that contradicts itself.

    Raises:
        BundleError: the message names what does not fit.
    """
    genres, members = len(manifest.genres), len(manifest.members)
    _require(2 <= genres <= MOST_GENRES, f"it has {genres} genres, 2 to {MOST_GENRES} are possible")
    alike = {unicodedata.normalize("NFC", genre) for genre in manifest.genres}
    _require(len(alike) == genres, "a genre is named twice")
    _require(1 <= members <= MOST_PARTS, f"it has {members} members, 1 to {MOST_PARTS} are possible")
    models: list[Member | Detector] = [*manifest.members, *manifest.detectors]
    for parts in (models, manifest.encoders):
        names = [part.name for part in parts]
        _require(len(set(names)) == len(names), "two members, detectors or encoders have the same name")
    files = [model.file for model in models] + [one.file for one in manifest.encoders if one.file]
    _require(len(set(files)) == len(files), "two of its parts name the same file")
    for file in files:
        _require(SAFE_FILE.fullmatch(file) is not None, f"{file!r} is no permitted file name")
    for model in models:
        inputs = len(model.inputs)
        _require(0 < inputs <= MOST_INPUTS, f"{model.name} has {inputs} inputs, not 1 to {MOST_INPUTS}")
    low, high = TEMPERATURES
    _require(low <= manifest.temperature <= high, f"its temperature is not within {low} and {high}")
    rule = manifest.combination
    _require(rule.rule in ("majority", "soft", "stacked"), f"its fusion rule {rule.rule!r} is unknown")
    if rule.weights:
        _require(len(rule.weights) == members, "its weights do not match its members")
        _require(
            min(rule.weights) >= 0 and sum(rule.weights) >= SMALLEST_SUM,
            "its weights are negative or all zero",
        )
    if rule.rule == "stacked":
        shape = {len(row) for row in rule.coefficients}
        _require(
            len(rule.coefficients) == len(rule.intercept) == genres and shape == {members * genres},
            "its stacking coefficients do not match its members and genres",
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise BundleError(message)


def _record(value: Any) -> dict[str, Any]:
    size = len(json.dumps(mapping(value)))
    if size > LARGEST_RECORD:
        raise ValueError(f"it has {size} characters, {LARGEST_RECORD} are possible")
    return mapping(value)


def _licences(value: Any) -> dict[str, str]:
    if not all(isinstance(text, str) for text in _record(value).values()):
        raise TypeError("a licence is no text")
    return mapping(value)


def _inputs(value: Any) -> dict[str, dict[str, str | int | float]]:
    if len(mapping(value)) > MOST_PARTS:
        raise ValueError(f"it describes {len(value)} inputs, {MOST_PARTS} are possible")
    return {short_text(name): _parameters(parameters) for name, parameters in value.items()}


def _parameters(value: Any) -> dict[str, str | int | float]:
    if len(mapping(value)) > MOST_INPUTS:
        raise ValueError(f"an input has {len(value)} parameters, {MOST_INPUTS} are possible")
    for one in value.values():
        if not isinstance(one, str | int | float):
            raise TypeError(f"{cut(one)} is no parameter of an input")
    return value if isinstance(value, dict) else {}


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or SHA256.fullmatch(value) is None:
        raise TypeError(f"{cut(value)} is no sha256")
    return value


_texts = list_of(short_text, MOST_INPUTS)


def _member(value: Any) -> Member:
    document = mapping(value)
    return Member(
        name=at(document, "name", short_text),
        architecture=at(document, "architecture", short_text),
        inputs=at(document, "inputs", _texts),
        file=at(document, "file", short_text),
        sha256=at(document, "sha256", _sha256),
        accuracy=at(document, "accuracy", or_none(within(0, 1)), None),
    )


def _encoder(value: Any) -> Encoder:
    document = mapping(value)
    file = at(document, "file", or_none(short_text), None)
    return Encoder(
        name=at(document, "name", short_text),
        licence=at(document, "licence", short_text),
        file=file,
        sha256="" if file is None else at(document, "sha256", _sha256),
        upstream_sha256=at(document, "upstream_sha256", _sha256) if file is None else "",
    )


def _detector(value: Any) -> Detector:
    document = mapping(value)
    return Detector(
        name=at(document, "name", short_text),
        inputs=at(document, "inputs", _texts),
        file=at(document, "file", short_text),
        threshold=at(document, "threshold", within(-LARGEST_THRESHOLD, LARGEST_THRESHOLD)),
        reason=at(document, "reason", short_text),
        sha256=at(document, "sha256", _sha256),
    )


def _conditioning(value: Any) -> Conditioning:
    document = mapping(value)
    remove_dc = document.get("remove_dc", True)
    if not isinstance(remove_dc, bool):
        raise TypeError(f"remove_dc: {cut(remove_dc)} is neither true nor false")
    return Conditioning(remove_dc, at(document, "level_dbfs", or_none(within(*LEVELS_DBFS)), None))


def _combination(value: Any) -> Fusion:
    document = mapping(value)
    coefficients = within(-LARGEST_COEFFICIENT, LARGEST_COEFFICIENT)
    row = list_of(coefficients, MOST_PARTS * MOST_GENRES)
    return Fusion(
        rule=at(document, "rule", short_text),  # type: ignore[arg-type]  # `validate` knows the rules
        weights=at(document, "weights", list_of(within(0, LARGEST_WEIGHT), MOST_PARTS), []),
        coefficients=at(document, "coefficients", list_of(row, MOST_GENRES), []),
        intercept=at(document, "intercept", list_of(coefficients, MOST_GENRES), []),
    )
