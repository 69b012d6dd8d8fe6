"""`genrelens bench robustness` as a person types it, and the card's picture."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
RECIPE = """
rule = "soft"
[[members]]
architecture = "logistic"
inputs = ["signal"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    random = np.random.default_rng(0)
    time_s = np.arange(int(1.3 * 22050)) / 22050
    for genre, (low, high) in {"bass": (80, 300), "treble": (1500, 4000)}.items():
        (folder / "music" / genre).mkdir(parents=True)
        for n in range(6):
            sound = sum(np.sin(2 * np.pi * random.uniform(low, high) * time_s) for _ in range(3))
            soundfile.write(folder / "music" / genre / f"{genre}{n}.wav", 0.1 * sound, 22050)
    (folder / "strange" / "hiss").mkdir(parents=True)
    soundfile.write(folder / "strange" / "hiss" / "1.wav", random.normal(0, 0.1, 22050 * 2), 22050)
    (folder / "mine.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def trained(place: Path, shell) -> Path:
    ran = shell(place, "train", "music", "--out", "mine.bundle", "--recipe", "mine.toml", "--jobs", 1)
    assert ran.returncode == 0, ran.stderr
    return place / "mine.bundle"


def test_figures_are_printed_and_kept_beside_the_run(place: Path, trained: Path, shell) -> None:
    ran = shell(
        place, "bench", "robustness", "mine.bundle", "music", "--tracks", 2, "--seeds", 2, "--each", 1,
        "--sounds", "strange", "--jobs", 1, "--format", "json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    kept = json.loads((place / "mine.bundle.run" / "robustness.json").read_text())
    hiss = [row for row in rows if row["measure"] == "foreign" and row["part"] == "strange"]
    assert [(row["name"], row["n"]) for row in hiss] == [("hiss", 1)]
    shown = {row["name"]: row["value"] for row in rows if row["figure"] == "same"}
    assert shown["as it is"] == 1.0
    assert len(shown) == len(kept["degradation"])
    assert kept["contributions"][0]["seeds"] == 2


def test_a_part_is_measured_alone(place: Path, trained: Path, shell) -> None:
    ran = shell(
        place, "bench", "robustness", "mine.bundle", "music", "--only", "sounds", "--each", 1, "--jobs", 1,
        "--format", "json",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    measures = {row["measure"] for row in json.loads(ran.stdout)}
    assert {"answers", "foreign"} <= measures
    assert not measures & {"degradation", "everyday", "probe", "member", "vote"}
    kept = json.loads((place / "mine.bundle.run" / "robustness.json").read_text())
    assert kept["extent"]["only"] == ["sounds"]
    assert "degradation" not in kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mine.bundle", "music/bass"), "genre"),
        (("mine.bundle", "music", "--run-dir", "nowhere"), "cannot be read"),
        (("no.bundle", "music", "--run-dir", "mine.bundle.run"), "no.bundle"),
    ],
)
def test_wrong_use_ends_with_a_sentence_and_status_2(
    place: Path, trained: Path, shell, arguments: tuple[str, ...], message: str
) -> None:
    ran = shell(place, "bench", "robustness", *arguments)
    assert ran.returncode == 2
    assert message in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_the_picture_draws_each_curve_where_its_points_lie_and_in_both_themes() -> None:
    spec = importlib.util.spec_from_file_location(
        "coverage_picture", ROOT / "scripts" / "coverage_picture.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    curves = {("one & two", "a"): [(0.25, 1.0), (1.0, 0.85)], ("other", "a"): [(0.5, 0.9), (1.0, 0.7)]}
    text = module.coverage_picture(curves)
    picture = ElementTree.fromstring(text)
    name = "{http://www.w3.org/2000/svg}"
    first, second = (one.get("points", "").split() for one in picture.iter(f"{name}polyline"))
    (left, top), (right, middle) = (map(float, one.split(",")) for one in first)
    assert left < right
    assert top == module.TOP < middle
    assert middle == pytest.approx((top + float(second[1].split(",")[1])) / 2, abs=0.2)
    assert "one & two, a" in {one.text for one in picture.iter(f"{name}text")}
    assert "prefers-color-scheme: dark" in text
