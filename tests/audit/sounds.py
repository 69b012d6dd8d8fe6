"""Made music for fingerprints: chords with partials and drums, different for each seed."""

from __future__ import annotations

import io

import numpy as np

RATE = 11025


def song(seed: int, seconds: float = 30.0, rate: int = RATE) -> np.ndarray:
    """A progression of random chords over a random drum pattern, float32, peak about 0.5."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    t = np.arange(n) / rate
    out = np.zeros(n)
    beat = rng.uniform(0.35, 0.6)
    onset = 0.0
    while onset < seconds:
        begin = int(onset * rate)
        length = min(int(beat * rate * rng.integers(1, 4)), n - begin)
        span = t[:length]
        for _ in range(rng.integers(1, 4)):
            pitch = 110 * 2 ** (rng.integers(0, 36) / 12)
            for partial in range(1, 7):
                decay = np.exp(-span * rng.uniform(1, 4) * partial**0.5)
                out[begin : begin + length] += (
                    0.1 / partial * decay * np.sin(2 * np.pi * pitch * partial * span)
                )
        hit = min(int(0.05 * rate), n - begin)
        out[begin : begin + hit] += 0.2 * rng.standard_normal(hit) * np.exp(-np.arange(hit) / rate / 0.015)
        onset += beat * rng.choice([0.5, 1.0, 1.0, 1.5])
    return (out / np.abs(out).max() * 0.5).astype(np.float32)


def through_mp3(samples: np.ndarray, rate: int, bit_rate: int) -> np.ndarray:
    """The samples written as mono MP3 and read back."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate)
        stream.bit_rate = bit_rate
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    file.seek(0)
    with av.open(file) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def faster(samples: np.ndarray, factor: float) -> np.ndarray:
    """The samples as a record player turning that much faster gives them."""
    import soxr

    return soxr.resample(samples, RATE * factor, RATE).astype(np.float32)
