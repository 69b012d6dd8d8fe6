"""Each network equals its description, written once more in PyTorch straight from the words.

The oracle shares nothing with the package but the named arrays: torch's own STFT, its own layers, mel first
and time second as in the sources, batch normalisation as a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from genrelens.encoders import ENCODERS, load_encoder

Weights = dict[str, torch.Tensor]
Answer = dict[str, torch.Tensor]


def tensors(arrays: dict[str, np.ndarray]) -> Weights:
    return {name: torch.tensor(array) for name, array in arrays.items() if array.dtype.kind == "f"}


def power(
    samples: torch.Tensor, n_fft: int, hop: int, window: torch.Tensor, pad_mode: str = "reflect"
) -> torch.Tensor:
    spectrum = torch.stft(
        samples, n_fft, hop, len(window), window, center=True, pad_mode=pad_mode, return_complex=True
    )
    return spectrum.abs() ** 2


def norm(x: torch.Tensor, w: Weights, name: str, eps: float) -> torch.Tensor:
    return F.batch_norm(
        x, w[f"{name}/mean"], w[f"{name}/var"], w[f"{name}/gamma"], w[f"{name}/beta"], training=False, eps=eps
    )


def pooled(maps: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.cat([m.mean((2, 3)) for m in maps], 1)[0], torch.cat([m.amax((2, 3)) for m in maps], 1)[0]


def choi2017(samples: torch.Tensor, w: Weights) -> Answer:
    samples = samples[: 29 * 12000]
    frames = power(samples, 512, 256, torch.hann_window(512), "constant")[:, : -(-len(samples) // 256)]
    db = 10 * torch.log10(torch.clamp(w["mel/filters"].T @ frames, min=1e-10))
    x = torch.clamp(db - db.max(), min=-80)[None, None]
    maps = []
    for i, size in enumerate([(2, 4), (3, 4), (2, 5), (2, 4), (4, 4)], start=1):
        x = F.conv2d(x, w[f"conv{i}/kernel"], w[f"conv{i}/bias"], padding=1)
        x = F.max_pool2d(F.elu(norm(x, w, f"bn{i}", 1e-3)), size)
        maps.append(x)
    mean, maximum = pooled(maps)
    tags = torch.sigmoid(maps[-1].flatten() @ w["tags/kernel"] + w["tags/bias"])
    return {"embedding": mean, "tags": tags, "layers": torch.cat([mean, maximum])}


def fcn(samples: torch.Tensor, w: Weights) -> Answer:
    mel = w["mel/filters"].T @ power(samples, 512, 256, torch.hann_window(512))
    x = norm(10 * torch.log10(torch.clamp(mel, min=1e-10))[None, None], w, "bn0", 1e-5)
    maps = []
    for i, size in enumerate([(2, 4), (2, 4), (2, 4), (3, 5), (4, 4)], start=1):
        x = F.conv2d(x, w[f"conv{i}/kernel"], w[f"conv{i}/bias"], padding=1)
        x = F.max_pool2d(F.relu(norm(x, w, f"bn{i}", 1e-5)), size)
        maps.append(x)
    mean, maximum = pooled(maps)
    tags = torch.sigmoid(maps[-1].flatten() @ w["tags/kernel"] + w["tags/bias"])
    return {"embedding": mean, "tags": tags, "layers": torch.cat([mean, maximum])}


def mn04(samples: torch.Tensor, w: Weights) -> Answer:
    emphasised = samples[1:] - 0.97 * samples[:-1]
    frames = power(emphasised, 1024, 320, torch.hann_window(800, periodic=False))
    x = ((torch.log(w["mel/filters"].T @ frames + 1e-5) + 4.5) / 5)[None, None]

    def conv(
        x: torch.Tensor, name: str, bn: str, act: Callable[..., torch.Tensor], **how: int
    ) -> torch.Tensor:
        return act(norm(F.conv2d(x, w[f"{name}/kernel"], **how), w, bn, 1e-3))

    def same(x: torch.Tensor) -> torch.Tensor:
        return x

    x = conv(x, "stem/conv", "stem/bn", F.hardswish, stride=2, padding=1)
    kinds = [
        (3, 1, F.relu), (3, 2, F.relu), (3, 1, F.relu), (5, 2, F.relu), (5, 1, F.relu), (5, 1, F.relu),
        (3, 2, F.hardswish), *[(3, 1, F.hardswish)] * 5, (5, 2, F.hardswish), *[(5, 1, F.hardswish)] * 2,
    ]  # fmt: skip
    maps = []
    for number, (k, s, activation) in enumerate(kinds, start=1):
        block, h = f"block{number}", x
        if number > 1:
            h = conv(h, f"{block}/expand", f"{block}/expand/bn", activation)
        h = conv(
            h, f"{block}/dw", f"{block}/dw/bn", activation,
            stride=s, padding=k // 2, groups=h.shape[1],
        )  # fmt: skip
        if number in (4, 5, 6, 11, 12, 13, 14, 15):
            squeezed = F.relu(h.mean((2, 3)) @ w[f"{block}/se/fc1/kernel"] + w[f"{block}/se/fc1/bias"])
            gate = torch.sigmoid(squeezed @ w[f"{block}/se/fc2/kernel"] + w[f"{block}/se/fc2/bias"])
            h = h * gate[:, :, None, None]
        h = conv(h, f"{block}/project", f"{block}/project/bn", same)
        x = x + h if s == 1 and x.shape == h.shape else h
        if number in (3, 6, 10, 12, 15):
            maps.append(x)
    maps.append(conv(x, "head/conv", "head/bn", F.hardswish))
    mean, maximum = pooled(maps)
    embedding = maps[-1].mean((2, 3))[0]
    hidden = F.hardswish(embedding @ w["fc1/kernel"] + w["fc1/bias"])
    tags = torch.sigmoid(hidden @ w["fc2/kernel"] + w["fc2/bias"])
    return {
        "embedding": embedding,
        "tags": tags,
        "fc1": hidden,
        "layers": torch.cat([mean, hidden, maximum]),
    }


def musicnn(samples: torch.Tensor, w: Weights) -> Answer:
    mel = power(samples, 512, 256, torch.hann_window(512), "constant").T @ w["mel/filters"]
    patches = torch.stack([mel[i * 187 : (i + 1) * 187] for i in range(len(mel) // 187)])[:, None]
    h = torch.log10(10000 * patches + 1) * w["bn0/scale"] + w["bn0/shift"]

    def scaled(x: torch.Tensor, name: str) -> torch.Tensor:
        shape = (1, -1) + (1,) * (x.ndim - 2)
        return F.relu(x) * w[f"{name}/bn/scale"].view(shape) + w[f"{name}/bn/shift"].view(shape)

    branches = []
    for name, pads in {
        "f74": (3, 3),
        "f77": (3, 3),
        "s128": (63, 64),
        "s64": (31, 32),
        "s32": (15, 16),
    }.items():
        padded = F.pad(h, (0, 0, *pads))
        branches.append(scaled(F.conv2d(padded, w[f"{name}/kernel"], w[f"{name}/bias"]), name).amax(3))
    front = torch.cat(branches, 1)
    m1 = scaled(F.conv1d(front, w["mid1/kernel"], w["mid1/bias"], padding=3), "mid1")
    m2 = m1 + scaled(F.conv1d(m1, w["mid2/kernel"], w["mid2/bias"], padding=3), "mid2")
    m3 = m2 + scaled(F.conv1d(m2, w["mid3/kernel"], w["mid3/bias"], padding=3), "mid3")
    layers = torch.cat([front, m1, m2, m3], 1)
    maximum, mean = layers.amax(2), layers.mean(2)
    interleaved = torch.stack([maximum, mean], 2).flatten(1)
    dense = F.relu(interleaved @ w["dense/kernel"] + w["dense/bias"])
    penultimate = dense * w["bn_dense/scale"] + w["bn_dense/shift"]
    tags = torch.sigmoid(penultimate @ w["tags/kernel"] + w["tags/bias"])
    return {
        "embedding": penultimate.mean(0),
        "tags": tags.mean(0),
        "layers": torch.cat([mean.mean(0), maximum.mean(0), penultimate.mean(0), penultimate.amax(0)]),
    }


ORACLES = {"musicnn": musicnn, "choi2017": choi2017, "fcn": fcn, "mn04": mn04}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.usefixtures("weights")
def test_every_output_equals_the_description(
    name: str,
    clip: Callable[[int], np.ndarray],
    arrays_of: Callable[[str], dict[str, np.ndarray]],
) -> None:
    samples = clip(ENCODERS[name].sample_rate)
    ours = load_encoder(name)(samples)
    with torch.inference_mode():
        oracle = ORACLES[name](torch.tensor(samples), tensors(arrays_of(name)))
    assert set(ours) == set(oracle) == set(ENCODERS[name].outputs)
    for output, expected in oracle.items():
        reference = expected.numpy()
        assert ours[output].shape == reference.shape == (ENCODERS[name].outputs[output],)
        assert ours[output].dtype == np.float32
        deviation = np.abs(ours[output] - reference).max() / max(1.0, np.abs(reference).max())
        assert deviation < 1e-5, (output, deviation)
