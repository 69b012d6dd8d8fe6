"""Small folders of files; some of sound, for the store, some only named like it, for the loaders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.datasets import Track

SUPPORT = Path(__file__).parent / "support"
sys.path.insert(0, str(SUPPORT))


@pytest.fixture
def make_files(tmp_path: Path) -> Callable[..., Path]:
    """Makes files below a folder and returns the folder."""

    def make(*names: str, root: str = "music") -> Path:
        for name in names:
            path = tmp_path / root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
        return tmp_path / root

    return make


@pytest.fixture
def two_genres(make_files: Callable[..., Path]) -> Path:
    """Three tracks of jazz, ten of rock."""
    return make_files(*[f"jazz/j{n}.wav" for n in range(3)], *[f"rock/album/r{n}.mp3" for n in range(10)])


def write_noise(path: Path, seed: int, seconds: float = 2.0, rate: int = 8000) -> Path:
    """A file of noise, different for each seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0.0, 0.1, int(seconds * rate))
    soundfile.write(path, noise.astype(np.float32), rate, subtype="FLOAT")
    return path


@pytest.fixture
def noises(tmp_path: Path) -> list[Track]:
    """Twelve recordings of 2 to 3.1 s."""
    return [
        Track(
            f"n{n}",
            write_noise(tmp_path / "noise" / f"n{n}.wav", n, 2.0 + n / 10),
            "ab"[n % 2],
            None,
            "noise",
        )
        for n in range(12)
    ]
