"""Sample rate, filters, envelopes and noise that all instruments share.

Signals are float64 arrays, mono (n,) or stereo (2, n), at RATE. Filters multiply the spectrum of the whole
signal by an analogue prototype's response, so every one of them is exact, stable and a single line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RATE = 44100
Signal = np.ndarray
Response = Callable[[np.ndarray], np.ndarray]


def fast_length(n: int) -> int:
    """The next length that the FFT likes: 2^a, or 3 or 5 times that."""
    power = 1 << max(n - 1, 1).bit_length()
    return min(m for m in (power, power * 3 // 4, power * 5 // 8) if m >= n)


def apply(x: Signal, *responses: Response) -> Signal:
    """The signal through filters one after another (same length, the tail is cut)."""
    n = x.shape[-1]
    size = fast_length(n + RATE // 10)
    spectrum = np.fft.rfft(x, size)
    f = np.fft.rfftfreq(size, 1 / RATE)
    for response in responses:
        spectrum = spectrum * response(f)
    return np.fft.irfft(spectrum, size)[..., :n]


def lowpass(cutoff: float, q: float = 0.707) -> Response:
    """Two poles, 12 dB per octave; q above 0.7 rings at the cutoff."""
    return lambda f: 1 / (1 - (f / cutoff) ** 2 + 1j * f / (cutoff * q))


def highpass(cutoff: float, q: float = 0.707) -> Response:
    return lambda f: -((f / cutoff) ** 2) / (1 - (f / cutoff) ** 2 + 1j * f / (cutoff * q))


def bandpass(centre: float, q: float = 1.0) -> Response:
    return lambda f: (1j * f / (centre * q)) / (1 - (f / centre) ** 2 + 1j * f / (centre * q))


def peak(centre: float, gain_db: float, q: float = 1.0) -> Response:
    a = 10 ** (gain_db / 40)
    return lambda f: (
        (1 - (f / centre) ** 2 + 1j * f / centre * a / q)
        / (1 - (f / centre) ** 2 + 1j * f / centre / (a * q))
    )


def low_shelf(corner: float, gain_db: float) -> Response:
    gain = 10 ** (gain_db / 20)
    return lambda f: (gain + 1j * f / corner) / (1 + 1j * f / corner)


def high_shelf(corner: float, gain_db: float) -> Response:
    gain = 10 ** (gain_db / 20)
    return lambda f: (1 + 1j * gain * f / corner) / (1 + 1j * f / corner)


def resonances(seed: int, depth_db: float, per_octave: float = 5.0) -> Response:
    """A wooden box: random but fixed hills and valleys along the frequency axis, for vibrato to sweep."""
    hills = np.random.default_rng(seed).normal(0, depth_db, 64)

    def response(f: np.ndarray) -> np.ndarray:
        octave = np.log2(np.maximum(f, 40) / 40) * per_octave
        return 10 ** (np.interp(octave, np.arange(64), hills) / 20)

    return response


def towards(
    x: Signal, centres: np.ndarray, target_db: np.ndarray, strength: float, limit_db: float = 10.0
) -> Signal:
    """Moves the long-term spectrum towards a curve (half octaves, in dB of the whole)."""
    mono = x.mean(0) if x.ndim == 2 else x
    power = np.abs(np.fft.rfft(mono, fast_length(len(mono)))) ** 2
    f = np.fft.rfftfreq(fast_length(len(mono)), 1 / RATE)
    edge = 2**0.25
    have = np.array([power[(f >= c / edge) & (f < c * edge)].sum() for c in centres])
    have_db = 10 * np.log10(have / have.sum() + 1e-7)
    wanted = target_db - 10 * np.log10(np.sum(10 ** (target_db / 10)))
    gain = np.clip((wanted - have_db) * strength, -limit_db, limit_db)
    return apply(x, lambda f: 10 ** (np.interp(np.log2(np.maximum(f, 1)), np.log2(centres), gain) / 20))


def clock(seconds: float) -> Signal:
    """Time in seconds, one value a sample."""
    return np.arange(int(seconds * RATE)) / RATE


def decay(t: Signal, t60: float) -> Signal:
    """Falls by 60 dB in t60 seconds."""
    return np.exp(-6.908 * t / t60)


def ringing(
    freqs: np.ndarray,
    gains: np.ndarray,
    t60s: np.ndarray,
    phases: np.ndarray,
    seconds: float,
    block: int = 256,
) -> Signal:
    """The sum of many decaying sines, as one matrix product: z^(i + block j) = z^i z^(block j) for each."""
    n = int(seconds * RATE)
    z = (2j * np.pi * freqs - 6.908 / t60s) / RATE
    rows = np.exp(np.outer(np.arange(-(-n // block)) * block, z)) * (gains * np.exp(1j * phases))
    columns = np.exp(np.outer(z, np.arange(block)))
    return (rows.imag @ columns.real + rows.real @ columns.imag).ravel()[:n]


def noise(seconds: float, rng: np.random.Generator) -> Signal:
    return rng.standard_normal(int(seconds * RATE))


def fade(x: Signal, attack: float = 0.0, release: float = 0.005) -> Signal:
    """The signal with its first and last moments rounded off (raised cosine)."""
    y = np.array(x, dtype=np.float64)
    n = y.shape[-1]
    a, r = min(int(attack * RATE), n), min(int(release * RATE), n)
    if a:
        y[..., :a] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(a) / a)
    if r:
        y[..., n - r :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(r) / r)
    return y


def smooth(x: Signal, seconds: float) -> Signal:
    """Running mean of a control curve, twice, so that steps become soft S-curves."""
    width = max(int(seconds * RATE), 1)
    for _ in range(2):
        padded = np.concatenate([np.full(width // 2, x[0]), x, np.full(width - width // 2, x[-1])])
        total = np.cumsum(padded)
        x = ((total[width:] - total[:-width]) / width)[: len(x)]
    return x


def level(x: Signal, peak_value: float = 1.0) -> Signal:
    """The signal scaled to this largest absolute value."""
    top = float(np.abs(x).max())
    return x * (peak_value / top) if top > 0 else x


def wander(seconds: float, rng: np.random.Generator, rate_hz: float = 2.0) -> Signal:
    """A slow random curve of about unit spread: the hand that is never quite still."""
    points = int(seconds * rate_hz) + 4
    knots = rng.standard_normal(points)
    where = clock(seconds) * rate_hz
    i = where.astype(int)
    u = where - i
    u = u * u * (3 - 2 * u)
    return knots[i] * (1 - u) + knots[i + 1] * u


def sawtooth(phase: Signal, step: Signal) -> Signal:
    """Band-limited sawtooth (PolyBLEP) from phase in cycles and its step per sample."""
    p = phase % 1.0
    y = 2 * p - 1
    first, last = p < step, p > 1 - step
    u = p[first] / step[first]
    y[first] -= 2 * u - u * u - 1
    u = (p[last] - 1) / step[last]
    y[last] -= u * u + 2 * u + 1
    return y
