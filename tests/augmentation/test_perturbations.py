"""Conditions do to a recording what files, rooms and programs do to it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from genrelens.audio import Excerpt, open_recording
from genrelens.augmentation.chains import training_variants
from genrelens.augmentation.perturbations import As16Bit, AtRate, FoldedStereo, conditions
from genrelens.augmentation.protocol import pieces_of
from genrelens.robustness.sampling import stratified_order

RATE = 22050


@pytest.fixture(scope="module")
def piece(music) -> np.ndarray:
    with open_recording(music[0]) as recording:
        return next(iter(recording.excerpts())).at(RATE)[: 5 * RATE]


def heard(samples: np.ndarray, rate: int) -> np.ndarray:
    with open_recording((samples, rate)) as recording:
        return next(iter(recording.excerpts())).samples


def test_a_folded_pair_is_what_is_heard_of_the_stereo_file(piece: np.ndarray) -> None:
    stereo = FoldedStereo()
    assert np.allclose(stereo.apply(piece, RATE), heard(stereo.pair(piece, RATE), RATE), atol=1e-6)
    assert not np.allclose(stereo.apply(piece, RATE), piece, atol=1e-2)


def test_a_plain_stereo_copy_is_heard_as_the_mono_recording(piece: np.ndarray) -> None:
    assert np.array_equal(heard(np.stack([piece, piece], axis=1), RATE), piece)


def test_a_late_inverted_channel_combs_the_spectrum() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE).astype(np.float32)
    frequencies, before = signal.welch(noise, RATE, nperseg=8192)
    after = signal.welch(FoldedStereo(late_s=0.012, gain=-0.5).apply(noise, RATE), RATE, nperseg=8192)[1]
    gain = np.sqrt(after / before)
    inside = (frequencies > 100) & (frequencies < 10000)
    assert gain[inside].min() == pytest.approx(0.25, abs=0.02)
    assert gain[inside].max() == pytest.approx(0.75, abs=0.02)


def test_16_bits_are_those_of_a_wav_file(piece: np.ndarray) -> None:
    loud = 4.0 * piece
    file = io.BytesIO()
    soundfile.write(file, np.clip(loud, -1, 1), RATE, format="WAV", subtype="PCM_16")
    file.seek(0)
    stored = soundfile.read(file, dtype="float32")[0]
    assert np.abs(As16Bit().apply(loud, RATE) - stored).max() <= 1.01 / 32768


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_another_rate_keeps_what_lies_below_its_half(piece: np.ndarray, rate: int) -> None:
    sound, told = AtRate(rate).apply(piece, RATE)
    assert told == rate
    assert len(sound) == pytest.approx(len(piece) * rate / RATE, abs=2)
    reference = signal.resample(piece.astype(float), len(sound))
    assert np.corrcoef(sound, reference)[0, 1] > 0.99


def test_conditions_have_keys_of_their_own_and_apply_to_real_music(piece: np.ndarray) -> None:
    every = conditions()
    keys = [one.variant.key for one in every]
    assert len(set(keys)) == len(keys)
    assert len({one.name for one in every}) == len(every)
    assert {"codec", "length", "sample rate", "noise", "channels", "loudness", "mastering"} == {
        one.group for one in every
    }
    for one in every:
        (part,) = pieces_of(Excerpt(piece, RATE), one.variant)
        assert np.isfinite(part.samples).all()
        assert np.square(part.samples).mean() > 1e-6


def test_masters_are_none_that_are_trained_with() -> None:
    trained = {variant.key for variant in training_variants()}
    assert not trained & {one.variant.key for one in conditions() if one.group == "mastering"}


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.integers(0, 100))
def test_every_beginning_of_a_sample_has_the_genres_shares(genres: list[int], seed: int) -> None:
    labels = np.array(genres)
    order = stratified_order(labels, seed)
    assert sorted(order.tolist()) == list(range(len(labels)))
    for size in range(1, len(labels) + 1):
        counted = np.bincount(labels[order[:size]], minlength=5)
        expected = np.bincount(labels, minlength=5) * size / len(labels)
        assert np.abs(counted - expected).max() <= 2.5
