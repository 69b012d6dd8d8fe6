"""Small multilayer perceptrons trained at the same time, then concatenated into one wide network."""

from __future__ import annotations

import numpy as np
import torch

from genrelens.heads.head import Head, standardisation
from genrelens.heads.options import WideMlpOptions


def fit_wide_mlp(
    x: np.ndarray, targets: np.ndarray, weights: np.ndarray, seed: int, options: WideMlpOptions
) -> Head:
    """Several perceptrons as one head; see `heads.kinds.HeadKind.fit`."""
    mean, scale = standardisation(x, weights)
    z = ((x - mean) * scale).astype(np.float32)
    kernel, offset, output, bias = fit_networks(z, targets, weights, seed, options)
    return Head(mean, scale, "relu", kernel, offset, 1.0, output, bias)


def fit_networks(
    z: np.ndarray, targets: np.ndarray, weights: np.ndarray, seed: int, options: WideMlpOptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Trains perceptrons from different starts on different orders of rows, and averages their logits.

    Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), a learning rate falling as a cosine,
    mixup (Zhang et al., ICLR 2018) with Beta(mixup, mixup), dropout on inputs and hidden units,
    smoothed labels.

    Args:
        z: (n, d) standardised vectors.
        targets: (n, genres) probabilities.
        weights: (n,), how often a row is drawn, relative to the others.
        options: sizes and training.

    Returns:
        kernel (d, h), offset (h,), output (h, genres), bias (genres,), where h = networks · hidden.
    """
    networks, hidden, batch, rate = options.networks, options.hidden, options.batch, options.rate
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    rows, dimensions = z.shape
    genres = targets.shape[1]
    x, y = torch.from_numpy(np.ascontiguousarray(z)), torch.from_numpy(targets.astype(np.float32))
    y = y * (1.0 - options.smoothing) + options.smoothing / genres

    def start(*shape: int, fan_in: int) -> torch.Tensor:
        drawn: torch.Tensor = torch.randn(*shape, generator=generator) * (2.0 / fan_in) ** 0.5
        return drawn.requires_grad_()

    w1 = start(dimensions, networks * hidden, fan_in=dimensions)
    b1 = torch.zeros(networks * hidden, requires_grad=True)
    w2 = start(networks, hidden, genres, fan_in=2 * hidden)
    b2 = torch.zeros(networks, 1, genres, requires_grad=True)
    optimiser = torch.optim.AdamW(
        [{"params": [w1, w2], "weight_decay": options.decay}, {"params": [b1, b2], "weight_decay": 0.0}],
        lr=rate,
    )
    count = options.rows_an_epoch or rows
    steps = max(options.epochs * count // batch, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    chances = weights / weights.sum()
    for _ in range(steps):
        chosen, partner = (torch.from_numpy(random.choice(rows, batch, p=chances)) for _ in range(2))
        inputs, wanted = x[chosen], y[chosen]
        if options.mixup:
            drawn = random.beta(options.mixup, options.mixup, (batch, 1)).astype(np.float32)
            blend = torch.from_numpy(drawn)
            inputs = blend * inputs + (1 - blend) * x[partner]
            wanted = blend * wanted + (1 - blend) * y[partner]
        if options.input_dropout:
            kept = torch.rand(inputs.shape, generator=generator) >= options.input_dropout
            inputs = inputs * kept / (1.0 - options.input_dropout)
        units = torch.relu(inputs @ w1 + b1)
        if options.dropout:
            kept = torch.rand(units.shape, generator=generator) >= options.dropout
            units = units * kept / (1.0 - options.dropout)
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
