"""`genrelens reproduce --baselines` as a person types it, on made sound: numbers of `evaluate --system`."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    folder = tmp_path_factory.mktemp("systems")
    for g, genre in enumerate(("high", "low", "noise")):
        for n in range(7):
            write_sound(folder / "music" / genre / f"{genre}{n}.wav", genre, 10 * g + n)
    return folder


def command(place: Path, shell, *more: object) -> subprocess.CompletedProcess[str]:
    return shell(
        place, "reproduce", "music", "--protocols", "kfold10", "--cells", "mlp/averaged", "--epochs", 2,
        "--no-stacked", "--out", "night", "--jobs", 1, "--baselines", "mfcc_svm", *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compared(place: Path, shell) -> subprocess.CompletedProcess[str]:
    return command(place, shell, "--format", "json")


@pytest.fixture(scope="module")
def row(compared) -> dict:
    assert compared.returncode == 0, compared.stderr
    (found,) = (one for one in json.loads(compared.stdout) if "system" in one)
    return found


def test_a_system_has_the_numbers_that_evaluate_reports(place: Path, row, shell) -> None:
    ran = shell(
        place,
        "evaluate",
        "music",
        "--system",
        "mfcc_svm",
        "--protocol",
        "kfold10",
        "--jobs",
        1,
        "--out",
        "alone",
    )
    assert ran.returncode == 0, ran.stderr
    alone = json.loads((place / "alone" / "evaluation.json").read_text())
    assert row["kfold10"] == round(100 * alone["mean"]["accuracy"], 1)
    expected = [round(100 * end, 1) for end in alone["interval"]]
    assert [row["kfold10_low"], row["kfold10_high"]] == expected
    assert row["kfold10"] > 60  # the made kinds are far apart


def test_it_is_timed_and_its_files_are_there(place: Path, row) -> None:
    assert row["train_seconds"] > 0
    assert row["clip_seconds"] > 0
    with (place / "night" / "comparison.csv").open(newline="") as file:
        (written,) = csv.DictReader(file)
    assert float(written["kfold10"]) == row["kfold10"]
    assert "| mfcc_svm |" in (place / "night" / "tables.md").read_text()
    assert r"\texttt{mfcc\_svm}" in (place / "night" / "tables.tex").read_text()
    assert "{ghosal2018," in (place / "night" / "references.bib").read_text()
    assert "mfcc_svm" in (place / "night" / "report.html").read_text()
    assert "mfcc_svm" in (place / "night" / "comparison.svg").read_text()
    for name in ("results.json", "record.json"):
        kept = json.loads((place / "night" / name).read_text())["comparison"]
        assert set(kept["systems"]) == {"mfcc_svm"}


def test_a_second_run_fits_and_times_nothing_and_prints_a_table(place: Path, row, shell) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (place / "night").rglob("*.npz")}
    table = command(place, shell)
    assert table.returncode == 0, table.stderr
    assert {path: path.stat().st_mtime_ns for path in (place / "night").rglob("*.npz")} == kept
    (line,) = (line for line in table.stdout.splitlines() if line.startswith("mfcc_svm"))
    assert f"{row['kfold10']:.1f}" in line
    assert "[dim]" not in table.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--baselines", "mfcc_swm"], "mfcc_swm"),
        (["--baselines", " , "], "at least one name"),
        (["--with-full"], "it only has an effect where systems are compared"),
        (["--no-full"], "it only has an effect where systems are compared"),
    ],
)
def test_wrong_use_is_a_sentence(place: Path, shell, words, sentence: str) -> None:
    ran = shell(place, "reproduce", "music", "--out", "nothing", *words)
    assert ran.returncode == 2
    assert sentence in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
    assert not (place / "nothing").exists()
