"""Several networks of one architecture as one: every weight has the folds as its first axis.

A GPU is idle while it trains one network of this size; folds stacked fill it. The arithmetic is that of
`models.networks.Network`, written with batched matrix products: a convolution of width 3 is the sum of three
products of the same rows, shifted by a frame.

Conventions: x is standardised, (folds, n, frames, width) or (folds, n, width); logits (folds, n, genres).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from genrelens.models.networks import KERNEL, POOL, Architecture, Shape, Weights

Stack = dict[str, Tensor]


def stack_weights(folds: Sequence[Mapping[str, np.ndarray]], device: torch.device) -> Stack:
    """Weights of several networks with the folds as first axis, ready to be learnt."""
    return {
        name: torch.from_numpy(np.stack([fold[name] for fold in folds])).to(device).requires_grad_()
        for name in folds[0]
    }


def weights_of_fold(stack: Stack, fold: int) -> Weights:
    """One fold's weights as arrays."""
    return {name: value[fold].detach().cpu().numpy().copy() for name, value in stack.items()}


def stacked_logits(
    architecture: Architecture,
    shape: Shape,
    stack: Stack,
    x: Tensor,
    lengths: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Logits (folds, n, genres).

    Args:
        architecture: of every fold.
        shape: its sizes.
        stack: weights.
        x: standardised.
        lengths: (folds, n) real frames; all where absent.
        mask: (folds, n, units) to multiply the units before the last layer with.
    """
    if architecture.takes_frames:
        units = _frame_features(architecture, shape, stack, x, lengths)
    else:
        units = F.relu(_dense(x, stack["hidden.weight"], stack["hidden.bias"]))
    if mask is not None:
        units = units * mask
    return _dense(units, stack["dense.weight"], stack["dense.bias"])


def _dense(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))


def _frame_features(
    architecture: Architecture, shape: Shape, stack: Stack, x: Tensor, lengths: Tensor | None
) -> Tensor:
    keep, maximum = shape.padding == "same", architecture.pooling == "max"
    if keep and lengths is not None:
        x = x * _real(lengths, x.shape[2])
    h = F.relu(_convolution(x, stack["conv1.weight"], stack["conv1.bias"], keep))
    half = h.shape[2] // POOL
    pairs = h[:, :, : half * POOL].reshape(
        *h.shape[:2], half, POOL, h.shape[3]
    )  # (folds, n, frames / 2, 2, 128)
    h = pairs.amax(3) if maximum else pairs.mean(3)
    if lengths is not None:
        lengths = (lengths if keep else lengths - KERNEL + 1) // POOL
        if keep:
            h = h * _real(lengths, half)
    h = F.relu(_convolution(h, stack["conv2.weight"], stack["conv2.bias"], keep))
    if lengths is not None and not keep:
        lengths = lengths - KERNEL + 1
    if architecture.lstm:
        return _last_hidden_state(stack, h, lengths)
    if lengths is None:
        return h.amax(2) if maximum else h.mean(2)
    h = h * _real(lengths, h.shape[2])
    return h.amax(2) if maximum else h.sum(2) / lengths.unsqueeze(2)


def _real(lengths: Tensor, frames: int) -> Tensor:
    """(folds, n, frames, 1): True where a frame is real."""
    return (torch.arange(frames, device=lengths.device) < lengths.unsqueeze(2)).unsqueeze(3)


def _convolution(x: Tensor, weight: Tensor, bias: Tensor, keep: bool) -> Tensor:
    """(folds, n, frames, width) to (folds, n, frames - 2, filters).

    All clips of a fold are one long run of frames; products that reach from one clip into the next are cut
    off at the end.
    """
    if keep:
        x = F.pad(x, (0, 0, KERNEL // 2, KERNEL // 2))
    folds, n, frames, width = x.shape
    run = F.pad(x.reshape(folds, n * frames, width), (0, 0, 0, KERNEL - 1))
    h = bias.unsqueeze(1)
    for shift in range(KERNEL):
        h = torch.baddbmm(h, run[:, shift : shift + n * frames], weight[..., shift].transpose(1, 2))
    return h.view(folds, n, frames, h.shape[2])[:, :, : frames - KERNEL + 1]


def _last_hidden_state(stack: Stack, h: Tensor, lengths: Tensor | None) -> Tensor:
    """All folds' recurrences in one loop; what the input adds to the gates is computed beforehand."""
    folds, n, frames, filters = h.shape
    flat = h.reshape(folds, n * frames, filters)
    added = _dense(flat, stack["lstm.input"], stack["lstm.bias"]).view(folds, n, frames, -1)
    recurrent = stack["lstm.hidden"].transpose(1, 2)
    state = h.new_zeros(folds, n, recurrent.shape[1])
    cell = torch.zeros_like(state)
    last = None if lengths is None else (lengths - 1).unsqueeze(2)
    found = state
    for frame, gates in enumerate(added.unbind(2)):
        i, f, c, o = torch.baddbmm(gates, state, recurrent).chunk(4, dim=2)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(c)
        state = torch.sigmoid(o) * torch.tanh(cell)
        if last is not None:
            found = torch.where(last == frame, state, found)
    return state if last is None else found
