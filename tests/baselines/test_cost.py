"""What a recording costs a system: which recordings are computed, and none where none can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.svm import SVC

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import FittingFailed
from genrelens.baselines.cost import clip_seconds, spread_over
from genrelens.baselines.descriptor import Descriptor
from genrelens.datasets import DataSet, Track
from genrelens.training.data import TrainingData

lengths: list[int] = []


def noted(samples: np.ndarray) -> np.ndarray:
    lengths.append(len(samples))
    return np.array([np.abs(samples).mean()])


SYSTEM = Baseline("loudness", "", (Descriptor("loudness", (1,), 22050, noted),), SVC, {"C": (1.0, 10.0)})


@pytest.fixture
def data(tmp_path: Path, write_sound) -> TrainingData:
    for n in range(8):
        write_sound(tmp_path / f"t{n}.wav", ("low", "noise")[n % 2], n)
    tracks = tuple(Track(f"t{n}", tmp_path / f"t{n}.wav", ("low", "noise")[n % 2]) for n in range(8))
    rows = [np.array([float(n % 2)], np.float32) for n in range(8)]
    return TrainingData(
        DataSet("made", tracks, ("low", "noise")),
        np.arange(8),
        np.ones(8, bool),
        {SYSTEM.input_names[0]: rows},
    )


def test_every_recording_is_computed_once_after_one_that_is_not_timed(data) -> None:
    lengths.clear()
    paths = spread_over([track.path for track in data.dataset.tracks], 3)
    seconds = clip_seconds(SYSTEM, data, np.arange(8), paths)
    assert seconds is not None
    assert seconds > 0
    assert len(lengths) == 4
    assert set(lengths) == {int(1.2 * 22050)}


def test_recordings_that_cannot_be_decoded_do_not_count(data, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    assert clip_seconds(SYSTEM, data, np.arange(8), [broken, tmp_path / "absent.wav"]) is None
    lengths.clear()
    sounding = data.dataset.tracks[0].path
    assert clip_seconds(SYSTEM, data, np.arange(8), [sounding, broken, sounding]) is not None
    assert len(lengths) == 3


def test_a_classifier_that_cannot_be_fitted_is_named(data) -> None:
    with pytest.raises(FittingFailed, match="loudness cannot be fitted"):
        clip_seconds(SYSTEM, data, np.array([0, 2, 4]), [])
