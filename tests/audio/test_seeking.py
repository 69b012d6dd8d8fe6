"""An excerpt is the same stretch of sound that decoding from the beginning would give there."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio import open_recording

from .conftest import FORMATS, Maker, lag_and_likeness

COARSE = ("webm", "mka", "wma", "flv")
"""Containers that note times in milliseconds."""


@pytest.mark.parametrize("suffix", FORMATS)
def test_seeking_lands_on_the_sample(sound_file: Maker, suffix: str) -> None:
    path = sound_file(suffix, 95.0)
    with open_recording(path) as recording:
        whole = recording.read()
        rate = recording.sample_rate
        for start_s in (0.01, 0.4, 7.3, 50.123, 91.9):
            part = recording.read(start_s, 1.0)
            lag, likeness = lag_and_likeness(part, whole, round(start_s * rate))
            assert len(part) == rate
            assert likeness > 0.99
            assert abs(lag) <= (0.001 * rate if suffix in COARSE else 0)


@pytest.mark.parametrize("suffix", FORMATS)
def test_three_excerpts_of_a_long_recording(sound_file: Maker, suffix: str) -> None:
    with open_recording(sound_file(suffix, 95.0)) as recording:
        excerpts = list(recording.excerpts())
        whole = recording.read()
        centres = [(e.start_s + e.end_s) / 2 / recording.duration_s for e in excerpts]
        assert recording.duration_s == pytest.approx(len(whole) / recording.sample_rate, abs=0.002)
        assert recording.warnings == []
    np.testing.assert_allclose(centres, [1 / 6, 1 / 2, 5 / 6], atol=1e-4)
    for excerpt in excerpts:
        assert len(excerpt.samples) == 30 * excerpt.sample_rate
        at = round(excerpt.start_s * excerpt.sample_rate)
        assert lag_and_likeness(excerpt.samples, whole, at)[1] > 0.99


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg", "opus"])
def test_hearing_everything_misses_nothing(sound_file: Maker, suffix: str) -> None:
    with open_recording(sound_file(suffix, 95.0)) as recording:
        excerpts = list(recording.excerpts("all"))
        whole = recording.read()
        end = recording.duration_s
    assert [round(e.start_s, 3) for e in excerpts] == [0.0, 30.0, 60.0, round(end - 30, 3)]
    joined = np.concatenate([e.samples for e in excerpts[:3]])
    np.testing.assert_array_equal(joined, whole[: len(joined)])
    np.testing.assert_array_equal(excerpts[3].samples, whole[-len(excerpts[3].samples) :])


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg"])
def test_listening_elsewhere_meanwhile_disturbs_nothing(sound_file: Maker, suffix: str) -> None:
    path = sound_file(suffix, 95.0)
    with open_recording(path) as recording:
        truth = [e.samples for e in recording.excerpts("all")]
    with open_recording(path) as recording:
        heard = []
        for excerpt in recording.excerpts("all"):
            recording.read(70.0, 0.5)
            assert recording.duration_s == pytest.approx(95, abs=0.1)
            heard.append(excerpt.samples)
    assert len(heard) == len(truth)
    for one, other in zip(heard, truth, strict=True):
        lag, likeness = lag_and_likeness(one[30_000:], other, 30_000)
        assert (lag, likeness > 0.99) == (0, True)
