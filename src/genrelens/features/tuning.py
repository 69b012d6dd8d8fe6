"""How far a recording is tuned from A = 440 Hz, in fractions of a bin, as librosa estimates it.

Peaks of the spectrum between 150 and 4000 Hz are placed by a parabola through three bins (J. O. Smith,
"Spectral audio signal processing"); the louder half of them is counted in a histogram of 100 cells, and
the fullest cell is the estimate. It therefore has one of 100 values, so filters that depend on it can
be kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genrelens.features.signal import N_FFT, SAMPLE_RATE, Floats

_LOWEST_HZ, _HIGHEST_HZ = 150.0, 4000.0
_FIRST_BIN = int(np.ceil(_LOWEST_HZ * N_FFT / SAMPLE_RATE))
_END_BIN = int(np.ceil(_HIGHEST_HZ * N_FFT / SAMPLE_RATE))
_PEAK_SHARE = 0.1  # of the frame's largest value; smaller ones are no peaks
_OCTAVE_ZERO_HZ = 440.0 / 16
_EDGES = np.linspace(-0.5, 0.5, 101)


def spectral_peaks(power: Floats, magnitude: bool) -> tuple[Floats, Floats]:
    """Frequency in hertz and height of all peaks of all frames, two arrays of the same length.

    Equals `librosa.piptrack(S=...)` where its magnitudes are not zero, with S the power spectrogram or, with
    `magnitude`, its square root.

    Args:
        power: power spectrogram, `(frames, 1025)` float32.
        magnitude: whether peaks are placed and measured on magnitudes instead of powers.
    """
    proportion = _PEAK_SHARE**2 if magnitude else _PEAK_SHARE  # the comparisons are the same on powers
    middle = power[:, _FIRST_BIN:_END_BIN]
    is_peak = middle > power[:, _FIRST_BIN - 1 : _END_BIN - 1]
    is_peak &= middle >= power[:, _FIRST_BIN + 1 : _END_BIN + 1]
    is_peak &= middle > np.float32(proportion) * power.max(axis=1, keepdims=True)
    frame, offset = np.divmod(np.flatnonzero(is_peak), is_peak.shape[1])
    bins = offset + _FIRST_BIN
    here = frame * power.shape[1] + bins
    around = power.ravel()[here + np.array([[-1], [0], [1]])]
    if magnitude:
        np.sqrt(around, out=around)
    left, top, right = around
    curvature = (left + right) - 2.0 * top.astype(np.float64)
    slope = (right - left) / 2.0
    steep = np.abs(slope) >= np.abs(curvature)
    shift = np.where(steep, 0.0, -slope / np.where(steep, 1.0, curvature)).astype(np.float32)
    hertz = ((bins + shift.astype(np.float64)) * SAMPLE_RATE / N_FFT).astype(np.float32)
    return hertz, top + np.float32(0.5) * slope * shift


def estimated_tuning(spectrograms: Sequence[Floats], bins_per_octave: int, magnitude: bool) -> float:
    """Tuning in fractions of a bin, one of the hundred values -0.5, -0.49, ..., 0.49; 0 without any peak.

    Equals `librosa.estimate_tuning(S=..., bins_per_octave=...)` of all the frames together.

    Args:
        spectrograms: power spectrograms, each `(frames, 1025)` float32.
        bins_per_octave: 12 for semitones.
        magnitude: whether the estimate is made on magnitudes instead of powers.

    Example:
        >>> from genrelens.features.spectrum import hann, power_frames
        >>> tone = np.sin(2 * np.pi * 445 / 22050 * np.arange(22050)).astype(np.float32)      # 20 cents sharp
        >>> power = power_frames(tone, 2048, 1024, hann(2048))
        >>> round(estimated_tuning([power], 12, magnitude=True), 2)
        0.17
    """
    peaks = [spectral_peaks(power, magnitude) for power in spectrograms]
    hertz = np.concatenate([frequencies for frequencies, _ in peaks])
    heights = np.concatenate([height for _, height in peaks])
    if hertz.size == 0:
        return 0.0
    loud = hertz[heights >= np.median(heights)]
    residual: NDArray[np.float32] = np.mod(bins_per_octave * np.log2(loud / _OCTAVE_ZERO_HZ), 1.0)
    residual[residual >= 0.5] -= 1.0
    votes, _ = np.histogram(residual, _EDGES)
    return float(_EDGES[np.argmax(votes)])
