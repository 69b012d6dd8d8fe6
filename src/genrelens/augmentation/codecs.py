"""What lossy files keep of a sound: coded and decoded in memory by PyAV (mp3, aac, opus) or libsndfile."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import av
import numpy as np
import soundfile
import soxr

Codec = Literal["mp3", "aac", "opus", "vorbis"]
CONTAINERS: dict[str, tuple[str, str]] = {
    "mp3": ("mp3", "libmp3lame"),
    "aac": ("mp4", "aac"),
    "opus": ("ogg", "libopus"),
}
"""Container and encoder, as FFmpeg names them."""

CODED_RATE = 44100
"""Sample rate at which most music files are coded; Opus knows 48000 only."""

OPUS_RATE = 48000


@dataclass(frozen=True)
class CodecRoundTrip:
    """A sound after it was a lossy file.

    Mono at 44.1 kHz (Opus 48 kHz); brought back to the rate, length and place in time that it had.

    Args:
        codec: mp3, aac, opus or vorbis.
        kbit: kilobits a second as a stereo file would have them: half of it goes to the one channel here. For
            Vorbis, which libsndfile steers by quality, the quality that gives about this rate.

    Example:
        >>> tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
        >>> coded = CodecRoundTrip("mp3", 128).apply(tone, 22050)
        >>> coded.shape, bool(np.corrcoef(tone, coded)[0, 1] > 0.99)
        ((22050,), True)
    """

    codec: Codec
    kbit: int

    @property
    def key(self) -> str:
        """See `Effect.key`."""
        return f"{self.codec}{self.kbit}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """See `Effect.apply`."""
        if samples.size == 0:
            return samples.astype(np.float32)
        coded_rate = OPUS_RATE if self.codec == "opus" else CODED_RATE
        coded = np.clip(soxr.resample(samples.astype(np.float32), rate, coded_rate, "HQ"), -1.0, 1.0)
        if self.codec == "vorbis":
            decoded = _through_libsndfile(coded, coded_rate, self.kbit)
        else:
            decoded = _through_ffmpeg(coded, coded_rate, *CONTAINERS[self.codec], self.kbit * 500)
        back = np.asarray(soxr.resample(decoded, coded_rate, rate, "HQ"), np.float32)
        return np.pad(back, (0, max(samples.size - back.size, 0)))[: samples.size]


def _through_ffmpeg(samples: np.ndarray, rate: int, container: str, encoder: str, bits: int) -> np.ndarray:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(encoder, rate=rate)
        stream.layout = "mono"
        stream.bit_rate = bits
        stream.format = "flt" if encoder == "libopus" else "fltp"
        stream.open()
        frame_size = stream.frame_size or 1024
        for start in range(0, samples.size, frame_size):
            block = np.ascontiguousarray(samples[None, start : start + frame_size])
            frame = av.AudioFrame.from_ndarray(block, format=stream.format.name, layout="mono")
            frame.sample_rate = rate
            frame.pts = start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as source:
        blocks = [_as_float(frame.to_ndarray()) for frame in source.decode(audio=0)]
    return np.concatenate(blocks) if blocks else np.zeros(1, np.float32)


def _as_float(frame: np.ndarray) -> np.ndarray:
    values = frame.reshape(frame.shape[0], -1)[0]
    return np.asarray(values / (32768.0 if values.dtype == np.int16 else 1.0), np.float32)


def _through_libsndfile(samples: np.ndarray, rate: int, kbit: int) -> np.ndarray:
    file = io.BytesIO()
    quality = float(np.clip((kbit - 64.0) / 256.0 * 0.9, 0.0, 1.0))
    with soundfile.SoundFile(
        file, "w", rate, 1, format="OGG", subtype="VORBIS", compression_level=1.0 - quality
    ) as output:
        for start in range(0, samples.size, rate):
            output.write(samples[start : start + rate])
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.asarray(decoded, np.float32)
