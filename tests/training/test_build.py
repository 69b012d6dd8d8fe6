"""A trained recipe becomes a bundle that says what was cross-validated; runs leave records."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from made_data import content_of, made_data, made_recipe
from scipy import special

from genrelens.bundle import read_bundle
from genrelens.ensemble import Fusion, apply_temperature
from genrelens.recipes.load import Decision
from genrelens.recognition.members import Ensemble
from genrelens.robustness.measure import recipe_of_record
from genrelens.training.build import build_bundle, evaluate_recipe, write_record
from genrelens.training.fusion import calibrate, fit_fusion
from genrelens.training.options import TrainerOptions
from genrelens.training.records import curves_of, plot_curves


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("trained")
    recipe = replace(made_recipe(12), decision=Decision(answer_accuracy=0.9))
    evaluated = evaluate_recipe(recipe, made_data(), folder / "run")
    manifest = build_bundle(evaluated, folder / "made.bundle")
    return folder, evaluated, manifest


def test_the_bundle_knows_the_genres_it_was_trained_on(trained) -> None:
    folder, _, _ = trained
    ensemble = Ensemble(read_bundle(folder / "made.bundle"))
    unheard = made_data(seed=77)
    right = 0
    for row, track in enumerate(unheard.track):
        probabilities = ensemble.probabilities({name: rows[row] for name, rows in unheard.inputs.items()})
        right += int(Fusion("majority")(probabilities[None]).argmax() == unheard.labels[track])
    assert right / len(unheard.track) > 0.85


def test_the_manifest_tells_what_cross_validation_found(trained) -> None:
    folder, evaluated, manifest = trained
    read = read_bundle(folder / "made.bundle").manifest
    assert read.genres == ("calm", "loud", "odd")
    assert [one.architecture for one in read.members] == ["cnn_avg", "cnn_max", "mlp", "logistic"]
    for one in read.members:
        assert one.accuracy == pytest.approx(evaluated.members[one.name].accuracy, abs=1e-5)
    results = read.training["results"]
    assert results["artists_apart"] is True
    assert results["ensemble"]["accuracy"] == pytest.approx(evaluated.score.accuracy, abs=1e-5)
    assert len(results["ensemble"]["splits"]) == 5
    assert read.training["data"]["genres"] == {"calm": 15, "loud": 15, "odd": 15}
    assert read.temperature == manifest.temperature > 0
    assert 0 <= read.answer_threshold <= 1
    assert "artists apart" in read.card["accuracy"]


def test_two_builds_give_the_same_bundle(trained, tmp_path: Path) -> None:
    folder, evaluated, _ = trained
    again = evaluate_recipe(evaluated.trainer.recipe, made_data(), tmp_path / "another run")
    build_bundle(again, tmp_path / "made.bundle")
    assert content_of(tmp_path / "made.bundle") == content_of(folder / "made.bundle")


def test_half_precision_makes_the_bundle_smaller(trained, tmp_path: Path) -> None:
    folder, evaluated, _ = trained
    recipe = replace(evaluated.trainer.recipe, storage="float16")
    build_bundle(evaluate_recipe(recipe, made_data(), tmp_path / "run"), tmp_path / "made.bundle")
    sizes = [
        sum(len(content) for content in read_bundle(place / "made.bundle").files.values())
        for place in (folder, tmp_path)
    ]
    assert sizes[1] < 0.6 * sizes[0]


def test_a_run_record_holds_what_is_needed_to_run_again(trained, tmp_path: Path) -> None:
    """From the record's own words the same run: recipe, seed and protocol give the same results."""
    folder, evaluated, manifest = trained
    path = write_record(evaluated, ["genrelens", "train", "made"], folder / "made.bundle", 1.0)
    record = json.loads(path.read_text())
    recipe = recipe_of_record(record, folder / "run")
    assert recipe == evaluated.trainer.recipe
    data = made_data()
    assert record["data"] == data.summary()
    protocol = record["results"]["protocol"]
    options = TrainerOptions(record["seed"], record["device"])
    again = evaluate_recipe(recipe, data, tmp_path / "again", protocol, options)
    np.testing.assert_array_equal(again.found.probabilities, evaluated.found.probabilities)
    assert again.results() == record["results"] == manifest.training["results"]
    assert record["command"] == ["genrelens", "train", "made"]
    assert record["bundle"] == "made.bundle"
    assert record["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert record["machine"]["cores"] == os.cpu_count()
    assert record["commit"] is None or re.fullmatch(r"[0-9a-f]{40}(\+changes)?", record["commit"])
    assert record["wall_time_s"] == {"cross_validation": round(evaluated.seconds, 1), "all": 1.0}
    assert set(record["curves"]) == {"cnn_avg-mfcc", "cnn_max-chroma_stft", "mlp-averaged"}
    assert len(record["curves"]["mlp-averaged"]["fold-00"]["train_loss"]) == 12


def test_losses_are_drawn(trained, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _, evaluated, _ = trained
    assert plot_curves(curves_of(evaluated.found), tmp_path / "losses.png")
    assert (tmp_path / "losses.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not plot_curves({}, tmp_path / "nothing.png")


def noisy_members(seed: int, tracks: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Three members of different worth on three genres, the last of them useless."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, tracks)
    strength = np.array([2.0, 1.0, 0.0])[:, None, None]
    logits = random.normal(0, 1, (3, tracks, 3)) + strength * np.eye(3)[labels]
    return special.softmax(logits, axis=2), labels


def test_stacking_learns_whom_to_trust() -> None:
    probabilities, labels = noisy_members(0)
    unheard, answers = noisy_members(1)
    stacked, voted = (
        fusion.members(unheard.transpose(1, 0, 2)).argmax(1) == answers
        for fusion in (fit_fusion("stacked", probabilities, labels), Fusion("majority"))
    )
    assert stacked.mean() > voted.mean() + 0.05


def test_calibration_keeps_its_promises_on_tracks_like_those_it_saw() -> None:
    probabilities, labels = noisy_members(2, 2000)
    scores = Fusion("soft").members(probabilities.transpose(1, 0, 2))
    found = calibrate(scores, labels, Decision(answer_accuracy=0.9, set_coverage=0.8))
    unheard, answers = noisy_members(3, 2000)
    fused = Fusion("soft").members(unheard.transpose(1, 0, 2))
    calibrated = apply_temperature(fused, found.temperature)
    answered = calibrated.max(1) >= found.answer_threshold
    assert 0.1 < answered.mean() < 1.0
    assert (calibrated.argmax(1) == answers)[answered].mean() > 0.86
    covered = calibrated[np.arange(2000), answers] >= found.set_threshold
    assert 0.76 < covered.mean() < 0.84
    assert calibrate(scores, labels, Decision()).answer_threshold == 0.0
