"""A lens with random members: its answers are worthless, the way to them is the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genrelens.bundle import Conditioning, Manifest, Member, write_bundle
from genrelens.ensemble import Fusion
from genrelens.recognition import Recognizer, describe_input

RATE = 22050


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, linear_member: Callable[[int, int, int], bytes]) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "tiny.bundle"
    files = {f"members/{index}.onnx": linear_member(358, 3, index) for index in range(3)}
    manifest = Manifest(
        name="tiny",
        genres=("calm", "loud", "odd"),
        members=tuple(Member(file[8:9], "linear", ("averaged",), file) for file in files),
        combination=Fusion("majority"),
        inputs={"averaged": describe_input("averaged")},
        conditioning=Conditioning(level_dbfs=-20.0),
        answer_threshold=0.2,
        set_threshold=0.1,
    )
    write_bundle(path, manifest, files)
    return path


@pytest.fixture(scope="session")
def lens(tiny: Path) -> Recognizer:
    return Recognizer(tiny)


@pytest.fixture(scope="session")
def song() -> np.ndarray:
    """Four seconds of chords and noise, mono at 22050 Hz."""
    return made_song(4.0, seed=0)


def made_song(seconds: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * pitch * time) for pitch in random.uniform(100, 2000, 5))
    beats = np.exp(-8 * (time % 0.5)) * random.normal(size=len(time))
    return (0.05 * tones + 0.1 * beats).astype(np.float32)
