"""A made data set with made features: what reproduction needs, without sound."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet, Track
from genrelens.feature_store.table import FeatureTable
from genrelens.features import FEATURES

GENRES = ("classical", "hiphop", "jazz", "metal", "reggae")
FRAMES = 24


def data_set(tracks: int = 60, genres: Sequence[str] = GENRES, prefix: str = "t") -> DataSet:
    """Tracks in turn of each genre, three a made artist."""
    listed = [
        Track(
            f"{prefix}{i}", Path(f"/{prefix}{i}.wav"), genres[i % len(genres)],
            artist=f"{prefix} artist {i % len(genres)}-{i // (3 * len(genres))}",
        )
        for i in range(tracks)
    ]  # fmt: skip
    return DataSet(f"made {prefix}", tuple(listed), tuple(sorted(genres)))


class MadeStore:
    """Stands in for a feature store: genres have their own means, in some features clearer than others."""

    def __init__(self, clearness: float = 1.0) -> None:
        self.clearness = clearness
        self.calls = 0

    def compute(self, tracks, inputs, variants=(), jobs=1, progress=None, excerpts=1, length_s=30.0):
        self.calls += 1
        arrays = {}
        for number, name in enumerate(inputs):
            width = FEATURES[name].width if name in FEATURES else 30
            centres = np.random.default_rng(number).standard_normal((len(GENRES), width))
            rows = []
            for track in tracks:
                rng = np.random.default_rng(zlib.crc32(f"{track.id} {name}".encode()))
                mean = centres[GENRES.index(track.genre)] * self.clearness / (1 + number % 4)
                shape = (FRAMES, width) if name in FEATURES else (width,)
                noise = rng.standard_normal(shape) * 1.5 + rng.standard_normal(width) * 0.8
                rows.append((mean + noise).astype(np.float32))
            arrays[name] = rows
        n = len(tracks)
        zeros = np.zeros(n, dtype=np.intp)
        times = np.zeros(n)
        return FeatureTable(
            tuple(tracks), ("clean",), np.arange(n), zeros, zeros, times, times + 30, (), n, arrays,
            {name: name for name in inputs},
        )  # fmt: skip
