"""Autocorrelation and wavelets against direct sums; peaks where they were put."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.baselines.analysis.enhanced_autocorrelation import (
    autocorrelation,
    enhanced,
    highest_peaks,
    normalised,
)
from genrelens.baselines.analysis.wavelets import SCALING, WAVELET, octave_bands


@given(st.integers(2, 70), st.integers(0, 1000))
def test_autocorrelation_is_the_sum_of_products_of_samples_a_lag_apart(length: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(3, length))
    direct = [np.correlate(row, row, "full")[length - 1 :] for row in rows]
    np.testing.assert_allclose(autocorrelation(rows), direct, atol=1e-9)


@given(st.integers(20, 60))
def test_enhanced_keeps_a_period_and_drops_its_multiples(period: int) -> None:
    pulses = np.zeros((1, 700))
    pulses[0, ::period] = 1.0
    left = enhanced(autocorrelation(pulses))
    lags, heights = highest_peaks(left, 3, 5, 6 * period)
    assert abs(lags[0, 0] - period) < 0.5
    assert heights[0, 1] < 1e-9
    for multiple in (2, 3, 4, 5):
        assert left[0, multiple * period] < 1e-9


def test_enhanced_keeps_two_periods_that_share_no_small_multiple() -> None:
    pulses = np.zeros((1, 3000))
    pulses[0, ::50] += 1.0
    pulses[0, ::71] += 1.0
    lags, _ = highest_peaks(enhanced(normalised(autocorrelation(pulses))), 2, 10, 200)
    np.testing.assert_allclose(np.sort(lags[0]), [50, 71], atol=0.5)


def test_a_peak_between_samples_is_found() -> None:
    lag = np.arange(60)
    curve = np.exp(-((lag - 20.3) ** 2) / 18)[None]
    lags, heights = highest_peaks(curve, 2, 1, 58)
    assert lags[0, 0] == pytest.approx(20.3, abs=0.05)
    assert heights[0, 1] == lags[0, 1] == 0.0


def test_silence_has_neither_periods_nor_warnings() -> None:
    lags, heights = highest_peaks(enhanced(normalised(autocorrelation(np.zeros((2, 64))))), 3, 5, 30)
    assert not lags.any()
    assert not heights.any()


def test_daubechies_filters_are_orthonormal_and_blind_to_cubics() -> None:
    for shift in range(4):
        overlap = SCALING[2 * shift :] @ SCALING[: 8 - 2 * shift]
        assert overlap == pytest.approx(float(shift == 0), abs=1e-8)
        mixed = WAVELET[2 * shift :] @ SCALING[: 8 - 2 * shift]
        assert mixed == pytest.approx(0, abs=1e-8)
        assert WAVELET @ np.arange(8) ** shift == pytest.approx(0, abs=1e-6)
    assert SCALING.sum() == pytest.approx(np.sqrt(2), abs=1e-8)


@pytest.mark.parametrize(("hertz", "band"), [(8000, 0), (4000, 1), (2000, 2), (1000, 3), (200, 4)])
def test_a_tone_lies_in_its_octave(hertz: float, band: int) -> None:
    tone = np.sin(2 * np.pi * hertz / 22050 * np.arange(22050))
    energy = [float((one**2).sum()) for one in octave_bands(tone, 4)]
    assert np.argmax(energy) == band
    assert sum(energy) == pytest.approx(float((tone**2).sum()), rel=0.01)  # an orthonormal transform
