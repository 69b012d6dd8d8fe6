"""The weights of all four networks, and a real recording at any rate."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from genrelens.encoders import ENCODERS


@pytest.fixture
def weights(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder, named by the environment as a developer names it."""
    folder = shared / "weights"
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def arrays_of(shared: Path) -> Callable[[str], dict[str, np.ndarray]]:
    """Named arrays of a network."""

    @cache
    def load(name: str) -> dict[str, np.ndarray]:
        with np.load(shared / "weights" / ENCODERS[name].archive, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}

    return load


@pytest.fixture(scope="session")
def clip(shared: Path) -> Callable[[int], np.ndarray]:
    """Thirty seconds of real music at the asked rate."""
    samples, rate = soundfile.read(shared / "gtzan" / "lossless" / "metal.00000.flac", dtype="float32")

    @cache
    def at(wanted: int) -> np.ndarray:
        return soxr.resample(samples[: 30 * rate], rate, wanted, "HQ")[: 30 * wanted]

    return at
