"""The two systems on real sound, and that their inputs do not depend on what they must not depend on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.registry import load_baseline

NAMES = ("panagakis_2009", "panagakis_2010")


def sounds(shared: Path, genre: str, count: int) -> list[np.ndarray]:
    paths = sorted((shared / "gtzan" / "audio" / genre).iterdir())[:count]
    return [soundfile.read(path, dtype="float32", frames=6 * 22050)[0] for path in paths]


@pytest.mark.parametrize("name", NAMES)
def test_tells_classical_music_from_metal(name: str, shared: Path) -> None:
    import soxr

    system = load_baseline(name)
    (descriptor,) = system.descriptors
    labels = np.repeat([0, 1], 9)
    clips = sounds(shared, "classical", 9) + sounds(shared, "metal", 9)
    x = np.stack([descriptor.of(soxr.resample(clip, 22050, descriptor.rate)) for clip in clips])
    learnt = np.arange(18) % 3 > 0
    fitted = fit_chosen(system, x[learnt], labels[learnt], np.arange(18)[learnt], 2, seed=0)
    probabilities = fitted.predict(x[~learnt])
    assert (probabilities.argmax(axis=1) == labels[~learnt]).all()
    assert set(fitted.chosen) == set(system.grid)


@pytest.mark.parametrize("name", NAMES)
def test_level_does_not_matter_and_sounds_of_all_lengths_give_numbers(name: str) -> None:
    (descriptor,) = load_baseline(name).descriptors
    sound = np.random.default_rng(0).normal(0, 0.1, 16000 * 4).astype(np.float32)
    np.testing.assert_allclose(descriptor.of(sound), descriptor.of(sound * 0.01), rtol=1e-3, atol=1e-6)
    for length in (16000, 16001, 31337, 44111):
        assert descriptor.of(sound[:length]).min() >= 0
    click = np.zeros(16000, np.float32)
    click[5] = 1e-4
    tone = np.sin(np.arange(20011) * 0.1).astype(np.float32)
    for rare in (click, tone, np.sign(tone) * 0 + 1):  # the last is a mere offset
        assert descriptor.of(rare).shape == descriptor.shape
