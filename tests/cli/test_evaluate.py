"""`genrelens evaluate` as a person types it: its numbers follow from the answers that it writes."""

from __future__ import annotations

import csv
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

pytest.importorskip("torch")

RECIPE = """
rule = "soft"
[[members]]
architecture = "logistic"
inputs = ["averaged"]
[[members]]
architecture = "radial"
inputs = ["averaged"]
[members.options]
centres = 9
"""
GENRES = ("high", "low", "noise")
COMMAND = ("evaluate", "list.csv", "-p", "artist5", "-r", "mine.toml", "--jobs", 1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    """Ten recordings a genre by five artists, one recording under a wrong genre, and a recipe."""
    folder = tmp_path_factory.mktemp("evaluate")
    rows = []
    for g, genre in enumerate(GENRES):
        for n in range(10):
            kind = "noise" if (genre, n) == ("low", 9) else genre
            write_sound(folder / "music" / f"{genre}{n}.wav", kind, 10 * g + n)
            rows.append((f"music/{genre}{n}.wav", genre, f"{genre} artist {n % 5}"))
    with (folder / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "genre", "artist"), *rows])
    (folder / "mine.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def evaluated(place: Path, shell) -> subprocess.CompletedProcess[str]:
    return shell(
        place, "evaluate", "list.csv", "--protocol", "artist5", "--recipe", "mine.toml", "--out", "there",
        "--jobs", 1, "--format", "json",
    )  # fmt: skip


def answers(folder: Path) -> list[dict[str, str]]:
    with (folder / "answers.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_printed_numbers_follow_from_the_answers(place: Path, evaluated) -> None:
    assert evaluated.returncode == 0, evaluated.stderr
    [printed] = json.loads(evaluated.stdout)
    assert printed == json.loads((place / "there" / "evaluation.json").read_text())
    rows = answers(place / "there")
    truth, said = [row["genre"] for row in rows], [row["answer"] for row in rows]
    assert len(rows) == 30
    assert printed["accuracy"] == pytest.approx(accuracy_score(truth, said))
    assert printed["pooled"]["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, said))
    for row in rows:
        shares = [float(row[genre]) for genre in GENRES]
        assert sum(shares) == pytest.approx(1.0, abs=1e-5)
        assert row["answer"] == GENRES[int(np.argmax(shares))]
    wrong = [row["track"] for row in rows if row["track"] == "low9"]
    assert wrong
    assert printed["worst"][0]["track"] == "low9"


def test_every_track_is_tested_once_and_no_artist_stands_on_both_sides(place: Path, evaluated) -> None:
    splits = json.loads((place / "there" / "splits.json").read_text())["splits"]
    with (place / "list.csv").open(newline="") as file:
        artist = {Path(row["path"]).stem: row["artist"] for row in csv.DictReader(file)}
    tested = Counter(track for split in splits for track in split["test"])
    assert set(tested.values()) == {1}
    assert len(tested) == 30
    for split in splits:
        assert not {artist[t] for t in split["train"]} & {artist[t] for t in split["test"]}
    by_split = defaultdict(set)
    for row in answers(place / "there"):
        by_split[row["split"]].add(row["track"])
    assert by_split == {split["name"]: set(split["test"]) for split in splits}


def test_the_same_command_gives_the_same_answers_and_reads_what_was_trained(
    place: Path, evaluated, shell
) -> None:
    before = (place / "there" / "answers.csv").read_bytes()
    again = shell(
        place, "evaluate", "list.csv", "--protocol", "artist5", "--recipe", "mine.toml", "--out", "there",
        "--jobs", 2, "--format", "csv",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert (place / "there" / "answers.csv").read_bytes() == before
    other = shell(
        place, "evaluate", "list.csv", "-p", "artist5", "-r", "mine.toml", "--out", "other", "--jobs", 1
    )
    assert other.returncode == 0, other.stderr
    assert (place / "other" / "answers.csv").read_bytes() == before


def test_two_systems_are_compared_track_by_track(place: Path, evaluated, shell) -> None:
    (place / "one.toml").write_text('[[members]]\narchitecture = "logistic"\ninputs = ["averaged"]\n')
    ran = shell(
        place, "evaluate", "list.csv", "-p", "artist5", "-r", "mine.toml", "--against", "one.toml",
        "--out", "both", "--jobs", 1, "--format", "json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    comparison = json.loads(ran.stdout)[0]["comparison"]
    assert (comparison["first"], comparison["second"]) == ("mine", "one")
    assert comparison["tracks"] == 30
    table = shell(
        place, "evaluate", "list.csv", "-p", "artist5", "-r", "mine.toml", "--out", "both", "--jobs", 1
    )
    assert "95 %" in table.stdout


def test_another_tools_predictions_are_measured_and_compared_as_ours_are(
    place: Path, evaluated, shell
) -> None:
    """Our own answers, as a stranger's table: the same numbers, and no difference to what they came from."""
    [ours] = json.loads(evaluated.stdout)
    ran = shell(
        place, "evaluate", "list.csv", "-p", "artist5", "--predictions", "there/answers.csv",
        "--against", "mine.toml", "--out", "theirs", "--jobs", 1, "--format", "json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    [theirs] = json.loads(ran.stdout)
    for key in ("accuracy", "interval", "confusion", "genres_tested"):
        assert theirs[key] == ours[key]
    assert theirs["comparison"]["mcnemar"]["p_value"] == 1.0
    assert theirs["predictions"]["file"] == "answers.csv"


def test_a_bundle_is_measured_and_refused_on_what_it_was_trained_on(place: Path, evaluated, shell) -> None:
    made = shell(place, "train", "list.csv", "--out", "mine.bundle", "--recipe", "mine.toml", "--jobs", 1)
    assert made.returncode == 0, made.stderr
    refused = shell(place, "evaluate", "list.csv", "--model", "mine.bundle", "--out", "bundle", "--jobs", 1)
    assert refused.returncode == 2
    assert "--allow-training-tracks" in refused.stderr
    marked = shell(
        place, "evaluate", "list.csv", "--model", "mine.bundle", "--out", "bundle", "--jobs", 1,
        "--allow-training-tracks", "--format", "json",
    )  # fmt: skip
    assert marked.returncode == 0, marked.stderr
    assert {row["trained_on"] for row in answers(place / "bundle")} == {"yes"}
    assert "training_tracks" in json.loads(marked.stdout)[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list.csv"], "one of --recipe, --model, --system, --predictions"),
        (["list.csv", "--recipe", "mine.toml", "--model", "default"], "one of --recipe, --model"),
        (["list.csv", "--predictions", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["list.csv", "--predictions", "x.csv", "--epochs", 3], "leave it out"),
        (["list.csv", "--recipe", "mine.toml", "--protocol", "artst5"], "did you mean"),
        (["list.csv", "--recipe", "nobody"], "no recipe is called nobody"),
        (["nowhere", "--recipe", "mine.toml"], "nowhere"),
        (["list.csv", "--recipe", "mine.toml", "--protocol", "cross"], "cross"),
        (["list.csv", "--recipe", "mine.toml", "--protocol", "fault-filtered"], "fault-filtered"),
    ],
)
def test_wrong_use_is_a_sentence_and_nothing_is_written(place: Path, shell, words, sentence: str) -> None:
    ran = shell(place, "evaluate", *words, "--out", "nothing")
    assert ran.returncode == 2
    assert sentence in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
    assert not (place / "nothing" / "evaluation.json").exists()
