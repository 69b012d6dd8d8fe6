"""Who chooses the epoch that is kept: a part set apart, inner models, or, for a study, the tested tracks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from made_data import made_data, made_recipe

from genrelens.evaluation.protocols import make_splits
from genrelens.training.cross_validation import Trainer
from genrelens.training.options import TrainerOptions
from genrelens.training.run_folder import RunFolder


def splits_of(data, protocol="artist5"):
    return make_splits(protocol, data.labels, groups=[f"g{n}" for n in data.groups])


def trainer(folder: Path, recipe, data, **options) -> Trainer:
    return Trainer(recipe, data, RunFolder(folder), TrainerOptions(**options))


def networks(epochs: int = 8):
    """A CNN and an MLP of the made recipe, quick to rise and to overfit."""
    recipe = made_recipe(epochs, learning_rate=0.02)
    return replace(recipe, members=recipe.members[1:3])


def accuracy_of(found, data, member: int) -> float:
    """Of a member over all tests of all splits."""
    right = found.probabilities[member].argmax(axis=2) == data.labels
    return float(right[found.tested].mean())


def test_a_noted_test_curve_changes_no_answer_and_ends_in_what_the_model_answers(tmp_path: Path) -> None:
    data, splits = made_data(clarity=0.7), splits_of(made_data())[:2]
    blind = trainer(tmp_path, networks(), data).cross_validate(splits)
    noted = trainer(tmp_path, networks(), data, test_curve="noted").cross_validate(splits)
    np.testing.assert_array_equal(noted.probabilities, blind.probabilities)
    for number, name in enumerate(noted.members):
        assert blind.followed_curve(name, [0, 1]).shape == (0,)
        assert noted.followed_curve(name, [0, 1]).shape == (8,)
        for split in (0, 1):
            rows = data.tested_rows(splits[split].test)
            answers = noted.results[name][split].probabilities.argmax(axis=1)
            accuracy = (answers == data.row_labels[rows]).mean()
            assert noted.followed_curve(name, [split])[-1] == pytest.approx(accuracy)
        assert accuracy_of(noted, data, number) > 0.3


def test_stopped_by_the_test_curve_a_model_is_that_of_its_best_tested_epoch(tmp_path: Path) -> None:
    data, splits = made_data(clarity=0.7), splits_of(made_data())[:3]
    recipe = networks()
    noted = trainer(tmp_path, recipe, data, test_curve="noted").cross_validate(splits)
    chosen = trainer(tmp_path, recipe, data, test_curve="chooses").cross_validate(splits)
    gained = 0.0
    for name in chosen.members:
        for split in range(3):
            curve = noted.followed_curve(name, [split])
            outcome = chosen.results[name][split]
            np.testing.assert_array_equal(chosen.followed_curve(name, [split]), curve)
            assert outcome.best_epoch == curve.argmax() + 1
            rows = data.tested_rows(splits[split].test)
            accuracy = (outcome.probabilities.argmax(axis=1) == data.row_labels[rows]).mean()
            assert accuracy == pytest.approx(curve.max())
            gained += curve.max() - curve[-1]
    assert gained > 0, "the best tested epoch should not be the last one everywhere"


def test_the_test_curve_chooses_though_the_recipe_would_stop_by_a_part_set_apart(tmp_path: Path) -> None:
    data, [split] = made_data(clarity=0.7), splits_of(made_data())[:1]
    recipe = networks().with_training(validation=0.2, patience=1)
    one = trainer(tmp_path, recipe, data, test_curve="chooses").cross_validate([split])
    for outcomes in one.results.values():
        assert len(outcomes[0].curve) == 8
        assert all(point.valid_loss is None for point in outcomes[0].curve)
    both = trainer(tmp_path, recipe, data, test_curve="noted").cross_validate([split])
    for outcomes in both.results.values():
        losses = [point.valid_loss for point in outcomes[0].curve]
        assert outcomes[0].best_epoch == int(np.argmin(losses)) + 1
        assert None not in [point.followed_accuracy for point in outcomes[0].curve]


def test_only_one_may_choose_the_epoch() -> None:
    with pytest.raises(ValueError, match="not both"):
        TrainerOptions(inner_folds=2, test_curve="chooses")
    with pytest.raises(ValueError, match="one inner fold"):
        TrainerOptions(inner_folds=1)


def test_inner_models_choose_the_epoch_whatever_stands_in_the_tested_tracks(tmp_path: Path) -> None:
    data, splits = made_data(clarity=0.7), splits_of(made_data())[:2]
    random = np.random.default_rng(0)
    tested = np.isin(data.track, splits[0].test)
    spoilt = {
        name: [
            random.standard_normal(row.shape).astype(np.float32) * 50 if out else row
            for row, out in zip(rows, tested, strict=True)
        ]
        for name, rows in data.inputs.items()
    }
    epochs = []
    for number, heard in enumerate((data, replace(data, inputs=spoilt))):
        found = trainer(tmp_path / str(number), networks(), heard, inner_folds=2).cross_validate([splits[0]])
        assert found.inner is not None
        inside = [found.inner.splits[k] for k in found.inner_of(0)]
        learnt = np.concatenate([one.test for one in inside])
        assert sorted(learnt) == sorted(splits[0].train)
        for one in inside:
            assert not set(data.groups[one.train]) & set(data.groups[one.test])
            assert not set(one.train) & set(splits[0].test)
        for name, outcomes in found.results.items():
            curve = found.inner.followed_curve(name, found.inner_of(0))
            assert outcomes[0].best_epoch == curve.argmax() + 1
            assert outcomes[0].model
        epochs.append([outcomes[0].best_epoch for outcomes in found.results.values()])
    assert epochs[0] == epochs[1]


def test_plans_trained_together_find_what_they_find_alone(tmp_path: Path) -> None:
    data = made_data()
    plans = [splits_of(data)[:2], splits_of(data, "paper")[:2]]
    options = {"inner_folds": 2, "test_curve": "noted", "common_seeds": True, "models": False}
    together = trainer(tmp_path / "a", networks(3), data, **options).cross_validate_all(plans)
    for plan, found in zip(plans, together, strict=True):
        [alone] = trainer(tmp_path / "b", networks(3), data, **options).cross_validate_all([plan])
        np.testing.assert_array_equal(found.probabilities, alone.probabilities)
        np.testing.assert_array_equal(found.inner.probabilities, alone.inner.probabilities)
        assert all(outcome.model == b"" for outcomes in found.results.values() for outcome in outcomes)
    assert len(list(tmp_path.glob("a/parts/*/*.npz"))) == 2 * 4 * 3
