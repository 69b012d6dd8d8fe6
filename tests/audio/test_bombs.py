"""Small files that announce much: they are refused, or read in little memory."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from genrelens.audio.ogg import _checksum as checksum

from .conftest import Maker

MEASURE = """
import resource, sys
from genrelens.audio import open_recording
from genrelens.errors import AudioError
try:
    with open_recording(sys.argv[1]) as recording:
        count = sum(1 for _ in recording.excerpts())
        print("read", recording.duration_s, count)
except AudioError as error:
    print("refused", error.reason)
try:  # getrusage counts what the parent had, too
    memory = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
except OSError:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(memory // 1024)
"""

MUCH = 400
"""MiB that nothing here may take; the interpreter and the libraries take some 60."""


def measured(path: Path) -> str:
    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said, memory = done.stdout.splitlines()
    assert int(memory) < MUCH, (said, memory)
    return said


def numbers(content: bytearray, name: bytes, *values: int) -> None:
    """Overwrite what follows the flags of a box of MP4."""
    at = content.index(name) + 8
    content[at : at + 4 * len(values)] = struct.pack(f">{len(values)}I", *values)


@pytest.mark.parametrize("size", [1, 7, 1024])
def test_an_mp4_that_announces_samples_without_end(sound_file: Maker, tmp_path: Path, size: int) -> None:
    content = bytearray(sound_file("m4a").read_bytes())
    numbers(content, b"stsz", size, 85_000_000)
    numbers(content, b"stts", 1, 85_000_000, 1024)
    numbers(content, b"stsc", 1, 1, 85_000_000, 1)
    (tmp_path / "a.m4a").write_bytes(content)
    assert "announces 85000000 samples" in measured(tmp_path / "a.m4a")


def test_fragments_that_announce_samples_without_end(sound_file: Maker, tmp_path: Path) -> None:
    content = sound_file("m4a").read_bytes()
    run = struct.pack(">I4sII", 16, b"trun", 0, 80_000_000)
    head = struct.pack(">I4sII", 16, b"tfhd", 0, 1)
    traf = struct.pack(">I4s", 8 + len(head) + len(run), b"traf") + head + run
    moof = struct.pack(">I4s", 8 + len(traf), b"moof") + traf
    (tmp_path / "a.m4a").write_bytes(content + moof)
    assert "fragments announce" in measured(tmp_path / "a.m4a")


def test_an_edit_list_without_end(sound_file: Maker, tmp_path: Path) -> None:
    content = sound_file("m4a").read_bytes()
    at = content.index(b"elst") - 4
    size = int.from_bytes(content[at : at + 4], "big")
    count = 300_000
    entries = struct.pack(">IiI", 1, 1024, 65536) * count
    edits = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, count) + entries
    changed = bytearray(content[:at] + edits + content[at + size :])
    for name in (b"edts", b"trak", b"moov"):
        place = changed.index(name) - 4
        grown = int.from_bytes(changed[place : place + 4], "big") + len(edits) - size
        changed[place : place + 4] = grown.to_bytes(4, "big")
    (tmp_path / "a.m4a").write_bytes(changed)
    said = measured(tmp_path / "a.m4a").split()
    assert said[0] == "read"
    assert float(said[1]) == pytest.approx(3.0, abs=0.1)


def test_boxes_without_end(sound_file: Maker, tmp_path: Path) -> None:
    content = sound_file("m4a").read_bytes()
    boxes = struct.pack(">I4s", 8, b"free") * 400_000
    (tmp_path / "a.m4a").write_bytes(boxes + content)
    (tmp_path / "b.m4a").write_bytes(content + boxes)
    for name in ("a.m4a", "b.m4a"):
        assert measured(tmp_path / name).startswith("refused")


@pytest.mark.parametrize(
    ("suffix", "at", "chunk"),
    [("aiff", 12, b"ANNO" + bytes(4)), ("avi", 12, b"JUNK" + bytes(4)), ("avi", 24, b"JUNK" + bytes(4))],
    ids=["aiff", "avi", "within a list of avi"],
)
def test_empty_chunks_without_end(
    sound_file: Maker, tmp_path: Path, suffix: str, at: int, chunk: bytes
) -> None:
    content = sound_file(suffix).read_bytes()
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content[:at] + chunk * 9000 + content[at:])
    assert measured(path).startswith("read")
    path.write_bytes(content[:at] + chunk * 7_500_000 + content[at:])
    assert "more than 10000 chunks" in measured(path)


def crowded(suffix: str, content: bytes) -> bytes:
    """A recording with a megabyte of the smallest parts that its container knows, before its sound."""
    if suffix == "caf":
        return content[:52] + struct.pack(">4sq", b"free", 0) * 80_000 + content[52:]
    if suffix == "flac":
        return content[:4] + b"\0" + content[5:42] + b"\x01\0\0\0" * 250_000 + content[42:]
    if suffix == "mka":
        at = content.index(bytes.fromhex("18538067"))
        return content[:at] + b"\xec\x80" * 500_000 + content[at:]
    if suffix == "cbr.mp3":
        size = 1_000_000
        frames = (b"TXXX" + struct.pack(">IH", 1, 0) + b"\0") * (size // 11 + 1)
        digits = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
        return b"ID3\x03\0\0" + digits + frames[:size] + content[content.index(b"\xff\xfb") :]
    first = 27 + content[26] + sum(content[27 : 27 + content[26]])
    page = bytearray(b"OggS\0\0" + bytes(8) + content[14:18] + struct.pack("<II", 1, 0) + b"\0")
    page[22:26] = checksum(bytes(page))
    return content[:first] + bytes(page) * 37_000 + content[first:]


@pytest.mark.parametrize("suffix", ["caf", "flac", "mka", "cbr.mp3", "ogg", "opus"])
def test_many_empty_parts_leave_the_sound_as_it_is(sound_file: Maker, tmp_path: Path, suffix: str) -> None:
    content = sound_file(suffix).read_bytes()
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(crowded(suffix, content))
    said = measured(path).split()
    assert float(said[1]) == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("rate", [384_000, 655_350])
@pytest.mark.parametrize("kind", ["flac", "wav", "w64"])
def test_long_silence_at_a_high_rate(kind: str, rate: int, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16", format=kind.upper()) as file:
        for _ in range(85):
            file.write(np.zeros(rate, np.int16))
    said = measured(path)
    if rate > 384_000:
        assert "sample rate of 655350 Hz" in said
    else:
        assert float(said.split()[1]) == pytest.approx(85, abs=0.01)


def silent_wavpack(path: Path, rate: int, seconds: float, dsd: bool = False) -> Path:
    """Blocks of silence, some tens of bytes each, over and over."""
    with av.open(str(path), "w", format="wv") as file:
        stream = file.add_stream("wavpack", rate=rate)
        stream.codec_context.format, stream.codec_context.layout = "s16p", "mono"
        for at in range(0, 4 * rate, 4096):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16p", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    content = path.read_bytes()
    block = content[: 8 + struct.unpack_from("<I", content, 4)[0]]
    (held,) = struct.unpack_from("<I", block, 20)
    count = int(seconds * rate) // held
    head = bytearray(block)
    head[27] |= 0x80 if dsd else 0
    with path.open("wb") as out:
        for number in range(count):
            struct.pack_into("<II", head, 12, count * held, number * held)
            out.write(head)
    return path


@pytest.mark.parametrize("rate", [384_000, 1_050_000, 1_500_000])
def test_long_silence_at_a_high_rate_in_wavpack(tmp_path: Path, rate: int) -> None:
    path = silent_wavpack(tmp_path / "a.wv", rate, 89)
    assert path.stat().st_size < 200_000
    said = measured(path)
    if rate > 384_000:
        assert f"sample rate of {rate} Hz" in said
    else:
        assert float(said.split()[1]) == pytest.approx(89, abs=2)


def test_wavpack_that_claims_to_hold_single_bits(tmp_path: Path) -> None:
    """Rates may be far higher then, so that what there is of it is decoded piece by piece."""
    measured(silent_wavpack(tmp_path / "a.wv", 1_500_000, 89, dsd=True))


def test_hours_without_an_announced_length(sound_file: Maker, tmp_path: Path) -> None:
    content = sound_file("aac").read_bytes()
    with (tmp_path / "a.aac").open("wb") as file:
        for _ in range(1500):
            file.write(content)
    said = measured(tmp_path / "a.aac").split()
    assert float(said[1]) == pytest.approx(1500 * 3.04, rel=0.03)
    assert said[2] == "3"
