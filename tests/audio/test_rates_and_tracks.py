"""Rates far above hearing are converted while decoded; of several tracks the default one is meant."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from genrelens.audio import open_recording, read_mono
from genrelens.audio.arrays import ArrayDecoder
from genrelens.audio.conversion import ConvertedDecoder, kept_rate
from genrelens.audio.resampling import resample
from genrelens.errors import AudioError

from .conftest import lag_and_likeness, music


def one_bit(rate: int, seconds: float, frequency: float) -> bytes:
    """A tone at half of full scale as a stream of single bits, first order, the oldest bit first."""
    time = np.arange(round(seconds * rate))
    steps = np.floor(np.cumsum((1 + 0.5 * np.sin(2 * np.pi * frequency / rate * time)) / 2))
    return np.packbits(np.diff(steps, prepend=0).astype(np.uint8)).tobytes()


def dsf(rate: int, seconds: float = 1.2, channels: int = 1) -> bytes:
    """Sony's DSF: blocks of 4096 bytes, the oldest bit lowest."""
    bits = np.frombuffer(one_bit(rate, seconds, 440), np.uint8)
    table = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)
    padded = np.pad(table[bits], (0, -len(bits) % 4096)).reshape(-1, 1, 4096)
    data = np.repeat(padded, channels, axis=1).tobytes()
    form = struct.pack(
        "<4sQIIIIIIQII", b"fmt ", 52, 1, 0, channels, channels, rate, 1, len(bits) * 8, 4096, 0
    )
    body = form + b"data" + struct.pack("<Q", 12 + len(data)) + data
    return b"DSD " + struct.pack("<QQQ", 28, 28 + len(body), 0) + body


def dff(rate: int, seconds: float = 1.2) -> bytes:
    """Philips' DSDIFF, mono, the oldest bit highest."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack(">Q", len(content)) + content + bytes(len(content) & 1)

    prop = b"SND " + chunk(b"FS  ", struct.pack(">I", rate)) + chunk(b"CHNL", struct.pack(">H4s", 1, b"C   "))
    prop += chunk(b"CMPR", b"DSD \x0enot compressed\x00")
    body = chunk(b"FVER", b"\x01\x05\x00\x00") + chunk(b"PROP", prop)
    body += chunk(b"DSD ", one_bit(rate, seconds, 440))
    return b"FRM8" + struct.pack(">Q", 4 + len(body)) + b"DSD " + body


@pytest.mark.parametrize("make", [dsf, dff])
@pytest.mark.parametrize(
    ("factor", "family"), [(64, 44100), (64, 48000), (128, 44100), (256, 48000), (512, 44100)]
)
def test_dsd_of_every_rate_is_read(make: object, factor: int, family: int) -> None:
    content = make(family * factor)  # type: ignore[operator]
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.sample_rate <= 96_000
        assert recording.duration_s == pytest.approx(1.2, abs=0.01)
        assert recording.warnings == []
        heard = resample(recording.read(), recording.sample_rate, 32000)
    middle = heard[8000:24000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) == 220  # 440 Hz in half a second
    assert np.std(middle) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_two_channels_of_dsd() -> None:
    with open_recording(io.BytesIO(dsf(64 * 44100, channels=2))) as recording:
        assert recording.channels == 2
        assert recording.duration_s == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize("rate", [192_000, 352_800, 384_000])
def test_high_rates_are_converted_at_any_place(rate: int, tmp_path: Path) -> None:
    sound = music(3.0, rate)
    soundfile.write(tmp_path / "a.wav", sound, rate, "PCM_24")
    with open_recording(tmp_path / "a.wav") as recording:
        kept = recording.sample_rate
        assert kept == (rate if rate <= 192_000 else kept_rate(rate)) <= 192_000
        assert recording.duration_s == 3.0
        truth = resample(sound, rate, kept)
        np.testing.assert_allclose(recording.read(), truth, atol=1e-3)
    with open_recording(tmp_path / "a.wav") as recording:
        part = recording.read(1.7, 0.5)
    at = round(1.7 * kept)
    np.testing.assert_allclose(part, truth[at : at + len(part)], atol=1e-3)


@pytest.mark.parametrize(
    ("rate", "wanted"), [(48000, 44100), (22050, 48000), (250_001, 96_000), (8000, 8000)]
)
def test_a_converted_place_is_the_place_of_a_conversion_of_everything(rate: int, wanted: int) -> None:
    sound = music(3.0, rate, 2)
    truth = np.stack([resample(np.ascontiguousarray(one), rate, wanted) for one in sound.T], axis=1)
    converted = ConvertedDecoder(ArrayDecoder(sound, rate, "a"), wanted)
    assert converted.declared == converted.count() == len(truth)
    for start in (0, 1, 5000, 2 * wanted + 7, 3 * wanted - 10, 4 * wanted):
        parts = list(converted.blocks(start))
        part = np.concatenate(parts) if parts else np.zeros((0, 2))
        assert part.shape == truth[start:].shape
        np.testing.assert_allclose(part, truth[start:], atol=2e-3)


@pytest.mark.parametrize("rate", [384_001, 1_048_575, 4_000_000_000])
def test_rates_that_only_damage_has_are_refused(rate: int) -> None:
    written = io.BytesIO()
    soundfile.write(written, music(2.0, 8000), 8000, format="WAV")
    content = bytearray(written.getvalue())
    content[24:28] = struct.pack("<I", rate)
    with pytest.raises(AudioError, match=r"sample rate of|format|[Ii]nvalid"):
        open_recording(io.BytesIO(content))


def tracks(container: str, codec: str, default: int | None) -> bytes:
    """Three tones, 300, 600 and 900 Hz, as tracks of one file."""
    written = io.BytesIO()
    rate = 48000
    with av.open(written, "w", format=container) as file:
        streams = []
        for index in range(3):
            stream = file.add_stream(codec, rate=rate, options={} if codec != "aac" else {"b": "96k"})
            stream.codec_context.layout = "mono"
            stream.disposition = int(index == default)
            streams.append(stream)
        for at in range(0, 2 * rate, 960):
            for index, stream in enumerate(streams):
                wave = 0.5 * np.sin(2 * np.pi * 300 * (index + 1) / rate * np.arange(at, at + 960))
                frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="flt", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
                resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
                for ready in resampler.resample(frame):
                    file.mux(stream.encode(ready))
        for stream in streams:
            file.mux(stream.encode(None))
    return written.getvalue()


@pytest.mark.parametrize("default", [0, 1, 2, None])
@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("matroska", "libopus"), ("mov", "aac")])
def test_of_several_tracks_the_default_one_is_meant(container: str, codec: str, default: int | None) -> None:
    heard = read_mono(io.BytesIO(tracks(container, codec, default)), 16000)[8000:24000]
    frequency = np.argmax(np.abs(np.fft.rfft(heard * np.hanning(len(heard)))))
    assert frequency == 300 * ((default or 0) + 1)


def test_music_between_two_rates_stays_where_it_was() -> None:
    sound = music(5.0, 44100)
    converted = np.concatenate(list(ConvertedDecoder(ArrayDecoder(sound, 44100, "a"), 48000).blocks(96_000)))
    truth = resample(sound, 44100, 48000)
    assert lag_and_likeness(converted[:, 0], truth, 96_000) == (0, pytest.approx(1, abs=1e-4))
