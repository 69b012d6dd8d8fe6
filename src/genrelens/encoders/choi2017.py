"""choi2017: the compact convnet of "Transfer learning for music classification and regression tasks".

Choi, Fazekas, Sandler and Cho, ISMIR 2017. Five convolutions over 29 s of log-mel; the means of the five
pooled maps are the 160-d transfer vector. The authors' network normalised by the statistics of the batch at
hand, even when predicting. Here the statistics are frozen: they were measured once, layer by layer, over the
first 29 s of 472 GTZAN tracks, so a signal's vector never depends on what else is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from genrelens.encoders.blocks import (
    as_map,
    as_vector,
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
from genrelens.encoders.windowed_spectra import spectra_of_windows
from genrelens.features.signal import Floats
from genrelens.features.spectrum import hann, power_frames
from genrelens.graphs import Graph

RATE, N_FFT, HOP, BANDS = 12000, 512, 256, 96
SHORTEST = 1280 * HOP
"""27.3 s: below that the fifth map is empty."""
WINDOW = 29 * RATE
"""The part of a clip that the authors' network was given."""
POOLS = ((4, 2), (4, 3), (5, 2), (4, 2), (4, 4))
"""Frames and bands that each layer's pooling combines."""
CHANNELS = 32


def spectrum(samples: Floats) -> Floats:
    """Power of frames centred at multiples of 256 samples, zeros beyond the ends: (ceil(n / 256), 257)."""
    return power_frames(samples, N_FFT, HOP, hann(N_FFT), "zero")[: -(-samples.size // HOP)]


def windows(samples: Floats, hop: int | None = None) -> Iterator[Floats]:
    """Spectra of windows of 29 s."""
    return spectra_of_windows(samples, spectrum, SHORTEST, WINDOW, hop and hop * HOP)


def build(arrays: Arrays) -> bytes:
    """The network as ONNX: `power` (n, frames, 257), at least 1280 frames, to one row each of the outputs."""
    graph = Graph(SPEC.name, metadata=SPEC.metadata)
    audible = graph.node("Max", mel_power(graph, arrays), graph.constant("floor", np.float32(1e-10)))
    decibels = logarithm(graph, audible, 10 / np.log(10), 0.0, "decibels")
    loudest = graph.node("ReduceMax", decibels, axes=[1, 2])
    relative = graph.node(
        "Max", graph.node("Sub", decibels, loudest), graph.constant("range", np.float32(-80))
    )
    x = as_map(graph, relative)
    means, maxima, bands = [], [], BANDS
    for layer, pool in enumerate(POOLS, start=1):
        x = conv_with_norm(graph, x, arrays, f"conv{layer}", f"bn{layer}", eps=1e-3)
        # ELU rises everywhere, so the maximum may be taken before it, on far fewer numbers.
        x = graph.node("Elu", max_pool(graph, x, *pool), alpha=1.0)
        bands //= pool[1]
        means.append(as_vector(graph, mean_over_map(graph, x, bands)))
        maxima.append(max_over_map(graph, x))
    pooled_outputs(graph, means, maxima, arrays, 5 * CHANNELS)
    return graph.to_bytes()


def statistics() -> dict[str, Floats]:
    """Mean and variance of every channel before its batch normalisation, `bn1/mean` ... `bn5/var`."""
    with (
        as_file(files("genrelens.encoders") / "data" / "choi2017_statistics.npz") as path,
        np.load(path, allow_pickle=False) as stored,
    ):
        return {name: stored[name] for name in stored.files}


def convert(path: Path) -> dict[str, Floats]:
    """Named arrays from the authors' Keras 1 weights for Theano.

    Theano computes a true convolution, ONNX a correlation: the kernels are reversed on both axes.
    """
    import h5py

    arrays = statistics()
    with h5py.File(path, "r") as stored:
        convnet, tags = stored["ConvBNEluDr"], stored["dense_1"]
        for layer in range(1, len(POOLS) + 1):
            arrays[f"conv{layer}/kernel"] = convnet[f"convolution2d_{layer}_W"][:][:, :, ::-1, ::-1]
            arrays[f"conv{layer}/bias"] = convnet[f"convolution2d_{layer}_b"][:]
            arrays[f"bn{layer}/gamma"] = convnet[f"batchnormalization_{layer}_gamma"][:]
            arrays[f"bn{layer}/beta"] = convnet[f"batchnormalization_{layer}_beta"][:]
        arrays["tags/kernel"] = tags["dense_1_W"][:]
        arrays["tags/bias"] = tags["dense_1_b"][:]
        arrays["mel/filters"] = stored["melgram/param_2"][:]
    return {name: without_denormals(array) for name, array in arrays.items()}


SPEC = EncoderSpec(
    name="choi2017",
    sample_rate=RATE,
    outputs={"embedding": 5 * CHANNELS, "tags": 50, "layers": 10 * CHANNELS},
    licence="MIT",
    notice="Copyright (c) 2016 Keunwoo Choi",
    source="keunwoochoi/music-auto_tagging-keras, compact_cnn; batch-norm statistics measured anew",
    archive="choi2017.npz",
    read_tag_names=million_song_tags,
    windows=windows,
    largest=(1, -(-WINDOW // HOP)),
    build=build,
    pool=mean_over_windows,
    upstream=Upstream(
        repository="keunwoochoi/music-auto_tagging-keras",
        commit="a3e105d0c4c529c512cc197ad8770ff1cc52aa32",
        path="compact_cnn/weights_theano.hdf5",
        size=1329264,
        sha256="caf89f811415691fbb245be7eef394b9cebd787d7e3f78e29695972141cf2a08",
    ),
    convert=convert,
    converted_sha256="594dcd68d7ecf1d88c54d90844c536c8c3f24391cefda74a14f735216d95dc40",
)
