"""`genrelens predict` with files of results, as a shell runs it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genrelens.catalogue import open_sink
from genrelens.cli.output import Format, emit

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(music: list[Path], tmp_path: Path) -> Path:
    """A folder with a file that cannot be read, the first by its name, and two pieces of music."""
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "=bad.mp3").write_text("no music\n" * 50)
    for song in music[:2]:
        shutil.copy(song, tmp_path / "songs" / song.name)
    return tmp_path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_printed_csv_is_written_csv(shell: Shell, place: Path) -> None:
    printed = shell(place, "predict", "songs", "--format", "csv")
    written = shell(place, "predict", "songs", "--out", "rows.csv")
    assert (printed.returncode, written.returncode, written.stdout) == (1, 1, "")
    assert printed.stdout == (place / "rows.csv").read_text()
    rows = rows_of(printed.stdout)
    assert [row["status"] for row in rows] == ["error", "ok", "ok"]
    assert "holds text" in rows[0]["error_message"]
    assert len(json.loads(rows[1]["scores"])) == 10
    assert json.loads(rows[1]["votes"])
    named = shell(place / "songs", "predict", "=bad.mp3", "--format", "csv")
    assert rows_of(named.stdout)[0]["path"] == "'=bad.mp3"


def test_what_changed_is_recognised_again_and_nothing_twice(shell: Shell, place: Path) -> None:
    def run(*arguments: object) -> str:
        return shell(place, "predict", *arguments, "--out", "rows.sqlite.csv", "--resume").stderr

    def rows() -> list[dict[str, str]]:
        return rows_of((place / "rows.sqlite.csv").read_text())

    assert "3 recordings in" in run("songs")
    assert "1 recordings in" in (again := run(place / "songs", "songs"))
    assert "done before" in again
    assert len(rows()) == 3
    assert "3 recordings in" in run("songs", "--always-answer")
    assert [row["option_always_answer"] for row in rows()] == ["true"] * 3
    assert "3 recordings in" in run("songs", "--always-answer", "--excerpts", "all")
    assert [row["option_excerpts"] for row in rows()] == ["all"] * 3
    first, second = sorted((place / "songs").iterdir())[1:]
    shutil.copy(second, first)
    assert "2 recordings in" in run("songs", "--always-answer", "--timeline")
    (changed,) = [row for row in rows() if row["path"].endswith(first.name)]
    (other,) = [row for row in rows() if row["path"].endswith(second.name)]
    assert changed["scores"] == other["scores"]


def test_a_second_run_on_a_file_is_told_so(shell: Shell, place: Path) -> None:
    out = place / "rows.jsonl"
    with open_sink(out, "default:0123456789ab"):
        ran = shell(place, "predict", "songs", "--out", "rows.jsonl", "--resume")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "rows.jsonl is being written by another run of genrelens (process" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_journal_that_was_left_is_finished_without_naming_recordings(shell: Shell, place: Path) -> None:
    pytest.importorskip("pyarrow")
    written = shell(place, "predict", "songs", "--out", "rows.jsonl")
    assert written.returncode == 1
    (place / "rows.jsonl").rename(place / "rows.parquet.journal")
    assert "--resume" in shell(place, "predict", "songs", "--out", "rows.parquet").stderr
    ran = shell(place, "predict", "--out", "rows.parquet", "--resume")
    assert ran.returncode == 0, ran.stderr
    import pyarrow.parquet

    assert len(pyarrow.parquet.read_table(place / "rows.parquet")) == 3
    assert not (place / "rows.parquet.journal").exists()
    assert shell(place, "predict", "--out", "rows.parquet").returncode == 2


def test_columns_of_other_commands_are_those_of_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"path": "a", "error": {"kind": "NotAudio"}},
        {"path": "=b", "arrays": {"mel": [646, 128]}, "gain": -0.5},
    ]
    emit(rows, Format.csv, table=str)
    first, second = rows_of(capsys.readouterr().out)
    assert first == {"path": "a", "error.kind": "NotAudio", "arrays.mel": "", "gain": ""}
    assert second == {"path": "=b", "error.kind": "", "arrays.mel": "[646, 128]", "gain": "-0.5"} | {
        "path": "'=b"
    }
