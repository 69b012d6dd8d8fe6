"""Every format gives the sound that was put in, at its true length."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.audio import open_recording, read_mono
from genrelens.audio.ffmpeg import FfmpegDecoder
from genrelens.audio.libsndfile import SndfileDecoder
from genrelens.audio.sources import open_path

from .conftest import FFMPEG, FORMATS, SNDFILE, Maker, lag_and_likeness, music, native_rate, write

LOSSLESS = ("wav", "f32.wav", "flac", "aiff", "au", "w64", "rf64", "caf", "alac.m4a", "oga", "wv", "tta")


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_was_written_is_heard(sound_file: Maker, suffix: str, channels: int) -> None:
    rate = native_rate(suffix)
    written = music(3.0, rate, channels).reshape(3 * rate, -1).mean(axis=1)
    with open_recording(sound_file(suffix, 3.0, channels=channels)) as recording:
        heard = recording.read()
        assert recording.sample_rate == rate
        assert recording.channels == channels
        assert recording.duration_s == pytest.approx(3.0, abs=0.08)
        assert recording.warnings == []
    assert heard.dtype == np.float32
    if suffix in LOSSLESS:
        assert len(heard) == len(written)
        np.testing.assert_allclose(heard, written, atol=2**-15)
    else:
        lag, likeness = lag_and_likeness(heard[rate : rate + 20000], written, rate)
        assert likeness > 0.95
        assert abs(lag) <= 0.06 * rate  # AAC in ADTS and WMA carry no note of their encoders' delay


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_false_suffix_changes_nothing(sound_file: Maker, suffix: str, tmp_path: Path) -> None:
    truly = sound_file(suffix)
    falsely = tmp_path / ("song.mp3" if "mp3" not in suffix else "song.wav")
    falsely.write_bytes(truly.read_bytes())
    with open_recording(truly) as right, open_recording(falsely) as wrong:
        assert (right.decoder, right.channels, right.duration_s) == (
            wrong.decoder,
            wrong.channels,
            wrong.duration_s,
        )
        np.testing.assert_array_equal(right.read(), wrong.read())


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "au", "ogg"])
def test_both_decoders_hear_the_same(sound_file: Maker, suffix: str) -> None:
    path = sound_file(suffix, 3.0, channels=2)
    one = SndfileDecoder(open_path(path, "one"))
    other = FfmpegDecoder(open_path(path, "other"), suffix, searchable=suffix != "ogg")
    np.testing.assert_allclose(
        np.concatenate(list(one.blocks())), np.concatenate(list(other.blocks())), atol=2e-5
    )
    for start in (1, 40_000, 100_001):
        np.testing.assert_allclose(
            np.concatenate(list(one.blocks(start))), np.concatenate(list(other.blocks(start))), atol=2e-5
        )


@pytest.mark.parametrize(
    "rate", [8000, 11025, 12000, 16000, 22050, 32000, 44100, 48000, 96000, 176400, 192000]
)
def test_any_rate_comes_out_at_the_rate_asked_for(rate: int, tmp_path: Path) -> None:
    time = np.arange(2 * rate) / rate
    path = write(
        tmp_path / "tone.wav", (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), rate, "wav"
    )
    for wanted in (12000, 16000, 22050, 32000):
        samples = read_mono(path, wanted)
        assert len(samples) == 2 * wanted
        truth = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * wanted) / wanted)
        np.testing.assert_allclose(samples[1000:-1000], truth[1000:-1000], atol=1e-3)


@pytest.mark.parametrize(
    ("suffix", "channels"),
    [
        ("wav", 1),
        ("wav", 2),
        ("wav", 6),
        ("wav", 8),
        ("flac", 2),
        ("flac", 8),
        ("m4a", 2),
        ("m4a", 6),
        ("m4a", 8),
        ("mka", 6),
        ("wv", 8),
    ],
)
def test_channels_are_averaged(suffix: str, channels: int, tmp_path: Path) -> None:
    sound = np.zeros((2 * 44100, channels), np.float32)
    sound[:, channels - 1] = 0.5 * np.sin(2 * np.pi * 100 * np.arange(2 * 44100) / 44100)
    with open_recording(write(tmp_path / "sound", sound, 44100, suffix)) as recording:
        heard = recording.read()
        assert recording.channels == channels
    assert np.std(heard[44100:80000]) == pytest.approx(0.5 / np.sqrt(2) / channels, rel=0.02)


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_any_sample_format_has_the_same_level(subtype: str, tmp_path: Path) -> None:
    sound = music(2.0, 44100)
    soundfile.write(tmp_path / "a.wav", sound, 44100, subtype)
    heard = read_mono(tmp_path / "a.wav", 44100)
    noise = {"PCM_U8": 0.01, "ULAW": 0.03, "ALAW": 0.03}.get(subtype, 2**-15)
    np.testing.assert_allclose(heard, sound, atol=noise)


def test_libsndfile_is_never_asked_to_read_mpeg(sound_file: Maker) -> None:
    """It takes MP4 for MPEG layer I, and its MP3 library writes to the terminal."""
    for suffix in FFMPEG:
        with open_recording(sound_file(suffix)) as recording:
            assert recording.decoder == "ffmpeg"
    for suffix in SNDFILE.keys() - {"flac"}:
        with open_recording(sound_file(suffix)) as recording:
            assert recording.decoder == "libsndfile"


def test_a_film_gives_its_sound(sound_file: Maker, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", sound=True)
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(2.0, abs=0.1)
        assert np.std(recording.read()) > 0.1


def film(path: Path, sound: bool) -> Path:
    """Two seconds of grey pictures, with a tone or without."""
    import av

    with av.open(str(path), "w") as file:
        pictures = file.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        tone = file.add_stream("aac", rate=44100) if sound else None
        for _ in range(20):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
            file.mux(pictures.encode(picture))
        file.mux(pictures.encode(None))
        if tone is not None:
            wave = 0.5 * np.sin(np.arange(88200, dtype=np.float32) / 20)
            for at in range(0, 88200, 1024):
                frame = av.AudioFrame.from_ndarray(wave[None, at : at + 1024], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 44100, at
                file.mux(tone.encode(frame))
            file.mux(tone.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["ogg", "opus", "oga", "mp3", "aac"])
def test_files_strung_together_are_heard_to_the_end(sound_file: Maker, suffix: str) -> None:
    content = sound_file(suffix, 3.0).read_bytes() + sound_file(suffix, 5.0).read_bytes()
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.duration_s == pytest.approx(8.0, abs=0.15)


@pytest.mark.parametrize("suffix", ["mp3", "aac"])
def test_a_change_of_rate_within_a_stream_is_no_change_of_pitch(sound_file: Maker, suffix: str) -> None:
    first, second = sound_file(suffix, 3.0), sound_file(suffix, 5.0, rate=22050, channels=2)
    with open_recording(io.BytesIO(first.read_bytes() + second.read_bytes())) as recording:
        assert recording.sample_rate == 44100
        assert recording.duration_s == pytest.approx(8.0, abs=0.15)
        heard = recording.read()
    alone = read_mono(second, 44100)
    lag, likeness = lag_and_likeness(alone[44100:], heard, 4 * 44100, 10_000)
    assert likeness > 0.99
    assert abs(lag) < 8000
