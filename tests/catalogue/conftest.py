"""A file of results in each format, and recordings whose content nobody looks at."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(params=[".jsonl", ".csv", ".sqlite", ".parquet"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        pytest.skip("needs pyarrow")
    return tmp_path / "deep" / f"rows{request.param}"


@pytest.fixture
def songs(tmp_path: Path) -> Callable[..., list[Path]]:
    """Makes files of the given names in a folder."""

    def make(*names: str) -> list[Path]:
        folder = tmp_path / "songs"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_bytes(name.encode())
        return [folder / name for name in names]

    return make
