"""A fault of genrelens itself: raised where one recording is asked for, a row where there are many."""

from __future__ import annotations

import io
import json
import pickle
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import soundfile

from genrelens import Failure, Recognizer
from genrelens.errors import InternalError, SignalError
from genrelens.recognition import internal_errors
from genrelens.recognition.isolation import IsolatedRecognizer

RATE = 22050
SCHEMA = json.loads(resources.files("genrelens.recognition").joinpath("result.schema.json").read_text())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GENRELENS_CACHE", str(folder))
    monkeypatch.delenv("GENRELENS_DEBUG", raising=False)
    return folder


@pytest.fixture
def paths(tmp_path: Path, song: np.ndarray) -> list[Path]:
    names = [tmp_path / "before.wav", tmp_path / "cursed.wav", tmp_path / "after.wav"]
    for path in names:
        soundfile.write(path, song[: 3 * RATE] if path.stem == "cursed" else song, RATE)
    return names


def faulty(error: Exception) -> object:
    """What computes inputs, with a fault that one recording, three seconds long, meets."""

    def compute(excerpt: object) -> None:
        if round(excerpt.end_s - excerpt.start_s, 1) == 3.0:  # type: ignore[attr-defined]
            raise error
        return real(excerpt)

    from genrelens.recognition.inputs import InputComputer

    real = InputComputer(["averaged"])
    return compute


@pytest.mark.parametrize(
    "error", [KeyError("a table\nof ours"), ZeroDivisionError(), SignalError("is empty")]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_one_faulty_file_is_a_row_and_the_traceback_is_in_the_log(
    error: Exception, jobs: int, tiny: Path, paths: list[Path], cache: Path
) -> None:
    lens = Recognizer(tiny)
    lens._inputs = faulty(error)  # type: ignore[assignment]
    rows = list(lens.recognize_many(paths, jobs=jobs))
    assert [one.status for one in rows] == ["ok", "error", "ok"]
    failure = rows[1]
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, InternalError)
    assert failure.path == failure.error.path == str(paths[1])
    jsonschema.validate(failure.to_dict(), SCHEMA)
    message = failure.to_dict()["error"]["message"]
    assert type(error).__name__ in message
    assert "\n" not in message
    assert str(cache / "internal-errors.log") in message
    log = (cache / "internal-errors.log").read_text()
    assert "Traceback" in log
    assert "in compute" in log
    assert repr(str(paths[1])) in log
    assert pickle.loads(pickle.dumps(failure)) == failure


def test_a_fault_met_by_one_recording_alone_looks_like_one(
    tiny: Path, paths: list[Path], cache: Path
) -> None:
    lens = Recognizer(tiny)
    lens._inputs = faulty(KeyError("a table of ours"))  # type: ignore[assignment]
    with pytest.raises(KeyError, match="a table of ours"):
        lens.recognize(paths[1])
    assert not cache.exists()


def test_a_stream_that_is_at_fault_itself_ends_no_run(tiny: Path, paths: list[Path], cache: Path) -> None:
    class Odd(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            raise LookupError("of a user's own class")

    for lens in (Recognizer(tiny), Recognizer(tiny, isolate=True)):
        rows = list(lens.recognize_many([Odd(), paths[0]], jobs=2))  # type: ignore[list-item]
        assert [one.status for one in rows] == ["error", "ok"]
        assert "LookupError" in rows[0].to_dict()["error"]["message"]


def test_without_a_place_for_the_log_the_row_says_how_to_see_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("GENRELENS_DEBUG", raising=False)
    assert "GENRELENS_DEBUG=1" in str(internal_errors.internal_error("a.mp3", KeyError("x")))
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("GENRELENS_DEBUG", "1")
    internal_errors.internal_error("a.mp3", KeyError("x"))
    assert "KeyError: 'x'" in capsys.readouterr().err


def test_the_log_does_not_grow_for_ever(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal_errors, "LARGEST_LOG", 2000)
    for number in range(40):
        internal_errors.internal_error("a.mp3", KeyError(f"{number} {'x' * 200}"))
    sizes = {path.name: path.stat().st_size for path in cache.iterdir()}
    assert set(sizes) == {"internal-errors.log", "internal-errors.log.old"}
    assert max(sizes.values()) < 3000
    assert "39 xxx" in (cache / "internal-errors.log").read_text()


PROGRAM = """
import sys
from genrelens.recognition import inputs

real = inputs.InputComputer.__call__


def compute(self, excerpt):
    if round(excerpt.end_s - excerpt.start_s, 1) == 3.0:
        raise KeyError("a table of ours")
    return real(self, excerpt)


inputs.InputComputer.__call__ = compute
"""


@pytest.fixture
def faulty_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are started meet the fault: one that stands in their site's customisation."""
    place = tmp_path / "site"
    place.mkdir()
    (place / "fault_of_ours.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setattr(
        "genrelens.recognition.isolation.WorkerRecognizer.__module__", "fault_of_ours_answerer", raising=False
    )
    (place / "fault_of_ours_answerer.py").write_text(
        "import fault_of_ours\nfrom genrelens.recognition.isolation import WorkerRecognizer\n"
    )


@pytest.mark.usefixtures("faulty_workers")
def test_workers_give_the_same_row_and_raise_the_same_error(
    tiny: Path, paths: list[Path], cache: Path
) -> None:
    with IsolatedRecognizer(tiny, jobs=2) as lens:
        rows = list(lens.recognize_many(paths))
        assert [one.status for one in rows] == ["ok", "error", "ok"]
        assert rows[1].to_dict()["error"]["kind"] == "InternalError"
        assert "in compute" in (cache / "internal-errors.log").read_text()
        with pytest.raises(KeyError, match="a table of ours"):
            lens.recognize(paths[1])
        vectors = list(lens.embed_many(paths, "averaged"))
        assert [one.status for one in vectors] == ["ok", "error", "ok"]
    assert "fault_of_ours" not in sys.modules
