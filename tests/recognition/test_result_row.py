"""The result row: what is answered, how sure that is, why it is not sure, and how it was asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.bundle import read_bundle, write_bundle
from genrelens.recognition import Failure, Recognizer
from genrelens.recognition.abstention import why_unsure

RATE = 22050
SCHEMA = json.loads(resources.files("genrelens.recognition").joinpath("result.schema.json").read_text())
ADDED = ("likeliest", "unsure", "reason", "threshold", "options")


@pytest.fixture(scope="module")
def shy(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that is practically never sure enough."""
    path = tmp_path_factory.mktemp("shy") / "shy.bundle"
    bundle = read_bundle(tiny)
    write_bundle(path, replace(bundle.manifest, answer_threshold=0.999), bundle.files)
    return path


def test_a_sure_row_has_nothing_to_explain(lens: Recognizer, song: np.ndarray) -> None:
    row = lens.recognize((song, RATE), name="song").to_dict()
    jsonschema.validate(row, SCHEMA)
    assert row["schema"] == 2
    assert row["genre"] == row["likeliest"] == max(row["scores"], key=row["scores"].get)
    assert row["unsure"] is False
    assert row["reason"] is None
    assert row["threshold"] == 0.2
    assert row["options"] == {"excerpts": 3, "always_answer": False}


def test_an_unsure_row_has_a_best_guess_and_says_why(shy: Path, song: np.ndarray) -> None:
    row = Recognizer(shy, excerpts="all").recognize((song, RATE)).to_dict()
    jsonschema.validate(row, SCHEMA)
    assert row["genre"] is None
    assert row["likeliest"] == max(row["scores"], key=row["scores"].get)
    assert row["unsure"] is True
    assert f"{row['confidence']:.2f}" in row["reason"]
    assert "0.999" in row["reason"] or "1.00" in row["reason"]
    assert row["options"] == {"excerpts": "all", "always_answer": False}


def test_an_answer_that_was_forced_is_told_from_a_sure_one(shy: Path, song: np.ndarray) -> None:
    plain = Recognizer(shy).recognize((song, RATE)).to_dict()
    forced = Recognizer(shy, always_answer=True).recognize((song, RATE)).to_dict()
    jsonschema.validate(forced, SCHEMA)
    assert forced["genre"] == forced["likeliest"] == plain["likeliest"]
    assert forced["unsure"] is True
    assert forced["reason"] == plain["reason"]
    assert forced["options"]["always_answer"] is True


def test_a_detector_gives_its_reason() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE * 3)
    answer = Recognizer().recognize((noise, RATE))
    foreign = [text.removeprefix("foreign: ") for text in answer.warnings if text.startswith("foreign")]
    assert answer.unsure
    assert foreign
    assert answer.reason is not None
    assert all(text in answer.reason for text in foreign)


@pytest.mark.parametrize("always_answer", [False, True])
def test_silence_has_no_likeliest_genre(tiny: Path, always_answer: bool) -> None:
    row = (
        Recognizer(tiny, always_answer=always_answer)
        .recognize((np.zeros(3 * RATE, np.float32), RATE))
        .to_dict()
    )
    jsonschema.validate(row, SCHEMA)
    assert row["genre"] is None
    assert row["likeliest"] is None
    assert row["unsure"] is True
    assert "silent" in row["reason"]


def test_an_error_row_tells_how_it_was_asked_for(tiny: Path, tmp_path: Path) -> None:
    lens = Recognizer(tiny, excerpts=5, always_answer=True)
    (failure,) = lens.recognize_many([tmp_path / "missing.mp3"])
    assert isinstance(failure, Failure)
    row = failure.to_dict()
    jsonschema.validate(row, SCHEMA)
    assert row["options"] == {"excerpts": 5, "always_answer": True}


def test_the_schema_reads_rows_of_both_versions_and_no_half_ones(lens: Recognizer, song: np.ndarray) -> None:
    row = lens.recognize((song, RATE), name="song").to_dict()
    old = {key: value for key, value in row.items() if key not in ADDED} | {"schema": 1}
    jsonschema.validate(old, SCHEMA)
    for key in ADDED:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value for name, value in row.items() if name != key}, SCHEMA)


@given(
    st.floats(0, 1), st.floats(0, 1), st.lists(st.sampled_from(["it is a bell", "it is a bird"]), max_size=2)
)
def test_the_reason_never_compares_a_number_with_itself(
    confidence: float, threshold: float, foreign: list[str]
) -> None:
    reason = why_unsure(confidence, threshold, foreign)
    assert (reason is None) == (confidence >= threshold and not foreign)
    if reason and "confidence" in reason and threshold - confidence > 1e-12:
        low, needed = map(float, re.findall(r"\d+\.\d+", reason))
        assert low < needed
