"""Every member hears one level and one band, whatever the recording was kept at."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio import Excerpt
from genrelens.bundle import Conditioning
from genrelens.recognition.preprocessing import Conditioned

SECONDS = 2


def tone(hertz: float, rate: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(SECONDS * rate) / rate).astype(np.float32)


def level_of(samples: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64))) + 1e-12))


@pytest.mark.parametrize("rate", [12000, 16000, 22050, 32000])
@pytest.mark.parametrize("gain", [0.001, 0.3, 5.0])
def test_every_rate_comes_at_the_level_asked_for(rate: int, gain: float) -> None:
    excerpt = Excerpt(gain * tone(440, 44100) + np.float32(0.1 * gain), 44100)
    samples = Conditioned(excerpt, Conditioning(level_dbfs=-18.0)).at(rate)
    assert level_of(samples) == pytest.approx(-18.0, abs=0.1)
    assert abs(samples.mean()) < 1e-3


def test_nothing_is_heard_above_11_khz_of_a_recording_that_has_it() -> None:
    low, high = tone(1000, 44100), tone(13000, 44100)
    plain = Conditioned(Excerpt(low, 44100), Conditioning()).at(32000)
    bright = Conditioned(Excerpt(low + high, 44100), Conditioning()).at(32000)
    inner = slice(2000, -2000)
    assert level_of(bright[inner] - plain[inner]) < -60


def test_without_conditioning_samples_pass_as_they_are() -> None:
    samples = tone(440, 22050)
    heard = Conditioned(Excerpt(samples, 22050), Conditioning(remove_dc=False)).at(22050)
    np.testing.assert_array_equal(heard, samples)
