"""A package of somebody else adds a feature and a head: they train, recognise, and are named in errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")

Run = Callable[..., "subprocess.CompletedProcess[str]"]

MODULE = '''
from dataclasses import dataclass

import numpy as np

from genrelens.features import Feature
from genrelens.graphs import Graph
from genrelens.heads.kinds import HeadKind
from genrelens.options import option


def in_decibels(a):
    return 10 * np.log10(a.mel.sum(axis=1, keepdims=True) + 1e-9)


loudness = Feature("loudness", 1, "power in dB", in_decibels)
broken = Feature("broken", 3, "a frame short", lambda a: np.zeros((a.frames - 1, 3)))


@dataclass(frozen=True)
class Options:
    steepness: float = option(1.0, above=0)


class Nearest:
    """Softmax of the negative squared distance from each genre's mean."""

    def __init__(self, means, options):
        self.w = (2 * options.steepness * means.T).astype(np.float32)
        self.bias = (-options.steepness * (means**2).sum(axis=1)).astype(np.float32)

    def logits(self, x):
        return x @ self.w + self.bias

    def predict_proba(self, x):
        e = np.exp(self.logits(x) - self.logits(x).max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def to_onnx(self, genres, half=True, name="head"):
        graph = Graph(name, metadata={"genres": "|".join(genres)})
        x = graph.input("x", ("n", len(self.w)))
        product = graph.node("MatMul", x, graph.constant("w", self.w))
        logits = graph.node("Add", product, graph.constant("b", self.bias))
        graph.output(graph.node("Softmax", logits, axis=1), "probabilities", ("n", len(genres)))
        return graph.to_bytes()


def fit(x, targets, weights, seed, options):
    share = targets * weights[:, None]
    return Nearest(share.T @ x / share.sum(axis=0)[:, None], options)


nearest = HeadKind("nearest", Options, fit)
'''

RECIPE = """
[[members]]
architecture = "cnn_avg"
inputs = ["loudness"]
[members.training]
epochs = 2
[[members]]
architecture = "nearest"
inputs = ["averaged"]
[members.options]
steepness = 0.001
"""

ENTRY_POINTS = """
[genrelens.features]
loudness = toy:loudness
broken = toy:broken
mel = toy:broken
gone = toy:nothing
misnamed = toy:loudness
[genrelens.heads]
nearest = toy:nearest
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that Python takes for one in which the package `toy` 1.0 is installed."""
    folder = tmp_path / "site"
    metadata = folder / "toy-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "toy.py").write_text(MODULE, "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS, "utf-8")
    return folder


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Runs Python or the command where `toy` is installed, or with `without=True` where it is not."""

    def run(*arguments: object, code: str = "", without: bool = False) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "genrelens_command.py"
        script.write_text(
            "from genrelens.cli.main import run\nif __name__ == '__main__':\n    run()\n", "utf-8"
        )
        paths = [*filter(None, sys.path), *([] if without else [str(installed)])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "GENRELENS_CACHE": str(tmp_path / "cache"),
        }
        command = [sys.executable, *(["-c", code] if code else [str(script), *map(str, arguments)])]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    return run


@pytest.fixture
def data(tmp_path: Path, write_sound: Callable[..., None]) -> Path:
    for kind in ("low", "high"):
        for seed in range(6):
            write_sound(tmp_path / "data" / kind / f"{kind}{seed}.wav", kind, seed)
    return tmp_path / "data"


def test_a_feature_and_a_head_of_another_package_train_a_bundle_that_recognises(
    run: Run, data: Path, tmp_path: Path
) -> None:
    recipe, bundle = tmp_path / "toy.toml", tmp_path / "toy.bundle"
    recipe.write_text(RECIPE, "utf-8")
    trained = run("train", data, "--out", bundle, "--recipe", recipe, "--jobs", 1)
    assert trained.returncode == 0, trained.stderr
    song = data / "low" / "low0.wav"
    row = json.loads(run("predict", song, "--model", bundle, "--format", "jsonl").stdout)
    assert row["status"] == "ok"
    assert {one["name"] for one in row["members"]} == {"cnn_avg-loudness", "nearest-averaged"}

    alone = run("predict", song, "--model", bundle, without=True)
    assert alone.returncode == 2
    assert "no input is called 'loudness'" in " ".join(alone.stderr.split())
    assert "Traceback" not in alone.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", "the feature broken gave values of shape"),
        ("gone", "'gone' of the package toy cannot be loaded"),
        ("misnamed", "is not a Feature of that name"),
    ],
)
def test_what_another_package_gives_wrongly_is_named_in_a_sentence(
    run: Run, data: Path, tmp_path: Path, name: str, words: str
) -> None:
    recipe = tmp_path / "toy.toml"
    recipe.write_text(f'[[members]]\narchitecture = "cnn_avg"\ninputs = ["{name}"]\n', "utf-8")
    found = run("train", data, "--out", tmp_path / "toy.bundle", "--recipe", recipe, "--jobs", 1)
    assert found.returncode == 2, found
    assert words in " ".join(found.stderr.split())
    assert "Traceback" not in found.stderr


def test_a_wrong_option_of_another_packages_head_is_refused_before_anything_is_computed(
    run: Run, data: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "toy.toml"
    recipe.write_text(RECIPE.replace("steepness", "steepnes"), "utf-8")
    found = run("train", data, "--out", tmp_path / "toy.bundle", "--recipe", recipe)
    assert found.returncode == 2
    assert "did you mean 'steepness'" in " ".join(found.stderr.split())


def test_a_prediction_by_what_is_our_own_looks_at_no_other_package(run: Run) -> None:
    code = (
        "import numpy as np\nfrom genrelens import Recognizer, plugins\n"
        "def refused(**group): raise AssertionError(group)\n"
        "plugins.entry_points = refused\n"
        "lens = Recognizer()\n"
        "noise = np.random.default_rng(0).normal(0, 0.1, 44100).astype(np.float32)\n"
        "print(len(lens.recognize((noise, 22050)).scores), lens.embed((noise, 22050)).vector.shape)"
    )
    found = run(code=code)
    assert found.stdout.split("\n")[0] == "10 (200,)", found.stderr


def test_no_other_package_replaces_what_is_our_own(run: Run) -> None:
    code = (
        "import numpy as np\nfrom genrelens.features import compute_features, feature_names\n"
        "print(compute_features(np.zeros(22050, np.float32), ['mel'])['mel'].shape, feature_names()[-4:])"
    )
    found = run(code=code)
    assert found.stdout.split("\n")[0] == "(22, 128) ('broken', 'gone', 'loudness', 'misnamed')", found.stderr
