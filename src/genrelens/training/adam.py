"""Adam (Kingma and Ba 2015) for one network on a processor, all weights in one fused call.

It is what `torch.optim.Adam(fused=True)` calls, without the compiler machinery that PyTorch's optimisers
import: a second of every process's start.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class FusedAdam:
    """Adam with PyTorch's default betas, no weight decay.

    A weight without a gradient stays as it is, and so do its means, as in `torch.optim.Adam`.

    Args:
        weights: what is learnt, float32 on the processor.

    Example:
        >>> weight = torch.ones(2, requires_grad=True)
        >>> adam = FusedAdam([weight])
        >>> weight.sum().backward()
        >>> adam.step(rate=0.1)
        >>> bool((weight.detach() - 0.9).abs().max() < 1e-6), weight.grad is None
        (True, True)
    """

    def __init__(self, weights: Iterable[Tensor]) -> None:
        self.weights = list(weights)
        self._first = [torch.zeros_like(weight) for weight in self.weights]
        self._second = [torch.zeros_like(weight) for weight in self.weights]
        self._steps = [torch.zeros(()) for _ in self.weights]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Moves every weight that has a gradient by it; the gradients are taken away."""
        moving = [
            (weight, weight.grad, first, second, steps)
            for weight, first, second, steps in zip(
                self.weights, self._first, self._second, self._steps, strict=True
            )
            if weight.grad is not None
        ]
        if not moving:
            return
        weights, gradients, firsts, seconds, steps_done = map(list, zip(*moving, strict=True))
        torch._foreach_add_(steps_done, 1)
        torch._fused_adam_(
            weights,
            gradients,
            firsts,
            seconds,
            [],
            steps_done,
            lr=rate,
            beta1=BETA_1,
            beta2=BETA_2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        for weight in weights:
            weight.grad = None
