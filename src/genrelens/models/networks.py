"""The five architectures of Ghosal and Kolekar 2018, section 2.2 and figure 2.

| ours | the paper's | layers |
|---|---|---|
| `cnn_max` | CNN Max Pooling | conv, pool, conv, global maximum, dense |
| `cnn_max_lstm` | CNN Max Pooling LSTM | conv, pool, conv, last hidden state of an LSTM, dense |
| `cnn_avg` | CNN Average Pooling | conv, pool, conv, global mean, dense |
| `cnn_avg_lstm` | CNN Average Pooling LSTM | conv, pool, conv, last hidden state of an LSTM, dense |
| `mlp` | Multilayer Perceptron | dense, dense |

Conventions: x is standardised, (n, frames, width) or (n, width); the result is logits (n, genres), whose
softmax are the probabilities. With `padding="valid"` a convolution of width 3 takes two frames away:

    646 frames -> conv1 644 -> pool 322 -> conv2 320 -> global pooling or LSTM

Weights bear the same name and shape here, in the stacked trainer and in the export:
`conv1.weight` (128, width, 3), `conv2.weight` (64, 128, 3), `lstm.input` (4h, 64), `lstm.hidden` (4h, h),
`lstm.bias` (4h,), `hidden.weight` (256, width), `dense.weight` (genres, units), and a `.bias` each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genrelens.models.convolution import conv_over_time

Padding = Literal["valid", "same"]
Weights = dict[str, np.ndarray]

FILTERS_1, FILTERS_2 = 128, 64
"""Filters of the two convolutions (section 2.2.1)."""
KERNEL = 3
"""Width of their filters, in frames."""
POOL = 2
"""Frames that are pooled between them."""
FEWEST_FRAMES: dict[str, int] = {"valid": POOL * KERNEL + KERNEL - 1, "same": POOL}
"""The shortest input that leaves a frame for global pooling; shorter ones are repeated up to it."""


@dataclass(frozen=True)
class Architecture:
    """One of the five.

    Attributes:
        name: ours.
        title: the paper's.
        pooling: `max` or `avg`; empty for the MLP.
        lstm: whether an LSTM stands in the place of global pooling.
    """

    name: str
    title: str
    pooling: Literal["max", "avg", ""]
    lstm: bool

    @property
    def takes_frames(self) -> bool:
        """True where the input is a feature (frames, width), False where it is one vector."""
        return bool(self.pooling)


ARCHITECTURES: dict[str, Architecture] = {
    one.name: one
    for one in (
        Architecture("cnn_max", "CNN Max Pooling", "max", False),
        Architecture("cnn_max_lstm", "CNN Max Pooling LSTM", "max", True),
        Architecture("cnn_avg", "CNN Average Pooling", "avg", False),
        Architecture("cnn_avg_lstm", "CNN Average Pooling LSTM", "avg", True),
        Architecture("mlp", "Multilayer Perceptron", "", False),
    )
}


@dataclass(frozen=True)
class Shape:
    """The sizes of a network.

    Attributes:
        width: numbers in a frame, or in the vector.
        genres: outputs.
        hidden: units of the MLP's hidden layer (the paper: 256).
        lstm_width: units of the LSTM (not in the paper).
        dropout: proportion of units left out in training (the paper: 0.25).
        padding: whether convolutions keep the number of frames (not in the paper).
    """

    width: int
    genres: int
    hidden: int = 256
    lstm_width: int = 64
    dropout: float = 0.25
    padding: Padding = "valid"

    def units(self, architecture: Architecture) -> int:
        """Units before the last layer, those that dropout acts on."""
        if not architecture.takes_frames:
            return self.hidden
        return self.lstm_width if architecture.lstm else FILTERS_2


def weight_shapes(architecture: Architecture, shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight, in a fixed order.

    Example:
        >>> weight_shapes(ARCHITECTURES["mlp"], Shape(width=358, genres=10))
        {'hidden.weight': (256, 358), 'hidden.bias': (256,), 'dense.weight': (10, 256), 'dense.bias': (10,)}
    """
    sizes: dict[str, tuple[int, ...]] = {}
    if architecture.takes_frames:
        sizes["conv1.weight"], sizes["conv1.bias"] = (FILTERS_1, shape.width, KERNEL), (FILTERS_1,)
        sizes["conv2.weight"], sizes["conv2.bias"] = (FILTERS_2, FILTERS_1, KERNEL), (FILTERS_2,)
    else:
        sizes["hidden.weight"], sizes["hidden.bias"] = (shape.hidden, shape.width), (shape.hidden,)
    if architecture.lstm:
        gates = 4 * shape.lstm_width
        sizes["lstm.input"], sizes["lstm.hidden"] = (gates, FILTERS_2), (gates, shape.lstm_width)
        sizes["lstm.bias"] = (gates,)
    sizes["dense.weight"], sizes["dense.bias"] = (
        (shape.genres, shape.units(architecture)),
        (shape.genres,),
    )
    return sizes


def initial_weights(architecture: Architecture, shape: Shape, seed: int | list[int]) -> Weights:
    """Weights before training, the same for the same seed with any version of PyTorch.

    The paper does not say; these are the usual ones: Glorot uniform (Glorot and Bengio 2010), recurrent
    matrices orthogonal gate by gate (Saxe et al. 2014), biases 0, the forget gate's 1 (Jozefowicz et
    al. 2015).

    Example:
        >>> weights = initial_weights(ARCHITECTURES["cnn_avg"], Shape(width=20, genres=10), seed=0)
        >>> weights["conv1.weight"].shape, float(weights["dense.bias"].sum())
        ((128, 20, 3), 0.0)
    """
    random = np.random.default_rng(seed)
    weights: Weights = {}
    for name, size in weight_shapes(architecture, shape).items():
        if len(size) == 1:
            weights[name] = np.zeros(size, np.float32)
        elif name == "lstm.hidden":
            draws = random.standard_normal((4, size[1], size[1]))
            weights[name] = np.linalg.qr(draws)[0].reshape(size).astype(np.float32)
        else:
            receptive = int(np.prod(size[2:]))
            limit = float(np.sqrt(6.0 / ((size[0] + size[1]) * receptive)))
            weights[name] = random.uniform(-limit, limit, size).astype(np.float32)
    if architecture.lstm:
        weights["lstm.bias"][shape.lstm_width : 2 * shape.lstm_width] = 1.0
    return weights


class Network(nn.Module):
    """One of the five architectures; call it with x, lengths and a dropout mask.

    Dropout multiplies by a mask that the caller draws (0 or 1 / (1 - dropout) a unit), so that a training is
    repeated exactly whatever else runs at the same time. Without a mask nothing is dropped.
    """

    conv1_weight: Tensor
    conv1_bias: Tensor
    conv2_weight: Tensor
    conv2_bias: Tensor
    lstm_input: Tensor
    lstm_hidden: Tensor
    lstm_bias: Tensor
    hidden_weight: Tensor
    hidden_bias: Tensor
    dense_weight: Tensor
    dense_bias: Tensor

    def __init__(self, architecture: Architecture, shape: Shape, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.architecture, self.shape = architecture, shape
        for name, size in weight_shapes(architecture, shape).items():
            value = torch.from_numpy(np.array(weights[name], dtype=np.float32, copy=True))
            if tuple(value.shape) != size:
                raise ValueError(f"{name} has the shape {tuple(value.shape)}, {size} is needed")
            self.register_parameter(name.replace(".", "_"), nn.Parameter(value))

    def weights(self) -> Weights:
        """A copy of the weights as arrays by name."""
        return {
            name: getattr(self, name.replace(".", "_")).detach().cpu().numpy().copy()
            for name in weight_shapes(self.architecture, self.shape)
        }

    def forward(self, x: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Logits (n, genres).

        Args:
            x: standardised, (n, frames, width) or (n, width).
            lengths: (n,) real frames of each row; all where absent.
            mask: (n, units) to multiply the units before the last layer with.
        """
        if self.architecture.takes_frames:
            units = self._frame_features(x, lengths)  # (n, 64) or (n, lstm_width)
        else:
            units = F.relu(F.linear(x, self.hidden_weight, self.hidden_bias))  # (n, 256)
        if mask is not None:
            units = units * mask  # dropout 0.25
        return F.linear(units, self.dense_weight, self.dense_bias)  # softmax is part of the loss

    def _frame_features(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        maximum = self.architecture.pooling == "max"
        keep = self.shape.padding == "same"
        if keep and lengths is not None:
            x = x * real_frames(lengths, x.shape[1]).unsqueeze(2)
        h = conv_over_time(x, self.conv1_weight, self.conv1_bias, keep)  # (n, 128, 1, frames - 2)
        # the larger of two, then ReLU, is ReLU, then the larger: half the work
        h = F.max_pool2d(h, (1, POOL)).relu_() if maximum else F.avg_pool2d(h.relu_(), (1, POOL))
        lengths = None if lengths is None else (lengths if keep else lengths - KERNEL + 1) // POOL
        h = h.squeeze(2).transpose(1, 2)  # (n, (frames - 2) // 2, 128)
        if keep and lengths is not None:
            h = h * real_frames(lengths, h.shape[1]).unsqueeze(2)
        h = conv_over_time(h, self.conv2_weight, self.conv2_bias, keep).relu_()
        lengths = None if lengths is None else (lengths if keep else lengths - KERNEL + 1)
        h = h.squeeze(2).transpose(1, 2)  # (n, t, 64)
        if self.architecture.lstm:
            return self._last_hidden_state(h, lengths)  # (n, lstm_width)
        return global_maximum(h, lengths) if maximum else global_mean(h, lengths)  # (n, 64)

    def _last_hidden_state(self, h: Tensor, lengths: Tensor | None) -> Tensor:
        start = h.new_zeros(1, h.shape[0], self.shape.lstm_width)
        flat = [self.lstm_input, self.lstm_hidden, self.lstm_bias, torch.zeros_like(self.lstm_bias)]
        # input, states, weights, biases, layers, dropout, training, both directions, batch first
        states, last, _ = torch.lstm(h, [start, start], flat, True, 1, 0.0, self.training, False, True)
        if lengths is None:
            return last[0]
        return states[torch.arange(len(states), device=h.device), lengths - 1]


def build_network(architecture: Architecture, shape: Shape, weights: Mapping[str, np.ndarray]) -> Network:
    """A network with these weights.

    Raises:
        ValueError: a weight has another shape than the architecture needs.

    Example:
        >>> cnn, shape = ARCHITECTURES["cnn_avg"], Shape(width=20, genres=10)
        >>> network = build_network(cnn, shape, initial_weights(cnn, shape, seed=0))
        >>> tuple(network(torch.zeros(2, 646, 20)).shape)
        (2, 10)
    """
    return Network(architecture, shape, weights)


def real_frames(lengths: Tensor, frames: int) -> Tensor:
    """(n, frames): True where a frame is real, False where it is padding."""
    return torch.arange(frames, device=lengths.device) < lengths.unsqueeze(1)


def global_mean(h: Tensor, lengths: Tensor | None) -> Tensor:
    """Mean over the real frames of (n, frames, units): (n, units)."""
    if lengths is None:
        return h.mean(1)
    return (h * real_frames(lengths, h.shape[1]).unsqueeze(2)).sum(1) / lengths.unsqueeze(1)


def global_maximum(h: Tensor, lengths: Tensor | None) -> Tensor:
    """Maximum over the real frames of (n, frames, units), none of them negative: (n, units)."""
    if lengths is not None:
        h = h * real_frames(lengths, h.shape[1]).unsqueeze(2)
    return h.amax(1)
