"""What the room costs to import, and that it never writes to the user's terminal."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio import open_recording, recording

from .conftest import FORMATS, Maker
from .test_behind_something import free_format


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done


def test_broken_files_write_nothing_to_the_terminal(sound_file: Maker, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    paths = []
    for suffix in ("mp3", "cbr.mp3", "aac", "flac", "ogg", "opus", "m4a", "wma", "webm", "oga", "ts"):
        data = bytearray(sound_file(suffix, 20.0).read_bytes())
        for place in rng.integers(2000, len(data), 200):
            data[place] = rng.integers(256)
        paths.append(tmp_path / f"broken.{suffix}")
        paths[-1].write_bytes(data)
    code = """
import sys
from genrelens.audio import open_recording
from genrelens.errors import AudioError
for path in sys.argv[1:]:
    try:
        with open_recording(path) as recording:
            print(path, sum(len(e.samples) for e in recording.excerpts()), recording.warnings)
    except AudioError as error:
        print(error)
"""
    done = run(code, *paths)
    assert done.stderr == ""
    assert "damaged: " in done.stdout


def damaged_files(sound_file: Maker, folder: Path, each: int) -> list[Path]:
    """Recordings of every format, and of free format, with bytes changed behind the header."""
    rng = np.random.default_rng(6)
    contents = {suffix: sound_file(suffix).read_bytes() for suffix in FORMATS}
    contents["free.mp3"] = free_format(sound_file("cbr.mp3", rate=48000, channels=2).read_bytes())
    paths = []
    for suffix, content in contents.items():
        for number in range(each):
            data = bytearray(content)
            for place in rng.integers(min(len(data) - 1, 60 * (number % 5)), len(data), 60):
                data[place] = rng.integers(256)
            paths.append(folder / f"{number}.{suffix}")
            paths[-1].write_bytes(data)
    return paths


@pytest.mark.parametrize("each", [1, pytest.param(14, marks=pytest.mark.heavy)])
def test_predict_says_nothing_but_its_own_lines_of_damaged_files(
    sound_file: Maker, tmp_path: Path, each: int
) -> None:
    paths = damaged_files(sound_file, tmp_path, each)
    code = "from genrelens.cli.main import run; run()"
    options = ["predict", "--jobs", "1", "--format", "csv"]
    done = subprocess.run(
        [sys.executable, "-c", code, *options, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "GENRELENS_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
    )
    assert len(done.stdout.splitlines()) == len(paths) + 1
    said = done.stderr.splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"{len(paths)} recordings in ")


@pytest.mark.heavy
def test_the_library_says_nothing_of_damaged_files(sound_file: Maker, tmp_path: Path) -> None:
    code = """
import sys
from genrelens.audio import open_recording
from genrelens.errors import AudioError
for path in sys.argv[1:]:
    try:
        with open_recording(path) as recording:
            list(recording.excerpts())
            list(recording.excerpts("all"))
    except AudioError:
        pass
"""
    assert run(code, *damaged_files(sound_file, tmp_path, 14)).stderr == ""


@pytest.mark.parametrize(("suffix", "needed"), [("wav", False), ("ogg", False), ("mp3", True)])
def test_ffmpeg_is_loaded_only_when_it_is_needed(sound_file: Maker, suffix: str, needed: bool) -> None:
    code = """
import sys
from genrelens.audio import open_recording
assert "av" not in sys.modules
with open_recording(sys.argv[1]) as recording:
    list(recording.excerpts())
heavy = {"av", "scipy", "librosa", "torch", "pandas", "matplotlib"}
print(sorted(heavy & sys.modules.keys()))
"""
    assert run(code, sound_file(suffix)).stdout.strip() == ("['av']" if needed else "[]")


TEN_HOURS = """
import sys
from genrelens.audio import open_recording
count = sys.argv[2] if sys.argv[2] == "all" else int(sys.argv[2])
with open_recording(sys.argv[1]) as recording:
    heard = 0
    for excerpt in recording.excerpts(count):
        heard += len(excerpt.at(22050)) / 22050
    status = open("/proc/self/status").read()  # getrusage counts what the parent had, too
    memory = int(status.split("VmHWM:")[1].split()[0]) // 1024
    print(round(heard), round(recording.duration_s), memory)
"""


def long_file(sound_file: Maker, folder: Path, suffix: str, hours: float) -> Path:
    """Made without the time to encode it: the same minutes over and over, or a hole in a file."""
    path = folder / f"long.{suffix}"
    if suffix == "mp3":
        content = sound_file("cbr.mp3", 95.0, channels=2).read_bytes()
        minutes = content[content.index(b"\xff\xfb", 600) :]
        with path.open("wb") as file:
            for _ in range(round(hours * 3600 / 95)):
                file.write(minutes)
        return path
    frames = round(hours * 3600) * 44100
    header = sound_file("wav").read_bytes()[:40]
    with path.open("wb") as file:
        file.write(header[:4] + (frames * 2 + 36).to_bytes(4, "little") + header[8:40])
        file.write((frames * 2).to_bytes(4, "little"))
        file.truncate(44 + frames * 2)
    return path


def sparse_wav(path: Path, hours: int) -> Path:
    """8 bits at 8 kHz, in a file that takes no room."""
    size = hours * 3600 * 8000
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVE" + layout + b"data" + struct.pack("<I", size)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
    return path


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory from /proc")


@needs_proc
@pytest.mark.heavy
@pytest.mark.parametrize("count", [3, "all"])
@pytest.mark.parametrize("suffix", ["wav", "mp3"])
def test_ten_hours_in_little_memory(sound_file: Maker, tmp_path: Path, suffix: str, count: object) -> None:
    path = long_file(sound_file, tmp_path, suffix, 10)
    heard, seconds, memory = map(int, run(TEN_HOURS, path, count).stdout.split())
    assert seconds == pytest.approx(36000, abs=120)
    assert heard == (90 if count == 3 else pytest.approx(seconds, abs=30))
    assert memory < 300


@needs_proc
def test_an_hour_in_little_memory(sound_file: Maker, tmp_path: Path) -> None:
    for suffix in ("wav", "mp3"):
        path = long_file(sound_file, tmp_path, suffix, 1)
        heard, seconds, memory = map(int, run(TEN_HOURS, path, 3).stdout.split())
        assert (heard, seconds) == (90, pytest.approx(3600, abs=60))
        assert memory < 200


@needs_proc
@pytest.mark.parametrize(
    ("hours", "count"), [(30, 3), (2, "all"), pytest.param(30, "all", marks=pytest.mark.heavy)]
)
def test_days_in_little_memory(tmp_path: Path, hours: int, count: object) -> None:
    """There is no greatest length of what says how long it is."""
    path = sparse_wav(tmp_path / "a.wav", hours)
    heard, seconds, memory = map(int, run(TEN_HOURS, path, count).stdout.split())
    assert seconds == hours * 3600
    assert heard == (90 if count == 3 else seconds)
    assert memory < 150


@needs_proc
def test_hours_of_frames_in_little_memory(sound_file: Maker, tmp_path: Path) -> None:
    """Neither an announced length nor a table of contents, and everything is decoded."""
    path = long_file(sound_file, tmp_path, "mp3", 0.25)
    heard, seconds, memory = map(int, run(TEN_HOURS, path, "all").stdout.split())
    assert (heard, seconds) == (pytest.approx(900, abs=60), pytest.approx(900, abs=60))
    assert memory < 200


def test_what_must_be_decoded_to_be_measured_ends_after_a_day(
    sound_file: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown with a shorter day: excerpts lie within it, and a warning tells."""
    monkeypatch.setattr(recording, "LONGEST_S", 100.0)
    content = sound_file("cbr.mp3", 130.0).read_bytes()
    with open_recording(io.BytesIO(content[: len(content) * 9 // 10])) as heard:
        excerpts = list(heard.excerpts(3, 20.0))
        assert heard.duration_s == pytest.approx(100, abs=3)
        assert max(excerpt.end_s for excerpt in excerpts) <= heard.duration_s
        assert [w for w in heard.warnings if w.startswith("truncated: only the first")]
