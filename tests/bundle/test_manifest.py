"""Any JSON value at any place gives a manifest or one sentence, and the schema file says the same."""

from __future__ import annotations

import copy
import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.bundle import Manifest, bundle_names, find_bundle, read_bundle
from genrelens.ensemble import Fusion, apply_temperature
from genrelens.errors import BundleError

SCHEMA = json.loads((files("genrelens.bundle") / "manifest.schema.json").read_text())
ORACLE = jsonschema.Draft202012Validator(SCHEMA)
SHA256 = "0123456789abcdef" * 4
DOCUMENT = {
    "schema": "1.0",
    "name": "tiny",
    "genres": ["calm", "loud"],
    "members": [
        {"name": "one", "architecture": "linear", "inputs": ["averaged"], "file": "members/1.onnx",
         "sha256": SHA256, "accuracy": 0.5},
        {"name": "two", "architecture": "linear", "inputs": ["averaged", "signal"], "file": "members/2.onnx",
         "sha256": SHA256, "accuracy": None},
    ],
    "combination": {"rule": "stacked", "weights": [1.0, 0.5], "coefficients": [[1, 2, 3, 4], [0, 0, 0, 0.5]],
                    "intercept": [0, -1]},
    "inputs": {"averaged": {"kind": "vector", "width": 358}, "signal": {"kind": "vector", "version": 1}},
    "encoders": [{"name": "musicnn", "licence": "ISC", "file": "encoders/musicnn.onnx", "sha256": SHA256},
                 {"name": "fcn", "licence": "MIT", "file": None, "upstream_sha256": SHA256}],
    "conditioning": {"remove_dc": True, "level_dbfs": -18.0},
    "temperature": 1.2,
    "answer_threshold": 0.3,
    "set_threshold": 0.1,
    "set_coverage": 0.9,
    "guards": [{"name": "odd", "inputs": ["signal"], "file": "guards/1.onnx", "threshold": -3.2,
                "reason": "it is odd", "sha256": SHA256}],
    "training": {"seed": 0, "results": {"splits": [0.1, 0.2]}},
    "card": {"accuracy": "80%"},
    "licences": {"musicnn": "ISC\nCopyright"},
}  # fmt: skip
TIED = (
    "named twice|have the same name|name the same file|weights|stacking|has 0 inputs|no short text"
    "|holds control characters|nested deeper|holds the key|is too long|digits|too large|characters, 1048576"
    "|no JSON number"
)
"""What a schema cannot say: fields that depend on each other, hidden characters, depth, size."""


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


def changed(path: tuple[object, ...], value: object) -> object:
    if not path:
        return value
    document = copy.deepcopy(DOCUMENT)
    at: object = document
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    at[path[-1]] = value  # type: ignore[index]
    return document


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.sampled_from(
        [0, 1, -1, 10**400, 1e-320, 1e308, -1e308, float("nan"), float("inf"), 0.5, 1e6, 1e6 + 1]
    ),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "\ud800", "a\x1b[2J", "a\nb", "\u202eabc", "members/x.onnx", "../x", "soft", SHA256]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=5), st.just("name")), inner, max_size=3),
    ),
    max_leaves=8,
)


def judge(document: object) -> Manifest | str:
    """The manifest, or why there is none; the oracle must agree."""
    text = json.dumps(document)
    try:
        manifest = Manifest.from_json(text)
    except BundleError as error:
        said = str(error)
        assert "\n" not in said
        assert said.isascii() or said.isprintable()
        assert len(said) < 500
        assert not ORACLE.is_valid(document) or any(part in said for part in TIED.split("|")), said
        return said
    assert ORACLE.is_valid(document), text
    return manifest


@settings(max_examples=600, deadline=None)
@given(path=st.sampled_from(places(DOCUMENT)), value=VALUES)
def test_any_value_at_any_place_is_read_or_refused_in_a_sentence(
    path: tuple[object, ...], value: object
) -> None:
    judge(changed(path, value))


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from(places(DOCUMENT)[1:]), twice=st.booleans())
def test_any_part_may_be_missing_or_stand_twice(path: tuple[object, ...], twice: bool) -> None:
    document = copy.deepcopy(DOCUMENT)
    at: object = document
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    if twice and isinstance(at, list):
        at.append(copy.deepcopy(at[path[-1]]))  # type: ignore[call-overload]
    else:
        del at[path[-1]]  # type: ignore[attr-defined]
    judge(document)


def test_the_schema_is_one_and_the_packages_bundles_keep_to_it() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert isinstance(judge(DOCUMENT), Manifest)
    for name in bundle_names():
        manifest = read_bundle(find_bundle(name)).manifest
        document = json.loads(manifest.to_json())
        assert ORACLE.is_valid(document)
        assert Manifest.from_json(manifest.to_json()) == manifest


def test_unknown_fields_are_read_over_everywhere() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["schema"] = "1.99"
    for part in (document, document["members"][0], document["combination"], document["encoders"][0]):  # type: ignore[index]
        part["mood"] = {"new": [1, {"deep": True}]}  # type: ignore[index]
    assert isinstance(judge(document), Manifest)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("temperature",), 10**400, "401 digits"),
        (("temperature",), 1e-320, "temperature"),
        (("combination", "coefficients", 0, 0), 1e308, "coefficients"),
        (("combination", "weights", 0), 1e-320, None),
        (("combination", "weights"), [1e-320, 0], "all zero"),
        (("combination", "rule"), ["soft"], "rule"),
        (("card", "deep"), json.loads("[" * 490 + "]" * 490), "nested deeper"),
        (("card", "text"), "x" * (5 << 20), "characters"),
        (("card", "text"), "\ud800", "control characters"),
        (("genres", 0), "\ud83d", "control characters"),
        (("genres", 0), "", "short text"),
        (("genres", 0), "  ", "short text"),
        (("genres", 0), "a\x1b]0;title\x07", "control characters"),
        (("genres",), ["caf\u00e9", "cafe\u0301"], "named twice"),
        (("inputs",), {"signal": 5}, "inputs"),
        (("inputs", "signal", "width"), [385], "inputs"),
        (("members",), [DOCUMENT["members"][0]] * 10_000, "10000 values"),
        (("conditioning", "remove_dc"), "no", "remove_dc"),
        (("conditioning", "level_dbfs"), 4000, "level_dbfs"),
        (("guards", 0, "threshold"), float("nan"), "NaN"),
        (("set_coverage",), float("inf"), "Infinity"),
        (("schema",), 1, "schema 1"),
        (("schema",), "2.0", "schema '2.0'"),
        (("schema",), "1.0\n", "schema"),
        (("licences", "musicnn"), {"a": 1}, "licence"),
        (("members", 0, "sha256"), SHA256 + "\n", "sha256"),
    ],
)
def test_hostile_values_are_refused_with_the_field(
    path: tuple[object, ...], value: object, said: str | None
) -> None:
    answer = judge(changed(path, value))
    assert said is None or (isinstance(answer, str) and said in answer), answer


@pytest.mark.parametrize("twice", ['{"schema": "1.0", "schema": "2.0"}', '{"card": {"a": 1, "a": 2}}'])
def test_a_key_that_stands_twice_is_refused(twice: str) -> None:
    with pytest.raises(BundleError, match="twice"):
        Manifest.from_json(twice)


def test_a_number_of_a_hundred_thousand_digits_is_refused() -> None:
    with pytest.raises(BundleError, match="no number|digits|not JSON"):
        Manifest.from_json('{"schema": "1.0", "name": ' + "9" * 100_000 + "}")


@settings(max_examples=150, deadline=None)
@given(
    coefficients=st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8),
    intercept=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2),
    weights=st.lists(st.floats(0, 1e6), min_size=2, max_size=2).filter(lambda w: sum(w) >= 1e-6),
    temperature=st.floats(0.01, 100),
    seed=st.integers(0, 1000),
)
def test_scores_are_probabilities_for_every_manifest_that_is_read(
    coefficients: list[float], intercept: list[float], weights: list[float], temperature: float, seed: int
) -> None:
    document = copy.deepcopy(DOCUMENT)
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.02, 0.02], size=(3, 2))
    for rule in ("stacked", "soft", "majority"):
        document["combination"] = {
            "rule": rule, "weights": weights, "intercept": intercept,
            "coefficients": [coefficients[:4], coefficients[4:]],
        }  # fmt: skip
        document["temperature"] = temperature
        manifest = Manifest.from_json(json.dumps(document))
        assert isinstance(manifest.combination, Fusion)
        scores = apply_temperature(manifest.combination(probabilities), manifest.temperature)
        assert np.all(np.isfinite(scores))
        assert abs(scores.sum() - 1) < 1e-9
