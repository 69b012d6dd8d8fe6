"""Channels that cancel each other out: a loud recording is not silent because one channel is inverted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genrelens.audio import open_recording, read_mono
from genrelens.audio.checking import SampleCheck
from genrelens.recognition import Recognizer

from .conftest import music, native_rate, write

RATE = 8000


def channels(*gains: float, seconds: float = 3.0, rate: int = RATE) -> np.ndarray:
    one = music(seconds, rate)
    return np.stack([np.float32(gain) * one for gain in gains], axis=1)


def warned(sound: np.ndarray, count: object = 3, rate: int = RATE) -> tuple[list[np.ndarray], list[str]]:
    with open_recording((sound, rate)) as recording:
        excerpts = list(recording.excerpts(count))  # type: ignore[arg-type]
        assert not any(one.is_silent for one in excerpts)
        return [one.samples for one in excerpts], [w for w in recording.warnings if w.startswith("cancelled")]


@pytest.mark.parametrize(
    ("gains", "taken"),
    [
        ((1, -1), 0),
        ((0.5, -0.51), 1),
        ((1, -0.97), 0),
        ((0, 1, -1), 1),  # three channels, the first one silent
        ((0.1, -0.1, 0.4, -0.4), 2),
        ((0.5, 0.5, -1), 2),
        ((0, 0, 0, 0, 0.3, -0.3), 4),  # 5.1 with music in the back alone
    ],
)
@pytest.mark.parametrize(("seconds", "count"), [(3.0, 3), (35.0, 3), (100.0, 3), (100.0, "all")])
def test_the_loudest_channel_is_taken_alone(
    gains: tuple[float, ...], taken: int, seconds: float, count: object
) -> None:
    sound = channels(*gains, seconds=seconds)
    parts, warnings = warned(sound, count)
    assert len(warnings) == 1
    assert f"channel {taken + 1} " in warnings[0]
    np.testing.assert_allclose(parts[0][:1000].std(), sound[:, taken].std(), rtol=0.9)
    starts = [int(np.flatnonzero(sound[:, taken] == part[0])[0]) for part in parts]
    assert all(
        np.array_equal(part, sound[at : at + len(part), taken])
        for at, part in zip(starts, parts, strict=True)
    )


@pytest.mark.parametrize(
    "gains", [(1,), (1, 1), (1, -0.5), (1, 0), (0.7, -0.5), (1, 1, -1), (0.3, -0.6, 0.1), (0,) * 20 + (1,)]
)
def test_a_mix_with_sound_in_it_stays_the_mix(gains: tuple[float, ...]) -> None:
    sound = channels(*gains)
    parts, warnings = warned(sound)
    assert warnings == []
    np.testing.assert_allclose(parts[0], sound.mean(axis=1), atol=1e-6)


def test_two_sounds_that_differ_are_mixed() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, (3 * RATE, 2)).astype(np.float32)
    parts, warnings = warned(sound)
    assert warnings == []
    np.testing.assert_allclose(parts[0], sound.mean(axis=1), atol=1e-6)


def test_an_excerpt_is_mixed_or_not_as_a_whole() -> None:
    sound = channels(1, 1, seconds=30.0)
    sound[: 3 * RATE, 1] *= -1  # an effect at the beginning
    parts, warnings = warned(sound)
    assert warnings == []
    np.testing.assert_allclose(parts[0], sound.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1), (2, 6), (6, 2)])
def test_channels_that_change_on_the_way(first: int, then: int) -> None:
    check = SampleCheck()
    one = music(1.0, RATE)
    blocks = [check.mixed(np.stack([one] * count, axis=1)) for count in (first, then)]
    np.testing.assert_allclose(check.settled(np.concatenate(blocks)), np.tile(one, 2), atol=1e-6)


def test_silence_on_all_channels_is_silence() -> None:
    with open_recording((np.zeros((3 * RATE, 2), np.float32), RATE)) as recording:
        assert [one.is_silent for one in recording.excerpts()] == [True]
        assert not any(warning.startswith("cancelled") for warning in recording.warnings)


@pytest.mark.parametrize("suffix", ["wav", "mp3", "ogg", "opus", "m4a"])
def test_in_files_of_any_kind(suffix: str, tmp_path: Path) -> None:
    rate = native_rate(suffix)
    path = write(tmp_path / f"inverted.{suffix}", channels(1, -1, rate=rate), rate, suffix)
    truth = read_mono(write(tmp_path / f"plain.{suffix}", channels(1, rate=rate), rate, suffix), rate)
    with open_recording(path) as recording:
        (excerpt,) = recording.excerpts()
        assert any(warning.startswith("cancelled") for warning in recording.warnings)
    assert excerpt.samples.std() == pytest.approx(truth.std(), rel=0.1)


def test_it_is_recognised_as_the_channel_is_alone(music: list[Path]) -> None:
    with open_recording(next(path for path in music if path.suffix == ".flac")) as recording:
        one, rate = recording.read(0, 12), recording.sample_rate
    lens = Recognizer()
    inverted = lens.recognize((np.stack([one, -one], axis=1), rate))
    assert inverted.scores == pytest.approx(lens.recognize((one, rate)).scores, abs=1e-6)
    assert any(warning.startswith("cancelled") for warning in inverted.warnings)
