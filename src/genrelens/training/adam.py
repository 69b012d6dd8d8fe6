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
        """Moves every weight by its gradient, which is taken away."""
        torch._foreach_add_(self._steps, 1)
        torch._fused_adam_(
            self.weights,
            [weight.grad for weight in self.weights if weight.grad is not None],
            self._first,
            self._second,
            [],
            self._steps,
            lr=rate,
            beta1=BETA_1,
            beta2=BETA_2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        for weight in self.weights:
            weight.grad = None
