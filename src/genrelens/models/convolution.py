"""A convolution along frames that is fast on a processor, backwards too.

Conventions: x (n, frames, width), weight (filters, width, kernel), result (n, filters, 1, frames left).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def conv_over_time(x: Tensor, weight: Tensor, bias: Tensor, keep: bool) -> Tensor:
    """Convolves along frames; as many frames as before with `keep`, which pads with zeros.

    Example:
        >>> ones = torch.ones(1, 4, 1)
        >>> conv_over_time(ones, torch.ones(1, 1, 3), torch.zeros(1), keep=False).flatten().tolist()
        [3.0, 3.0]
        >>> conv_over_time(ones, torch.ones(1, 1, 3), torch.zeros(1), keep=True).flatten().tolist()
        [2.0, 3.0, 3.0, 2.0]
    """
    if keep:
        side = weight.shape[2] // 2
        x = F.pad(x, (0, 0, side, side))
    plain = x.device.type == "cpu" and x.dtype is torch.float32 and not torch.is_autocast_enabled("cpu")
    if plain and torch.is_grad_enabled():
        result: Tensor = _ConvOverTime.apply(x, weight, bias)  # type: ignore[no-untyped-call]
        return result
    return _convolved(x, weight, bias)


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Written as a convolution of pictures one pixel high.

    x as it lies in memory then is a picture with its channels last, for which oneDNN is 1.4 to 1.7 times
    faster than for `conv1d`.
    """
    picture = x.transpose(1, 2).unsqueeze(2)  # (n, width, 1, frames), no copy
    return F.conv2d(picture, weight.unsqueeze(2), bias)


class _ConvOverTime(torch.autograd.Function):
    """The same, whose gradients are one product of matrices and one convolution forwards.

    oneDNN's own gradient of the weights takes two to three times as long without AMX.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _convolved(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        filters, width, kernel = weight.shape
        g = gradient.squeeze(2)  # (n, filters, frames - kernel + 1)
        windows = x.unfold(1, kernel, 1).transpose(2, 3).flatten(2)  # (n, windows, kernel * width)
        by_window = torch.bmm(g, windows).sum(0).view(filters, kernel, width)
        for_x = None
        if ctx.needs_input_grad[0]:
            around = F.pad(g.transpose(1, 2), (0, 0, kernel - 1, kernel - 1))
            for_x = _convolved(around, weight.flip(2).transpose(0, 1)).squeeze(2).transpose(1, 2)
        return for_x, by_window.transpose(1, 2), g.sum((0, 2))
