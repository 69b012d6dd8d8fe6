"""Small multilayer perceptrons trained side by side, then joined into one wide network."""

from __future__ import annotations

import numpy as np
import torch


def fit_networks(
    z: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    seed: int,
    networks: int = 5,
    hidden: int = 96,
    epochs: int = 60,
    rate: float = 2e-3,
    batch: int = 256,
    decay: float = 0.02,
    dropout: float = 0.5,
    input_dropout: float = 0.2,
    mixup: float = 0.3,
    smoothing: float = 0.05,
    rows_an_epoch: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train `networks` perceptrons from different starts on different orders, and average their logits.

    Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), a learning rate falling as a cosine,
    mixup (Zhang et al., ICLR 2018) with Beta(mixup, mixup), dropout on inputs and hidden units,
    smoothed labels.

    Args:
        z: (n, d) standardised vectors.
        targets: (n, genres) probabilities.
        weights: (n,), how often a row is drawn, relative to the others.
        rows_an_epoch: rows drawn in an epoch; 0 stands for n.

    Returns:
        kernel (d, h), offset (h,), output (h, genres), bias (genres,), where h = networks * hidden.
    """
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    rows, dimensions = z.shape
    genres = targets.shape[1]
    x, y = torch.from_numpy(np.ascontiguousarray(z)), torch.from_numpy(targets.astype(np.float32))
    y = y * (1.0 - smoothing) + smoothing / genres

    def start(*shape: int, fan_in: int) -> torch.Tensor:
        drawn: torch.Tensor = torch.randn(*shape, generator=generator) * (2.0 / fan_in) ** 0.5
        return drawn.requires_grad_()

    w1 = start(dimensions, networks * hidden, fan_in=dimensions)
    b1 = torch.zeros(networks * hidden, requires_grad=True)
    w2 = start(networks, hidden, genres, fan_in=2 * hidden)
    b2 = torch.zeros(networks, 1, genres, requires_grad=True)
    optimiser = torch.optim.AdamW(
        [{"params": [w1, w2], "weight_decay": decay}, {"params": [b1, b2], "weight_decay": 0.0}], lr=rate
    )
    count = rows_an_epoch or rows
    steps = max(epochs * count // batch, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    chances = weights / weights.sum()
    for _ in range(steps):
        chosen, partner = (torch.from_numpy(random.choice(rows, batch, p=chances)) for _ in range(2))
        share = torch.from_numpy(random.beta(mixup, mixup, (batch, 1)).astype(np.float32)) if mixup else None
        inputs, wanted = x[chosen], y[chosen]
        if share is not None:
            inputs = share * inputs + (1 - share) * x[partner]
            wanted = share * wanted + (1 - share) * y[partner]
        if input_dropout:
            kept = torch.rand(inputs.shape, generator=generator) >= input_dropout
            inputs = inputs * kept / (1.0 - input_dropout)
        units = torch.relu(inputs @ w1 + b1)
        if dropout:
            kept = torch.rand(units.shape, generator=generator) >= dropout
            units = units * kept / (1.0 - dropout)
        by_network = units.reshape(batch, networks, hidden).transpose(0, 1)
        logits = torch.baddbmm(b2, by_network, w2)
        loss = -(wanted * torch.log_softmax(logits, dim=-1)).sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    output = w2.detach().reshape(networks * hidden, genres) / networks
    return (
        w1.detach().numpy(),
        b1.detach().numpy(),
        output.numpy().copy(),
        b2.detach().mean(dim=(0, 1)).numpy(),
    )
