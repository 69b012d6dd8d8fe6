"""Textures: against scikit-image, and on pictures whose answer is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from skimage.feature import graycomatrix, graycoprops

from genrelens.baselines.analysis.texture import (
    DIRECTIONS,
    MEASURES,
    spectrogram_picture,
    texture,
    zone_textures,
)


def measure(picture: np.ndarray, name: str) -> np.ndarray:
    return texture(picture)[MEASURES.index(name)]


@settings(max_examples=25)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=40)))
def test_equals_scikit_image(picture: np.ndarray) -> None:
    pairs = graycomatrix(picture, [1], DIRECTIONS, 256, normed=True)
    # Where a side of all pairs has one grey level, rounding decides what scikit-image answers.
    varies = np.array(
        [min((pairs[:, :, 0, at].sum(axis=axis) > 0).sum() for axis in (0, 1)) > 1 for at in range(4)]
    )
    for name in ("correlation", "homogeneity", "contrast", "energy"):
        alike = varies if name == "correlation" else slice(None)
        np.testing.assert_allclose(
            measure(picture, name)[alike], graycoprops(pairs, name)[0][alike], rtol=1e-6, atol=1e-9
        )


def test_third_moment_entropy_and_maximum_are_the_mean_over_pairs_of_neighbours() -> None:
    picture = np.random.default_rng(3).integers(0, 5, (12, 9)).astype(np.uint8)
    right = [(int(a), int(b)) for row in picture for a, b in pairwise(row)]
    often = np.array([right.count(pair) for pair in set(right)]) / len(right)
    assert measure(picture, "third_moment")[0] == pytest.approx(np.mean([(a - b) ** 3 for a, b in right]))
    assert measure(picture, "entropy")[0] == pytest.approx(-(often * np.log2(often)).sum())
    assert measure(picture, "maximum_probability")[0] == pytest.approx(often.max())


def test_third_moment_tells_sudden_rises_from_sudden_falls() -> None:
    sawtooth = np.tile(np.arange(0, 200, 20, dtype=np.uint8), (8, 6))  # rises slowly, falls at once
    falls, rises = measure(sawtooth, "third_moment")[0], measure(sawtooth[:, ::-1], "third_moment")[0]
    assert falls == pytest.approx(-rises)
    assert falls > 0


@given(st.integers(0, 255))
def test_an_even_picture_has_no_texture(grey: int) -> None:
    found = dict(zip(MEASURES, texture(np.full((6, 7), grey, np.uint8)), strict=True))
    for name in ("entropy", "contrast", "third_moment"):
        assert not np.abs(found[name]).max(), name
    for name in ("energy", "homogeneity", "maximum_probability", "correlation"):
        np.testing.assert_allclose(found[name], 1.0)


def test_a_zone_depends_on_its_own_frequencies_alone() -> None:
    random = np.random.default_rng(0)
    low = np.sin(2 * np.pi * 200 / 22050 * np.arange(66150))
    hiss = random.normal(0, 1, 66150)
    hiss[1:] -= hiss[:-1]  # mostly in high frequencies
    alone, both = (
        zone_textures(spectrogram_picture(sound.astype(np.float32)), 10)
        for sound in (low, low + 0.001 * hiss)
    )
    changed = np.abs(both - alone)[:, MEASURES.index("entropy") * len(DIRECTIONS)]
    assert changed[9] > 1
    assert changed[0] < changed[9] / 4


def test_a_picture_is_the_same_at_any_level(shared) -> None:
    import soundfile

    samples, _ = soundfile.read(shared / "gtzan/audio/rock/rock.00000.ogg", dtype="float32", frames=100000)
    np.testing.assert_array_equal(spectrogram_picture(samples), spectrogram_picture(samples / 4))
