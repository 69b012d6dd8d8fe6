"""mn04: EfficientAT's MobileNetV3 at width 0.4, trained on AudioSet.

Schmid, Koutini and Widmer, "Efficient large-scale audio tagging via transformer-to-CNN knowledge
distillation", ICASSP 2023. 527 kinds of sound, music among them; the pooled last map is the 384-d embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from genrelens.encoders.blocks import (
    as_map,
    as_vector,
    concatenate,
    conv_with_norm,
    dense,
    logarithm,
    max_over_map,
    mean_over_map,
    mel_power,
    without_denormals,
)
from genrelens.encoders.pooling import mean_over_windows
from genrelens.encoders.spec import Arrays, EncoderSpec, Upstream
from genrelens.encoders.tags import audioset_tags
from genrelens.encoders.torch_checkpoint import read_checkpoint
from genrelens.encoders.windowed_spectra import spectra_of_windows
from genrelens.features.signal import Floats
from genrelens.features.spectrum import hann, power_frames
from genrelens.graphs import Graph

RATE, N_FFT, HOP = 32000, 1024, 320
BANDS, HIGHEST = 128, 15000.0
PRE_EMPHASIS = np.float32(0.97)
SHORTEST = RATE
WINDOW = 30 * RATE
EPS = 1e-3
NEGLIGIBLE = 1e-6
"""Where a triangle ends on a bin, the last digit of a logarithm decides between zero and nearly so."""
HEAD, HIDDEN, CLASSES = 384, 512, 527


class Block(NamedTuple):
    """One inverted residual: depthwise kernel size and stride, channels out, and its further parts."""

    kernel: int
    stride: int
    channels: int
    hard_swish: bool = False
    squeeze: bool = False


BLOCKS = (
    Block(3, 1, 8),
    Block(3, 2, 16),
    Block(3, 1, 16),
    Block(5, 2, 16, squeeze=True),
    Block(5, 1, 16, squeeze=True),
    Block(5, 1, 16, squeeze=True),
    Block(3, 2, 32, hard_swish=True),
    Block(3, 1, 32, hard_swish=True),
    Block(3, 1, 32, hard_swish=True),
    Block(3, 1, 32, hard_swish=True),
    Block(3, 1, 48, hard_swish=True, squeeze=True),
    Block(3, 1, 48, hard_swish=True, squeeze=True),
    Block(5, 2, 64, hard_swish=True, squeeze=True),
    Block(5, 1, 64, hard_swish=True, squeeze=True),
    Block(5, 1, 64, hard_swish=True, squeeze=True),
)
POOLED_BLOCKS = (3, 6, 10, 12, 15)
"""The last block at each resolution or width: their maps are pooled into `layers`."""
POOLED_WIDTH = sum(BLOCKS[number - 1].channels for number in POOLED_BLOCKS) + HEAD


def spectrum(samples: Floats) -> Floats:
    """Power of the pre-emphasised signal, centred frames, mirrored beyond the ends: (frames, 513)."""
    emphasised = samples[1:] - PRE_EMPHASIS * samples[:-1]
    return power_frames(emphasised, N_FFT, HOP, hann(800, periodic=False), "reflect")


def windows(samples: Floats, hop: int | None = None) -> Iterator[Floats]:
    """Spectra of windows of 30 s."""
    return spectra_of_windows(samples, spectrum, SHORTEST, WINDOW, hop and hop * HOP)


def kaldi_mel_filters() -> Floats:
    """Kaldi's triangles, straight on its mel scale (1127 ln(1 + f / 700)), the last bin zero: (513, 128)."""

    def mel(hertz: np.ndarray) -> np.ndarray:
        return np.asarray(1127.0 * np.log(1.0 + hertz / 700.0))

    low, high = mel(np.array([0.0, HIGHEST]))
    step = (high - low) / (BANDS + 1)
    band = np.arange(BANDS)
    left, centre, right = (low + (band + k) * step for k in (0, 1, 2))
    bins = mel(np.arange(N_FFT // 2 + 1) * (RATE / N_FFT))[:, None]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    filters[-1] = 0
    filters[filters < NEGLIGIBLE] = 0
    return np.asarray(filters, np.float32)


def build(arrays: Arrays) -> bytes:
    """The network as ONNX: `power` (n, frames, 513) to one row each of the outputs."""
    graph = Graph(SPEC.name, metadata=SPEC.metadata)
    audible = graph.node("Add", mel_power(graph, arrays), graph.constant("floor", np.float32(1e-5)))
    x = as_map(graph, logarithm(graph, audible, 1 / 5, 4.5 / 5, "level"))
    x = _hard_swish(graph, conv_with_norm(graph, x, arrays, "stem/conv", "stem/bn", EPS, stride=2))
    means, maxima, channels, bands = [], [], 8, BANDS // 2
    for number, block in enumerate(BLOCKS, start=1):
        bands = -(-bands // block.stride)
        x = _residual(graph, x, arrays, f"block{number}", block, channels, bands)
        channels = block.channels
        if number in POOLED_BLOCKS:
            means.append(as_vector(graph, mean_over_map(graph, x, bands)))
            maxima.append(max_over_map(graph, x))
    x = _hard_swish(graph, conv_with_norm(graph, x, arrays, "head/conv", "head/bn", EPS))
    embedding = as_vector(graph, mean_over_map(graph, x, bands))
    hidden = _hard_swish(graph, dense(graph, embedding, arrays, "fc1"))
    graph.output(embedding, "embedding", ("n", HEAD))
    graph.output(graph.node("Sigmoid", dense(graph, hidden, arrays, "fc2")), "tags", ("n", CLASSES))
    graph.output(hidden, "fc1", ("n", HIDDEN))
    graph.output(concatenate(graph, [*means, embedding, hidden]), "means", ("n", POOLED_WIDTH + HIDDEN))
    graph.output(concatenate(graph, [*maxima, max_over_map(graph, x)]), "maxima", ("n", POOLED_WIDTH))
    return graph.to_bytes()


def _hard_swish(graph: Graph, x: str) -> str:
    """`x * relu6(x + 3) / 6`."""
    return graph.node("Mul", x, graph.node("HardSigmoid", x, alpha=1 / 6, beta=0.5))


def _residual(
    graph: Graph, x: str, arrays: Arrays, name: str, block: Block, channels: int, bands: int
) -> str:
    def activated(value: str) -> str:
        return _hard_swish(graph, value) if block.hard_swish else graph.node("Relu", value)

    h = x
    if f"{name}/expand/kernel" in arrays:
        h = activated(conv_with_norm(graph, h, arrays, f"{name}/expand", f"{name}/expand/bn", EPS))
    width = len(arrays[f"{name}/dw/kernel"])
    h = activated(
        conv_with_norm(graph, h, arrays, f"{name}/dw", f"{name}/dw/bn", EPS, stride=block.stride, group=width)
    )
    if block.squeeze:
        h = graph.node("Mul", h, _attention(graph, h, arrays, f"{name}/se", bands))
    h = conv_with_norm(graph, h, arrays, f"{name}/project", f"{name}/project/bn", EPS)
    return graph.node("Add", x, h) if block.stride == 1 and block.channels == channels else h


def _attention(graph: Graph, x: str, arrays: Arrays, name: str, bands: int) -> str:
    """A weight per channel from the map's means, (n, channels, 1, 1)."""
    h = mean_over_map(graph, x, bands)
    for layer, activation in (("fc1", "Relu"), ("fc2", "Sigmoid")):
        kernel = without_denormals(arrays[f"{name}/{layer}/kernel"]).T[..., None, None]
        h = graph.node(
            "Conv",
            h,
            graph.constant(f"{name}/{layer}/kernel", kernel),
            graph.constant(f"{name}/{layer}/bias", without_denormals(arrays[f"{name}/{layer}/bias"])),
            kernel_shape=[1, 1],
        )
        h = graph.node(activation, h)
    return h


def convert(path: Path) -> dict[str, Floats]:
    """Named arrays from the authors' PyTorch checkpoint; the filters, which it lacks, are computed."""
    state = read_checkpoint(path)
    arrays = {"mel/filters": kaldi_mel_filters()}
    parts = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "var": "running_var"}

    def take(ours: str, theirs: str, norm: str) -> None:
        arrays[f"{ours}/kernel"] = state[f"{theirs}.0.weight"]
        arrays.update({f"{norm}/{part}": state[f"{theirs}.1.{name}"] for part, name in parts.items()})

    take("stem/conv", "features.0", "stem/bn")
    for number, block in enumerate(BLOCKS, start=1):
        theirs = f"features.{number}.block"
        convolutions = (
            (["expand"] if number > 1 else []) + ["dw"] + (["se"] if block.squeeze else []) + ["project"]
        )
        for place, kind in enumerate(convolutions):
            ours = f"block{number}/{kind}"
            if kind != "se":
                take(ours, f"{theirs}.{place}", f"{ours}/bn")
                continue
            for layer in ("fc1", "fc2"):
                dense_layer = f"{theirs}.{place}.conc_se_layers.0.{layer}"
                arrays[f"{ours}/{layer}/kernel"] = state[f"{dense_layer}.weight"].T
                arrays[f"{ours}/{layer}/bias"] = state[f"{dense_layer}.bias"]
    take("head/conv", f"features.{len(BLOCKS) + 1}", "head/bn")
    for ours, theirs in (("fc1", "classifier.2"), ("fc2", "classifier.5")):
        arrays[f"{ours}/kernel"] = state[f"{theirs}.weight"].T
        arrays[f"{ours}/bias"] = state[f"{theirs}.bias"]
    return {name: without_denormals(array) for name, array in arrays.items()}


SPEC = EncoderSpec(
    name="mn04",
    sample_rate=RATE,
    outputs={"embedding": HEAD, "tags": CLASSES, "layers": 2 * POOLED_WIDTH + HIDDEN, "fc1": HIDDEN},
    licence="MIT",
    notice="Copyright (c) 2022 Florian Schmid",
    source="fschmid56/EfficientAT v0.0.1, mn04_as_mAP_432.pt, as copied by nikih94",
    archive="mn04_as.npz",
    read_tag_names=audioset_tags,
    windows=windows,
    largest=(1, 1 + WINDOW // HOP),
    build=build,
    pool=mean_over_windows,
    upstream=Upstream(
        repository="nikih94/swch-audio-classification",
        commit="2b362d97544673ef1da403b44ecbe1174d8619ec",
        path="resources/mn04_as_mAP_432.pt",
        size=4066513,
        sha256="899a8c6217063f6941793102a2780b3dd788ab11fce468d9cf5f0577c453321c",
        elsewhere=("https://github.com/fschmid56/EfficientAT/releases/download/v0.0.1/mn04_as_mAP_432.pt",),
    ),
    convert=convert,
    converted_sha256="b57e2f2b0f3141c35a358ba9c6558ef8cbf2b83ae233da1bf682299be02db608",
)
