"""Small folders of files that are only named like sound, for the loaders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


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
