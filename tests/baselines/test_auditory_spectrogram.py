"""Tones and noises with known frequencies and modulations come out at their channels, rates and scales."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.baselines.analysis.auditory_spectrogram import RATE, Channels, auditory_spectrogram, envelopes
from genrelens.baselines.analysis.modulation_spectrum import cortical_modulations, temporal_modulations

BANK = Channels(180.0, 96, 18)
RATES = (2, 4, 8, 16, 32, 64, 128, 256)


def modulated_tone(hertz: float, rate: float, seconds: float = 4.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return ((1 + np.cos(2 * np.pi * rate * time)) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@settings(max_examples=15)
@given(st.floats(200, 6500), st.floats(0.01, 10), st.floats(1.0, 3.0))
def test_a_tone_peaks_in_its_channel(hertz: float, level: float, seconds: float) -> None:
    tone = (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)
    envelope = envelopes(tone, BANK)[:, 100:-100].mean(axis=1)
    nearest = np.abs(np.log2(BANK.centres / hertz)).argmin()
    assert abs(envelope.argmax() - nearest) <= 1
    assert envelope.max() == pytest.approx(level, rel=0.1)
    sharpened = auditory_spectrogram(tone, BANK, 128)[:, 12:-12].mean(axis=1)
    assert abs(sharpened.argmax() - nearest) <= 1
    amplitude = sharpened**3  # before it was compressed
    assert (amplitude > amplitude.max() / 2).sum() < (envelope > envelope.max() / 2).sum()


@pytest.mark.parametrize("hertz", [440.0, 1500.0, 6000.0])
def test_envelopes_are_the_magnitude_of_a_filter_applied_in_time(hertz: float) -> None:
    """The oracle: the filter's response by its definition, in double precision, at the full rate."""
    sound = np.random.default_rng(1).normal(0, 1, RATE).astype(np.float32)
    below = 0.0375 - np.log2(np.arange(1, 8000) / hertz)
    shape = np.where(below > 0, np.maximum(below, 0) ** 0.3 * np.exp(-8 * below), 0)
    band = np.zeros(16384, complex)  # one second at a rate that all others divide
    band[1:8000] = np.fft.fft(sound.astype(float))[1:8000] * np.where(below < 0.7875, shape, 0)
    wanted = np.abs(2 * np.fft.ifft(band)) * 16384 / RATE / (0.0375**0.3 * np.exp(-0.3))
    step = 4 if hertz > 4000 else 16  # the wider filter is computed at 4096 Hz and averaged
    frames = wanted[::step].reshape(1024, -1).mean(axis=1)
    np.testing.assert_allclose(envelopes(sound, Channels(hertz, 1))[0], frames, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("hertz", "rate"), [(500, 4), (1000, 16), (2000, 2), (3000, 64), (4000, 128)])
def test_a_modulated_tone_peaks_at_its_rate_and_channel(hertz: float, rate: float) -> None:
    found = temporal_modulations(auditory_spectrogram(modulated_tone(hertz, rate), BANK, 1024), 1024, RATES)
    row, channel = np.unravel_index(found.argmax(), found.shape)
    assert RATES[row] == rate
    # or a little above: a channel that ends just above the tone lacks the upper sideband
    assert -1 / 18 < np.log2(BANK.centres[channel] / hertz) < 0.25


@pytest.mark.parametrize("rate", [4, 8, 32])
def test_modulated_noise_stands_out_from_plain_noise_at_its_rate(rate: int) -> None:
    time = np.arange(10 * RATE) / RATE
    plain = np.random.default_rng(2).normal(0, 1, len(time)).astype(np.float32)
    modulated = plain * (1 + 0.9 * np.cos(2 * np.pi * rate * time)).astype(np.float32)
    there, without = (
        temporal_modulations(auditory_spectrogram(sound, BANK, 1024), 1024, RATES)
        for sound in (modulated, plain)
    )
    assert (there / without).mean(axis=1).argmax() == RATES.index(rate)


def test_temporal_modulations_equal_a_loop_over_channels_and_rates() -> None:
    spectrogram = np.random.default_rng(3).random((3, 640)).astype(np.float32)
    found = temporal_modulations(spectrogram, 128, (4, 16))
    hertz = np.arange(640) * 128 / 640
    for channel, row in enumerate(spectrogram.astype(float)):
        for at, rate in enumerate((4, 16)):
            inside = (hertz > rate / 2) & (hertz < 2 * rate)
            weights = np.where(inside, np.cos(np.pi / 2 * np.log2(np.where(inside, hertz, 1) / rate)), 0)
            wanted = np.abs(2 * np.fft.ifft(np.fft.fft(row) * weights)).mean()
            assert found[at, channel] == pytest.approx(wanted, rel=0.02)


@settings(max_examples=10)
@given(st.sampled_from([2, 4, 8, 16]), st.sampled_from([0.5, 1, 2, 4]), st.booleans())
def test_a_moving_ripple_is_found_at_its_rate_scale_and_direction(
    rate: float, scale: float, upwards: bool
) -> None:
    time, octaves = np.arange(512)[None] / 128, np.arange(128)[:, None] / 24
    phase = 2 * np.pi * (rate * time - (1 if upwards else -1) * scale * octaves)
    rates, scales = (2, 4, 8, 16, 32), (0.25, 0.5, 1, 2, 4, 8)
    found = cortical_modulations((1 + np.cos(phase)).astype(np.float32), 128, 24, rates, scales)
    middle = found[:, :, 64]
    row, column = np.unravel_index(middle.argmax(), middle.shape)
    assert scales[row] == scale
    assert (rates[column % 5], bool(column < 5)) == (rate, upwards)


def test_a_rising_sweep_moves_upwards() -> None:
    time = np.arange(4 * RATE) / RATE
    octave = (2 * time) % 4  # two octaves a second, from 200 Hz, over and over
    sweep = np.sin(2 * np.pi * np.cumsum(200 * 2**octave) / RATE).astype(np.float32)
    for sound, more in ((sweep, 0), (sweep[::-1].copy(), 1)):
        spectrogram = auditory_spectrogram(sound, Channels(180.0, 128), 128)
        found = cortical_modulations(spectrogram, 128, 24, (2, 4), (0.5, 1, 2))
        directions = found.reshape(3, 2, 2, 128).sum(axis=(0, 2, 3))
        assert directions.argmax() == more
