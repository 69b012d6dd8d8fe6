"""fcn: the fully convolutional tagger of "Evaluation of CNN-based automatic music tagging models".

Won, Ferraro, Bogdanov and Serra, SMC 2020 (architecture: Choi et al., ISMIR 2016), trained on the Million
Song Dataset. Five convolutions over log-mel; the means of the five pooled maps are the 512-d embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genrelens.encoders.blocks import (
    as_map,
    as_vector,
    batch_norm,
    conv_with_norm,
    logarithm,
    max_over_map,
    max_pool,
    mean_over_map,
    mel_power,
    pooled_outputs,
    without_denormals,
)
from genrelens.encoders.pooling import mean_over_windows
from genrelens.encoders.spec import Arrays, EncoderSpec, Upstream
from genrelens.encoders.tags import million_song_tags
from genrelens.encoders.torch_checkpoint import read_checkpoint
from genrelens.encoders.windowed_spectra import spectra_of_windows
from genrelens.features.signal import Floats
from genrelens.features.spectrum import hann, power_frames
from genrelens.graphs import Graph

RATE, N_FFT, HOP, BANDS = 16000, 512, 256, 96
SHORTEST = 1280 * HOP
"""20.5 s: below that the fifth map is empty."""
WINDOW = 30 * RATE
CHANNELS = (64, 128, 128, 128, 64)
POOLS = ((4, 2), (4, 2), (4, 2), (5, 3), (4, 4))
"""Frames and bands that each layer's pooling combines."""
EPS = 1e-5


def spectrum(samples: Floats) -> Floats:
    """Power of centred frames, the signal mirrored beyond its ends: (1 + n // 256, 257)."""
    return power_frames(samples, N_FFT, HOP, hann(N_FFT), "reflect")


def windows(samples: Floats, hop: int | None = None) -> Iterator[Floats]:
    """Spectra of windows of 30 s."""
    return spectra_of_windows(samples, spectrum, SHORTEST, WINDOW, hop and hop * HOP)


def build(arrays: Arrays) -> bytes:
    """The network as ONNX: `power` (n, frames, 257), at least 1280 frames, to one row each of the outputs."""
    graph = Graph(SPEC.name, metadata=SPEC.metadata)
    audible = graph.node("Max", mel_power(graph, arrays), graph.constant("floor", np.float32(1e-10)))
    scale, shift = (float(np.squeeze(part)) for part in batch_norm(arrays, "bn0", EPS))
    x = as_map(graph, logarithm(graph, audible, scale * 10 / np.log(10), shift, "bn0"))
    means, maxima, bands = [], [], BANDS
    for layer, pool in enumerate(POOLS, start=1):
        x = conv_with_norm(graph, x, arrays, f"conv{layer}", f"bn{layer}", EPS)
        x = max_pool(graph, graph.node("Relu", x), *pool)
        bands //= pool[1]
        means.append(as_vector(graph, mean_over_map(graph, x, bands)))
        maxima.append(max_over_map(graph, x))
    pooled_outputs(graph, means, maxima, arrays, sum(CHANNELS))
    return graph.to_bytes()


def convert(path: Path) -> dict[str, Floats]:
    """Named arrays from the authors' PyTorch checkpoint."""
    state = read_checkpoint(path)
    arrays = {"mel/filters": state["spec.mel_scale.fb"]}
    norms = {"bn0": "spec_bn"}
    for layer in range(1, len(POOLS) + 1):
        arrays[f"conv{layer}/kernel"] = state[f"layer{layer}.conv.weight"]
        arrays[f"conv{layer}/bias"] = state[f"layer{layer}.conv.bias"]
        norms[f"bn{layer}"] = f"layer{layer}.bn"
    parts = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "var": "running_var"}
    for ours, theirs in norms.items():
        arrays |= {f"{ours}/{part}": state[f"{theirs}.{name}"] for part, name in parts.items()}
    arrays["tags/kernel"], arrays["tags/bias"] = state["dense.weight"].T, state["dense.bias"]
    return {name: without_denormals(array) for name, array in arrays.items()}


SPEC = EncoderSpec(
    name="fcn",
    sample_rate=RATE,
    outputs={"embedding": sum(CHANNELS), "tags": 50, "layers": 2 * sum(CHANNELS)},
    licence="MIT",
    notice="Copyright (c) 2020 Music Technology Group, Universitat Pompeu Fabra (Minz Won)",
    source="minzwon/sota-music-tagging-models, models/msd/fcn, as forked by Un-bias",
    archive="fcn_msd.npz",
    read_tag_names=million_song_tags,
    windows=windows,
    largest=(1, 1 + WINDOW // HOP),
    build=build,
    pool=mean_over_windows,
    upstream=Upstream(
        repository="Un-bias/sota-music-tagging-models",
        commit="b4331b07fe45902af96830f2821926ab86e17d42",
        path="models/msd/fcn/best_model.pth",
        size=1902815,
        sha256="6012aa7eecf864a8081faedca56af054521e8dfb9c5c98659a3dd5d3e1e66f21",
        elsewhere=(
            "https://raw.githubusercontent.com/minzwon/sota-music-tagging-models/master/"
            "models/msd/fcn/best_model.pth",
        ),
    ),
    convert=convert,
    converted_sha256="9f761e59d6a76be65581e18553c1bb7a838c99daa58c8d48e9db7c73e66129a9",
)
