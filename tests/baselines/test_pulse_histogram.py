"""A click track's tempo is found; silence and noise pulse at none."""

import numpy as np
import pytest

from genrelens.baselines.analysis.pulse_histogram import (
    SLOWEST,
    SUMMARY,
    onset_envelope,
    pulse_histogram,
    summary,
)
from genrelens.features import SAMPLE_RATE, Analysis


def clicks(beats_a_minute: float, seconds: float = 20.0, every_second_louder: float = 1.0) -> np.ndarray:
    samples = 1e-4 * np.random.default_rng(0).normal(0, 1, int(seconds * SAMPLE_RATE))
    starts = np.arange(0.1, seconds - 0.1, 60 / beats_a_minute) * SAMPLE_RATE
    click = np.exp(-np.arange(800) / 150) * np.random.default_rng(1).normal(0, 1, 800)
    for number, start in enumerate(starts.astype(int)):
        samples[start : start + 800] += 0.2 * click * (every_second_louder if number % 2 else 1.0)
    return samples.astype(np.float32)


@pytest.mark.parametrize("tempo", [63, 90, 128, 171])
def test_the_tempo_of_clicks_or_its_half_or_third_is_the_strongest(tempo: int):
    histogram = pulse_histogram(onset_envelope(Analysis(clicks(tempo))))
    strongest = int(histogram.argmax()) + SLOWEST
    assert min(abs(strongest - tempo / by) for by in (1, 2, 3)) <= 2
    assert histogram[tempo - SLOWEST - 2 : tempo - SLOWEST + 3].max() > 0.15


def test_what_pulses_stands_out_from_what_does_not():
    noise = np.random.default_rng(2).normal(0, 0.1, 20 * SAMPLE_RATE).astype(np.float32)
    pulsing, noisy = (pulse_histogram(onset_envelope(Analysis(x))) for x in (clicks(100), noise))
    assert summary(pulsing)[5] > 3 * summary(noisy)[5]  # the sum of the peaks
    assert summary(pulsing)[6] > summary(noisy)[6]  # concentrated


def test_the_envelope_has_a_value_every_half_hop_and_rises_where_clicks_are():
    samples = np.zeros(4 * SAMPLE_RATE, np.float32)
    samples[2 * SAMPLE_RATE :] = clicks(60, 2.0)
    envelope = onset_envelope(Analysis(samples))
    assert abs(len(envelope) / 4 - 43.07) < 1
    assert abs(envelope.argmax() / 43.07 - 2.1) < 0.15


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_silence_and_short_clips_have_a_summary(seconds: float):
    for samples in (np.zeros(int(seconds * SAMPLE_RATE), np.float32), clicks(150, seconds)):
        found = summary(pulse_histogram(onset_envelope(Analysis(samples))))
        assert found.shape == (SUMMARY,)
        assert np.isfinite(found).all()


def test_bands_are_proportions_of_the_whole():
    found = summary(pulse_histogram(onset_envelope(Analysis(clicks(95)))))
    assert abs(found[8:].sum() - 1) < 1e-9
    assert found[8:].min() >= 0
