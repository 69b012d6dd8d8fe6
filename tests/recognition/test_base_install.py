"""What the base install promises: light imports, nothing heavy on the way of a prediction.

This file needs nothing but the base install, so that it also runs with the lowest versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MUSIC = Path(__file__).resolve().parents[2] / "examples" / "music"
HEAVY = {"torch", "scipy", "librosa", "pandas", "matplotlib", "sklearn", "numba", "tensorflow"}


def modules_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running the code."""
    lines = f"import sys\n{code}\nprint('MODULES', *{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    return set(ran.stdout.rpartition("MODULES")[2].split())


def test_importing_genrelens_imports_nothing_else() -> None:
    assert not modules_after("import genrelens") & (HEAVY | {"numpy", "onnxruntime", "typer", "rich", "av"})


@pytest.mark.parametrize("song", sorted(MUSIC.glob("*.*")), ids=lambda path: path.name)
def test_a_prediction_needs_no_heavy_library(song: Path) -> None:
    modules = modules_after(
        "import genrelens\n"
        f"prediction = genrelens.recognize({str(song)!r})\n"
        "assert prediction.status == 'ok'\n"
        "assert abs(sum(prediction.scores.values()) - 1) < 1e-6"
    )
    assert "onnxruntime" in modules
    assert not modules & HEAVY


def test_the_command_needs_no_heavy_library() -> None:
    song = next(iter(sorted(MUSIC.glob("*.mp3"))))
    modules = modules_after(
        "from genrelens.cli.main import app\n"
        f"app(['predict', {str(song)!r}, '--votes'], standalone_mode=False)"
    )
    assert not modules & HEAVY


def test_embeddings_need_no_heavy_library() -> None:
    song = next(iter(sorted(MUSIC.glob("*.mp3"))))
    modules = modules_after(
        "import genrelens\n"
        f"lens = genrelens.Recognizer()\n"
        f"assert lens.embed({str(song)!r}).vector.shape == (200,)\n"
        f"assert lens.embed({str(song)!r}, 'averaged').vector.shape == (358,)"
    )
    assert not modules & HEAVY


def test_there_are_pieces_to_hear() -> None:
    suffixes = {path.suffix for path in MUSIC.glob("*.*")}
    assert {".wav", ".flac", ".ogg", ".mp3", ".m4a"} <= suffixes
