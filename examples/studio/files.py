"""Sound files with their tags: wav, flac, ogg through libsndfile; mp3 and m4a through FFmpeg."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

from studio.effects import stereo
from studio.signals import RATE, Signal, fast_length

BLOCK = 1 << 15  # libsndfile's Vorbis writer fails on very long arrays written at once


def resampled(x: Signal, rate: int) -> Signal:
    """The signal at a lower rate, its spectrum cut exactly at the new Nyquist frequency."""
    if rate == RATE:
        return x
    ratio = Fraction(rate, RATE)
    n = x.shape[-1]
    size = fast_length(n + 4096)
    size += -size % ratio.denominator
    spectrum = np.fft.rfft(x, size)
    short = size * ratio.numerator // ratio.denominator
    return np.fft.irfft(spectrum[..., : short // 2 + 1], short)[..., : n * rate // RATE] * float(ratio)


def write(
    path: Path,
    signal: Signal,
    tags: Mapping[str, str],
    *,
    rate: int = RATE,
    channels: int = 2,
    kbps: int = 96,
):
    """Writes beside the path and renames, so that no half-written file is ever in place."""
    signal = stereo(signal)
    if channels == 1:
        signal = signal.mean(0, keepdims=True)
    signal = np.clip(resampled(signal, rate), -1, 1)
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        if path.suffix in (".mp3", ".m4a"):
            write_ffmpeg(beside, signal, tags, rate, kbps)
        else:
            write_sndfile(beside, signal, tags, rate)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_sndfile(path: Path, signal: Signal, tags: Mapping[str, str], rate: int) -> None:
    vorbis = path.suffix == ".ogg"
    options: dict[str, object] = {"subtype": "VORBIS" if vorbis else "PCM_16"}
    if vorbis and "compression_level" in inspect.signature(soundfile.SoundFile).parameters:  # soundfile 0.13
        options["compression_level"] = 0.82
    with soundfile.SoundFile(path, "w", rate, len(signal), **options) as f:
        for name, value in tags.items():
            if name in ("title", "artist", "genre", "date", "comment"):
                setattr(f, name, value)
        samples = signal.T
        for start in range(0, len(samples), BLOCK):
            f.write(np.clip(samples[start : start + BLOCK], -1, 1))


def write_ffmpeg(path: Path, signal: Signal, tags: Mapping[str, str], rate: int, kbps: int) -> None:
    codec, container = {".mp3": ("libmp3lame", "mp3"), ".m4a": ("aac", "ipod")}[path.suffix]
    with av.open(str(path), "w", format=container) as out:
        out.metadata.update(tags)
        layout = "mono" if len(signal) == 1 else "stereo"
        stream = out.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = kbps * 1000
        samples = np.ascontiguousarray(signal, dtype=np.float32)
        size = stream.codec_context.frame_size or 1152
        for start in range(0, samples.shape[1], size):
            frame = av.AudioFrame.from_ndarray(samples[:, start : start + size].copy(), "fltp", layout)
            frame.sample_rate = rate
            frame.pts = start
            frame.time_base = Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
