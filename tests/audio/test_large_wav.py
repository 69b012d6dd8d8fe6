"""WAV and its relatives whose sizes are wrong, above 4 GiB or below: the size of the file decides.

The large files are sparse: they take no room, and are only read where their sound is asked for.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio import open_recording
from genrelens.errors import DecodeFailed

from .conftest import Maker, lag_and_likeness, music

RATE = 44100
SIZE = 5_000_000_000
SECONDS = SIZE / (4 * RATE)
FORMAT = struct.pack("<HHIIHH", 1, 2, RATE, RATE * 4, 4, 16)
MUSIC = music(40.0, RATE)
SOUND = np.repeat((MUSIC * 32767).astype("<i2"), 2).tobytes()
UNKNOWN = b"\xff" * 4
WAVE64 = bytes.fromhex("f3acd3118cd100c04f8edb8a")


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def riff(size: int, form: bytes = b"RIFF", extra: bytes = b"") -> bytes:
    """A header of WAV whose sound has that size, as far as 32 bits can say it."""
    sizes = [struct.pack("<I", number & 0xFFFFFFFF) for number in (size + 36 + len(extra), size)]
    return form + sizes[0] + b"WAVE" + extra + chunk(b"fmt ", FORMAT) + b"data" + sizes[1]


def large(form: bytes, riff_size: int, size: int, narrow: int = 0xFFFFFFFF) -> bytes:
    """A header of RF64 or BW64."""
    ds64 = chunk(b"ds64", struct.pack("<QQQI", riff_size, size, size // 4, 0))
    return riff(narrow, form, ds64).replace(struct.pack("<I", (narrow + 72) & 0xFFFFFFFF), UNKNOWN, 1)


def wave64(size: int) -> bytes:
    head = (
        b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000") + struct.pack("<Q", min(size + 80, (1 << 64) - 1))
    )
    head += b"wave" + WAVE64 + b"fmt " + WAVE64 + struct.pack("<Q", 40) + FORMAT
    return head + b"data" + WAVE64 + struct.pack("<Q", size)


LIST = chunk(b"LIST", b"INFOICMT" + bytes(40)) + chunk(b"id3 ", bytes(1001))
HEADERS: dict[str, tuple[bytes, bytes]] = {
    "wrapped": (riff(SIZE), b""),
    "wrapped, with chunks behind": (riff(SIZE), LIST),
    "all bits set": (riff(0xFFFFFFFF), b""),
    "zero": (riff(0), b""),
    "largest signed": (riff(0x7FFFFFFF), b""),
    "RF64": (large(b"RF64", SIZE + 72, SIZE), b""),
    "RF64 with chunks behind": (large(b"RF64", SIZE + 72, SIZE), LIST),
    "RF64 to a pipe": (large(b"RF64", 0, 0), b""),
    "RF64 wrapped": (large(b"RF64", SIZE, SIZE & 0xFFFFFFFF), b""),
    "BW64 to a pipe": (large(b"BW64", 0, 0), b""),
    "BW64 all bits set": (large(b"BW64", (1 << 64) - 1, (1 << 64) - 1), b""),
    "Wave64": (wave64(SIZE + 24), b""),
    "Wave64 zero": (wave64(0), b""),
    "Wave64 wrapped": (wave64((SIZE + 24) & 0xFFFFFFFF), b""),
    "Wave64 all bits set": (wave64((1 << 64) - 1), b""),
}


@pytest.mark.parametrize("name", HEADERS)
def test_above_four_gibibytes_the_file_says_how_long_it_is(name: str, tmp_path: Path) -> None:
    head, behind = HEADERS[name]
    places = [0, SIZE // 8 * 4, SIZE - len(SOUND)]
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(head)
        for place in places:
            file.seek(len(head) + place)
            file.write(SOUND)
        file.seek(len(head) + SIZE)
        file.write(behind)
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(SECONDS, abs=1e-3)
        for place in places:
            part = recording.read(place / (4 * RATE) + 10, 1.0)
            assert lag_and_likeness(part, MUSIC, 10 * RATE) == (0, pytest.approx(1, abs=1e-3))
        assert [len(e.samples) for e in recording.excerpts(2)] == [30 * RATE] * 2
        assert [w for w in recording.warnings if not w.startswith("silent")] == []


def test_a_cut_file_above_four_gibibytes_is_still_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    with path.open("wb") as file:
        file.write(large(b"RF64", SIZE + 72, SIZE))
        file.truncate(SIZE - 700_000_000)
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx((SIZE - 700_000_080) / (4 * RATE), abs=0.01)
        assert any(w.startswith(f"truncated: {SECONDS:.2f} s are announced") for w in recording.warnings)


@pytest.mark.parametrize("behind", [b"", LIST], ids=["nothing", "chunks"])
@pytest.mark.parametrize(
    "head",
    [large(b"RF64", 0, 0), large(b"BW64", 0, 0), wave64(0), wave64(24), riff(0), riff(1000)],
    ids=["RF64", "BW64", "Wave64", "Wave64 of its header", "WAV", "WAV too short"],
)
def test_small_files_written_to_a_pipe(head: bytes, behind: bytes) -> None:
    content = head + SOUND + behind
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.duration_s == pytest.approx(40, abs=0.01)
        np.testing.assert_allclose(recording.read(1, 2), MUSIC[RATE : 3 * RATE], atol=1e-4)


@pytest.mark.parametrize("name", [b"LIST", b"bext", b"odd "])
@pytest.mark.parametrize("size", [1, 27, 1001])
def test_a_chunk_of_odd_size_without_its_padding(name: bytes, size: int) -> None:
    text = name + struct.pack("<I", size) + b"x" * size
    for behind in (b"", text):
        head = riff(len(SOUND), extra=text)
        with open_recording(io.BytesIO(head + SOUND + behind)) as recording:
            assert recording.duration_s == 40.0
            np.testing.assert_allclose(recording.read(1, 2), MUSIC[RATE : 3 * RATE], atol=1e-4)
            assert recording.warnings == []


def test_odd_chunks_before_other_codecs(sound_file: Maker) -> None:
    """A-law, 24 bits and floats get the same right header."""
    import soundfile

    for subtype in ("ALAW", "PCM_24", "FLOAT", "IMA_ADPCM"):
        written = io.BytesIO()
        soundfile.write(written, MUSIC[: 3 * RATE], RATE, subtype, format="WAV")
        content = written.getvalue()
        at = content.index(b"data")
        with open_recording(io.BytesIO(content)) as right:
            truth = right.read()
        broken = content[:at] + b"LIST" + struct.pack("<I", 27) + b"x" * 27 + content[at:]
        with open_recording(io.BytesIO(broken)) as recording:
            np.testing.assert_array_equal(recording.read(), truth)


def test_chunks_without_end_are_refused(sound_file: Maker) -> None:
    for count, refused in ((1000, False), (200_000, True)):
        content = riff(len(SOUND), extra=chunk(b"junk", b"") * count) + SOUND
        if refused:
            with pytest.raises(DecodeFailed, match="more than 10000 chunks"):
                open_recording(io.BytesIO(content))
        else:
            with open_recording(io.BytesIO(content)) as recording:
                assert recording.duration_s == 40.0
