"""MP3 of free format is the same sound as with a bit rate in its headers, in each layer and at any place."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest

from genrelens.audio import open_recording
from genrelens.audio.mpeg import frame_header

from .test_frame_index import encoded

KINDS = {  # name: (codec, container, rate, channels, with a checksum)
    "layer III": ("libmp3lame", "mp3", 48000, 2, False),
    "layer III, mono": ("libmp3lame", "mp3", 32000, 1, False),
    "layer III at half the rate": ("libmp3lame", "mp3", 24000, 2, False),
    "layer III at half the rate, mono": ("libmp3lame", "mp3", 16000, 1, False),
    "layer III with checksums": ("libmp3lame", "mp3", 48000, 2, True),
    "layer II": ("mp2", "mp2", 48000, 2, False),
}


def with_checksum(frame: bytes) -> bytes:
    """A frame that has room for a checksum, which decoders need not look at."""
    return bytes([frame[0], frame[1] & 0xFE]) + frame[2:4] + b"\x12\x34" + frame[4:]


def without_rate(frame: bytes) -> bytes:
    return frame[:2] + bytes([frame[2] & 0x0F]) + frame[3:]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, bytes]]:
    """By kind: with bit rates in the headers, and of free format."""
    folder = tmp_path_factory.mktemp("free")
    made = {}
    for name, (codec, container, rate, channels, checksums) in KINDS.items():
        frames = encoded(folder, codec, container, rate, channels, 12.0)
        assert len({frame_header(frame).size for frame in frames}) == 1  # type: ignore[union-attr]
        free = [without_rate(with_checksum(frame) if checksums else frame) for frame in frames]
        made[name] = b"".join(frames), b"".join(free)
    return made


@pytest.mark.parametrize("name", KINDS)
def test_the_same_sound_as_with_a_bit_rate(pairs: dict[str, tuple[bytes, bytes]], name: str) -> None:
    rated, free = pairs[name]
    with open_recording(io.BytesIO(rated)) as recording:
        truth, rate = recording.read(), recording.sample_rate
    with open_recording(io.BytesIO(free)) as recording:
        assert recording.sample_rate == rate
        whole = recording.read()
        assert recording.duration_s == len(truth) / rate
        assert recording.warnings == []
        np.testing.assert_allclose(whole, truth, atol=2 / 32768)
        for start_s in (0.01, 0.3, 5.123, 11.0):
            at = round(start_s * rate)
            np.testing.assert_array_equal(recording.read(start_s, 0.9), whole[at : at + round(0.9 * rate)])


@pytest.mark.parametrize("name", ["layer III", "layer II"])
def test_damage_within_frames_moves_nothing(pairs: dict[str, tuple[bytes, bytes]], name: str) -> None:
    free = bytearray(pairs[name][1])
    size = frame_header(pairs[name][0]).size  # type: ignore[union-attr]
    for frame in range(100, 140, 2):
        free[frame * size + 4 : frame * size + 300] = np.random.default_rng(frame).bytes(296)
    with (
        open_recording(io.BytesIO(pairs[name][1])) as intact,
        open_recording(io.BytesIO(bytes(free))) as damaged,
    ):
        whole, rate = intact.read(), intact.sample_rate
        assert damaged.duration_s == intact.duration_s
        np.testing.assert_array_equal(damaged.read(6.0, 4.0), whole[6 * rate : 10 * rate])


DAMAGES = """
import io, sys
import numpy as np
from genrelens.audio import open_recording
from genrelens.errors import AudioError
whole = sys.stdin.buffer.read()
rng = np.random.default_rng(4)
for _ in range(40):
    data = bytearray(whole)
    for place in rng.integers(len(data), size=200):
        data[place] = rng.integers(256)
    try:
        with open_recording(io.BytesIO(bytes(data))) as recording:
            samples = sum(len(excerpt.samples) for excerpt in recording.excerpts())
    except AudioError:
        pass
"""


@pytest.mark.parametrize("name", ["layer III", "layer III at half the rate, mono", "layer II"])
def test_damage_within_frames_says_nothing_on_the_terminal(
    pairs: dict[str, tuple[bytes, bytes]], name: str
) -> None:
    content = pairs[name][1][:60_000]
    done = subprocess.run([sys.executable, "-c", DAMAGES], input=content, capture_output=True, check=True)
    assert done.stderr == b""
