"""Which parts are heard, and what a part offers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.audio import Excerpt, open_recording, read_mono
from genrelens.audio.excerpts import consecutive_starts, spread_starts
from genrelens.audio.resampling import resample, resampled_length

from .conftest import music


def parts(seconds: float, **how: object) -> list[tuple[float, float]]:
    count = np.arange(round(seconds * 1000), dtype=np.float32) / 1e6
    with open_recording((count, 1000)) as recording:
        excerpts = list(recording.excerpts(**how))  # type: ignore[arg-type]
    for excerpt in excerpts:  # each sample tells where it stood
        at = round(excerpt.start_s * 1000)
        np.testing.assert_allclose(excerpt.samples, np.arange(at, at + len(excerpt.samples)) / 1e6, atol=1e-7)
    return [(e.start_s, e.end_s) for e in excerpts]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1.0, [(0, 1)]),
        (12.5, [(0, 12.5)]),
        (30.0, [(0, 30)]),
        (30.6, [(0, 30)]),  # under a second more is not worth hearing the rest again
        (35.0, [(0, 30), (5, 35)]),
        (60.0, [(0, 30), (30, 60)]),
        (90.0, [(0, 30), (30, 60), (60, 90)]),
        (120.0, [(5, 35), (45, 75), (85, 115)]),
        (240.0, [(25, 55), (105, 135), (185, 215)]),
    ],
)
def test_the_plan(seconds: float, expected: list[tuple[float, float]]) -> None:
    np.testing.assert_allclose(parts(seconds), expected, atol=1e-9)


def test_other_counts_and_lengths() -> None:
    assert parts(240.0, count=1) == [(105.0, 135.0)]
    assert parts(240.0, count=2, length_s=10.0) == [(55.0, 65.0), (175.0, 185.0)]
    assert parts(95.0, count="all") == [(0, 30), (30, 60), (60, 90), (65, 95)]
    assert parts(240.0, count=50)[-1] == (210.0, 240.0)


@pytest.mark.parametrize(
    "how", [{"count": 0}, {"count": -1}, {"count": True}, {"count": "some"}, {"length_s": 0.5}]
)
def test_impossible_plans_are_refused_at_once(how: dict[str, object]) -> None:
    with open_recording((np.zeros(8000), 8000)) as recording, pytest.raises(ValueError, match="give"):
        recording.excerpts(**how)  # type: ignore[arg-type]


@given(total=st.integers(1, 10_000), length=st.integers(1, 500), remainder=st.integers(0, 50))
def test_consecutive_excerpts_cover_everything(total: int, length: int, remainder: int) -> None:
    starts = consecutive_starts(total, length, remainder)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert all(b - a <= length for a, b in pairwise(starts))
    assert total - max(1, remainder) < starts[-1] + length or total <= length
    assert starts[-1] + length <= max(total, length)


@given(st.data())
def test_spread_excerpts_neither_overlap_nor_leave_the_recording(data: st.DataObject) -> None:
    length, count = data.draw(st.integers(2, 500)), data.draw(st.integers(1, 50))
    total = data.draw(st.integers(length * count + 1, 10 * length * count + 1))
    starts = spread_starts(total, length, count)
    assert starts[0] >= 0
    assert starts[-1] + length <= total
    assert all(b - a >= length for a, b in pairwise(starts))


@settings(max_examples=40, deadline=None)
@given(st.integers(1000, 40_000), st.sampled_from([200, 700, 1000]))
def test_streaming_equals_the_plan(samples: int, length_ms: int) -> None:
    sound = np.arange(samples, dtype=np.float32)
    length = max(1000, length_ms * 2)
    with open_recording((sound / samples, 1000)) as recording:
        starts = [round(e.start_s * 1000) for e in recording.excerpts("all", length / 1000)]
    assert starts == consecutive_starts(samples, length, 1000)


@given(st.integers(0, 10**9), st.integers(1000, 200_000), st.integers(1000, 200_000))
def test_the_resampled_length_is_the_nearest(length: int, rate: int, wanted: int) -> None:
    assert abs(resampled_length(length, rate, wanted) * rate - length * wanted) * 2 <= rate


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 5000),
    st.sampled_from([8000, 11025, 22050, 44100, 192000]),
    st.sampled_from([12000, 16000]),
)
def test_resampling_always_gives_that_length(length: int, rate: int, wanted: int) -> None:
    out = resample(np.ones(length, np.float32), rate, wanted)
    assert len(out) == resampled_length(length, rate, wanted)
    assert out.dtype == np.float32


def test_resampling_keeps_what_fits_and_removes_what_does_not() -> None:
    time = np.arange(88200) / 44100
    kept, gone = (
        resample(np.sin(2 * np.pi * f * time).astype(np.float32), 44100, 16000) for f in (6000, 9000)
    )
    middle = slice(2000, -2000)
    truth = np.sin(2 * np.pi * 6000 * np.arange(len(kept)) / 16000)
    np.testing.assert_allclose(kept[middle], truth[middle], atol=1e-3)
    assert np.abs(gone[middle]).max() < 1e-4


def test_an_excerpt_keeps_each_rate_and_never_changes_its_level() -> None:
    excerpt = Excerpt(music(5.0, 44100), 44100)
    assert excerpt.at(44100) is excerpt.samples
    assert excerpt.at(16000) is excerpt.at(16000)
    assert len(excerpt.at(22050)) == 5 * 22050
    assert np.std(excerpt.at(22050)) == pytest.approx(np.std(excerpt.samples), rel=0.05)


def test_reading_beyond_the_end_gives_what_there_is() -> None:
    sound = (music(3.0, 8000), 8000)
    assert len(read_mono(sound, 8000, 2.0, 5.0)) == 8000
    assert len(read_mono(sound, 8000, 4.0)) == 0
    assert len(read_mono(sound, 8000, 1.0, 0.0)) == 0
