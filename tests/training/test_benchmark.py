"""The race is fair: all ways train the same networks, and the plain ones learn as well as ours."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genrelens.evaluation.protocols import make_splits
from genrelens.models import ARCHITECTURES, Shape, build_network
from genrelens.training.benchmark import made_up_data, race, rows_of
from genrelens.training.plain_loops import PlainNetwork
from genrelens.training.recipes import Training


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


def test_all_ways_are_timed_in_turn_and_learn_alike() -> None:
    data = made_up_data(60, width=8, frames=40, genres=3)
    splits = make_splits("paper", data.labels)[:2]
    order: list[tuple[int, str]] = []
    timed = race(
        data,
        splits,
        "cnn_avg",
        "made_up",
        Training(epochs=20, batch=8, learning_rate=5e-3),
        rounds=2,
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
