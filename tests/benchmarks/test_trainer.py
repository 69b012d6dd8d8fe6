"""The race is fair: all ways train the same networks, and the plain ones learn as well as ours."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch

from genrelens.benchmarks.plain_loops import PlainNetwork, keras_version, plain_keras_model, train_plain_keras
from genrelens.benchmarks.trainer import Course, made_up_data, race, rows_of
from genrelens.evaluation.protocols import make_splits
from genrelens.models import ARCHITECTURES, Shape, build_network, initial_weights
from genrelens.recipes.load import Training
from genrelens.training.matrix import Fold, clips_of

os.environ.setdefault("KERAS_BACKEND", "torch")  # where Keras is installed, PyTorch is there as well


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_plain_network_is_the_same_network(name: str) -> None:
    architecture, shape = ARCHITECTURES[name], Shape(width=7, genres=4)
    plain = PlainNetwork(architecture, shape).eval()
    weights = {key: value.detach().numpy() for key, value in plain.state_dict().items()}
    if architecture.lstm:
        weights["lstm.input"], weights["lstm.hidden"] = (
            weights.pop("lstm.weight_ih_l0"),
            weights.pop("lstm.weight_hh_l0"),
        )
        weights["lstm.bias"] = weights.pop("lstm.bias_ih_l0") + weights.pop("lstm.bias_hh_l0")
    ours = build_network(architecture, shape, weights).eval()
    x = torch.randn(3, 50, 7) if architecture.takes_frames else torch.randn(3, 7)
    with torch.inference_mode():
        expected = plain(x.transpose(1, 2) if architecture.takes_frames else x)
        torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_plain_network_starts_as_ours_does(name: str) -> None:
    architecture, shape = ARCHITECTURES[name], Shape(width=40, genres=10)
    plain = dict(PlainNetwork(architecture, shape).state_dict())
    if architecture.lstm:
        plain["lstm.input"], plain["lstm.hidden"] = (
            plain.pop("lstm.weight_ih_l0"),
            plain.pop("lstm.weight_hh_l0"),
        )
        plain["lstm.bias"] = plain.pop("lstm.bias_ih_l0") + plain.pop("lstm.bias_hh_l0")
    ours = initial_weights(architecture, shape, seed=0)
    assert set(plain) == set(ours)
    for key, value in ours.items():
        there = plain[key].numpy()
        if value.ndim == 1:
            np.testing.assert_array_equal(there, value)
        else:
            assert there.std() == pytest.approx(value.std(), rel=0.15)


@pytest.mark.skipif(not keras_version(), reason="needs Keras 3")
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_keras_model_is_the_same_network(name: str) -> None:
    architecture, shape = ARCHITECTURES[name], Shape(width=7, genres=4, lstm_width=5)
    model = plain_keras_model(architecture, shape, frames=50)
    stored = [np.asarray(value) for value in model.get_weights()]
    weights: dict[str, np.ndarray] = {}
    if architecture.takes_frames:
        for layer in (1, 2):  # (3, in, out) there, (out, in, 3) here
            weights[f"conv{layer}.weight"] = stored.pop(0).transpose(2, 1, 0)
            weights[f"conv{layer}.bias"] = stored.pop(0)
    else:
        weights["hidden.weight"], weights["hidden.bias"] = stored.pop(0).T, stored.pop(0)
    if architecture.lstm:  # gates in the same order: input, forget, cell, output
        weights["lstm.input"], weights["lstm.hidden"] = stored.pop(0).T, stored.pop(0).T
        weights["lstm.bias"] = stored.pop(0)
    weights["dense.weight"], weights["dense.bias"] = stored.pop(0).T, stored.pop(0)
    assert not stored
    ours = build_network(architecture, shape, weights).eval()
    shape_of_x = (3, 50, 7) if architecture.takes_frames else (3, 7)
    x = np.random.default_rng(0).standard_normal(shape_of_x).astype(np.float32)
    with torch.inference_mode():
        probabilities = ours(torch.from_numpy(x)).softmax(1).numpy()
    np.testing.assert_allclose(probabilities, model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not keras_version(), reason="needs Keras 3")
def test_keras_learns_what_there_is_to_learn() -> None:
    labels = np.arange(40) % 2
    clips = clips_of([np.full(3, label, float) for label in labels], labels, genres=2)
    training = Training(epochs=30, batch=8, learning_rate=0.01)
    rows = np.arange(40)
    shape = Shape(width=3, genres=2, hidden=8)
    assert train_plain_keras(ARCHITECTURES["mlp"], shape, training, clips, Fold(rows[:30]), rows[30:]) == 1.0


def test_all_ways_are_timed_in_turn_and_learn_alike() -> None:
    data = made_up_data(60, width=8, frames=40, genres=3)
    splits = make_splits("paper", data.labels)[:2]
    order: list[tuple[int, str]] = []
    timed = race(
        data,
        splits,
        Course("cnn_avg", "made_up", Training(epochs=20, batch=8, learning_rate=5e-3), rounds=2),
        done=lambda name, number, seconds: order.append((number, name)),
    )
    names = [one.name for one in timed]
    assert order == [(number, name) for number in (0, 1) for name in names]
    assert names[0] == "genrelens, float32"
    assert "PyTorch, DataLoader" in names
    accuracies = [one.accuracy for one in timed]
    assert min(accuracies) > 0.6
    assert np.ptp(accuracies) < 0.25
    rows = rows_of(timed)
    assert rows[0]["ratio"] == 1.0
    assert all(len(row["seconds"]) == 2 for row in rows)
