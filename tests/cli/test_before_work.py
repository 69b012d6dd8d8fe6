"""What is misspelt or not installed is refused before any work; what is odd in the data is always said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {libraries!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Block())
from genrelens.cli.main import run
for words in {commands!r}:
    sys.argv = ["genrelens", *words]
    try:
        run()
    except SystemExit as stop:
        print(words[0], stop.code, file=sys.stderr)
"""


def without(place: Path, libraries: list[str], *commands: list[str]) -> str:
    """What the commands print on stderr where libraries are not installed."""
    script = BLOCKED.format(libraries=libraries, commands=list(commands))
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=place, capture_output=True, text=True, check=False
    )
    return " ".join(ran.stderr.split())


def test_each_command_without_its_extra_says_how_to_install_it(tmp_path: Path) -> None:
    said = without(
        tmp_path,
        ["torch", "sklearn", "scipy"],
        ["train", "music", "--out", "x.bundle"],
        ["evaluate", "music", "--recipe", "quick"],
        ["reproduce", "music"],
        ["bench", "train"],
        ["bench", "robustness", "x.bundle", "music"],
    )
    assert said.count("torch is not installed; run: pip install 'genrelens[train]'") == 5
    assert said.count(" 2") >= 5
    assert "error of its own" not in said


def test_a_library_that_is_missed_in_the_middle_is_named_with_its_extra(tmp_path: Path) -> None:
    said = without(tmp_path, ["rich"], ["info"])
    assert "pip install" not in said  # no extra brings rich: nothing is promised
    said = without(tmp_path, ["sklearn"], ["train", "music", "--out", "x.bundle"])
    assert "sklearn is not installed; run: pip install 'genrelens[train]'" in said


def test_a_bundle_is_evaluated_with_the_base_install(
    tmp_path: Path, write_sound: Callable[..., None]
) -> None:
    for genre, kind in (("rock", "low"), ("jazz", "high")):
        for n in range(3):
            write_sound(tmp_path / "music" / genre / f"{n}.wav", kind, n)
    said = without(
        tmp_path, ["torch", "sklearn", "scipy"], ["evaluate", "music", "--model", "default", "--jobs", "1"]
    )
    assert "not installed" not in said
    record = json.loads((tmp_path / "evaluation" / "evaluation.json").read_text())
    assert record["training_tracks"] == {"known": True, "count": 0}
    head = ("command", "version", "date", "seed", "recipe", "bundle", "data", "versions", "commit", "machine")
    assert set(head) <= set(record)
    assert record["data"]["artists_known"] == 0
    assert "artist known for 0 of 6 tracks" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "nowhere", "--recipe", "quick", "--protocol", "artits"), "did you mean artist"),
        (("reproduce", "nowhere", "--protocols", "paper,artits"), "unknown protocol artits"),
        (("evaluate", "nowhere", "--recipe", "quick", "--device", "gpu"), "is no device"),
        (("evaluate", "nowhere", "--model", "no.bundle"), "no bundle is called"),
        (("evaluate", "nowhere", "--recipe", "quick", "--against", "no.bundle"), "no bundle is called"),
    ],
)
def test_what_is_misspelt_is_refused_before_the_data_are_looked_at(
    tmp_path, shell, arguments, message
) -> None:
    ran = shell(tmp_path, *arguments)
    assert ran.returncode == 2
    assert message in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("evaluate", "nowhere", "--model", "default", "--epochs", "3"), "--epochs"),
        (("evaluate", "nowhere", "--model", "default", "--device", "cpu"), "--device"),
        (("evaluate", "nowhere", "--model", "default", "--against", "x.bundle", "--epochs", "3"), "--epochs"),
        (("evaluate", "nowhere", "--recipe", "quick", "--allow-training-tracks"), "--allow-training-tracks"),
        (("bench", "train", "nowhere", "--width", "8"), "--width"),
        (("bench", "train", "--input", "mfcc"), "--input"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused_in_one_sentence(
    tmp_path, shell, arguments, option
) -> None:
    ran = shell(tmp_path, *arguments)
    assert ran.returncode == 2
    assert "it only has an effect where" in " ".join(ran.stderr.replace("│", " ").split())
    assert option in ran.stderr
    assert not list(tmp_path.iterdir())


def test_epochs_beside_a_bundle_are_those_of_the_recipe_that_it_is_compared_with(tmp_path, shell) -> None:
    ran = shell(tmp_path, "evaluate", "nowhere", "--model", "default", "--against", "quick", "--epochs", "3")
    assert ran.returncode == 2
    assert "nowhere is not there" in " ".join(ran.stderr.split())


def test_check_says_what_is_missing_doubled_and_where_audio_may_lie(
    tmp_path: Path, shell, write_sound
) -> None:
    rows = ["path,genre"]
    for genre, kind in (("rock", "low"), ("jazz", "high")):
        for n in range(3):
            write_sound(tmp_path / "sound" / genre / f"{genre}{n}.wav", kind, n)
            rows.append(f"{genre}/{genre}{n}.wav,{genre}")
    (tmp_path / "list.csv").write_text("\n".join([*rows, rows[1], "rock/gone.wav,rock"]))
    lost = shell(tmp_path, "check", "list.csv", "--encoder", "none")
    assert lost.returncode == 2
    assert "--audio" in lost.stderr
    ran = shell(
        tmp_path, "check", "list.csv", "--audio", "sound", "--encoder", "none", "--splits", "artist5",
        "--format", "json", "--out", "record.json", "--jobs", "1",
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    assert "1 of 8 files in list.csv are not there" in ran.stderr
    assert "1 files were listed twice" in ran.stderr
    findings = json.loads(ran.stdout)
    assert "rock/gone.wav is named in the table but is not there" in [f["summary"] for f in findings]
    assert any(f["check"] == "artist" and "known for 0 of 6 tracks" in f["summary"] for f in findings)
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["findings"] == findings
    assert record["data"]["tracks"] == 6
    assert record["command"][:2] == ["genrelens", "check"]
