"""What the authors published of the same recordings, our graphs say too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import resampy
import soundfile
import soxr

from genrelens.encoders import Encoder, load_encoder

TAGGRAM_HOP = 61
"""Frames between the patches of the published taggrams."""

Resampler = Callable[[np.ndarray, int, int], np.ndarray]


def kaiser_best(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """resampy's filter of that name as it was when musicnn was published."""
    window = partial(np.kaiser, beta=14.769656459379492)
    return resampy.resample(
        samples, rate, wanted,
        filter="sinc_window", num_zeros=64, precision=9, window=window, rolloff=0.9475937167399596,
    )  # fmt: skip


def soxr_hq(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    return soxr.resample(samples, rate, wanted, "HQ")


@pytest.fixture(scope="module")
def musicnn() -> Encoder:
    return load_encoder("musicnn")


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, np.ndarray]:
    with np.load(shared / "features" / "musicnn_msd_taggram_train.npz") as stored:
        tags, tracks = stored["X"], stored["track"]
    return {str(track): tags[tracks == track] for track in np.unique(tracks)}


def correlation(path: Path, resample: Resampler, encoder: Encoder, published: dict[str, np.ndarray]) -> float:
    samples, rate = soundfile.read(path, dtype="float32")
    signal = resample(samples, rate, 16000).astype(np.float32)
    ours = encoder.per_window(signal, hop=TAGGRAM_HOP)["tags"]
    theirs = published[path.stem]
    assert abs(len(ours) - len(theirs)) <= 1
    n = min(len(ours), len(theirs))
    return float(np.corrcoef(ours[:n].ravel(), theirs[:n].ravel())[0, 1])


@pytest.mark.parametrize(("resample", "at_least"), [(kaiser_best, 0.9999), (soxr_hq, 0.996)])
def test_musicnn_says_what_was_published_of_lossless_tracks(
    resample: Resampler,
    at_least: float,
    shared: Path,
    musicnn: Encoder,
    published: dict[str, np.ndarray],
    record_property: Callable[[str, object], None],
) -> None:
    paths = [path for path in sorted((shared / "gtzan" / "lossless").iterdir()) if path.stem in published]
    assert len(paths) == 4
    for path in paths:
        agreement = correlation(path, resample, musicnn, published)
        record_property(path.stem, agreement)
        assert agreement > at_least, path.stem


@pytest.mark.parametrize("resample", [kaiser_best, soxr_hq])
def test_musicnn_says_nearly_that_of_lossy_copies(
    resample: Resampler, shared: Path, musicnn: Encoder, published: dict[str, np.ndarray]
) -> None:
    lossless = {path.stem for path in (shared / "gtzan" / "lossless").iterdir()} & published.keys()
    copies = [path for path in (shared / "gtzan" / "audio").rglob("*.ogg") if path.stem in lossless]
    assert len(copies) == 4
    for path in copies:
        assert correlation(path, resample, musicnn, published) > 0.97, path.stem


def test_it_holds_for_lossy_copies_of_other_tracks(
    shared: Path, musicnn: Encoder, published: dict[str, np.ndarray]
) -> None:
    paths = [path for path in sorted((shared / "gtzan" / "audio").rglob("*.ogg")) if path.stem in published]
    agreements = [correlation(path, soxr_hq, musicnn, published) for path in paths[::40]]
    assert np.median(agreements) > 0.99


@pytest.mark.usefixtures("weights")
def test_choi2017_resembles_the_published_vectors(shared: Path) -> None:
    """They were normalised by batches of 256 clips: each dimension is alike, none is the same."""
    encoder = load_encoder("choi2017")
    with np.load(shared / "features" / "choi2017_published_160.npz") as stored:
        theirs = dict(zip(stored["track"].tolist(), stored["X"], strict=True))
    paths = sorted((shared / "gtzan" / "audio").rglob("*.ogg"))[::12]
    ours, wanted = [], []
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        ours.append(encoder(soxr_hq(samples, rate, 12000))["embedding"])
        wanted.append(theirs[path.stem])
    dimensions = zip(np.transpose(ours), np.transpose(wanted), strict=True)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in dimensions if np.std(b) > 0]
    assert len(correlations) > 150
    assert np.median(correlations) > 0.75


@pytest.mark.usefixtures("weights")
def test_three_networks_trained_on_the_same_tags_name_the_same_music(shared: Path) -> None:
    """Would fail if the words were in another order for one of them."""
    expected = {
        "metal.00000": "metal",
        "jazz.00000": "jazz",
        "blues.00000": "blues",
        "hiphop.00001": "Hip-Hop",
    }
    for name in ("musicnn", "choi2017", "fcn"):
        encoder = load_encoder(name)
        for track, word in expected.items():
            samples, rate = soundfile.read(shared / "gtzan" / "lossless" / f"{track}.flac", dtype="float32")
            tags = encoder(soxr_hq(samples, rate, encoder.spec.sample_rate))["tags"]
            likely = [encoder.spec.tag_names[k] for k in np.argsort(tags)[-3:]]
            assert word in likely, (name, track)


@pytest.mark.usefixtures("weights")
def test_mn04_hears_rap_in_rap_and_noise_in_noise(shared: Path) -> None:
    encoder = load_encoder("mn04")
    samples, rate = soundfile.read(shared / "gtzan" / "lossless" / "hiphop.00001.flac", dtype="float32")
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * 32000).astype(np.float32)

    def likely(signal: np.ndarray) -> set[str]:
        return {encoder.spec.tag_names[k] for k in np.argsort(encoder(signal)["tags"])[-3:]}

    assert likely(soxr_hq(samples, rate, 32000)) == {"Music", "Rapping", "Hip hop music"}
    assert "White noise" in likely(noise)
    assert "Music" not in likely(noise)
