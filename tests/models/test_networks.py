"""The networks are the paper's: sizes, order of layers, and padding that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genrelens.models import ARCHITECTURES, Shape, build_network, initial_weights  # noqa: E402
from genrelens.models.networks import FEWEST_FRAMES  # noqa: E402


def make(name: str, width: int = 20, **sizes: object):
    architecture, shape = ARCHITECTURES[name], Shape(width=width, genres=5, **sizes)
    return build_network(architecture, shape, initial_weights(architecture, shape, seed=3)).eval()


def plain_forward(name: str, weights: dict[str, np.ndarray], x: torch.Tensor) -> torch.Tensor:
    """Figure 2 written with PyTorch's own layers, as a second route to the same logits."""
    load = {key: torch.from_numpy(value) for key, value in weights.items()}
    if name == "mlp":
        hidden = torch.relu(x @ load["hidden.weight"].T + load["hidden.bias"])
        return hidden @ load["dense.weight"].T + load["dense.bias"]
    pool = torch.nn.MaxPool1d(2) if "max" in name else torch.nn.AvgPool1d(2)
    h = torch.nn.functional.conv1d(x.transpose(1, 2), load["conv1.weight"], load["conv1.bias"])
    h = pool(torch.relu(h))
    h = torch.relu(torch.nn.functional.conv1d(h, load["conv2.weight"], load["conv2.bias"]))
    if "lstm" in name:
        lstm = torch.nn.LSTM(64, load["lstm.hidden"].shape[1], batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = load["lstm.input"], load["lstm.hidden"]
        lstm.bias_ih_l0.data, lstm.bias_hh_l0.data = (
            load["lstm.bias"],
            torch.zeros_like(load["lstm.bias"]),
        )
        units = lstm(h.transpose(1, 2))[1][0][0]
    else:
        units = h.amax(2) if "max" in name else h.mean(2)
    return units @ load["dense.weight"].T + load["dense.bias"]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_is_the_papers_figure_2(name: str) -> None:
    network = make(name)
    random = np.random.default_rng(0)
    size = (4, 646, 20) if network.architecture.takes_frames else (4, 20)
    x = torch.from_numpy(random.standard_normal(size).astype(np.float32))
    with torch.inference_mode():
        expected = plain_forward(name, network.weights(), x)
        torch.testing.assert_close(network(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "count"),
    # conv1 3*128*128+128, conv2 3*128*64+64, LSTM 4*64*(64+64)+4*64, dense 64*10+10
    [("cnn_max", 49280 + 24640 + 650), ("cnn_avg_lstm", 49280 + 24640 + 33024 + 650)],
)
def test_a_network_has_as_many_weights_as_the_layers_of_the_paper(name: str, count: int) -> None:
    weights = initial_weights(ARCHITECTURES[name], Shape(width=128, genres=10), seed=0)
    assert sum(value.size for value in weights.values()) == count


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("name", [name for name, one in ARCHITECTURES.items() if one.takes_frames])
def test_a_padded_clip_gets_the_probabilities_it_gets_alone(name: str, padding: str) -> None:
    network = make(name, padding=padding)
    random = np.random.default_rng(1)
    lengths = [646, 22, FEWEST_FRAMES[padding], 301, 600]
    clips = [random.standard_normal((n, 20)).astype(np.float32) for n in lengths]
    batch = np.full((len(clips), 646, 20), 99.0, np.float32)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    with torch.inference_mode():
        together = network(torch.from_numpy(batch), torch.tensor(lengths)).softmax(1)
        alone = torch.cat([network(torch.from_numpy(clip[None])).softmax(1) for clip in clips])
    assert (together - alone).abs().max() < 1e-6


def test_dropout_silences_the_units_that_the_mask_names() -> None:
    network = make("mlp")
    x = torch.ones(1, 20)
    everything_dropped = network(x, mask=torch.zeros(1, 256))
    assert torch.equal(everything_dropped[0], network.dense_bias)


def test_the_same_seed_gives_the_same_start_and_another_seed_another() -> None:
    architecture, shape = ARCHITECTURES["cnn_max_lstm"], Shape(width=6, genres=3)
    one, same, other = (initial_weights(architecture, shape, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["conv1.weight"], other["conv1.weight"])


def test_recurrent_matrices_start_orthogonal_and_gates_open_to_memory() -> None:
    weights = initial_weights(ARCHITECTURES["cnn_avg_lstm"], Shape(width=6, genres=3), seed=0)
    for gate in np.split(weights["lstm.hidden"], 4):
        np.testing.assert_allclose(gate @ gate.T, np.eye(64), atol=1e-5)
    assert weights["lstm.bias"].sum() == 64


def test_weights_of_another_shape_are_refused() -> None:
    architecture = ARCHITECTURES["mlp"]
    weights = initial_weights(architecture, Shape(width=7, genres=3), seed=0)
    with pytest.raises(ValueError, match=r"hidden\.weight"):
        build_network(architecture, Shape(width=8, genres=3), weights)
