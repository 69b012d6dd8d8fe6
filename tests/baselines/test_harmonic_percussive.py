"""Harmonic and percussive parts against librosa, whose separation is the same method."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import median_filter

from genrelens.baselines.analysis.harmonic_percussive import MEDIAN, harmonic_and_percussive, running_median
from genrelens.features import Analysis


def spectrogram(path: Path) -> np.ndarray:
    samples, _ = soundfile.read(path, dtype="float32", frames=5 * 22050)
    return np.sqrt(Analysis(samples).power)


@pytest.mark.parametrize("length", [MEDIAN, 31])
def test_equals_librosa_on_music(shared, length: int) -> None:
    for name in ("classical/classical.00000", "metal/metal.00000"):
        magnitudes = spectrogram(shared / "gtzan/audio" / f"{name}.ogg")
        wanted = librosa.decompose.hpss(magnitudes.T, kernel_size=length)
        for part, other in zip(harmonic_and_percussive(magnitudes, length), wanted, strict=True):
            np.testing.assert_allclose(part, other.T, rtol=1e-4, atol=1e-5 * magnitudes.max())


@given(
    arrays(
        np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(0, 1e3, width=32)
    ),
    st.sampled_from([3, 5, 17]),
)
def test_parts_sum_to_the_whole_and_medians_are_those_of_scipy(rows: np.ndarray, length: int) -> None:
    harmonic, percussive = harmonic_and_percussive(rows, length)
    np.testing.assert_allclose(harmonic + percussive, rows, rtol=1e-5, atol=1e-6)
    assert min(harmonic.min(), percussive.min()) >= 0
    if rows.shape[1] >= length:  # scipy mirrors narrower rows more than once
        np.testing.assert_array_equal(running_median(rows, length), median_filter(rows, (1, length)))


def test_a_tone_is_harmonic_and_clicks_are_percussive() -> None:
    time = np.arange(3 * 22050) / 22050
    tone = np.sin(2 * np.pi * 1000 * time).astype(np.float32)
    clicks = np.zeros_like(tone)
    clicks[:: 22050 // 2] = 1.0
    for sound, stronger in ((tone, 0), (clicks, 1)):
        parts = harmonic_and_percussive(np.sqrt(Analysis(sound).power))
        energy = [float(np.square(part[10:-10]).sum()) for part in parts]
        assert energy[stronger] > 20 * energy[1 - stronger]
