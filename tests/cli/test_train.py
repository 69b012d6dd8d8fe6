"""`genrelens train` as a person types it: from folders of sound to a bundle that knows them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch")

RECIPE = """
[training]
epochs = 15
batch = 4
learning_rate = 0.005
[transforms]
mel = "log"
[[members]]
architecture = "cnn_avg"
inputs = ["mel"]
[[members]]
architecture = "logistic"
inputs = ["averaged"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    folder = tmp_path_factory.mktemp("train")
    for g, genre in enumerate(("high", "low", "noise")):
        for n in range(6):
            write_sound(folder / "music" / genre / f"{genre}{n}.wav", genre, 10 * g + n)
    (folder / "music" / "low" / "broken.wav").write_bytes(b"this is no sound")
    (folder / "mine.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def trained(place: Path, shell) -> subprocess.CompletedProcess[str]:
    return shell(
        place,
        "train",
        "music",
        "--out",
        "mine.bundle",
        "--recipe",
        "mine.toml",
        "--jobs",
        1,
        "--format",
        "jsonl",
    )


def test_scores_are_told_before_the_bundle_is_written(place: Path, trained) -> None:
    assert trained.returncode == 0, trained.stderr
    rows = [json.loads(line) for line in trained.stdout.splitlines()]
    assert [(row["kind"], row["name"]) for row in rows] == [
        ("vote", "majority"),
        ("vote", "soft"),
        ("member", "cnn_avg-mel"),
        ("member", "logistic-averaged"),
    ]
    assert all(row["accuracy"] > 0.8 and len(row["splits"]) == 5 for row in rows)


def test_a_thin_genre_and_an_unreadable_file_are_named(trained) -> None:
    assert "fewer than 10 tracks" in trained.stderr
    assert "broken.wav" in trained.stderr


def test_the_bundle_recognises_its_genres_in_new_recordings(place: Path, trained, shell, write_sound) -> None:
    for g, genre in enumerate(("high", "low", "noise")):
        write_sound(place / "new" / f"{genre}.wav", genre, 900 + g)
    ran = shell(place, "predict", "new", "--model", "mine.bundle", "--format", "jsonl")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(Path(row["path"]).stem, row["genre"]) for row in rows] == [
        (name, name) for name in ("high", "low", "noise")
    ]


def test_the_run_left_a_record(place: Path, trained) -> None:
    record = json.loads((place / "mine.bundle.run" / "record.json").read_text())
    assert record["command"][:3] == ["genrelens", "train", "music"]
    assert record["data"]["tracks"] == 18


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("music/low", "--recipe", "mine.toml"), "genre"),
        (("nowhere", "--recipe", "mine.toml"), "not there"),
        (("music", "--recipe", "mine.tml"), "no recipe is called"),
        (("music", "--recipe", "mine.toml", "--protocol", "artits5"), "unknown protocol"),
        (("music", "--recipe", "mine.toml", "--out", "music"), "is a folder"),
        (("music", "--recipe", "mine.toml", "--device", "gpu"), "is no device"),
    ],
)
def test_wrong_use_ends_with_a_sentence_and_status_2(place: Path, shell, arguments, message: str) -> None:
    out = () if "--out" in arguments else ("--out", "wrong.bundle")
    ran = shell(place, "train", *arguments, *out)
    assert ran.returncode == 2
    assert message in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
    assert not (place / "wrong.bundle").exists()


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child")
def test_an_interrupted_run_ends_with_130_and_goes_on(place: Path, trained) -> None:
    command = [sys.executable, "-c", "from genrelens.cli.main import run; run()", "train", "music"]
    command += ["--out", "again.bundle", "--recipe", "mine.toml", "--epochs", "120", "--jobs", "2"]
    environment = {**os.environ, "GENRELENS_CACHE": str(place / "cache"), "OMP_NUM_THREADS": "1"}
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    process = subprocess.Popen(command, cwd=place, env=environment, preexec_fn=heeding)
    parts = place / "again.bundle.run" / "parts"
    while not list(parts.glob("*/*.npz")) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    finished = {path: path.stat().st_mtime_ns for path in parts.glob("*/*.npz")}
    assert finished
    assert subprocess.run(command, cwd=place, env=environment, check=False).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
