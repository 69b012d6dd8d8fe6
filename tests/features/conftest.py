"""The oracle of this room, and sounds to ask it about."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

_ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "features_oracle.py"


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """librosa's word on every feature."""
    pytest.importorskip("librosa", reason="needs librosa, of the dev extra, to compare with")
    spec = importlib.util.spec_from_file_location("features_oracle", _ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def song(oracle: ModuleType) -> Callable[..., np.ndarray]:
    """Makes music of sines: seconds, seed, semitones off."""
    return lru_cache(oracle.synthetic_music)


@pytest.fixture(scope="session")
def tracks(shared: Path) -> list[np.ndarray]:
    """A real track of each genre, mono at 22050 Hz as the data has it."""
    paths = [
        sorted(genre.iterdir())[2 + place]
        for place, genre in enumerate(sorted((shared / "gtzan/audio").iterdir()))
    ]
    return [soundfile.read(path, dtype="float32")[0] for path in paths]
