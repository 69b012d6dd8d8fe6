"""musicnn, trained on the Million Song Dataset's tags: 3-s patches of log-mel, five kinds of first filters.

Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", 2019. The
weights are an exact pruning of the package's: filters that had died became one constant channel and biases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from genrelens.encoders.blocks import as_map, concatenate, dense, logarithm, mel_power, without_denormals
from genrelens.encoders.pooling import mean_over_windows
from genrelens.encoders.spec import Arrays, EncoderSpec
from genrelens.encoders.tags import million_song_tags
from genrelens.encoders.windows import tiled, window_starts
from genrelens.features.signal import Floats
from genrelens.features.spectrum import hann, power_frames
from genrelens.graphs import Graph

RATE, N_FFT, HOP = 16000, 512, 256
PATCH = 187
"""Frames in a patch (3 s)."""
BANDS = 96
TIMBRAL = {"f74": 38, "f77": 67}
"""First filters 7 frames long, and how many bands they span."""
TEMPORAL = {"s128": 128, "s64": 64, "s32": 32}
"""First filters one band wide, and how many frames they last."""
LAYERS = {"front": 66, "mid1": 64, "mid2": 64, "mid3": 64}
PENULTIMATE = 200
PATCHES_AT_ONCE = 2


def patches(samples: Floats, hop: int | None = None) -> Iterator[Floats]:
    """Power spectra of 3-s patches, centred frames with zeros beyond the ends, in batches (n, 187, 257)."""
    signal = tiled(samples, (PATCH - 1) * HOP)
    power = power_frames(signal, N_FFT, HOP, hann(N_FFT), "zero")
    starts = window_starts(len(power), PATCH, hop)
    for first in range(0, len(starts), PATCHES_AT_ONCE):
        yield np.stack([power[start : start + PATCH] for start in starts[first : first + PATCHES_AT_ONCE]])


def build(arrays: Arrays) -> bytes:
    """The network as ONNX: `power` (n, 187, 257) to one row a patch of each output."""
    graph = Graph(SPEC.name, metadata=SPEC.metadata)
    mel = mel_power(graph, arrays)
    compressed = graph.node("Mul", mel, graph.constant("gain", np.float32(10000)))
    compressed = graph.node("Add", compressed, graph.constant("one", np.float32(1)))
    scale, shift = (float(np.squeeze(arrays[f"bn0/{part}"])) for part in ("scale", "shift"))
    x = as_map(graph, logarithm(graph, compressed, scale / np.log(10), shift, "bn0"))

    branches = [_highest_over_bands(graph, x, arrays, name, (3, 3), width) for name, width in TIMBRAL.items()]
    branches += [
        _highest_over_bands(graph, x, arrays, name, ((length - 1) // 2, length // 2), 1)
        for name, length in TEMPORAL.items()
    ]
    front = concatenate(graph, branches)
    first = _mid_layer(graph, front, arrays, "mid1")
    second = graph.node("Add", first, _mid_layer(graph, first, arrays, "mid2"))
    third = graph.node("Add", second, _mid_layer(graph, second, arrays, "mid3"))

    layers = concatenate(graph, [front, first, second, third])
    maxima = graph.node("Flatten", graph.node("GlobalMaxPool", layers))
    means = graph.node("Flatten", graph.node("GlobalAveragePool", layers))
    # The source interleaves maximum and mean of each channel before its dense layer.
    kernel = without_denormals(arrays["dense/kernel"])
    h = graph.node(
        "Gemm",
        maxima,
        graph.constant("dense/of_maxima", kernel[0::2]),
        graph.constant("dense/bias", arrays["dense/bias"]),
    )
    h = graph.node("Gemm", means, graph.constant("dense/of_means", kernel[1::2]), h)
    penultimate = _scaled(graph, graph.node("Relu", h), arrays, "bn_dense", (1, PENULTIMATE))

    graph.output(penultimate, "embedding", ("n", PENULTIMATE))
    graph.output(graph.node("Sigmoid", dense(graph, penultimate, arrays, "tags")), "tags", ("n", 50))
    graph.output(means, "means", ("n", sum(LAYERS.values())))
    graph.output(maxima, "maxima", ("n", sum(LAYERS.values())))
    return graph.to_bytes()


def _highest_over_bands(
    graph: Graph, x: str, arrays: Arrays, name: str, pads: tuple[int, int], width: int
) -> str:
    """Convolution, ReLU, batch norm and maximum over the remaining bands: (n, channels, 187, 1).

    ReLU and scaling are monotonic, so the maximum is taken first, over the raw convolution; where the norm's
    scale is negative its maximum is the scaled minimum, got as the maximum of the negated convolution.
    """
    scale = without_denormals(arrays[f"{name}/bn/scale"])
    sign = np.where(scale < 0, np.float32(-1), np.float32(1))
    kernel = without_denormals(arrays[f"{name}/kernel"]) * sign[:, None, None, None]
    h = graph.node(
        "Conv",
        x,
        graph.constant(f"{name}/kernel", kernel),
        graph.constant(f"{name}/bias", np.asarray(arrays[f"{name}/bias"]) * sign),
        kernel_shape=list(kernel.shape[2:]),
        pads=[pads[0], 0, pads[1], 0],
    )
    h = graph.node("MaxPool", h, kernel_shape=[1, BANDS - width + 1])
    if np.any(sign < 0):
        h = graph.node("Mul", h, graph.constant(f"{name}/sign", sign[:, None, None]))
    return _scaled(graph, graph.node("Relu", h), arrays, f"{name}/bn", (-1, 1, 1))


def _mid_layer(graph: Graph, x: str, arrays: Arrays, name: str) -> str:
    kernel = without_denormals(arrays[f"{name}/kernel"])[..., None]
    h = graph.node(
        "Conv",
        x,
        graph.constant(f"{name}/kernel", kernel),
        graph.constant(f"{name}/bias", arrays[f"{name}/bias"]),
        kernel_shape=[7, 1],
        pads=[3, 0, 3, 0],
    )
    return _scaled(graph, graph.node("Relu", h), arrays, f"{name}/bn", (-1, 1, 1))


def _scaled(graph: Graph, x: str, arrays: Arrays, name: str, shape: tuple[int, ...]) -> str:
    """`x * scale + shift` per channel."""
    scale, shift = (
        graph.constant(f"{name}/{part}", without_denormals(arrays[f"{name}/{part}"]).reshape(shape))
        for part in ("scale", "shift")
    )
    return graph.node("Add", graph.node("Mul", x, scale), shift)


def pool(results: Mapping[str, Floats]) -> dict[str, Floats]:
    """Means over patches; `layers` ends with the penultimate vector's mean and its maximum over patches."""
    pooled = mean_over_windows(results)
    embedding = results["embedding"]
    pooled["layers"] = np.concatenate([pooled["layers"], pooled["embedding"], embedding.max(axis=0)])
    return pooled


SPEC = EncoderSpec(
    name="musicnn",
    sample_rate=RATE,
    outputs={"embedding": PENULTIMATE, "tags": 50, "layers": 2 * (sum(LAYERS.values()) + PENULTIMATE)},
    licence="ISC",
    notice="Copyright (c) 2019, Music Technology Group, Universitat Pompeu Fabra (Jordi Pons)",
    source="PyPI package musicnn 0.1.0, musicnn/MSD_musicnn; dead filters pruned exactly",
    archive="musicnn_msd.npz",
    read_tag_names=million_song_tags,
    windows=patches,
    build=build,
    pool=pool,
)
