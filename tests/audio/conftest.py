"""Sounds made on the spot, in every container and codec at hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

Sound = NDArray[np.float32]

SNDFILE = {  # suffix: (container, sample format)
    "wav": ("WAV", "PCM_16"),
    "f32.wav": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "aiff": ("AIFF", "PCM_24"),
    "au": ("AU", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
}
FFMPEG = {  # suffix: (container, codec, bits per second)
    "mp3": ("mp3", "libmp3lame", 0),  # variable rate
    "cbr.mp3": ("mp3", "libmp3lame", 128_000),
    "m4a": ("mp4", "aac", 128_000),
    "aac": ("adts", "aac", 128_000),
    "opus": ("ogg", "libopus", 96_000),
    "webm": ("webm", "libopus", 96_000),
    "wma": ("asf", "wmav2", 128_000),
    "mka": ("matroska", "ac3", 192_000),
    "alac.m4a": ("mp4", "alac", 0),
    "oga": ("ogg", "flac", 0),
    "wv": ("wv", "wavpack", 0),
    "tta": ("tta", "tta", 0),
    "ts": ("mpegts", "aac", 128_000),
    "avi": ("avi", "mp2", 192_000),
}
FORMATS = (*SNDFILE, *FFMPEG)


@lru_cache(maxsize=16)
def music(seconds: float, rate: int, channels: int = 1) -> Sound:
    """Something that no stretch of looks like another: a rising tone under pulsing, ever new noise."""
    rng = np.random.default_rng(7)
    time = np.arange(round(seconds * rate)) / rate
    pulse = np.repeat(rng.uniform(0, 0.2, len(time) // 500 + 1), 500)[: len(time)]
    noise = np.convolve(rng.standard_normal(len(time)), np.ones(8) / 8, "same")
    sound = 0.25 * np.sin(2 * np.pi * (200 + 5 * time) * time) + pulse * noise
    one = sound.astype(np.float32)
    return one if channels == 1 else np.stack([one * (1 - 0.1 * c) for c in range(channels)], axis=1)


def write(path: Path, sound: Sound, rate: int, suffix: str) -> Path:
    """Encode a sound of shape (n,) or (n, channels)."""
    sound = sound.reshape(len(sound), -1)
    if suffix in SNDFILE:
        container, subtype = SNDFILE[suffix]
        with soundfile.SoundFile(path, "w", rate, sound.shape[1], subtype, format=container) as file:
            for at in range(0, len(sound), rate):  # its Vorbis writer crashes on long arrays
                file.write(sound[at : at + rate])
        return path
    container, codec, bit_rate = FFMPEG[suffix]
    with av.open(str(path), "w", format=container) as file:
        variable = {"flags": "+qscale", "global_quality": str(3 * 118)} if suffix == "mp3" else {}
        stream = file.add_stream(codec, rate=rate, options=variable)
        if bit_rate:
            stream.codec_context.bit_rate = bit_rate
        if codec in ("wavpack", "tta", "flac", "alac"):
            stream.codec_context.format = "s16p" if codec in ("wavpack", "alac") else "s16"
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[sound.shape[1]]
        stream.codec_context.layout = layout
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for at in range(0, len(sound), 4096):
            packed = np.ascontiguousarray(sound[at : at + 4096]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            for ready in resampler.resample(frame):
                file.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            file.mux(stream.encode(ready))
        file.mux(stream.encode(None))
    return path


def native_rate(suffix: str) -> int:
    """A rate that the codec takes."""
    return 48000 if suffix in ("opus", "webm") else 44100


def lag_and_likeness(part: Sound, whole: Sound, at: int, reach: int = 2500) -> tuple[int, float]:
    """Where around `at` in `whole` the part fits best, relative to `at`, and how well (correlation)."""
    part = part[:20000]
    begin = max(0, at - reach)
    window = whole[begin : at + len(part) + reach].astype(np.float64)
    size = 1 << int(np.ceil(np.log2(len(window) + len(part))))
    products = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(part, size)), size)
    places = len(window) - len(part) + 1
    energy = np.concatenate([[0.0], np.cumsum(window**2)])
    norms = np.sqrt((energy[len(part) :] - energy[:places]) * np.sum(part.astype(np.float64) ** 2))
    likeness = products[:places] / np.maximum(norms, 1e-12)
    best = int(np.argmax(likeness))
    return begin + best - at, float(likeness[best])


Maker = Callable[..., Path]


@pytest.fixture(scope="session")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """`sound_file(suffix, seconds=3.0, rate=None, channels=1)` -> a file of `music`, made once."""
    folder = tmp_path_factory.mktemp("sounds")
    made: dict[tuple[str, float, int, int], Path] = {}

    def make(suffix: str, seconds: float = 3.0, rate: int | None = None, channels: int = 1) -> Path:
        key = (suffix, seconds, rate or native_rate(suffix), channels)
        if key not in made:
            path = folder / f"{len(made)}.{suffix}"
            made[key] = write(path, music(seconds, key[2], channels), key[2], suffix)
        return made[key]

    return make
