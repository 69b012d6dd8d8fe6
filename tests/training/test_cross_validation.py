"""A whole recipe is cross-validated honestly, and taken up where it stopped."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from made_data import content_of, made_data, made_recipe
from made_data import main as run_here

from genrelens.errors import DataError, RecipeError
from genrelens.evaluation.protocols import make_splits
from genrelens.heads.head import class_weights
from genrelens.heads.kinds import fit_head
from genrelens.recipes.load import recipe_of
from genrelens.training.cross_validation import Trainer
from genrelens.training.fusion import fuse_splits, split_fusions
from genrelens.training.inner_folds import validation_part
from genrelens.training.options import TrainerOptions
from genrelens.training.results import member_scores, score_of
from genrelens.training.run_folder import RunFolder

PROGRAM = Path(__file__).parents[1] / "support" / "made_data.py"


def splits_of(data, protocol="artist5"):
    return make_splits(protocol, data.labels, groups=[f"g{n}" for n in data.groups])


def trainer(folder: Path, recipe=None, data=None, **options) -> Trainer:
    return Trainer(recipe or made_recipe(), data or made_data(), RunFolder(folder), TrainerOptions(**options))


def parts(folder: Path) -> set[Path]:
    return set(folder.glob("parts/*/*.npz"))


def test_every_track_is_answered_by_models_that_did_not_hear_its_artist(tmp_path: Path) -> None:
    data = made_data()
    one = trainer(tmp_path)
    found = one.cross_validate(splits_of(data))
    answers = found.out_of_fold
    assert answers.shape == (4, 45, 3)
    np.testing.assert_allclose(answers.sum(axis=2), 1.0, atol=1e-5)
    for split in found.splits:
        assert not set(data.groups[split.train]) & set(data.groups[split.test])
    scores = member_scores(data, found)
    for rule in ("majority", "soft", "stacked"):
        fused = fuse_splits(found, split_fusions(one, found.splits, rule))
        scores[rule] = score_of(data, found, fused)
    for name, score in scores.items():
        assert score.accuracy > 0.7, name
        assert score.low <= score.pooled <= score.high
        assert len(score.splits) == 5


def test_a_recipe_learns_nothing_where_there_is_nothing_to_learn(tmp_path: Path) -> None:
    data = made_data(90, clarity=0.0)
    found = trainer(tmp_path, data=data).cross_validate(splits_of(data))
    for name, score in member_scores(data, found).items():
        assert score.pooled < 0.6, f"{name} finds genres in noise: something leaks"


def test_a_tracks_answer_is_the_mean_over_its_rows(tmp_path: Path) -> None:
    data = made_data()
    one = trainer(tmp_path)
    found = one.cross_validate(splits_of(data))
    track = int(found.splits[0].test[found.splits[0].test % 3 == 0][0])
    rows = data.tested_rows(found.splits[0].test)
    of_track = found.results["mlp-averaged"][0].probabilities[data.track[rows] == track]
    assert len(of_track) == 2
    np.testing.assert_allclose(found.probabilities[2, 0, track], of_track.mean(axis=0), atol=1e-12)


def test_variants_of_a_tracks_sound_are_learnt_from_but_not_tested() -> None:
    data = made_data()
    data = replace(data, as_it_is=np.arange(len(data.track)) % 2 == 0)
    everything = np.arange(45)
    assert len(data.learnt_rows(everything)) == len(data.track)
    assert data.as_it_is[data.tested_rows(everything)].all()


def test_a_head_learns_from_the_variants_that_it_names(tmp_path: Path) -> None:
    data = made_data()
    keys = np.array(["clean", "modern0", "old0"])[np.arange(len(data.track)) % 3]
    data = replace(data, variants=tuple(keys), as_it_is=keys == "clean")
    split = splits_of(data)[0]
    rows = data.learnt_rows(split.train, ("clean", "old0"))
    assert set(keys[rows]) == {"clean", "old0"}
    assert set(data.track[rows]) <= set(split.train)
    others = np.union1d(rows, data.learnt_rows(split.train, ("modern0",)))
    np.testing.assert_array_equal(others, data.learnt_rows(split.train))
    logistic = made_recipe().members[3]
    choosy = replace(made_recipe(), members=(replace(logistic, variants=("clean", "old0")),))
    spoilt = [
        row * (100 if key == "modern0" else 1) for row, key in zip(data.inputs["averaged"], keys, strict=True)
    ]
    for inputs in (data.inputs, {**data.inputs, "averaged": spoilt}):
        heard = replace(data, inputs=inputs, as_it_is=keys != "modern0")
        found = trainer(tmp_path / str(len(list(tmp_path.iterdir()))), choosy, heard).cross_validate([split])
        answers = found.results["logistic-averaged"][0].probabilities
        if inputs is data.inputs:
            wanted = answers
    np.testing.assert_allclose(answers, wanted)


def test_a_kernel_head_is_told_which_rows_are_variants_of_one_track(tmp_path: Path) -> None:
    data = made_data()
    kernel = {"architecture": "kernel", "inputs": ["averaged"], "options": {"components": 8, "centres": 30}}
    split = splits_of(data)[0]
    found = trainer(tmp_path, recipe_of({"members": [kernel]}), data).cross_validate([split])
    rows = data.learnt_rows(split.train)
    x, labels = np.stack(data.inputs["averaged"]), data.row_labels[rows]
    seed = np.random.SeedSequence((0, zlib.crc32(b"kernel-averaged"), 1)).generate_state(1)[0]
    told, untold = (
        fit_head(
            "kernel",
            x[rows],
            labels,
            {"components": 8, "centres": 30},
            weights=class_weights(labels),
            seed=int(seed),
            tracks=tracks,
        ).predict_proba(x[data.tested_rows(split.test)])
        for tracks in (data.track[rows], None)
    )
    answers = found.results["kernel-averaged"][0].probabilities
    np.testing.assert_allclose(answers, told, atol=1e-5)
    assert np.abs(answers - untold).max() > 1e-3


def test_early_stopping_looks_at_part_of_the_training_tracks_only() -> None:
    data = made_data()
    split = splits_of(data)[0]
    learnt, valid = validation_part(split.train, data.labels, data.groups, 0.2, [1])
    assert set(learnt) | set(valid) == set(split.train)
    assert not set(data.groups[learnt]) & set(data.groups[valid])
    assert len(np.unique(data.labels[valid])) == 3
    assert 0.1 < len(valid) / len(split.train) < 0.35


def test_a_genre_of_one_artist_stays_to_be_learnt() -> None:
    labels, groups = np.repeat([0, 1], [20, 4]), np.concatenate([np.arange(20), [99] * 4])
    for seed in range(20):
        learnt, _ = validation_part(np.arange(24), labels, groups, 0.2, [seed])
        assert 1 in labels[learnt]


def test_parts_that_were_kept_before_trainings_were_timed_are_taken_up(tmp_path: Path) -> None:
    splits = splits_of(made_data())
    first = trainer(tmp_path).cross_validate(splits)
    assert all(outcome.seconds > 0 for outcome in first.results["mlp-averaged"])
    for path in parts(tmp_path):
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored if name != "seconds"}
        points = json.loads(str(arrays["curve"]))
        earlier = [{k: v for k, v in point.items() if k != "followed_accuracy"} for point in points]
        np.savez(path, **{**arrays, "curve": np.array(json.dumps(earlier))})
    written = {path: path.stat().st_mtime_ns for path in parts(tmp_path)}
    second = trainer(tmp_path).cross_validate(splits)
    assert {path: path.stat().st_mtime_ns for path in parts(tmp_path)} == written
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_a_folder_of_the_former_reproduction_is_refused_in_one_sentence(tmp_path: Path) -> None:
    former = tmp_path / "paper" / "cnn_avg-mel" / "split-03-1f3a9c0d2e4b5a67.npz"
    former.parent.mkdir(parents=True)
    np.savez(former, probabilities=np.zeros(3))
    with pytest.raises(DataError, match="earlier version of genrelens, which cannot be taken up; delete"):
        trainer(tmp_path)
    assert former.exists()


def test_a_second_run_trains_nothing_and_says_the_same(tmp_path: Path) -> None:
    splits = splits_of(made_data())
    first = trainer(tmp_path).cross_validate(splits)
    written = {path: path.stat().st_mtime_ns for path in parts(tmp_path)}
    second = trainer(tmp_path).cross_validate(splits)
    assert {path: path.stat().st_mtime_ns for path in parts(tmp_path)} == written
    assert not (tmp_path / "inputs").exists()
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_only_what_changed_is_trained_again(tmp_path: Path) -> None:
    splits = splits_of(made_data())
    trainer(tmp_path).cross_validate(splits)
    before = parts(tmp_path)
    recipe = made_recipe()
    changed = replace(recipe.members[2], training=replace(recipe.members[2].training, epochs=3))
    recipe = replace(recipe, members=(*recipe.members[:2], changed, recipe.members[3]))
    trainer(tmp_path, recipe).cross_validate(splits)
    assert {path.parent.name for path in parts(tmp_path) - before} == {"mlp-averaged"}


@pytest.mark.parametrize("what", ["seed", "data"])
def test_another_seed_or_other_data_is_never_answered_from_old_parts(tmp_path: Path, what: str) -> None:
    splits = splits_of(made_data())
    first = trainer(tmp_path).cross_validate(splits)
    before = parts(tmp_path)
    other = trainer(tmp_path, seed=1) if what == "seed" else trainer(tmp_path, data=made_data(seed=8))
    second = other.cross_validate(splits)
    assert len(parts(tmp_path) - before) == len(before)
    assert not np.allclose(first.probabilities[0, 0], second.probabilities[0, 0], equal_nan=True)


def test_a_damaged_part_is_trained_again(tmp_path: Path) -> None:
    splits = splits_of(made_data())
    first = trainer(tmp_path).cross_validate(splits)
    for number, path in enumerate(sorted(parts(tmp_path))[:6]):
        content = path.read_bytes()
        path.write_bytes(b"" if number == 0 else content[: len(content) // (number + 1)])
    second = trainer(tmp_path).cross_validate(splits)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_progress_ends_when_all_epochs_are_done(tmp_path: Path) -> None:
    for _ in range(2):  # trained, and taken up
        ticks: list[tuple[int, int]] = []
        trainer(tmp_path).cross_validate(
            splits_of(made_data()), lambda *done, ticks=ticks: ticks.append(done)
        )
        assert ticks[-1][0] == ticks[-1][1] == 5 * (3 * 6 + 1)


def test_members_that_cannot_hear_their_input_are_named(tmp_path: Path) -> None:
    wrong = recipe_of({"members": [{"architecture": "cnn_avg", "inputs": ["averaged"]}]})
    with pytest.raises(RecipeError, match="cnn_avg-averaged: a cnn_avg takes frames"):
        trainer(tmp_path, wrong).cross_validate(splits_of(made_data()))
    with pytest.raises(RecipeError, match="cnn_avg-averaged: a cnn_avg takes frames"):
        trainer(tmp_path, wrong, jobs=2).cross_validate(splits_of(made_data()))
    missing = recipe_of({"members": [{"architecture": "mlp", "inputs": ["musicnn"]}]})
    with pytest.raises(DataError, match="musicnn"):
        trainer(tmp_path, missing)


def run_program(folder: Path, jobs: int, epochs: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), str(jobs), str(epochs)],
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def kill_after(folder: Path, process: subprocess.Popen[bytes], count: int, wait_s: float) -> bool:
    """Kills the program once so many parts are there and a moment has passed; False where it ended before."""
    while len(parts(folder / "run")) < count and process.poll() is None:
        time.sleep(0.01)
    time.sleep(wait_s)
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True


def survives_kills(tmp_path: Path, jobs: int, epochs: int, moments: list[int], seed: int) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    run_here(str(undisturbed), "1", str(epochs))
    chance = random.Random(seed)
    kills = 0
    for moment in moments:
        process = run_program(killed, jobs, epochs)
        kills += kill_after(killed, process, moment, chance.uniform(0, 0.3))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:  # workers follow their parent
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("a worker outlived its killed parent")
    assert kills
    assert run_program(killed, jobs, epochs).wait() == 0
    one, two = (np.load(folder / "probabilities.npy") for folder in (undisturbed, killed))
    np.testing.assert_allclose(one, two, atol=1e-6)
    assert content_of(undisturbed / "made.bundle") == content_of(killed / "made.bundle")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_goes_on_to_the_same_numbers_and_the_same_bundle(tmp_path: Path) -> None:
    survives_kills(tmp_path, jobs=2, epochs=5, moments=[7], seed=0)


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_killed_over_and_over_ends_in_the_same_numbers(tmp_path: Path, seed: int) -> None:
    moments = sorted(random.Random(seed).sample(range(24), 6))
    survives_kills(tmp_path, jobs=1 + seed % 2, epochs=40, moments=moments, seed=seed)
