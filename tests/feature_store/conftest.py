"""Small files of sound for the store."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.datasets import Track

SUPPORT = Path(__file__).parent / "support"
sys.path.insert(0, str(SUPPORT))


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
