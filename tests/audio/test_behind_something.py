"""Sound that stands behind padding, junk or a broken tag is found; what is no sound is refused soon."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio import open_recording, read_mono, searching
from genrelens.audio.free_format import frame_runs
from genrelens.audio.parts import part_of
from genrelens.audio.sources import ByteSource
from genrelens.errors import NotAudio

from .conftest import Maker, lag_and_likeness


def tag(claimed: int, body: bytes) -> bytes:
    """An ID3v2 tag that claims a size of its own choice."""
    digits = [claimed >> 21 & 127, claimed >> 14 & 127, claimed >> 7 & 127, claimed & 127]
    return b"ID3\x03\x00\x00" + bytes(digits) + body


def noise(size: int) -> bytes:
    return np.random.default_rng(5).bytes(size)


COVER = b"\xff\xd8\xff\xe0\x00\x10JFIF" + noise(3_000_000) + b"\xff\xd9"
BEFORE: dict[str, bytes] = {
    "zeros": bytes(70_000),
    "many zeros": bytes(20_000_000),
    "junk": noise(5_000_000),
    "text": b"a line of a log\n" * 10_000,
    "set bits": b"\xff" * 200_000,
    "a cover beyond its tag": tag(100, bytes(100)) + COVER,
    "a tag that ends where its cover begins": tag(10, bytes(10)) + COVER,
    "a tag larger than the file": tag(200_000_000, bytes(1000)),
    "twenty tags": tag(90_000, noise(90_000)) * 20,
    "a tag and zeros": tag(2000, bytes(2000)) + bytes(500_000),
    "a page": b"<html>not found</html>" * 5000,
}


def free_format(mp3: bytes) -> bytes:
    """The frames of an MP3 at 48 kHz, all of one size, with headers that name no bit rate."""
    frames = bytearray(mp3[mp3.index(b"\xff\xfb") :])
    at = 0
    while at + 4 <= len(frames) and frames[at] == 0xFF:
        frames[at + 2] &= 0x0F
        at += 384  # 128 kbit/s at 48 kHz
    return bytes(frames)


def frames_of(sound_file: Maker, suffix: str) -> bytes:
    if suffix == "free format":
        return free_format(sound_file("cbr.mp3", rate=48000, channels=2).read_bytes())
    content = sound_file(suffix).read_bytes()
    return content[content.index(b"\xff\xfb") :] if "mp3" in suffix else content


@pytest.mark.parametrize("suffix", ["mp3", "aac", "free format", "flac"])
@pytest.mark.parametrize("before", BEFORE)
def test_sound_behind_anything(sound_file: Maker, suffix: str, before: str) -> None:
    if suffix == "flac" and not BEFORE[before].startswith(b"ID3"):
        pytest.skip("FLAC has a magic number, and is looked for behind tags only")
    frames = frames_of(sound_file, suffix)
    with (
        open_recording(io.BytesIO(frames)) as alone,
        open_recording(io.BytesIO(BEFORE[before] + frames)) as r,
    ):
        assert r.duration_s == alone.duration_s == pytest.approx(3.0, abs=0.1)
        np.testing.assert_array_equal(r.read(), alone.read())
        assert r.warnings == []


@pytest.mark.parametrize("suffix", ["cbr.mp3", "aac", "free format"])
def test_a_tag_that_claims_some_of_the_sound_takes_none(sound_file: Maker, suffix: str) -> None:
    frames = frames_of(sound_file, suffix)
    with (
        open_recording(io.BytesIO(frames)) as alone,
        open_recording(io.BytesIO(tag(20_000, bytes(500)) + frames)) as recording,
    ):
        assert recording.duration_s == alone.duration_s


def test_free_format_is_the_sound_that_was_encoded(sound_file: Maker) -> None:
    path = sound_file("cbr.mp3", 92.0, rate=48000)
    content = free_format(path.read_bytes())
    truth = read_mono(path, 48000)
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.duration_s == pytest.approx(92, abs=0.1)
        assert recording.warnings == []
        lag, likeness = lag_and_likeness(recording.read(80.0, 1.0), truth, 80 * 48000)
        assert likeness > 0.99
        assert abs(lag) < 0.03 * 48000  # libsndfile leaves the encoder's delay in


DAMAGED = """
import io, sys
from genrelens.audio import open_recording
with open_recording(io.BytesIO(sys.stdin.buffer.read())) as recording:
    print(recording.duration_s)
"""


@pytest.mark.parametrize(
    ("harm", "left"),
    [
        (lambda b: b[: len(b) * 6 // 10 + 1], 3.0),
        (lambda b: b[: len(b) // 2] + b"junk" * 700 + b[len(b) // 2 :], 5.0),
        (lambda b: b[: len(b) // 2] + noise(5000) + b[len(b) // 2 + 5000 :], 4.7),
        (lambda b: b + b"TAG" + bytes(125), 5.0),
    ],
    ids=["cut", "junk within", "damaged", "a tag behind"],
)
def test_damaged_free_format_says_nothing_on_the_terminal(
    sound_file: Maker, harm: Callable[[bytes], bytes], left: float
) -> None:
    content = free_format(sound_file("cbr.mp3", 5.0, rate=48000, channels=2).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED], input=harm(content), capture_output=True, check=True
    )
    assert done.stderr == b""
    assert float(done.stdout) == pytest.approx(left, abs=0.2)


def test_free_format_in_blocks_is_one_stretch(sound_file: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    content = frames_of(sound_file, "free format")
    source = ByteSource(io.BytesIO(content), owned=False)
    whole = frame_runs(source)
    monkeypatch.setattr("genrelens.audio.free_format._BLOCK", 5000)
    assert frame_runs(source) == whole
    assert len(whole) == 1


def test_a_part_is_read_as_its_bytes() -> None:
    content = noise(5000)
    part = part_of(ByteSource(io.BytesIO(content), owned=False), 1000, 3000, head=b"HEAD")
    assert part.size == 2004
    assert part.read(3) + part.read(100) + part.read() == b"HEAD" + content[1000:3000]
    assert part.peek(2, 4) == b"AD" + content[1000:1002]
    assert part.view(4).read() == content[1000:3000]


def test_where_the_search_ends(sound_file: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = frames_of(sound_file, "cbr.mp3")
    monkeypatch.setattr(searching, "SEARCHED", 3 << 20)
    with open_recording(io.BytesIO(bytes(2 << 20) + frames)) as recording:
        assert recording.duration_s == pytest.approx(3.0, abs=0.1)
    with pytest.raises(NotAudio):
        open_recording(io.BytesIO(bytes(4 << 20) + frames))


class Counting(io.FileIO):
    """A file that counts what is read of it."""

    taken = 0

    def readinto(self, buffer: object) -> int:
        got = super().readinto(buffer)  # type: ignore[arg-type]
        self.taken += got or 0
        return got or 0

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        data = super().read(size) or b""
        self.taken += len(data)
        return data


@pytest.mark.parametrize("begins", [b"a line of text\n" * 5000, bytes(5000), b"\xff\xfb\x00" * 5000, b"ID3"])
def test_of_two_gigabytes_of_something_else_little_is_read(tmp_path: Path, begins: bytes) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(begins)
        file.truncate(2 << 30)  # sparse: it takes no room
    with Counting(str(path), "rb") as file:
        with pytest.raises(NotAudio):
            open_recording(file)
        assert file.taken < 200 << 20
