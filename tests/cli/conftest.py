"""The command as a shell runs it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shell() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `genrelens ARGUMENTS` in a folder, with a cache of its own there, in a terminal of 150 columns."""

    def run(place: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        own = {"GENRELENS_CACHE": str(place / "cache"), "OMP_NUM_THREADS": "1", "COLUMNS": "150"}
        return subprocess.run(
            [sys.executable, "-c", "from genrelens.cli.main import run; run()", *map(str, arguments)],
            cwd=place,
            env=os.environ | own,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
