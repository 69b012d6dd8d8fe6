"""Batch-norm recalibration: statistics of a pretrained encoder computed on the training tracks.

The authors of choi2017 normalised by the statistics of the batch at hand, even when predicting; those that
they stored are dummies, and those in the package were computed on other tracks than a user's. Here they are
computed as by a network in training mode that is given all these tracks as one batch. They go into the
bundle, so that the vector of a recording never depends on other recordings.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from genrelens.errors import RecipeError
from genrelens.models.tunable_encoders import TUNABLE, Arrays, Tensors, TunableEncoder
from genrelens.training.matrix import Clips, Indices

ROWS_AT_ONCE = 8


def recalibrated(encoder: TunableEncoder, arrays: Arrays, clips: Clips, rows: Indices) -> Arrays:
    """An encoder's arrays with statistics of these rows: mean and (biased) variance of every channel.

    The input of a normalisation depends on the new statistics of those before it, so the rows go through the
    network once for each; little memory is used, however many there are.

    Args:
        encoder: which.
        arrays: its weights by name.
        clips: rows of the encoder's log-mel; every frame has the same weight.
        rows: (n,) those that the statistics are computed from, at least one.

    Returns:
        all arrays; those that are not statistics are unchanged.

    Raises:
        RecipeError: the encoder has no statistics that can be recalibrated.
    """
    if encoder.normalised is None:
        able = " and ".join(one.name for one in TUNABLE.values() if one.normalised)
        raise RecipeError(
            f"{encoder.name} was published with statistics of its own, so there is nothing to recalibrate; "
            f"use remeasured with {able}"
        )
    tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
    with torch.inference_mode():
        for number, name in enumerate(encoder.normalisations):
            mean, variance = _statistics(_each(encoder, tensors, clips, rows, number))
            tensors |= {f"{name}/mean": mean.float(), f"{name}/var": variance.float()}
    return {name: value.numpy() for name, value in tensors.items()}


def _each(
    encoder: TunableEncoder, tensors: Tensors, clips: Clips, rows: Indices, number: int
) -> Iterator[Tensor]:
    """The input of the normalisation with that number, a few rows of one length at a time."""
    assert clips.lengths is not None
    assert encoder.normalised is not None
    for length in np.unique(clips.lengths[rows]):
        same = rows[clips.lengths[rows] == length]
        for start in range(0, len(same), ROWS_AT_ONCE):
            x = torch.from_numpy(np.array(clips.x[same[start : start + ROWS_AT_ONCE], :length]))
            yield encoder.normalised(tensors, x, number)


def _statistics(parts: Iterator[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and variance of every channel over parts (n, channels, ...), combined as by Chan et al. 1979."""
    count, mean, spread = 0, torch.zeros(()), torch.zeros(())
    for part in parts:
        own = part.numel() // part.shape[1]
        axes = [axis for axis in range(part.dim()) if axis != 1]
        variance, average = (one.double() for one in torch.var_mean(part, axes, correction=0))
        away = average - mean
        mean = mean + away * (own / (count + own))
        spread = spread + variance * own + away**2 * (count * own / (count + own))
        count += own
    return mean, spread / count
