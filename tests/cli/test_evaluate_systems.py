"""`genrelens evaluate --system` and `--list` as a person types them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    """Six recordings a genre by three artists."""
    folder = tmp_path_factory.mktemp("systems")
    rows = [("path", "genre", "artist")]
    for genre in ("high", "low", "noise"):
        for n in range(6):
            write_sound(folder / "music" / f"{genre}{n}.wav", genre, n)
            rows.append((f"music/{genre}{n}.wav", genre, f"{genre} artist {n // 2}"))
    with (folder / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_a_system_is_measured_and_compared_with_another(place: Path, shell) -> None:
    ran = shell(
        place, "evaluate", "list.csv", "--system", "mfcc_svm", "--against", "averaged_svm",
        "--jobs", 1, "--format", "json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    [record] = json.loads(ran.stdout)
    assert record["system"] == "mfcc_svm"
    assert record["accuracy"] > 0.8
    assert record["comparison"]["second"] == "averaged_svm"
    assert record["comparison"]["tracks"] == 18
    assert record["baseline"]["name"] == "mfcc_svm"
    assert record["recipe"] is None
    with (place / "evaluation" / "answers.csv").open(newline="") as file:
        answers = list(csv.DictReader(file))
    right = sum(row["answer"] == row["genre"] for row in answers)
    assert record["accuracy"] == pytest.approx(right / 18)


def test_the_list_needs_no_data_and_holds_every_system_with_its_claim(place: Path, shell) -> None:
    from genrelens.baselines.registry import baseline_names

    ran = shell(place, "evaluate", "--list", "--format", "csv")
    assert ran.returncode == 0, ran.stderr
    rows = {row["system"]: row for row in csv.DictReader(io.StringIO(ran.stdout))}
    assert tuple(rows) == baseline_names()
    assert rows["choi2017_svm"]["claimed"] == "89.8"
    assert rows["choi2017_svm"]["published"] == "Choi et al. 2017"
    table = shell(place, "evaluate", "--list").stdout
    assert all(name in table for name in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "--system", "mfcc_svm"], "give the data to evaluate on"),
        (["evaluate", "list.csv", "--system", "mfcc_forest"], "there is no system 'mfcc_forest'"),
        (["evaluate", "list.csv", "--system", "mfcc_svm", "--recipe", "quick"], "give one of"),
        (["evaluate", "list.csv", "--system", "mfcc_svm", "--epochs", 3], "a recipe is trained"),
        (["evaluate", "list.csv", "--system", "mfcc_svm", "--against", "averaged_svm",
          "--allow-training-tracks"], "a bundle is measured"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_sentence_and_status_2(place: Path, shell, arguments, said: str) -> None:
    ran = shell(place, *arguments)
    assert ran.returncode == 2
    assert said in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
