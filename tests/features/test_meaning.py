"""What the features mean to a listener."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.features import SAMPLE_RATE, Analysis, compute_features
from genrelens.features.tuning import estimated_tuning

PITCHES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]


def tone(hertz: float, seconds: float = 3.0) -> np.ndarray:
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("octave", [-1, 0, 2])
def test_a_note_is_heard_as_its_pitch_class_in_every_chromagram(step: int, octave: int) -> None:
    computed = compute_features(
        tone(261.6256 * 2 ** (octave + step / 12)), ["chroma_stft", "chroma_cqt", "chroma_cens"]
    )
    for name, rows in computed.items():
        assert PITCHES[rows.mean(axis=0).argmax()] == PITCHES[step], name


def test_detuned_music_is_heard_as_the_same_notes() -> None:
    chord = sum(tone(hertz * 2 ** (0.3 / 12)) for hertz in (261.6256, 329.6276, 391.9954))
    loudest = np.argsort(compute_features(chord, ["chroma_cqt"])["chroma_cqt"].mean(axis=0))[-3:]
    assert {PITCHES[place] for place in loudest} == {"C", "E", "G"}


def test_the_tempogram_finds_the_beat() -> None:
    clicks = np.zeros(20 * SAMPLE_RATE, np.float32)
    clicks[:: SAMPLE_RATE // 2] = 0.8  # 120 beats a minute: every 10.77 frames
    clicks += 1e-4 * np.random.default_rng(0).standard_normal(clicks.size).astype(np.float32)
    mean = compute_features(clicks, ["tempogram"])["tempogram"].mean(axis=0)
    assert 5 + mean[5:20].argmax() in (10, 11)


def test_louder_sound_has_the_same_pitch_and_rhythm() -> None:
    rng = np.random.default_rng(3)
    sound = (tone(220) + 0.05 * rng.standard_normal(3 * SAMPLE_RATE)).astype(np.float32)
    soft, loud = (compute_features(sound * np.float32(gain)) for gain in (0.25, 1.0))
    for name in ("chroma_stft", "chroma_cqt", "chroma_cens", "tonnetz", "tempogram", "mfcc_delta"):
        np.testing.assert_allclose(soft[name], loud[name], atol=1e-3, err_msg=name)
    np.testing.assert_allclose(16 * soft["mel"], loud["mel"], rtol=1e-5)


def test_silence_has_no_tuning() -> None:
    assert estimated_tuning([Analysis(np.zeros(9999, np.float32)).power], 12, magnitude=True) == 0.0
