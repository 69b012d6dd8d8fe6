"""The page on adding to genrelens: its files as one package, its commands in order, do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from page_blocks import commands_of, files_of

pytest.importorskip("torch")

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text("utf-8")
GROUPS = {
    f"genrelens.{name}" for name in ("features", "encoders", "heads", "baselines", "protocols", "sinks")
}


class Step(NamedTuple):
    command: str
    said: list[str]
    printed: str
    returned: int


def as_if_installed(folder: Path) -> dict[str, dict[str, str]]:
    """Makes Python take a folder with a pyproject.toml for one where that package is installed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return project["entry-points"]


class Reader:
    """Somebody who follows the page in a folder, in one terminal after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = folder / "programs"
        programs.mkdir()
        command = folder / "genrelens_command.py"
        command.write_text("from genrelens.cli.main import run\nif __name__ == '__main__':\n    run()\n")
        for name, call in (("python", '"$@"'), ("genrelens", f'"{command}" "$@"')):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call}\n')
            (programs / name).chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(folder)]),
            "GENRELENS_CACHE": str(folder / "cache"),
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "100",
        }
        for name in ("GENRELENS_MODEL", "GENRELENS_WEIGHTS"):
            self.environment.pop(name, None)

    def run(self, command: str, said: list[str] | None = None) -> Step:
        ran = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Step(command, said or [], ran.stdout + ran.stderr, ran.returncode)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, write_sound: Callable[..., None]) -> Reader:
    folder = tmp_path_factory.mktemp("extending")
    for name, content in files_of(PAGE).items():
        (folder / name).write_text(content, "utf-8")
    for kind in ("low", "high"):
        for seed in range(6):
            write_sound(folder / "sounds" / kind / f"{kind}{seed}.wav", kind, seed)
    assert set(as_if_installed(folder)) == GROUPS
    return Reader(folder)


@pytest.fixture(scope="module")
def steps(reader: Reader) -> list[Step]:
    return [reader.run(command, said) for command, said in commands_of(PAGE)]


def test_every_command_of_the_page_succeeds_and_prints_what_it_says(steps: list[Step]) -> None:
    """Word for word; accuracies, which differ between machines, but for their figures."""
    shown = 0
    for step in steps:
        assert step.returned == 0, f"{step.command}: {step.printed}"
        alike = words if "genrelens train" in step.command else str.strip
        there = {alike(line) for line in step.printed.splitlines()}
        for line in step.said:
            if line.strip() != "...":
                assert alike(line) in there, f"{step.command} prints no line {line!r}: {step.printed}"
                shown += 1
    assert shown >= 12


def test_the_bundle_holds_what_the_package_adds_and_the_file_of_results_has_a_row_a_sound(
    steps: list[Step], reader: Reader
) -> None:
    rows = json.loads((reader.folder / "answers.json").read_text("utf-8"))
    assert {one["name"] for one in rows[0]["members"]} == {"cnn_avg-loudness", "nearest-tiny"}
    assert sorted(Path(row["path"]).name for row in rows) == sorted(
        f"{kind}{seed}.wav" for kind in ("low", "high") for seed in range(6)
    )
    resumed = next(step for step in steps if "--resume" in step.command)
    assert "6 done before" in resumed.printed


def test_the_system_is_measured_on_all_sounds_and_tells_the_two_kinds(
    steps: list[Step], reader: Reader
) -> None:
    assert next(step for step in steps if "--system peak" in step.command).returned == 0
    assert reader.run("genrelens evaluate sounds --system peak --out again").returned == 0
    measured = json.loads((reader.folder / "again" / "evaluation.json").read_text("utf-8"))
    assert (measured["system"], measured["tracks"], measured["accuracy"]) == ("peak", 12, 1.0)
    assert measured["baseline"]["grid"] == {"n_neighbors": ["1", "3"]}


def test_a_file_that_is_no_such_results_is_left_as_it_is(steps: list[Step], reader: Reader) -> None:
    other = reader.folder / "other.json"
    other.write_text('{"not": "rows"}', "utf-8")
    refused = reader.run("genrelens predict sounds --out other.json --resume")
    assert refused.returned == 2
    assert "other.json holds no results" in " ".join(refused.printed.split())
    assert other.read_text("utf-8") == '{"not": "rows"}'


def words(line: str) -> tuple[str, ...]:
    """A line's words with its figures left out."""
    return tuple(re.sub(r"[\d.,%]+", "", line).split())
