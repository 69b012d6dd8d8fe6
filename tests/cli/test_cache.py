"""`genrelens cache`: seen, cleared on confirmation, shown in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from genrelens.cli import cache
from genrelens.datasets import Track
from genrelens.feature_store import FeatureStore

RUNNER = CliRunner()
app = typer.Typer()
cache.register(app)


@app.callback()
def main() -> None:
    """So that the group keeps its name."""


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    soundfile = pytest.importorskip("soundfile")
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "kept"))
    noise = np.random.default_rng(0).normal(0, 0.1, (3, 22050)).astype(np.float32)
    tracks = []
    for n, samples in enumerate(noise):
        soundfile.write(tmp_path / f"{n}.wav", samples, 22050)
        tracks.append(Track(str(n), tmp_path / f"{n}.wav", "noise", None, "hiss"))
    FeatureStore().compute(tracks, ["mel", "mfcc"], jobs=1)
    return tmp_path / "kept" / "features"


def run(*arguments: str, said: str | None = None) -> str:
    result = RUNNER.invoke(app, ["cache", *arguments], input=said)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_info_tells_inputs_and_data_sets(filled: Path) -> None:
    rows = json.loads(run("info", "--format", "json"))
    assert [(row["what"], row["recordings"], row["rows"]) for row in rows] == [
        ("cache", 3, 6),
        ("input", 3, 3),
        ("input", 3, 3),
        ("data set", 3, 6),
    ]
    assert [row["name"] for row in rows[1:]] == ["mel", "mfcc", "hiss"]
    table = list(csv.DictReader(io.StringIO(run("info", "--format", "csv"))))
    assert [row["bytes"] for row in table] == [str(row["bytes"]) for row in rows]
    shown = run("info")
    assert all(word in shown for word in ("mel", "mfcc", "hiss", "3 recordings"))


def test_path_is_the_folder_and_an_empty_cache_is_told(filled: Path, tmp_path: Path) -> None:
    assert run("path").strip() == str(filled)
    assert "empty" in run("info", "--cache", str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_clear_asks_and_removes(filled: Path) -> None:
    refused = RUNNER.invoke(app, ["cache", "clear", "--all"], input="n\n")
    assert refused.exit_code == 1
    assert FeatureStore().info().rows == 6
    run("clear", "--older-than", "1h", "--yes")
    assert FeatureStore().info().rows == 6
    run("clear", "--all", said="y\n")
    assert FeatureStore().info().rows == 0
    assert list(filled.glob("*.seg")) == []


@pytest.mark.parametrize("arguments", [[], ["--all", "--older-than", "1d"], ["--older-than", "so", "--yes"]])
def test_wrong_use_removes_nothing(filled: Path, arguments: list[str]) -> None:
    assert RUNNER.invoke(app, ["cache", "clear", *arguments]).exit_code == 2
    assert FeatureStore().info().rows == 6


@pytest.mark.parametrize("command", ["info", "clear", "path"])
def test_help_has_two_examples(command: str) -> None:
    assert run(command, "--help").count("genrelens cache") >= 2
