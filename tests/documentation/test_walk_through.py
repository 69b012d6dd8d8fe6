"""The walk-through in the documentation: its very commands, in its order, do what it says."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from page_blocks import commands_of, files_of

pytest.importorskip("torch")

PAGE = (Path(__file__).parents[2] / "docs" / "walk-through.md").read_text("utf-8")
GENRES = ("dub", "shoegaze", "waltz")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, list[str], str]]]:
    """The folder after all commands, and each command with what it should print and what it printed."""
    folder = tmp_path_factory.mktemp("walk")
    programs = folder / "programs"
    programs.mkdir()
    for name, call in (
        ("python", '"$@"'),
        ("genrelens", '-c "from genrelens.cli.main import run; run()" "$@"'),
    ):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call}\n')
        (programs / name).chmod(0o755)
    for name, content in files_of(PAGE).items():
        (folder / name).write_text(content)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "GENRELENS_CACHE": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "100",
    }
    environment.pop("GENRELENS_MODEL", None)
    steps = []
    for command, told in commands_of(PAGE):
        ran = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{command}: {ran.stderr}"
        steps.append((command, told, ran.stdout + ran.stderr))
    return folder, steps


def test_the_page_trains_three_genres_and_recognises_them(walked) -> None:
    folder, steps = walked
    assert [command.split()[:2] for command, _, _ in steps] == [
        ["python", "make_music.py"],
        ["genrelens", "train"],
        ["genrelens", "info"],
        ["genrelens", "predict"],
        ["genrelens", "predict"],
    ]
    assert sorted(path.name for path in (folder / "my_music").iterdir()) == list(GENRES)
    with (folder / "genres.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(Path(row["path"]).name, row["genre"]) for row in rows] == [
        (f"{one}-0.wav", one) for one in GENRES
    ]


def test_the_page_shows_what_is_printed(walked) -> None:
    """Word for word but for figures, which differ between machines."""
    _, steps = walked
    shown = 0
    for command, told, printed in steps:
        there = {words(line) for line in printed.splitlines()}
        for line in told:
            if line.strip() != "...":
                assert words(line) in there, f"{command} prints no line {line!r}"
                shown += 1
    assert shown >= 10


def words(line: str) -> tuple[str, ...]:
    """A line's words with its figures and bars left out."""
    return tuple(re.sub(r"[\d.,%█▁-▏░]+", "", line).split())
