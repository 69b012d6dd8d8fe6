"""`genrelens reproduce` as a person types it: tables, report and records of a few cells on made sound."""

from __future__ import annotations

import csv
import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("torch")

CELLS = "cnn_avg/mfcc,mlp/averaged"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    folder = tmp_path_factory.mktemp("reproduce")
    for g, genre in enumerate(("high", "low", "noise")):
        for n in range(10):
            write_sound(folder / "music" / genre / f"{genre}{n}.wav", genre, 10 * g + n)
    return folder


def command(place: Path, shell, *more: object) -> subprocess.CompletedProcess[str]:
    return shell(
        place, "reproduce", "music", "--protocols", "kfold10", "--cells", CELLS, "--epochs", 3,
        "--out", "night", "--jobs", 1, *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def reproduced(place: Path, shell) -> subprocess.CompletedProcess[str]:
    return command(place, shell, "--format", "json")


def test_every_asked_cell_has_its_row_and_the_papers_numbers_stand_beside_none(
    place: Path, reproduced
) -> None:
    assert reproduced.returncode == 0, reproduced.stderr
    rows = json.loads(reproduced.stdout)
    assert {row["cell"] for row in rows if "cell" in row} == set(CELLS.split(","))
    for row in rows:
        assert 0 <= row["kfold10_low"] <= row["kfold10"] <= row["kfold10_high"] <= 100
        assert "difference" not in row  # three made genres are no task of the paper
    assert "paper" in reproduced.stderr


def test_the_files_say_the_same_as_the_screen(place: Path, reproduced) -> None:
    rows = {row["cell"]: row for row in json.loads(reproduced.stdout) if "cell" in row}
    with (place / "night" / "table1.csv").open(newline="") as file:
        written = {row["cell"]: row for row in csv.DictReader(file)}
    for cell, row in rows.items():
        assert float(written[cell]["kfold10"]) == pytest.approx(row["kfold10"], abs=0.06)
    record = json.loads((place / "night" / "record.json").read_text())
    assert {"version", "command", "seed", "data"} <= set(record)
    for cell in rows:
        assert cell in (place / "night" / "tables.md").read_text()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        named = dict(attributes)
        for key in ("src", "href"):
            link = named.get(key) or ""
            if tag != "a" and link and not link.startswith(("#", "data:")):
                self.fetched.append(link)


def test_the_report_is_one_page_that_fetches_nothing(place: Path, reproduced) -> None:
    page = _Links()
    page.feed((place / "night" / "report.html").read_text("utf-8"))
    assert page.fetched == []
    assert page.scripts == 0


def test_a_second_run_trains_nothing_and_says_the_same(place: Path, reproduced, shell) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (place / "night").rglob("*.npz")}
    assert kept
    again = command(place, shell, "--format", "json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(reproduced.stdout)
    assert {path: path.stat().st_mtime_ns for path in (place / "night").rglob("*.npz")} == kept


def test_a_table_is_printed_with_a_row_a_cell(place: Path, reproduced, shell) -> None:
    table = command(place, shell).stdout
    for cell in CELLS.split(","):
        assert sum(line.startswith(cell) for line in table.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["music", "--protocols", "papr"], "did you mean"),
        (["music", "--cells", "cnn_avg/colour"], "cnn_avg/colour"),
        (["nowhere"], "nowhere"),
        (["music", "--genres", "polka"], "polka"),
    ],
)
def test_wrong_use_is_a_sentence(place: Path, shell, words, sentence: str) -> None:
    ran = shell(place, "reproduce", *words, "--out", "nothing")
    assert ran.returncode == 2
    assert sentence in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
