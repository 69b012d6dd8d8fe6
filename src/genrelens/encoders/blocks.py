"""Layers that several networks share, written into a graph.

Maps are laid out (n, channels, time, mel): time comes first, as in the spectra, so the kernels of the
sources, which have mel first, are transposed.
"""

from __future__ import annotations

import numpy as np

from genrelens.encoders.spec import Arrays
from genrelens.features.signal import Floats
from genrelens.graphs import Graph

SMALLEST = 1e-20
"""Weights below this size are set to zero: denormal numbers slow processors down several times."""


def without_denormals(array: np.ndarray) -> Floats:
    """The array as float32 with all that is smaller than 1e-20 set to zero.

    Example:
        >>> without_denormals(np.array([1e-30, 0.5])).tolist()
        [0.0, 0.5]
    """
    values = np.asarray(array, np.float32)
    return np.where(np.abs(values) < SMALLEST, np.float32(0), values)


def batch_norm(arrays: Arrays, name: str, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """A batch normalisation with frozen statistics as the scale and shift it amounts to (float64)."""
    gamma, beta, mean, var = (
        np.asarray(arrays[f"{name}/{part}"], np.float64) for part in ("gamma", "beta", "mean", "var")
    )
    scale = gamma / np.sqrt(var + eps)
    return scale, beta - mean * scale


def conv_with_norm(
    graph: Graph,
    x: str,
    arrays: Arrays,
    conv: str,
    norm: str,
    eps: float,
    stride: int = 1,
    group: int = 1,
) -> str:
    """A convolution that keeps the size (apart from the stride), its batch normalisation folded into it."""
    kernel = np.asarray(arrays[f"{conv}/kernel"], np.float64).swapaxes(2, 3)
    scale, shift = batch_norm(arrays, norm, eps)
    bias = np.asarray(arrays.get(f"{conv}/bias", np.zeros(len(kernel))), np.float64)
    size = kernel.shape[2]
    return graph.node(
        "Conv",
        x,
        graph.constant(f"{conv}/kernel", without_denormals(kernel * scale[:, None, None, None])),
        graph.constant(f"{conv}/bias", without_denormals(bias * scale + shift)),
        kernel_shape=[size, size],
        pads=[size // 2] * 4,
        strides=[stride, stride],
        group=group,
    )


def max_pool(graph: Graph, x: str, time: int, mel: int) -> str:
    """The maximum over blocks of that many frames and bands; a remainder is dropped."""
    return graph.node("MaxPool", x, kernel_shape=[time, mel], strides=[time, mel])


def mean_over_map(graph: Graph, x: str, bands: int) -> str:
    """The mean over time and a map's bands: (n, channels, 1, 1).

    Bands first, then time: one running sum over all of a large map loses digits in float32.
    """
    return graph.node("GlobalAveragePool", graph.node("AveragePool", x, kernel_shape=[1, bands]))


def max_over_map(graph: Graph, x: str) -> str:
    """The maximum over time and bands: (n, channels)."""
    return as_vector(graph, graph.node("GlobalMaxPool", x))


def as_vector(graph: Graph, x: str) -> str:
    """(n, channels, 1, 1) as (n, channels)."""
    return graph.node("Flatten", x)


def dense(graph: Graph, x: str, arrays: Arrays, name: str) -> str:
    """`x @ kernel + bias`."""
    kernel = graph.constant(f"{name}/kernel", without_denormals(arrays[f"{name}/kernel"]))
    return graph.node("Gemm", x, kernel, graph.constant(f"{name}/bias", arrays[f"{name}/bias"]))


def mel_power(graph: Graph, arrays: Arrays) -> str:
    """The input `power` (n, frames, bins) of the graph, through its mel filters: (n, frames, bands)."""
    filters = np.asarray(arrays["mel/filters"], np.float32)
    power = graph.input("power", ("n", "frames", filters.shape[0]))
    return graph.node("MatMul", power, graph.constant("mel/filters", filters))


def logarithm(graph: Graph, x: str, factor: float, shift: float, name: str) -> str:
    """`factor * ln(x) + shift`."""
    scaled = graph.node("Mul", graph.node("Log", x), graph.constant(f"{name}/factor", np.float32(factor)))
    return graph.node("Add", scaled, graph.constant(f"{name}/shift", np.float32(shift)))


def as_map(graph: Graph, x: str) -> str:
    """(n, frames, bands) as a map of one channel: (n, 1, frames, bands)."""
    return graph.node("Unsqueeze", x, graph.constant("channel_axis", np.array([1])))


def concatenate(graph: Graph, parts: list[str]) -> str:
    """Vectors (n, a), (n, b), ... side by side: (n, a + b + ...)."""
    return graph.node("Concat", *parts, axis=1)


def pooled_outputs(graph: Graph, means: list[str], maxima: list[str], arrays: Arrays, width: int) -> None:
    """The outputs of a network whose embedding is the means of all its maps; tags come from the last ones.

    Args:
        graph: to which `embedding`, `tags`, `means` and `maxima` are added.
        means: of each layer's map, (n, channels).
        maxima: likewise.
        arrays: with the kernel and bias of `tags`.
        width: channels of all layers together.
    """
    embedding = concatenate(graph, means)
    graph.output(embedding, "embedding", ("n", width))
    graph.output(graph.node("Sigmoid", dense(graph, means[-1], arrays, "tags")), "tags", ("n", 50))
    graph.output(embedding, "means", ("n", width))
    graph.output(concatenate(graph, maxima), "maxima", ("n", width))
