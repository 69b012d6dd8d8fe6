"""Damaged recordings: what can be read is heard, and a warning says what was wrong."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.audio import open_recording
from genrelens.errors import AudioError, DecodeFailed, TooShort

from .conftest import Maker, lag_and_likeness, music

CUT = (
    "wav",
    "flac",
    "aiff",
    "au",
    "w64",
    "rf64",
    "mp3",
    "cbr.mp3",
    "aac",
    "opus",
    "ogg",
    "webm",
    "mka",
    "oga",
    "wv",
    "tta",
)


def warned(content: bytes, **how: object) -> tuple[float, list[str], int]:
    """Seconds, warnings and the number of excerpts of what is heard."""
    with open_recording(io.BytesIO(content)) as recording:
        count = len(list(recording.excerpts(**how)))  # type: ignore[arg-type]
        return recording.duration_s, recording.warnings, count


@pytest.mark.parametrize("seconds", [5.0, 95.0])
@pytest.mark.parametrize("suffix", CUT)
def test_a_cut_file_is_heard_as_far_as_it_goes(sound_file: Maker, suffix: str, seconds: float) -> None:
    content = sound_file(suffix, seconds).read_bytes()
    heard, warnings, count = warned(content[: len(content) * 6 // 10 + 1])
    assert 0.35 * seconds < heard < 0.72 * seconds
    assert count == (1 if seconds == 5 else 2)
    if suffix not in ("webm", "mka"):  # live streams in Matroska announce no length, and end anywhere
        assert [w for w in warnings if w.startswith("truncated: ") and f"{heard:.2f} s can be read" in w]


def test_a_cut_file_says_what_was_promised(sound_file: Maker) -> None:
    content = sound_file("wav", 95.0).read_bytes()
    _, warnings, _ = warned(content[: 44 + 70 * 2 * 44100])
    assert warnings == ["truncated: 95.00 s are announced, 70.00 s can be read"]


def test_three_excerpts_are_planned_within_what_is_left(sound_file: Maker) -> None:
    content = sound_file("mp3", 160.0, rate=22050).read_bytes()
    with open_recording(io.BytesIO(content[: int(len(content) * 0.7)])) as recording:
        excerpts = list(recording.excerpts())
        end = recording.duration_s
    assert 90 < end < 130
    assert [len(e.samples) for e in excerpts] == [30 * 22050] * 3
    assert excerpts[-1].end_s < end


def test_an_mp3_cut_in_mid_frame_is_told_without_any_announced_length(sound_file: Maker) -> None:
    content = sound_file("cbr.mp3").read_bytes()
    frames = content[content.index(b"\xff\xfb", 600) :]
    assert not any("truncated" in w for w in warned(frames)[1])
    assert any("ends within a frame" in w for w in warned(frames[:-100])[1])


@pytest.mark.parametrize(
    "tag", [b"TAG" + bytes(125), b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8)]
)
def test_tags_behind_the_sound_are_no_damage(sound_file: Maker, tag: bytes) -> None:
    assert warned(sound_file("mp3").read_bytes() + tag)[1] == []


@pytest.mark.parametrize("claimed", [0, 17, 100_000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_whose_header_lies(sound_file: Maker, claimed: int) -> None:
    content = bytearray(sound_file("wav", 5.0).read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", claimed)
    assert warned(bytes(content))[0] == 5.0


def test_chunks_behind_a_wavs_sound_are_not_heard(sound_file: Maker) -> None:
    content = sound_file("wav", 5.0).read_bytes()
    assert warned(content + b"LIST" + struct.pack("<I", 1000) + bytes(1000))[0] == 5.0
    assert warned(content + b"id3 " + struct.pack("<I", 1001) + bytes(1001))[0] == 5.0


@pytest.mark.parametrize("claimed", [0, 1, 100_000, 4_000_000_000])
@pytest.mark.parametrize("seconds", [5.0, 95.0])
def test_a_flac_whose_header_lies(sound_file: Maker, seconds: float, claimed: int) -> None:
    content = bytearray(sound_file("flac", seconds).read_bytes())
    packed = int.from_bytes(content[18:26], "big") >> 36 << 36 | claimed
    content[18:26] = packed.to_bytes(8, "big")
    heard, warnings, count = warned(bytes(content))
    assert heard == pytest.approx(seconds, abs=1e-3)
    assert count == (1 if seconds == 5 else 3)
    assert [w.partition(":")[0] for w in warnings] == (["truncated"] if claimed > 95 * 44100 else [])


@pytest.mark.parametrize("claimed", [1, 50, 100_000])
@pytest.mark.parametrize("seconds", [5.0, 95.0])
def test_an_mp3_whose_xing_frame_lies(sound_file: Maker, seconds: float, claimed: int) -> None:
    content = bytearray(sound_file("mp3", seconds).read_bytes())
    at = content.index(b"Xing") + 8
    content[at : at + 4] = claimed.to_bytes(4, "big")
    heard, warnings, _ = warned(bytes(content))
    assert heard == pytest.approx(seconds, abs=0.1)
    assert [w.partition(":")[0] for w in warnings] == (["truncated"] if claimed == 100_000 else [])


@pytest.mark.parametrize("suffix", ["mp3", "aac", "flac", "m4a", "opus", "ogg", "oga", "ts"])
@pytest.mark.parametrize("seconds", [20.0, 95.0])
def test_damage_in_the_middle_costs_only_what_is_damaged(
    sound_file: Maker, suffix: str, seconds: float
) -> None:
    path = sound_file(suffix, seconds)
    content = bytearray(path.read_bytes())
    middle = len(content) * 2 // 5
    content[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    with open_recording(io.BytesIO(content)) as damaged, open_recording(path) as sound:
        count = len(list(damaged.excerpts("all")))
        assert count == (1 if seconds == 20 else 4)
        assert damaged.duration_s == pytest.approx(seconds, abs=1.5)
        end, heard = sound.read(), damaged.read()
    assert lag_and_likeness(heard[-44100:-20000], end, len(end) - 44100, 80_000)[1] > 0.99


def test_where_one_decoder_stops_the_other_goes_on(
    sound_file: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collections.abc import Iterator

    from genrelens.audio.decoding import Block, Stopped
    from genrelens.audio.libsndfile import SndfileDecoder

    honest = SndfileDecoder.blocks

    def failing(self: SndfileDecoder, start: int = 0) -> Iterator[Block]:
        place = start
        for block in honest(self, start):
            place += len(block)
            if place > 100_000:
                raise Stopped("broken")
            yield block

    path = sound_file("wav", 5.0)
    with open_recording(path) as recording:
        whole = recording.read()
    monkeypatch.setattr(SndfileDecoder, "blocks", failing)
    with open_recording(path) as recording:
        assert recording.decoder == "libsndfile"
        np.testing.assert_array_equal(recording.read(), whole)
        assert recording.duration_s == 5.0


def test_a_recording_under_a_second_is_too_short(sound_file: Maker) -> None:
    for suffix in ("wav", "mp3", "ogg", "m4a"):
        with (
            open_recording(sound_file(suffix, 0.5)) as recording,
            pytest.raises(TooShort, match=r"0\.5\d s of sound"),
        ):
            list(recording.excerpts())
        with open_recording(sound_file(suffix, 0.5)) as recording, pytest.raises(TooShort):
            list(recording.excerpts("all"))


def test_a_file_without_a_single_sample_is_too_short(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 44100)
    with open_recording(tmp_path / "none.wav") as recording, pytest.raises(TooShort):
        list(recording.excerpts())


def test_sound_of_which_nothing_can_be_decoded(sound_file: Maker) -> None:
    content = sound_file("m4a").read_bytes()
    with pytest.raises(DecodeFailed, match=r"song\.m4a"):
        open_recording(io.BytesIO(content[: len(content) // 2]), "song.m4a")  # its index stands at the end


@pytest.mark.parametrize("level", [0.0, 0.4])
def test_silence_and_a_mere_offset_are_silent(level: float) -> None:
    with open_recording((np.full(100 * 8000, level), 8000)) as recording:
        excerpts = list(recording.excerpts())
        assert [e.is_silent for e in excerpts] == [True] * 3
        assert recording.warnings == ["silent: 90.0 s of what was decoded is silent"]


def test_quiet_music_is_not_silent() -> None:
    with open_recording((0.001 * music(5, 8000), 8000)) as recording:
        assert not next(recording.excerpts()).is_silent


def test_dither_is_silent() -> None:
    dither = np.random.default_rng(0).integers(-1, 2, 80_000).astype(np.int16)
    with open_recording((dither, 8000)) as recording:
        assert next(recording.excerpts()).is_silent


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    sound = music(3.0, 44100, 2).copy()
    sound[1000, 0], sound[2000, 1], sound[3000, 0], sound[4000, 0] = np.nan, np.inf, -np.inf, 1e30
    soundfile.write(tmp_path / "a.wav", sound, 44100, "FLOAT")
    with open_recording(tmp_path / "a.wav") as recording:
        (excerpt,) = recording.excerpts()
        assert recording.warnings == ["non-finite: 4 samples were not finite numbers and were taken as 0"]
    clean = np.where(np.isfinite(sound) & (np.abs(sound) < 10), sound, 0).mean(axis=1)
    np.testing.assert_allclose(excerpt.samples, clean, atol=1e-6)


def test_clipping_is_told_and_loud_mastering_is_not() -> None:
    loud = np.tanh(4 * music(5.0, 44100))
    for sound, told in ((np.clip(8 * music(5.0, 44100), -1, 1), True), (loud / np.abs(loud).max(), False)):
        with open_recording((sound, 44100)) as recording:
            list(recording.excerpts())
            assert any(w.startswith("clipped: ") for w in recording.warnings) == told


def test_the_header_alone_decides_nothing(sound_file: Maker) -> None:
    content = bytearray(sound_file("wav").read_bytes())
    content[24:28] = struct.pack("<I", 3)  # a rate of 3 Hz
    with pytest.raises(AudioError, match="3 Hz"):
        open_recording(io.BytesIO(content), "slow.wav")
