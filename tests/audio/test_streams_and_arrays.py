"""Recordings that are no files: streams, pipes, arrays."""

from __future__ import annotations

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genrelens.audio import open_recording, read_mono, sources
from genrelens.errors import AudioError, DecodeFailed, EmptyFile, NotAudio

from .conftest import Maker, music


class Pipe(io.RawIOBase):
    """Gives its content once, a little at a time, and cannot go back."""

    def __init__(self, content: bytes, step: int = 1000, endless: bool = False) -> None:
        self.content, self.step, self.endless, self.given = content, step, endless, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = self.content[self.given : self.given + min(self.step, size)]
        if not part and self.endless:
            part = bytes(self.step)
        self.given += len(part)
        return part


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "m4a", "opus", "webm"])
def test_a_pipe_gives_what_the_file_gives(sound_file: Maker, suffix: str) -> None:
    path = sound_file(suffix)
    truth = read_mono(path, 16000)
    np.testing.assert_array_equal(read_mono(Pipe(path.read_bytes()), 16000), truth)
    np.testing.assert_array_equal(read_mono(io.BytesIO(path.read_bytes()), 16000), truth)
    with path.open("rb") as file:
        np.testing.assert_array_equal(read_mono(file, 16000), truth)
        assert not file.closed


def test_a_long_pipe_goes_to_a_temporary_file(sound_file: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SPOOL_IN_MEMORY", 1000)
    path = sound_file("wav")
    np.testing.assert_array_equal(read_mono(Pipe(path.read_bytes()), 44100), read_mono(path, 44100))


def test_a_real_pipe(sound_file: Maker) -> None:
    content = sound_file("mp3").read_bytes()
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as file, open_recording(file, "-") as recording:
        assert recording.name == "-"
        assert recording.path is None
        assert recording.duration_s == pytest.approx(3.0, abs=0.05)
    thread.join()


def test_a_stream_is_read_from_its_beginning(sound_file: Maker) -> None:
    stream = io.BytesIO()
    stream.write(sound_file("wav").read_bytes())
    assert len(read_mono(stream, 44100)) == 3 * 44100


def test_an_endless_pipe_of_no_sound_is_refused_soon() -> None:
    pipe = Pipe(b"", step=1 << 16, endless=True)
    with pytest.raises(NotAudio):
        open_recording(pipe)
    assert pipe.given < 4 << 20


def test_an_endless_pipe_of_sound_is_refused_at_a_bound(
    sound_file: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SPOOL_LIMIT", 4 << 20)
    with pytest.raises(DecodeFailed, match="does not end"):
        open_recording(Pipe(sound_file("wav").read_bytes(), step=1 << 16, endless=True))


class Broken(io.BytesIO):
    """A disk that fails after a while."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 60_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_failing_disk_ends_the_sound(sound_file: Maker, suffix: str) -> None:
    with open_recording(Broken(sound_file(suffix, 20.0).read_bytes())) as recording:
        try:
            assert len(recording.read()) < 20 * 44100
        except AudioError as error:
            assert "Input/output error" in str(error)
        else:
            assert any("Input/output error" in warning for warning in recording.warnings)


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (io.StringIO("text"), NotAudio),
        (io.BytesIO(), EmptyFile),
        (Pipe(b""), EmptyFile),
        (Pipe(b"abc"), NotAudio),
    ],
)
def test_streams_of_no_sound(stream: Any, error: type[AudioError]) -> None:
    with pytest.raises(error):
        open_recording(stream, "stream")


def test_a_closed_file_is_refused(tmp_path: Path) -> None:
    file = (tmp_path / "a").open("wb+")
    file.close()
    with pytest.raises(AudioError):
        open_recording(file)


@pytest.mark.parametrize(
    "kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "float16", "float32", "float64"]
)
def test_arrays_of_any_real_type_have_the_same_level(kind: str) -> None:
    sound = music(2.0, 8000, 2).astype(np.float64)
    scale = 2.0 ** (8 * np.dtype(kind).itemsize - 1)
    given = {
        "i": lambda: np.round(sound * (scale - 1)).astype(kind),
        "u": lambda: np.round(sound * (scale - 1) + scale).astype(kind),
        "f": lambda: sound.astype(kind),
    }[np.dtype(kind).kind]()
    heard = read_mono((given, 8000), 8000)
    assert heard.dtype == np.float32
    np.testing.assert_allclose(heard, sound.mean(axis=1), atol=0.012 if "8" in kind else 1e-3)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros((2, 44100)), 44100),  # channels first
        (np.zeros((3, 4, 5)), 44100),
        (np.float32(1.0), 44100),
        (np.zeros(44100, complex), 44100),
        (np.zeros(44100, bool), 44100),
        (np.array(["a", "b"]), 44100),
        ([[1.0], [2.0, 3.0]], 44100),
        (None, 44100),
        (np.zeros(0), 44100),
        (np.zeros((0, 2)), 44100),
        (np.zeros((44100, 0)), 44100),
        (np.zeros(44100), 0),
        (np.zeros(44100), -44100),
        (np.zeros(44100), 22050.5),
        (np.zeros(44100), float("nan")),
        (np.zeros(44100), float("inf")),
        (np.zeros(44100), True),
        (np.zeros(44100), "44100"),
        (np.zeros(44100), None),
        (np.zeros(44100), 10**12),
    ],
)
def test_arrays_that_are_no_recordings(samples: Any, rate: Any) -> None:
    with pytest.raises(AudioError, match="mine: "):
        open_recording((samples, rate), name="mine")


@pytest.mark.parametrize(
    "source",
    [None, 3, 2.5, {}, {"path": "a.mp3"}, [1, 2, 3], np.zeros(44100), (1, 2, 3), (), object(), bytearray(9)],
)
def test_things_that_are_no_source(source: Any) -> None:
    with pytest.raises(TypeError, match="is no recording; give a path") as caught:
        open_recording(source)
    assert not isinstance(caught.value, AudioError)
    assert len(str(caught.value)) < 150


def test_the_callers_array_is_left_as_it_was() -> None:
    sound = music(2.0, 8000)
    sound[10] = np.nan
    before = sound.copy()
    with open_recording((sound, 8000)) as recording:
        for excerpt in recording.excerpts():
            excerpt.at(16000)
    np.testing.assert_array_equal(sound, before)


def test_many_recordings_at_once(sound_file: Maker) -> None:
    paths = [sound_file(suffix, 95.0) for suffix in ("wav", "flac", "ogg", "mp3", "m4a", "opus")] * 2

    def hear(path: Path) -> list[float]:
        with open_recording(path) as recording:
            return [float(np.abs(e.at(16000)).sum()) for e in recording.excerpts(3, 2.0)]

    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(hear, paths))
    assert together == [hear(path) for path in paths[:6]] * 2
