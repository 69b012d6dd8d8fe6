"""Excerpts go where there is sound; where there is sound in the usual places, nothing changes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.audio import open_recording
from genrelens.audio.placing import MOST_PROBES, placed, sounding_spans, without
from genrelens.audio.recording import Recording
from genrelens.recognition import Recognizer

from .conftest import native_rate, write

RATE = 8000


def with_sound(seconds: float, *spans: tuple[float, float], rate: int = RATE) -> np.ndarray:
    """Noise in the spans (seconds), silence elsewhere."""
    sound = np.zeros(round(seconds * rate), np.float32)
    for begin, end in spans:
        first, last = round(begin * rate), round(end * rate)
        sound[first:last] = np.random.default_rng(first).normal(0, 0.1, last - first)
    return sound


def heard(
    sound: np.ndarray, rate: int = RATE, **how: object
) -> tuple[list[tuple[float, float]], list[float], list[str]]:
    with open_recording((sound, rate)) as recording:
        excerpts = list(recording.excerpts(**how))  # type: ignore[arg-type]
        places = [(one.start_s, one.end_s) for one in excerpts]
        return places, [one.sounding_proportion for one in excerpts], recording.warnings


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (1600, (0, 100)),  # music, then 25 minutes of silence
        (1600, (1500, 1600)),  # silence, then a hidden track
        (1600, (330, 420)),  # between two of the usual places
        (200, (0, 20)),
        (200, (92.3, 97.7)),
        (7200, (6400, 6600)),
    ],
)
def test_excerpts_are_taken_from_the_sound(seconds: float, span: tuple[float, float]) -> None:
    places, shares, warnings = heard(with_sound(seconds, span))
    assert min(shares) > 0.6
    assert all(begin >= span[0] - 1 and end <= span[1] + 1 for begin, end in places)
    covered = max(end for _, end in places) - min(begin for begin, _ in places)
    assert covered >= 0.6 * (span[1] - span[0]) - 2
    assert any(warning.startswith("moved: 3 of 3 excerpts") for warning in warnings)
    assert not any(warning.startswith("silent") for warning in warnings)


def test_only_the_silent_excerpts_are_moved() -> None:
    usual = [(25.0, 55.0), (105.0, 135.0), (185.0, 215.0)]
    places, shares, warnings = heard(with_sound(240, (0, 100), (180, 240)))
    assert places[:2] == [usual[0], usual[2]]
    assert len(places) == 3
    assert min(shares) > 0.9
    assert any(warning.startswith("moved: 1 of 3 excerpts") for warning in warnings)
    spans = sorted(places)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_an_excerpt_that_is_silent_for_the_most_part_is_moved() -> None:
    places, shares, _ = heard(with_sound(1600, (250, 262), (700, 790)))
    assert min(shares) > 0.9
    assert all(begin >= 699 and end <= 791 for begin, end in places if begin > 300)


@pytest.mark.parametrize("spans", [[(0, 240)], [(25, 51), (108, 135), (185, 213)], [(20, 60), (100, 230)]])
def test_where_there_is_sound_in_the_usual_places_they_stay(spans: list[tuple[float, float]]) -> None:
    places, _, warnings = heard(with_sound(240, *spans))
    assert places == [(25.0, 55.0), (105.0, 135.0), (185.0, 215.0)]
    assert not any(warning.startswith("moved") for warning in warnings)


def test_a_silent_recording_stays_silent_and_is_probed_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = []
    read = Recording._read

    def counted(self: Recording, start: int, length: int | None, seeking: bool = True) -> np.ndarray:
        samples = read(self, start, length, seeking)
        decoded.append(len(samples) / self.sample_rate)
        return samples

    monkeypatch.setattr(Recording, "_read", counted)
    places, shares, warnings = heard(np.zeros(7200 * 1000, np.float32), rate=1000)
    assert len(places) == 3
    assert shares == [0.0] * 3
    assert any(warning.startswith("silent: 90.0 s") for warning in warnings)
    assert sum(decoded) < 200


@pytest.mark.parametrize(
    ("seconds", "sound", "expected"),
    [
        (30, (0, 8), [(0, 8)]),
        (30, (11.5, 20), [(11, 20)]),
        (12.5, (11.9, 12.5), [(11, 12.5)]),
        (80, (40, 52), [(0, 30), (40, 52), (50, 52)]),
        (30, (2, 30), [(0, 30)]),  # as most recordings begin
    ],
)
def test_a_short_recording_loses_its_silent_ends(
    seconds: float, sound: tuple[float, float], expected: list[tuple[float, float]]
) -> None:
    places, _, warnings = heard(with_sound(seconds, sound))
    assert places == expected
    whole = sum(end - begin for begin, end in expected) == seconds
    assert any(warning.startswith("silent") for warning in warnings) is not whole


def test_a_song_with_silence_around_it_is_recognised_as_it_is_alone(music: list[Path]) -> None:
    with open_recording(next(path for path in music if path.suffix == ".flac")) as recording:
        samples, rate = recording.read(5, 12), recording.sample_rate
    lens = Recognizer()
    alone = lens.recognize((samples, rate))
    padded = lens.recognize((np.pad(samples, (4 * rate, 10 * rate)), rate))
    assert padded.scores == pytest.approx(alone.scores, abs=1e-4)
    assert padded.unsure == alone.unsure


def test_all_of_it_is_all_of_it() -> None:
    places, _, warnings = heard(with_sound(240, (0, 40)), count="all")
    assert places == [(30.0 * i, 30.0 * i + 30) for i in range(8)]
    assert not any(warning.startswith("moved") for warning in warnings)


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "opus", "m4a"])
def test_in_files_of_any_kind(suffix: str, tmp_path: Path) -> None:
    rate = native_rate(suffix)
    path = write(tmp_path / f"hidden.{suffix}", with_sound(110, (3, 23), rate=rate), rate, suffix)
    with open_recording(path) as recording:
        excerpts = list(recording.excerpts())
        again = list(recording.excerpts())
    assert [one.start_s for one in excerpts] == [one.start_s for one in again]
    assert all(one.sounding_proportion > 0.8 and 1 <= one.start_s <= one.end_s <= 25.5 for one in excerpts)


def test_the_hidden_track_is_recognised_as_it_is_alone(music: list[Path]) -> None:
    with open_recording(next(path for path in music if path.suffix == ".flac")) as recording:
        samples, rate = recording.read(0, 90), recording.sample_rate
    lens = Recognizer(always_answer=True)
    silence = np.zeros(rate * 600, np.float32)
    alone = lens.recognize((samples, rate))
    for sound in ((samples, silence), (silence, samples)):
        hidden = lens.recognize((np.concatenate(sound), rate))
        assert hidden.likeliest == alone.likeliest
        assert hidden.confidence == pytest.approx(alone.confidence, abs=0.2)
        starts = [one.start_s for one in hidden.excerpts]
        assert starts == sorted(starts)
        assert any(warning.startswith("moved") for warning in hidden.warnings)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 20_000),
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 3000)), max_size=4),
    st.integers(1, 6),
)
def test_places_lie_in_sound_and_in_the_recording(
    total: int, unit: int, sound: list[tuple[int, int]], count: int
) -> None:
    total = max(total, unit)
    asked: list[int] = []

    def sounds(place: int) -> bool:
        assert 0 <= place <= total - unit
        asked.append(place)
        return any(begin < place + unit and place < begin + size for begin, size in sound)

    spans = sounding_spans(total, unit, sounds)
    assert len(asked) <= MOST_PROBES + 2 * len(spans)
    assert all(0 <= begin < end <= total for begin, end in spans)
    assert all(sounds(begin) and sounds(end - unit) for begin, end in spans)
    length = 10 * unit
    places = placed(spans, count, length)
    assert len(places) <= count
    assert bool(places) == bool(spans)
    for begin, end in places:
        assert 0 < end - begin <= length
        assert any(first <= begin and end <= last for first, last in spans)


@given(
    st.lists(st.integers(0, 500), min_size=0, max_size=8, unique=True).map(sorted),
    st.lists(st.integers(0, 500), min_size=0, max_size=8, unique=True).map(sorted),
    st.integers(1, 20),
)
def test_what_is_left_is_the_difference_of_sets(edges: list[int], others: list[int], shortest: int) -> None:
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    taken = list(zip(others[::2], others[1::2], strict=False))
    left = without(spans, taken, shortest)
    truth = {i for a, b in spans for i in range(a, b)} - {i for a, b in taken for i in range(a, b)}
    assert {i for a, b in left for i in range(a, b)} <= truth
    assert len(truth) - sum(b - a for a, b in left) <= (shortest - 1) * (len(spans) + len(taken))
