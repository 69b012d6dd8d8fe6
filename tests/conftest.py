"""What all tests share: where the sound is, and a small ensemble that can be heard with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # of tests that load ONNX Runtime by themselves
settings.register_profile("genrelens", deadline=None)  # a busy machine is no fault
settings.load_profile("genrelens")
SHARED = Path(__file__).resolve().parents[2] / "shared"
MUSIC = Path(__file__).resolve().parents[1] / "examples" / "music"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings, published features and encoder weights beside the checkout."""
    if not (SHARED / "gtzan" / "index.csv").is_file():
        pytest.skip("needs the data folder ../shared, which lies beside the checkout in CI")
    return SHARED


@pytest.fixture(scope="session")
def music() -> list[Path]:
    """The project's own pieces, one a genre and format."""
    return sorted(
        path for path in MUSIC.iterdir() if path.suffix in {".wav", ".flac", ".ogg", ".mp3", ".m4a"}
    )


@pytest.fixture(scope="session")
def write_sound() -> Callable[..., None]:
    """Writes a sound that even a small model tells by its kind: `low` tones, `high` tones, or `noise`."""

    def write(path: Path, kind: str, seed: int, seconds: float = 1.2) -> None:
        random = np.random.default_rng(seed)
        time_s = np.arange(int(seconds * 22050)) / 22050
        sound = 0.05 * random.normal(0, 1, len(time_s))
        if kind != "noise":
            for _ in range(3):
                frequency = random.uniform(80, 300) if kind == "low" else random.uniform(1500, 4000)
                sound += 0.2 * np.sin(2 * np.pi * frequency * time_s)
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.3 * sound, 22050)

    return write


@pytest.fixture(scope="session")
def linear_member() -> Callable[[int, int, int], bytes]:
    """Makes a member's ONNX: a softmax over a random linear map of a vector (width, genres, seed)."""

    def make(width: int, genres: int, seed: int) -> bytes:
        from genrelens.graphs import Graph

        weights = np.random.default_rng(seed).normal(0, 0.05, (width, genres)).astype(np.float32)
        graph = Graph("linear")
        x = graph.input("x", ("n", width))
        logits = graph.node("MatMul", x, graph.constant("weights", weights))
        graph.output(graph.node("Softmax", logits, axis=-1), "probabilities", ("n", genres))
        return graph.to_bytes()

    return make
