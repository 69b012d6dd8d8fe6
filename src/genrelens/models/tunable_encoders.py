"""The transfer encoders choi2017 and musicnn in PyTorch, so that they can be fine-tuned.

Written from the same description as the ONNX graphs of `genrelens.encoders`, with the same named arrays, so
that arrays trained here go back through `encoders.build_graph`.

Conventions: x is log-mel as each network wants it, (n, frames, 96); the result is the embedding (n, width).
`arrays` are tensors by name. Batch normalisation keeps its stored statistics; its scale and shift are learnt.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genrelens.encoders import encoder_spec
from genrelens.encoders.fetch import download
from genrelens.encoders.store import WEIGHTS_VARIABLE, locate
from genrelens.errors import EncoderError, RecipeError

Arrays = dict[str, np.ndarray]
Tensors = Mapping[str, Tensor]

LOG_MEL = "logmel"
"""`ENCODER/logmel` is the name under which the feature store keeps an encoder's input."""


@dataclass(frozen=True)
class TunableEncoder:
    """A pretrained network that can be fine-tuned.

    Attributes:
        name: as in the registry.
        width: of its embedding.
        patch: frames it takes at a time; None where it takes a whole excerpt.
        log_mel: from mel power (frames, 96) to its input.
        embed: its embedding.
        fixed: arrays that are not learnt: filters, statistics, and what only gives tags.
        normalisations: names of its batch normalisations whose statistics can be recalibrated, in order.
        normalised: the input of the normalisation with that number, from 0: (n, channels, ...); those before
            it must have their statistics.
    """

    name: str
    width: int
    patch: int | None
    log_mel: Callable[[np.ndarray], np.ndarray]
    embed: Callable[[Tensors, Tensor], Tensor]
    fixed: tuple[str, ...]
    normalisations: tuple[str, ...] = ()
    normalised: Callable[[Tensors, Tensor, int], Tensor] | None = None

    def is_learnt(self, array: str) -> bool:
        """Whether training changes the array of that name."""
        return not any(part in array for part in self.fixed)


CHOI2017_POOLS = ((2, 4), (3, 4), (2, 5), (2, 4), (4, 4))
"""Bands and frames that each layer pools."""


def _choi2017(arrays: Tensors, x: Tensor) -> Tensor:
    means = [h.mean((2, 3)) for h in _choi2017_maps(arrays, x, len(CHOI2017_POOLS))]
    return torch.cat(means, dim=1)  # (n, 160)


def _choi2017_normalised(arrays: Tensors, x: Tensor, number: int) -> Tensor:
    below = [x.transpose(1, 2).unsqueeze(1), *_choi2017_maps(arrays, x, number)]
    return _convolved(below[-1], arrays[f"conv{number + 1}/kernel"], arrays[f"conv{number + 1}/bias"])


def _choi2017_maps(arrays: Tensors, x: Tensor, layers: int) -> list[Tensor]:
    """The pooled maps of the first layers; normalisation is folded into each convolution."""
    h, maps = x.transpose(1, 2).unsqueeze(1), []  # (n, 1, 96, frames)
    for layer, pool in enumerate(CHOI2017_POOLS[:layers], start=1):
        mean, variance, gamma, beta = (arrays[f"bn{layer}/{p}"] for p in ("mean", "var", "gamma", "beta"))
        scale = gamma * torch.rsqrt(variance + 1e-3)
        kernel = arrays[f"conv{layer}/kernel"] * scale.view(-1, 1, 1, 1)
        bias = (arrays[f"conv{layer}/bias"] - mean) * scale + beta
        h = F.elu(F.max_pool2d(_convolved(h, kernel, bias), pool))
        maps.append(h)
    return maps


def _convolved(h: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """With channels last, on one thread three times as fast as the usual order, learning included twice."""
    last = torch.channels_last
    return F.conv2d(h.contiguous(memory_format=last), kernel.contiguous(memory_format=last), bias, padding=1)


def _musicnn(arrays: Tensors, x: Tensor) -> Tensor:
    def scaled(h: Tensor, name: str) -> Tensor:
        each = (1, -1, *[1] * (h.dim() - 2))
        return F.relu(h) * arrays[f"{name}/bn/scale"].view(each) + arrays[f"{name}/bn/shift"].view(each)

    h = (x * arrays["bn0/scale"] + arrays["bn0/shift"]).unsqueeze(1)  # (n, 1, 187, 96)
    branches = []
    for name, frames in (("f74", 7), ("f77", 7), ("s128", 128), ("s64", 64), ("s32", 32)):
        padded = F.pad(h, (0, 0, (frames - 1) // 2, frames // 2))
        branch = F.conv2d(padded, arrays[f"{name}/kernel"], arrays[f"{name}/bias"])
        branches.append(scaled(branch, name).amax(3))
    front = torch.cat(branches, dim=1)  # (n, 66, 187)
    layers, below = [front], front
    for number in (1, 2, 3):
        name = f"mid{number}"
        mid = scaled(F.conv1d(below, arrays[f"{name}/kernel"], arrays[f"{name}/bias"], padding=3), name)
        below = mid if number == 1 else below + mid
        layers.append(below)
    concatenated = torch.cat(layers, dim=1)  # (n, 258, 187)
    pooled = torch.stack([concatenated.amax(2), concatenated.mean(2)], dim=2).flatten(
        1
    )  # interleaved, (n, 516)
    dense = F.relu(pooled @ arrays["dense/kernel"] + arrays["dense/bias"])
    return dense * arrays["bn_dense/scale"] + arrays["bn_dense/shift"]  # (n, 200)


def _relative_decibels(mel: np.ndarray) -> np.ndarray:
    level = 10.0 * np.log10(np.maximum(mel, 1e-10))
    return np.asarray(np.maximum(level - level.max(), -80.0), np.float32)


def _compressed(mel: np.ndarray) -> np.ndarray:
    return np.asarray(np.log10(10000.0 * mel + 1.0), np.float32)


TUNABLE: dict[str, TunableEncoder] = {
    "choi2017": TunableEncoder(
        "choi2017",
        160,
        None,
        _relative_decibels,
        _choi2017,
        ("mel/", "tags/", "/mean", "/var"),
        tuple(f"bn{layer}" for layer in range(1, 6)),
        _choi2017_normalised,
    ),
    "musicnn": TunableEncoder("musicnn", 200, 187, _compressed, _musicnn, ("mel/", "tags/", "bn0/")),
}


def tunable_encoder(name: str) -> TunableEncoder:
    """The encoder of that name.

    Raises:
        RecipeError: it cannot be fine-tuned.

    Example:
        >>> tunable_encoder("choi2017").width
        160
    """
    if name not in TUNABLE:
        raise RecipeError(f"{name} cannot be fine-tuned; {' and '.join(TUNABLE)} can")
    return TUNABLE[name]


def named_arrays(name: str) -> Arrays:
    """The weights of an encoder by name, from the folder of weights or from where they were published.

    Raises:
        EncoderError: they are not there and cannot be fetched. The package carries musicnn as a finished
            graph only, from which its arrays cannot be had.
    """
    spec = encoder_spec(name)
    found = locate(name).path
    if found is not None and found.suffix == ".npz":
        with np.load(found, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
    elif spec.upstream is not None and spec.convert is not None:
        with tempfile.TemporaryDirectory(prefix="genrelens-") as folder:
            arrays = dict(spec.convert(download(name, spec.upstream, Path(folder))))
    else:
        raise EncoderError(
            f"Fine-tuning {name} needs its weights as named arrays; set {WEIGHTS_VARIABLE} to a folder "
            f"that holds {spec.archive}."
        )
    return {
        key: np.where(np.abs(value) < 1e-20, 0, value).astype(np.float32)
        for key, value in arrays.items()
        if value.dtype.kind == "f"
    }
