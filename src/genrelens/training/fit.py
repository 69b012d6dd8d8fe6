"""One interface to training: the device alone decides whether folds are stacked.

Measured on two cores, stacking folds gains nothing on a processor (1.4x for 128 inputs, nothing for narrow
ones, six times slower for LSTMs), so there folds run one after another; on a GPU they run as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch

from genrelens.errors import DataError
from genrelens.models.networks import Architecture, Shape
from genrelens.recipes.load import Training
from genrelens.training.early_stopping import Tick, TrainedNetwork
from genrelens.training.matrix import Clips, Fold
from genrelens.training.sequential import train_sequentially
from genrelens.training.stacked import train_stacked

Device = Literal["auto", "cpu", "cuda"]


def chosen_device(device: str = "auto") -> str:
    """`cuda` or `cpu`; `auto` takes a GPU where PyTorch finds one.

    Raises:
        DataError: a GPU is asked for and there is none, or the name is unknown.

    Example:
        >>> chosen_device("cpu")
        'cpu'
    """
    if device not in get_args(Device):
        raise DataError(f"{device} is no device; there are {', '.join(get_args(Device))}")
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise DataError("PyTorch finds no GPU here; run with --device cpu, or auto")
    return "cuda" if there and device != "cpu" else "cpu"


def train_networks(
    architecture: Architecture,
    shape: Shape,
    training: Training,
    clips: Clips,
    folds: Sequence[Fold],
    device: str = "cpu",
    tick: Tick = lambda epochs: None,
) -> list[TrainedNetwork]:
    """Trains one network a fold.

    Args:
        architecture: one of the paper's five.
        shape: its sizes; width and genres as in `clips`.
        training: epochs, batch, rate, stopping.
        clips: the rows of one input.
        folds: what each network learns from, is stopped by, and its seed.
        device: `cpu` or `cuda`.
        tick: called with the number of epochs done since.

    Returns:
        One network a fold, in order: the same on either device up to rounding.

    Example:
        >>> import numpy as np
        >>> from genrelens.models import ARCHITECTURES
        >>> from genrelens.training.matrix import clips_of
        >>> labels = np.arange(40) % 2
        >>> clips = clips_of([np.full(3, label, float) for label in labels], labels, genres=2)
        >>> [one] = train_networks(ARCHITECTURES["mlp"], Shape(width=3, genres=2, hidden=8),
        ...                        Training(epochs=30, learning_rate=0.01), clips, [Fold(np.arange(40))])
        >>> len(one.curve), one.curve[-1].train_loss < 0.1
        (30, True)
    """
    if device == "cpu":
        return train_sequentially(architecture, shape, training, clips, folds, tick)
    return train_stacked(architecture, shape, training, clips, folds, torch.device(device), tick)
