"""musicnn, trained on the Million Song Dataset's tags: 3-s patches of log-mel, five kinds of first filters.

Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", 2019. The
weights are an exact pruning of the package's: filters that had died became one constant channel and biases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

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
FILTERS_AT_ONCE = 16
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

    front = concatenate(graph, _first_layer(graph, x, arrays))
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


@dataclass(frozen=True)
class _Filters:
    """First filters with bias, and scale and shift of their norm, one row a filter."""

    kernel: Floats
    bias: Floats
    scale: Floats
    shift: Floats

    @classmethod
    def of(cls, arrays: Arrays, name: str) -> _Filters:
        parts = ("kernel", "bias", "bn/scale", "bn/shift")
        return cls(*(without_denormals(arrays[f"{name}/{part}"]) for part in parts))

    def rows(self, first: int, last: int | None = None) -> _Filters:
        return _Filters(*(part[first:last] for part in self._parts()))

    def lasting(self, frames: int) -> _Filters:
        """The same filters with zeros around, so that they last longer."""
        now = self.kernel.shape[2]
        before, after = (frames - 1) // 2 - (now - 1) // 2, frames // 2 - now // 2
        return replace(self, kernel=np.pad(self.kernel, ((0, 0), (0, 0), (before, after), (0, 0))))

    def filled(self, count: int) -> _Filters:
        """With empty filters behind, up to `count`."""
        return _Filters(
            *(np.pad(part, [(0, count - len(part))] + [(0, 0)] * (part.ndim - 1)) for part in self._parts())
        )

    def followed_by(self, *others: _Filters) -> _Filters:
        """These filters, then the others."""
        return _Filters(
            *(np.concatenate(parts) for parts in zip(*(f._parts() for f in (self, *others)), strict=True))
        )

    def _parts(self) -> tuple[Floats, ...]:
        return self.kernel, self.bias, self.scale, self.shift


def _first_layer(graph: Graph, x: str, arrays: Arrays) -> list[str]:
    """The five kinds of first filters: (n, 66, 187, 1), in the source's order.

    ONNX Runtime works on 16 filters at a time where the processor has AVX-512, and what fills no block is
    moved about in memory as well. So banks are filled up or regrouped: those of 64 and 128 frames share one
    bank with the last two of 32 frames. That is a quarter faster than the five banks as they are.
    """
    f74 = _highest_over_bands(graph, x, "f74", _Filters.of(arrays, "f74"))
    f77 = _highest_over_bands(graph, x, "f77", _Filters.of(arrays, "f77").filled(FILTERS_AT_ONCE))
    s128, s64, s32 = (_Filters.of(arrays, name) for name in ("s128", "s64", "s32"))
    long = s128.followed_by(s64.lasting(128), s32.rows(FILTERS_AT_ONCE).lasting(128))
    short = _highest_over_bands(graph, x, "short", s32.rows(0, FILTERS_AT_ONCE))
    mixed = _highest_over_bands(graph, x, "long", long.filled(FILTERS_AT_ONCE))
    longer = len(s128.bias) + len(s64.bias)
    rest = len(s32.bias) - FILTERS_AT_ONCE
    sizes = graph.constant("long/sizes", np.array([longer, rest, FILTERS_AT_ONCE - longer - rest]))
    s128_s64, s32_rest, _ = graph.node("Split", mixed, sizes, axis=1, outputs=3)
    sizes = graph.constant("f77/sizes", np.array([14, FILTERS_AT_ONCE - 14]))
    f77, _ = graph.node("Split", f77, sizes, axis=1, outputs=2)
    return [f74, f77, s128_s64, short, s32_rest]


def _highest_over_bands(graph: Graph, x: str, name: str, filters: _Filters) -> str:
    """Convolution, ReLU, norm and maximum over the remaining bands: (n, filters, 187, 1).

    ReLU and scaling are monotonic, so the maximum is taken first, over the raw convolution; where the norm's
    scale is negative its maximum is the scaled minimum, got as the maximum of the negated convolution.
    """
    sign = np.where(filters.scale < 0, np.float32(-1), np.float32(1))
    length, width = filters.kernel.shape[2:]
    h = graph.node(
        "Conv",
        x,
        graph.constant(f"{name}/kernel", filters.kernel * sign[:, None, None, None]),
        graph.constant(f"{name}/bias", filters.bias * sign),
        kernel_shape=[length, width],
        pads=[(length - 1) // 2, 0, length // 2, 0],
    )
    h = graph.node("MaxPool", h, kernel_shape=[1, BANDS - width + 1])
    if np.any(sign < 0):
        h = graph.node("Mul", h, graph.constant(f"{name}/sign", sign[:, None, None]))
    h = graph.node("Relu", h)
    h = graph.node("Mul", h, graph.constant(f"{name}/scale", filters.scale[:, None, None]))
    return graph.node("Add", h, graph.constant(f"{name}/shift", filters.shift[:, None, None]))


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
    largest=(PATCHES_AT_ONCE, PATCH),
    build=build,
    pool=pool,
)
