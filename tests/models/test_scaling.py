"""Transforms and standardisation mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.models.scaling import Scaling, decibels


def test_decibels_are_librosas() -> None:
    librosa = pytest.importorskip("librosa")
    power = np.random.default_rng(0).lognormal(0, 4, (50, 8)).astype(np.float32)
    np.testing.assert_allclose(decibels(power), librosa.power_to_db(power, ref=np.max), atol=1e-4)


def test_silence_has_a_level() -> None:
    assert decibels(np.zeros((5, 3), np.float32)).tolist() == np.zeros((5, 3)).tolist()


def test_training_frames_come_out_with_mean_zero_and_deviation_one() -> None:
    random = np.random.default_rng(1)
    clips = [random.normal(1000.0, 3.0, (frames, 4)) for frames in (40, 7, 90)]
    scaled = np.concatenate([Scaling.of(clips)(clip) for clip in clips])
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1.0, rtol=1e-3)


def test_a_column_that_never_varies_is_silenced() -> None:
    clip = np.stack([np.full(30, 7.0), np.arange(30.0)], axis=1)
    assert not Scaling.of([clip])(clip + 5.0)[:, 0].any()


def test_there_must_be_something_to_measure() -> None:
    with pytest.raises(ValueError, match="no clip"):
        Scaling.of([])
