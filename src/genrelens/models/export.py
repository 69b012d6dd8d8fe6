"""A trained network as an ONNX file: raw input in, probabilities out, for any number of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from genrelens.graphs import Graph
from genrelens.models.networks import FEWEST_FRAMES, KERNEL, POOL, Architecture, Shape
from genrelens.models.scaling import TRANSFORMS, Scaling


def export_network(
    architecture: Architecture,
    shape: Shape,
    weights: Mapping[str, np.ndarray],
    scaling: Scaling,
    transform: str = "none",
    half: bool = False,
    genres: Sequence[str] = (),
) -> bytes:
    """The network with transform and standardisation as an ONNX file.

    Args:
        architecture: one of the five.
        shape: its sizes.
        weights: by name, as `Network.weights` gives them.
        scaling: the training split's statistics.
        transform: a name in `TRANSFORMS`.
        half: store the large matrices as float16: half the bytes, probabilities within 1e-2.
        genres: names, kept in the file's metadata.

    Returns:
        ONNX bytes: input `x` float32 (n, frames, width) or (n, width), raw; output `probabilities`
        (n, genres). Clips too short for the convolutions are repeated until they are long enough.

    Raises:
        ValueError: the number of genres does not fit.

    Example:
        >>> from genrelens.models.networks import ARCHITECTURES, initial_weights
        >>> mlp, shape = ARCHITECTURES["mlp"], Shape(width=3, genres=2)
        >>> scaling = Scaling(np.zeros(3, np.float32), np.ones(3, np.float32))
        >>> model = export_network(mlp, shape, initial_weights(mlp, shape, 0), scaling)
        >>> from genrelens.runtime import load_session
        >>> session = load_session(model)
        >>> session.run(None, {"x": np.zeros((1, 3), np.float32)})[0].tolist()
        [[0.5, 0.5]]
    """
    if genres and len(genres) != shape.genres:
        raise ValueError(f"{len(genres)} genres for a network with {shape.genres} outputs")
    graph = Graph(architecture.name, metadata={"genres": "\n".join(genres)} if genres else None)
    frames = ("frames",) if architecture.takes_frames else ()
    x = graph.input("x", ("n", *frames, shape.width))
    x = TRANSFORMS[transform].in_graph(graph, x, [1, 2] if frames else [1])
    x = graph.node("Sub", x, graph.constant("mean", scaling.mean))
    x = graph.node("Mul", x, graph.constant("scale", scaling.scale))
    stored = {
        name: graph.constant(name, value, half=half and value.ndim > 1)
        for name, value in weights.items()
        if not name.startswith("lstm.")
    }
    if architecture.takes_frames:
        units = _frame_features(graph, architecture, shape, stored, weights, x, half)
    else:
        units = _relu(graph, graph.node("Gemm", x, stored["hidden.weight"], stored["hidden.bias"], transB=1))
    logits = graph.node("Gemm", units, stored["dense.weight"], stored["dense.bias"], transB=1)
    graph.output(graph.node("Softmax", logits, axis=1), "probabilities", ("n", shape.genres))
    return graph.to_bytes()


def _relu(graph: Graph, value: str) -> str:
    return graph.node("Relu", value)


def _frame_features(
    graph: Graph,
    architecture: Architecture,
    shape: Shape,
    stored: Mapping[str, str],
    weights: Mapping[str, np.ndarray],
    x: str,
    half: bool,
) -> str:
    """From (n, frames, width) to the units before the last layer, (n, units)."""
    maximum = architecture.pooling == "max"
    pads = [KERNEL // 2] * 2 if shape.padding == "same" else [0, 0]
    x = _repeated(graph, x, FEWEST_FRAMES[shape.padding])
    x = graph.node("Transpose", x, perm=[0, 2, 1])  # (n, width, frames)
    h = graph.node("Conv", x, stored["conv1.weight"], stored["conv1.bias"], kernel_shape=[KERNEL], pads=pads)
    pool = "MaxPool" if maximum else "AveragePool"
    h = graph.node(pool, _relu(graph, h), kernel_shape=[POOL], strides=[POOL])
    h = graph.node("Conv", h, stored["conv2.weight"], stored["conv2.bias"], kernel_shape=[KERNEL], pads=pads)
    h = _relu(graph, h)  # (n, 64, t)
    if architecture.lstm:
        return _last_hidden_state(graph, shape, weights, h, half)
    return graph.node("ReduceMax" if maximum else "ReduceMean", h, axes=[2], keepdims=0)


def _repeated(graph: Graph, x: str, fewest: int) -> str:
    """x (n, frames, width), repeated ceil(fewest / frames) times over time: once, if it is long enough."""
    frames = graph.node("Shape", x, start=1, end=2)  # (1,)
    wanted = graph.constant("fewest_frames_less_one", np.array([fewest - 1], np.int64))
    whole = graph.node("Div", wanted, frames)
    one = graph.constant("one", np.array([1], np.int64))
    times = graph.node("Add", whole, one)  # floor((fewest - 1) / frames) + 1
    return graph.node("Tile", x, graph.node("Concat", one, times, one, axis=0))


def _last_hidden_state(
    graph: Graph, shape: Shape, weights: Mapping[str, np.ndarray], h: str, half: bool
) -> str:
    """ONNX orders the gates input, output, forget, cell; PyTorch input, forget, cell, output."""

    def gates(name: str) -> np.ndarray:
        i, f, c, o = np.split(weights[name], 4)
        return np.concatenate([i, o, f, c])[np.newaxis]

    bias = gates("lstm.bias")
    _, last = graph.node(
        "LSTM",
        graph.node("Transpose", h, perm=[2, 0, 1]),  # (t, n, 64)
        graph.constant("lstm.input", gates("lstm.input"), half=half),
        graph.constant("lstm.hidden", gates("lstm.hidden"), half=half),
        graph.constant("lstm.bias", np.concatenate([bias, np.zeros_like(bias)], axis=1)),
        outputs=2,
        hidden_size=shape.lstm_width,
    )  # last: (1, n, lstm_width)
    return graph.node("Squeeze", last, graph.constant("first_axis", np.array([0], np.int64)))
