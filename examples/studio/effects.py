"""What stands between the instruments and the ear: room, echo, chorus, dynamics."""

from __future__ import annotations

import numpy as np

from studio.signals import (
    RATE,
    Response,
    Signal,
    apply,
    bandpass,
    clock,
    decay,
    fast_length,
    highpass,
    lowpass,
)


def stereo(x: Signal, pan: float = 0.0) -> Signal:
    """A mono signal placed from -1 (left) to 1 (right) at constant power."""
    if x.ndim == 2:
        return x
    angle = (pan + 1) * np.pi / 4
    return np.stack([x * np.cos(angle), x * np.sin(angle)]) * np.sqrt(2)


def room_response(
    t60: float, seed: int, *, predelay: float = 0.02, bright: float = 0.5, size: float = 1.0
) -> Signal:
    """An impulse response, stereo: a dozen early echoes, then noise whose bands die at their own pace."""
    rng = np.random.default_rng(seed)
    t = clock(t60 * 1.1)
    out = np.zeros((2, len(t) + int(predelay * RATE)))
    start = int(predelay * RATE)
    for side in (0, 1):
        for centre, keep in ((150, 1.1), (400, 1.1), (1000, 1.0), (2400, 0.8), (5500, 0.35 + 0.5 * bright)):
            band = apply(rng.standard_normal(len(t)), bandpass(centre, 0.9))
            out[side, start:] += band * decay(t, t60 * keep) * (1.0 if centre < 4000 else bright)
        out[side, start:] *= 1 - np.exp(-t / (0.012 * size))
        for i in range(12):
            at = int((0.004 + 0.055 * size * rng.random()) * RATE)
            out[side, at] += 6 * rng.choice([-1, 1]) / (1 + i * 0.4)
    return apply(out / np.sqrt(np.sum(out**2) / 2), lowpass(9000), highpass(120))


def convolve(x: Signal, response: Signal) -> Signal:
    size = fast_length(x.shape[-1] + response.shape[-1])
    y = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)
    return y[..., : x.shape[-1]]


def spring(x: Signal, seed: int = 3) -> Signal:
    """A spring tank: a chirp that bounces, narrow and splashy."""
    t = clock(1.6)
    rng = np.random.default_rng(seed)
    boing = np.zeros(len(t))
    for bounce in range(1, 14):
        at = int(bounce * 0.047 * RATE * (1 + 0.02 * rng.random()))
        width = int((0.012 + 0.004 * bounce) * RATE)
        if at + width < len(t):
            u = np.arange(width) / width
            boing[at : at + width] += np.sin(2 * np.pi * (u * 60 - 28 * u * u)) * (1 - u) * 0.72**bounce
    boing = apply(boing, highpass(300), lowpass(3600))
    wet = convolve(x if x.ndim == 1 else x.mean(0), boing / np.sqrt(np.sum(boing**2)))
    return stereo(wet)


def echo(
    x: Signal,
    seconds: float,
    feedback: float = 0.4,
    colour: tuple[Response, ...] = (),
    *,
    cross: bool = False,
):
    """Repeats that get softer and duller; with `cross` they jump from side to side."""
    x = stereo(x)
    out = np.zeros_like(x)
    step = int(seconds * RATE)
    current = x
    for turn in range(1, 9):
        current = apply(current, *(colour or (lowpass(3500), highpass(180)))) * feedback
        if cross:
            current = current[::-1]
        if turn * step >= x.shape[-1] or np.abs(current).max() < 1e-4:
            break
        out[:, turn * step :] += current[:, : x.shape[-1] - turn * step]
    return out


def chorus(x: Signal, depth_ms: float = 2.5, rate_hz: float = 0.7, mix: float = 0.5) -> Signal:
    x = stereo(x)
    n = x.shape[-1]
    i = np.arange(n)
    sides = []
    for side, start in ((0, 0.0), (1, 1.7)):
        lag = (8 + depth_ms * np.sin(2 * np.pi * rate_hz * i / RATE + start)) * RATE / 1000
        sides.append((1 - mix) * x[side] + mix * np.interp(i - lag, i, x[side]))
    return np.stack(sides)


def compressor(
    x: Signal,
    threshold_db: float = -18.0,
    ratio: float = 3.0,
    attack: float = 0.008,
    release: float = 0.12,
    makeup_db: float = 0.0,
) -> Signal:
    """Turns down what is above the threshold, both sides together, looking at blocks of 64 samples."""
    block = 64
    loud = np.abs(x).max(0) if x.ndim == 2 else np.abs(x)
    blocks = np.pad(loud, (0, -len(loud) % block)).reshape(-1, block).max(1)
    db = 20 * np.log10(blocks + 1e-6)
    wanted = -np.maximum(db - threshold_db, 0) * (1 - 1 / ratio)
    fall, rise = np.exp(-block / RATE / attack), np.exp(-block / RATE / release)
    state, track = 0.0, []
    for target in wanted.tolist():
        keep = fall if target < state else rise
        state = keep * state + (1 - keep) * target
        track.append(state)
    gain = np.interp(np.arange(len(loud)), np.arange(len(track)) * block + block / 2, track)
    return x * 10 ** ((gain + makeup_db) / 20)


def limiter(x: Signal, ceiling: float = 0.89, lookahead: float = 0.004) -> Signal:
    """Never above the ceiling: the gain is in place before the peak comes."""
    need = np.minimum(ceiling / np.maximum(np.abs(x).max(0) if x.ndim == 2 else np.abs(x), 1e-9), 1.0)
    width = int(lookahead * RATE)
    padded = np.pad(need, (width, width), constant_values=1.0)
    low = padded
    span = 1
    while span < 2 * width + 1:  # running minimum by doubling
        shift = min(span, 2 * width + 1 - span)
        low = np.minimum(low[:-shift], low[shift:])
        span += shift
    total = np.cumsum(np.pad(low, (width, width), mode="edge"))
    gain = (total[2 * width :] - np.concatenate([[0.0], total[: -2 * width - 1]])) / (2 * width + 1)
    return x * np.minimum(gain[: len(need)], 1.0)


def tape(x: Signal, drive: float = 1.5) -> Signal:
    """Gentle saturation that glues a mix together."""
    return np.tanh(x * drive) / drive


def vinyl(seconds: float, seed: int, level_db: float = -44) -> Signal:
    """Dust and surface of a record that has been played often."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    crackle = np.zeros((2, n))
    for _ in range(int(seconds * 14)):
        at = rng.integers(0, n - 60)
        crackle[:, at] += rng.normal(0, 1) * rng.uniform(0.2, 1.0, 2)
    crackle = apply(crackle, highpass(800), lowpass(7000)) * 25
    surface = apply(rng.standard_normal((2, n)), bandpass(900, 0.4))
    return (crackle + surface) * 10 ** (level_db / 20)


def room_tone(seconds: float, seed: int, level_db: float = -60.0) -> Signal:
    """What microphones pick up while nobody plays: the air of the room and of the tape, stereo."""
    rng = np.random.default_rng(seed)
    air = apply(rng.standard_normal((2, int(seconds * RATE))), lowpass(3000), highpass(60))
    return air / np.sqrt(np.mean(air**2)) * 10 ** (level_db / 20)
