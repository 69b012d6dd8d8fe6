"""Recognition in processes of its own: the same answers, and what harms a process is one error row."""

from __future__ import annotations

import io
import itertools
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from linux_sessions import in_session

from genrelens.bundle import read_bundle, write_bundle
from genrelens.errors import (
    BundleError,
    DecodeFailed,
    EmptyFile,
    GenreLensError,
    NotAudio,
    TookTooLong,
    TookTooMuchMemory,
)
from genrelens.recognition import Failure, Prediction, Recognizer
from genrelens.recognition.isolation import IsolatedRecognizer

RATE = 22050
PATIENCE_S = 60.0
PROGRAM = Path(__file__).parent / "support" / "recognise_on.py"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def isolated(tiny: Path) -> Iterator[IsolatedRecognizer]:
    with IsolatedRecognizer(tiny, jobs=2) as lens:
        yield lens


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory, song: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "short.wav"
    soundfile.write(path, song, RATE)
    return path


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of noise."""
    path = tmp_path_factory.mktemp("sounds") / "long.wav"
    minute = np.random.default_rng(0).integers(-9000, 9000, 60 * 8000, np.int16)
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
        for _ in range(120):
            file.write(minute)
    return path


def near(expected: Any) -> Any:
    """The same but for the last digits, which depend on how many threads add numbers up."""
    if isinstance(expected, dict):
        return {name: near(value) for name, value in expected.items()}
    if isinstance(expected, list):
        return [near(value) for value in expected]
    return pytest.approx(expected, abs=1e-5) if isinstance(expected, float) else expected


def rows_of(answers: Any) -> list[dict[str, Any]]:
    return [answer.to_dict() for answer in answers]


def test_answers_are_those_of_this_process(
    isolated: IsolatedRecognizer, lens: Recognizer, short: Path, song: np.ndarray, tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9 \xff.wav")
    odd.write_bytes(short.read_bytes())
    text = tmp_path / os.fsdecode(b"t\xffxt.mp3")
    text.write_text("this is no music\n" * 99)

    def sources() -> Iterator[Any]:
        yield from [short, os.fsencode(odd), text, str(tmp_path / "missing.mp3"), tmp_path, "a\0b.wav"]
        yield from [(song, RATE), (song[:100], RATE), io.BytesIO(short.read_bytes()), io.BytesIO(b"")]
        yield io.BytesIO(b"no music\n" * 999)
        yield short.open("rb")
        yield subprocess.Popen(["cat", str(short)], stdout=subprocess.PIPE).stdout

    expected = rows_of(lens.recognize_many(sources()))
    assert rows_of(isolated.recognize_many(sources())) == near(expected)
    assert [row["status"] for row in expected].count("error") == 7
    assert rows_of(lens.recognize_many(sources(), jobs=2)) == near(expected)
    unordered = rows_of(isolated.recognize_many(sources(), jobs=2, ordered=False))
    paths = [row["path"] for row in expected]
    assert sorted(row["path"] for row in unordered) == sorted(paths)
    assert len(set(paths)) < len(paths) == len(unordered)


def test_one_is_answered_like_many_and_errors_are_raised(
    isolated: IsolatedRecognizer, lens: Recognizer, short: Path, song: np.ndarray
) -> None:
    for source in (short, (song, RATE)):
        here = lens.recognize(source, name="mine").to_dict()  # type: ignore[arg-type]
        assert isolated.recognize(source, name="mine").to_dict() == near(here)  # type: ignore[arg-type]
    for source, kind in ((io.BytesIO(b""), EmptyFile), (io.BytesIO(b"text" * 999), NotAudio)):
        with pytest.raises(kind) as told:
            lens.recognize(source, name="s")
        source.seek(0)
        with pytest.raises(kind) as there:
            isolated.recognize(source, name="s")
        assert str(there.value) == str(told.value)
    assert (isolated.bundle.identity, isolated.genres) == (lens.bundle.identity, lens.genres)


def test_a_large_stream_goes_through_a_file_that_does_not_stay(
    isolated: IsolatedRecognizer,
    lens: Recognizer,
    short: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("genrelens.recognition.isolation.SENT_MB", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = isolated.recognize(io.BytesIO(short.read_bytes()), name="s")
    assert answer.to_dict() == near(lens.recognize(short, name="s").to_dict())
    assert not list(tmp_path.iterdir())


def test_a_stream_that_fails_is_an_error_row(isolated: IsolatedRecognizer, short: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 50_000))

    (failed, good) = isolated.recognize_many([Failing(short.read_bytes()), short])
    assert isinstance(failed, Failure)
    assert isinstance(failed.error, DecodeFailed)
    assert "Input/output error" in str(failed.error)
    assert good.status == "ok"


def test_the_usual_class_can_be_isolated(tiny: Path, lens: Recognizer, short: Path) -> None:
    apart = Recognizer(tiny, isolate=True, timeout_s=600.0, memory_mb=1000)
    row = lens.recognize(short).to_dict()
    assert apart.recognize(short).to_dict() == near(row)
    assert rows_of(apart.recognize_many([short] * 3, jobs=2)) == [near(row)] * 3


def test_what_takes_too_long_or_too_much_is_one_row(tiny: Path, short: Path, long: Path) -> None:
    with IsolatedRecognizer(tiny, jobs=2, timeout_s=1.5, excerpts="all") as quick:
        answers = list(quick.recognize_many([short, long, short]))
    assert [answer.status for answer in answers] == ["ok", "error", "ok"]
    assert isinstance(answers[1], Failure)
    assert isinstance(answers[1].error, TookTooLong)
    assert str(answers[1].error).startswith(f"{long}: was not done after 1.5 s")
    with IsolatedRecognizer(tiny, memory_mb=5) as narrow, pytest.raises(TookTooMuchMemory) as error:
        narrow.recognize(long)
    assert error.value.path == str(long)
    there = pickle.loads(pickle.dumps(answers))
    assert rows_of(there) == rows_of(answers)


@LINUX
def test_a_worker_killed_from_outside_costs_nobody_an_answer(
    tiny: Path, lens: Recognizer, short: Path
) -> None:
    with IsolatedRecognizer(tiny, jobs=2) as isolated:
        answers = isolated.recognize_many([short] * 60, jobs=2)
        rows = [next(answers).to_dict()]
        for process in workers_of(os.getpid()):
            os.kill(process, signal.SIGKILL)
        rows += rows_of(answers)
    assert rows == [near(lens.recognize(short).to_dict())] * 60


@LINUX
def test_three_hundred_files_of_which_some_fail_keep_their_order_and_leave_nothing(
    tiny: Path, short: Path, tmp_path: Path
) -> None:
    files = []
    for number in range(300):
        files.append(tmp_path / f"{number:03}.wav")
        files[-1].write_bytes(
            b"no music\n" * 99 if number % 20 == 7 else short.read_bytes()[: 44 + 2 * RATE + 100]
        )
    workers, open_before = workers_of(os.getpid()), len(os.listdir("/proc/self/fd"))
    with IsolatedRecognizer(tiny, jobs=2) as isolated:
        answers = list(isolated.recognize_many(files))
    assert [answer.path for answer in answers] == [str(file) for file in files]
    failed = [number for number, answer in enumerate(answers) if isinstance(answer, Failure)]
    assert failed == list(range(7, 300, 20))
    assert workers_of(os.getpid()) == workers
    assert len(os.listdir("/proc/self/fd")) == open_before


def workers_of(process: int) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == process and (b"genrelens.processes" in command or fields[0] == "Z"):
                found.add(int(entry.name))
    return found


@pytest.mark.parametrize("isolate", [False, True])
def test_an_iteration_that_ends_early_does_not_wait_for_what_is_in_work(
    tiny: Path, short: Path, long: Path, isolate: bool
) -> None:
    lens = Recognizer(tiny, excerpts="all", isolate=isolate)
    taken: list[Path] = []

    def endless() -> Iterator[Path]:
        for path in itertools.chain([short, long], itertools.repeat(short)):
            taken.append(path)
            yield path

    answers = lens.recognize_many(endless(), jobs=2)
    assert next(answers).status == "ok"
    answers.close()  # type: ignore[attr-defined]
    assert len(taken) <= 2 * 5, "more was taken than is looked ahead"
    deadline = time.monotonic() + PATIENCE_S
    while _in_work() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _in_work(), "the long recording is still in work"
    assert lens.recognize(short).status == "ok"


def _in_work() -> bool:
    return any(thread.name == "genrelens" for thread in threading.enumerate())


@LINUX
@pytest.mark.parametrize("way", ["isolate", "threads"])
@pytest.mark.parametrize("second", ["long", "stream"])
@pytest.mark.parametrize("ending", [b"\x03", signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ctrl_c_ends_everything_and_keeps_what_was_finished(
    tiny: Path, short: Path, long: Path, way: str, second: str, ending: bytes | signal.Signals
) -> None:
    if second == "stream" and ending is signal.SIGKILL:
        pytest.skip("nothing is different")
    import pty

    process, terminal = pty.fork()
    if process == 0:  # the terminal is standard input too, and gives nothing
        arguments = [str(tiny), way, str(short), str(long) if second == "long" else "-"]
        os.execv(sys.executable, [sys.executable, str(PROGRAM), *arguments])
    shown = b""
    while (b" ok" if second == "long" else b"waiting\r\n") not in shown:
        shown += os.read(terminal, 4096)
    status = ended_by(process, terminal, ending)
    shown += read_to_end(terminal)
    assert b"Traceback" not in shown
    assert b"Error" not in shown
    assert b"long.wav" not in shown
    if ending in (b"\x03", signal.SIGINT):
        assert status == 130
        *rows, last = shown.replace(b"^C", b"").split(b"\r\n")[:-1]
        assert last == b"interrupted"
        assert {row for row in rows if row} <= {f"{short} ok".encode(), b"waiting"}
    deadline = time.monotonic() + PATIENCE_S
    while in_session(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not in_session(process)


def ended_by(process: int, terminal: int, ending: bytes | signal.Signals) -> int:
    """The exit status of a process that is asked to end; again after five seconds, as a person would.

    A signal between Python's last look for one and the system call that waits is seen only with the next.
    """
    asked = -math.inf
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if time.monotonic() - asked > 5.0:
            asked = time.monotonic()
            if isinstance(ending, bytes):
                os.write(terminal, ending)
            else:
                os.kill(process, ending)
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    pytest.fail(f"it did not end within {PATIENCE_S} s")


def read_to_end(terminal: int) -> bytes:
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # how a terminal ends
        pass
    os.close(terminal)
    return shown


def test_a_bundle_that_cannot_be_used_is_told_and_one_that_changes_is_noticed(
    tiny: Path, short: Path, tmp_path: Path
) -> None:
    with IsolatedRecognizer(tmp_path / "none.bundle") as isolated:
        with pytest.raises(BundleError, match=r"none\.bundle"):
            _ = isolated.bundle
        with pytest.raises(BundleError, match=r"none\.bundle"):
            isolated.recognize(short)
        with pytest.raises(GenreLensError, match=r"none\.bundle"):
            list(isolated.recognize_many([short]))
    changing = tmp_path / "changing.bundle"
    changing.write_bytes(tiny.read_bytes())
    with IsolatedRecognizer(changing) as isolated:
        assert isinstance(next(iter(isolated.recognize_many([short]))), Prediction)
        bundle = read_bundle(tiny)
        write_bundle(
            changing, bundle.manifest, {**bundle.files, "members/0.onnx": bundle.files["members/1.onnx"]}
        )
        assert isolated.bundle.sha256 != bundle.sha256
        with pytest.raises(BundleError, match="was changed while it was used"):
            list(isolated.recognize_many([short]))


def test_importing_it_is_light() -> None:
    code = "import sys, genrelens.recognition.isolation; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "onnxruntime", "av", "soundfile", "soxr", "ducc0"} & set(loaded)
