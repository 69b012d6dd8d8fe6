"""Chords, key and pulse on sound whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.baselines.analysis.chords import chord_changes, chord_histogram, chord_sequence, chord_use
from genrelens.baselines.analysis.musical_key import musical_key
from genrelens.baselines.analysis.pulse import FRAMES_A_SECOND, pulse
from genrelens.features import Analysis, compute_features

RATE = 22050
MIDDLE_C = 60


def tones(notes: list[int], seconds: float) -> np.ndarray:
    """MIDI notes together, each with five partials that become weaker."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros(len(time))
    for note in notes:
        for partial in range(1, 6):
            sound += np.sin(2 * np.pi * partial * 440 * 2 ** ((note - 69) / 12) * time) / partial**2
    return (0.1 * sound).astype(np.float32)


def triad(root: int, mode: str, seconds: float = 1.5) -> np.ndarray:
    third = {"major": 4, "minor": 3}[mode]
    return tones([MIDDLE_C + root, MIDDLE_C + root + third, MIDDLE_C + root + 7], seconds)


def chroma(samples: np.ndarray) -> np.ndarray:
    return compute_features(samples, ["chroma_cqt"])["chroma_cqt"]


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_triads_of_all_roots_are_found(mode: str) -> None:
    for root in range(12):
        chords, clarity = chord_sequence(chroma(triad(root, mode)))
        inner = slice(6, -6)
        assert set(chords[inner].tolist()) == {root + 12 * (mode == "minor")}
        assert clarity[inner].min() > 0.8


def test_an_inversion_is_the_same_chord() -> None:
    chords, _ = chord_sequence(chroma(tones([64, 67, 72], 1.5)))  # E, G, C
    assert np.bincount(chords).argmax() == 0


def test_a_progression_is_found_chord_by_chord() -> None:
    progression = [(0, "major"), (9, "minor"), (5, "major"), (7, "major")]
    sound = np.concatenate([triad(*one, seconds=2.0) for one in progression])
    chords, clarity = chord_sequence(chroma(sound))
    runs = chords[np.flatnonzero(np.diff(chords, prepend=-1))].tolist()
    assert [chord for chord in runs if (chords == chord).mean() > 0.1] == [0, 21, 5, 7]
    np.testing.assert_allclose(chord_histogram(chords)[[0, 21, 5, 7]], 0.25, atol=0.05)
    use = chord_use(chords, clarity, FRAMES_A_SECOND)
    assert use[0] == pytest.approx(0.75, abs=0.05)  # major
    assert use[7] == pytest.approx(3 / 8, abs=0.15)  # changes a second


def test_the_same_piece_in_another_key_has_the_same_relative_chords_and_changes() -> None:
    pieces = [
        chroma(
            np.concatenate(
                [triad(root + by, mode) for root, mode in ((0, "major"), (5, "major"), (7, "major"))]
            )
        )
        for by in (0, 3)
    ]
    (first, _), (second, _) = (chord_sequence(piece) for piece in pieces)
    tonics = [musical_key(piece).tonic for piece in pieces]
    assert tonics[1] == tonics[0] + 3
    np.testing.assert_allclose(
        chord_histogram(first, tonics[0]), chord_histogram(second, tonics[1]), atol=0.05
    )
    assert chord_changes(first)[[5, 2]].tolist() == chord_changes(second)[[5, 2]].tolist()


@pytest.mark.parametrize("tonic", range(0, 12, 5))
def test_scales_have_their_key(tonic: int) -> None:
    for minor, steps in enumerate(((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))):
        rows = np.zeros((1, 12), np.float32)
        rows[0, [(tonic + step) % 12 for step in steps]] = 1
        third = 3 if minor else 4
        rows[0, [tonic, (tonic + 7) % 12, (tonic + third) % 12]] += 1
        assert musical_key(rows)[:2] == (tonic, bool(minor))


def test_sound_without_pitch_or_beat_gives_finite_numbers() -> None:
    for sound in (np.full(RATE, 0.1, np.float32), np.random.default_rng(0).normal(0, 0.1, RATE).astype("f4")):
        analysis = Analysis(sound)
        chords, clarity = chord_sequence(analysis.chroma_cqt)
        found = [
            chord_use(chords, clarity, FRAMES_A_SECOND),
            chord_changes(chords),
            np.array(musical_key(analysis.chroma_cqt)),
            pulse(analysis.onsets, compute_features(analysis, ["tempogram"])["tempogram"]),
        ]
        assert all(np.isfinite(one).all() for one in found)


@pytest.mark.parametrize("beats", [72, 100, 160])
def test_the_tempo_of_clicks_is_found(beats: int) -> None:
    sound = np.zeros(20 * RATE, np.float32)
    click = np.random.default_rng(0).normal(0, 0.5, 600) * np.linspace(1, 0, 600)
    for start in np.arange(0, 19.5, 60 / beats):
        at = int(start * RATE)
        sound[at : at + 600] += click.astype(np.float32)
    analysis = Analysis(sound)
    found = pulse(analysis.onsets, compute_features(analysis, ["tempogram"])["tempogram"])
    ratios = 120 * 2 ** found[:2] / beats  # the strongest pulses may be twice or half as fast
    assert min(abs(ratios - 1).min(), abs(ratios - 2).min(), abs(ratios - 0.5).min()) < 0.03
    assert found[7] == pytest.approx(beats / 60, rel=0.1)  # onsets a second
