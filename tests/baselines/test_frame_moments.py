"""Moments and covariances are those that scipy and NumPy compute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from genrelens.baselines.analysis.frame_moments import central_moments, covariances


@given(st.integers(0, 2**32 - 1), st.integers(3, 60), st.integers(1, 6), st.floats(-3, 3))
def test_moments_and_covariances_are_scipys_and_numpys(seed: int, frames: int, columns: int, power: float):
    random = np.random.default_rng(seed)
    rows = random.gamma(1.0, 1.0, (frames, columns)) * 10.0**power + random.normal(0, 5, columns)
    mean, deviation, skewness, kurtosis = central_moments(rows)
    np.testing.assert_allclose(mean, rows.mean(axis=0))
    np.testing.assert_allclose(deviation, rows.std(axis=0))
    np.testing.assert_allclose(skewness, stats.skew(rows), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(kurtosis, stats.kurtosis(rows), rtol=1e-6, atol=1e-7)
    expected = np.atleast_2d(np.cov(rows.T, bias=True))[np.triu_indices(columns, 1)]
    np.testing.assert_allclose(covariances(rows), expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("level", [0.0, 1e-30, 3.3, -1e6])
def test_what_never_changes_has_no_shape(level: float):
    rows = np.full((50, 2), level, np.float32)
    np.testing.assert_array_equal(central_moments(rows)[2:], 0.0)
    assert np.isfinite(covariances(rows)).all()


def test_a_single_frame_is_enough():
    assert np.isfinite(central_moments(np.array([[1.0, 2.0]]))).all()
    np.testing.assert_array_equal(covariances(np.array([[1.0, 2.0]])), [0.0])
