"""`--no-music` and `--other-music`: detectors that learn from a user's own recordings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from genrelens import Recognizer
from genrelens.bundle import read_bundle

RECIPE = """
name = "mine"
rule = "soft"
[conditioning]
level_dbfs = -18.0
[[members]]
architecture = "logistic"
inputs = ["signal"]
[[guards]]
kind = "foreign"
inputs = ["signal"]
rejected = 0.1
each = 1
"""


def buzz(path: Path, seed: int) -> None:
    """A rough, ever-changing rattle: like none of the sounds that the package makes."""
    random = np.random.default_rng(seed)
    time_s = np.arange(int(1.5 * 22050)) / 22050
    rate = random.uniform(18, 30)
    sound = np.sign(np.sin(2 * np.pi * rate * time_s)) * random.normal(0, 1, len(time_s)) ** 3
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.02 * np.clip(sound, -5, 5), 22050)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, write_sound) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    for genre in ("high", "low"):
        for n in range(6):
            write_sound(folder / "music" / genre / f"{genre}{n}.wav", genre, n)
    for n in range(8):
        buzz(folder / "noises" / "rattle" / f"{n}.wav", n)
        write_sound(folder / "beyond" / "drone" / f"{n}.wav", "low" if n % 2 else "high", 50 + n)
    rows = [f"rattle/{n}.wav,rattle,workshop {n // 2}" for n in range(8)]
    (folder / "noises" / "index.csv").write_text("\n".join(["file,kind,source", *rows]) + "\n")
    (folder / "noises" / "rattle" / "broken.wav").write_bytes(b"no sound")
    (folder / "mine.toml").write_text(RECIPE)
    (folder / "plain.toml").write_text(RECIPE.partition("[[guards]]")[0].replace("mine", "plain"))
    (folder / "empty").mkdir()
    return folder


@pytest.fixture(scope="module")
def trained(place: Path, shell) -> subprocess.CompletedProcess[str]:
    ran = shell(
        place, "train", "music", "--out", "mine.bundle", "--recipe", "mine.toml", "--jobs", 1,
        "--no-music", "noises/rattle", "--other-music", "beyond",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran


def test_the_manifest_and_the_record_tell_what_was_beside_the_data(place: Path, trained) -> None:
    assert "broken.wav" in trained.stderr
    record = json.loads((place / "mine.bundle.run" / "record.json").read_text())
    told = read_bundle(place / "mine.bundle").manifest.training["recorded"]
    assert told == record["recorded"]
    assert told["no_music"]["kinds"] == {"rattle: rattle": 8}
    assert told["no_music"]["groups"] == 4
    assert told["other_music"]["kinds"] == {"beyond: drone": 8}
    assert record["data"]["tracks"] == 12


def test_what_it_was_told_to_be_no_music_is_unsure_and_says_so(place: Path, trained, write_sound) -> None:
    lens = Recognizer(place / "mine.bundle")
    buzz(place / "unseen.wav", 99)
    found = lens.recognize(place / "unseen.wav")
    assert found.genre is None
    assert any("no music" in warning for warning in found.warnings)
    write_sound(place / "tune.wav", "low", 77)
    assert not any("no music" in warning for warning in lens.recognize(place / "tune.wav").warnings)


def test_the_same_options_measure_it_without_the_sources_that_are_judged(place: Path, trained, shell) -> None:
    ran = shell(
        place, "bench", "robustness", "mine.bundle", "music", "--tracks", 2, "--seeds", 1, "--each", 1,
        "--jobs", 1, "--format", "json", "--no-music", "noises/rattle", "--other-music", "beyond",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    kept = json.loads((place / "mine.bundle.run" / "robustness.json").read_text())["recorded"]
    by_kind = {(one["role"], one["kind"]): one for one in kept["kinds"]}
    rattle, drone = by_kind["no music", "rattle"], by_kind["other music", "drone"]
    assert (rattle["sounds"], drone["sounds"]) == (8, 8)
    assert rattle["refused"] > drone["refused"]
    for one in kept["kinds"]:
        assert one["refused"] + one["unsure"] + one["given_a_genre"] == one["sounds"]
        assert one["refused_interval"][0] <= one["refused"] / one["sounds"] <= one["refused_interval"][1]
    assert {one["collection"] for one in kept["lengths"]} == {"music", "beyond", "rattle"}
    shown = [row for row in json.loads(ran.stdout) if row["measure"] == "recorded, no music"]
    assert {row["figure"] for row in shown} == {"refused", "unsure", "given_a_genre"}


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("train", ("--no-music", "nowhere"), "nowhere, given to --no-music, is not there"),
        ("train", ("--no-music", "empty"), "empty, given to --no-music, holds no recordings"),
        ("train", ("--other-music", "empty"), "empty, given to --other-music, holds no recordings"),
        ("train", ("--other-music", "mine.toml"), "neither a folder nor a table"),
        ("train", ("--other-music", "music"), "is in the training data and among the recorded sounds"),
        ("train", ("--no-music", "beyond", "--other-music", "beyond"), "it is one of the two"),
        ("train", ("--recipe", "plain.toml", "--no-music", "noises"), "plain has none"),
        ("bench", (), "give the same --no-music and --other-music"),
        ("bench", ("--no-music", "beyond"), "give the same --no-music and --other-music"),
    ],
)
def test_wrong_use_ends_with_a_sentence_and_status_2(
    place: Path, trained, shell, command: str, options: tuple[str, ...], message: str
) -> None:
    if command == "train":
        recipe = () if "--recipe" in options else ("--recipe", "mine.toml")
        ran = shell(place, "train", "music", "--out", "other.bundle", *recipe, "--jobs", 1, *options)
    else:
        ran = shell(place, "bench", "robustness", "mine.bundle", "music", "--jobs", 1, "--seeds", 1, *options)
    assert ran.returncode == 2, ran.stderr
    assert message in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
