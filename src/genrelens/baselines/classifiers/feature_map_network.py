"""A small convolutional network along time on maps of a few features, as an estimator of scikit-learn.

Windows of a clip are learnt from and answered one by one; a clip's answer is the mean over its windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from torch import Tensor, nn

from genrelens.models.convolution import conv_over_time
from genrelens.training.adam import FusedAdam

Floats = NDArray[np.float64]
Maps = NDArray[np.float32]
Numbers = NDArray[np.intp]

FIRST_KERNEL, SECOND_KERNEL = 5, 3
"""Frames that a filter sees at once."""
POOLS = (4, 2)
"""Frames of which the largest value is kept, after each convolution."""


class _Network(nn.Module):
    """Two convolutions over time that see all maps, their mean and maximum over time, and a dense layer."""

    def __init__(self, maps: int, filters: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Conv1d(maps, filters, FIRST_KERNEL)  # keeps the weights; `conv_over_time` convolves
        self.second = nn.Conv1d(filters, filters, SECOND_KERNEL)
        self.norms = nn.ModuleList([nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)])
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(2 * filters, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(windows, frames, maps) to (windows, classes)."""
        for convolution, norm, pool in zip((self.first, self.second), self.norms, POOLS, strict=True):
            bias = convolution.bias
            assert bias is not None
            y = torch.relu(norm(conv_over_time(x, convolution.weight, bias, keep=True)))
            x = F.max_pool2d(y, (1, pool)).squeeze(2).transpose(1, 2)
        pooled = torch.cat([x.mean(dim=1), x.amax(dim=1)], dim=1)
        return self.dense(self.dropout(pooled))  # type: ignore[no-any-return]


class FeatureMapNetwork(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of maps.

    Every map has mean 0 and deviation 1 over the training rows. How many epochs are best is found with a
    fifth of the rows of each class held out (the least loss there); then the network is trained anew on all
    rows for as many. One thread; the same seed gives the same answers on a machine.

    Args:
        window: frames that a window has.
        filters: of each convolution.
        dropout: before the dense layer.
        rate: of Adam.
        batch: windows a step.
        windows: how many an epoch takes of each row, at random places.
        most_epochs: that are tried.
        patience: epochs without a smaller held-out loss after which the search ends.
        random_state: of weights, order, windows and dropout.

    Attributes:
        classes_: (classes,).
        epochs_: how many were found best.

    Example:
        >>> x = np.random.default_rng(0).normal(0, 1, (40, 2, 32)).astype(np.float32)
        >>> x[20:, 0, ::2] += 2.0                                          # the first map of these jitters
        >>> network = FeatureMapNetwork(window=16, filters=8, random_state=0)
        >>> network.fit(x, np.repeat(["even", "jitter"], 20)).predict(x[[0, -1]]).tolist()
        ['even', 'jitter']
    """

    def __init__(
        self,
        window: int = 128,
        filters: int = 32,
        dropout: float = 0.5,
        rate: float = 3e-3,
        batch: int = 32,
        windows: int = 2,
        most_epochs: int = 30,
        patience: int = 8,
        random_state: int | None = None,
    ) -> None:
        self.window = window
        self.filters = filters
        self.dropout = dropout
        self.rate = rate
        self.batch = batch
        self.windows = windows
        self.most_epochs = most_epochs
        self.patience = patience
        self.random_state = random_state

    def fit(self, x: Maps, labels: NDArray[np.generic]) -> FeatureMapNetwork:
        """Finds the number of epochs, then trains on all rows.

        Args:
            x: (rows, maps, frames), as many frames as a window has or more.
            labels: (rows,) of any values.
        """
        self.classes_, number = np.unique(labels, return_inverse=True)
        number = number.astype(np.intp)
        self.n_features_in_ = x.shape[1]
        self._mean = x.mean(axis=(0, 2), dtype=np.float64)[:, None]
        deviation = x.std(axis=(0, 2), dtype=np.float64)[:, None]
        self._scale = 1.0 / np.where(deviation > 1e-9, deviation, 1.0)
        standard = self._standardised(x)
        seed = np.random.SeedSequence(self.random_state)
        part, search, final = (np.random.default_rng(one) for one in seed.spawn(3))
        held_out = _every_fifth(number, part)
        with _one_thread():
            self.epochs_ = self._best_epochs(standard, number, held_out, search)
            self.network_ = None
            for _, network in self._epochs(standard, number, final, self.epochs_):
                self.network_ = network
        return self

    def predict_proba(self, x: Maps) -> Floats:
        """(rows, classes): the mean over windows that overlap by half."""
        with _one_thread():
            return _answers(self.network_, self._standardised(x), self.window)

    def predict(self, x: Maps) -> NDArray[np.generic]:
        """The likeliest class, (rows,)."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])

    def _standardised(self, x: Maps) -> Tensor:
        """(rows, frames, maps)."""
        scaled = ((x - self._mean) * self._scale).astype(np.float32)
        return torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 2, 1)))

    def _best_epochs(
        self, x: Tensor, number: Numbers, held_out: NDArray[np.bool_], random: np.random.Generator
    ) -> int:
        if not held_out.any():
            return self.most_epochs
        best, least = 0, np.inf
        asked, wanted = x[torch.from_numpy(held_out)], number[held_out]
        learnt = x[torch.from_numpy(~held_out)]
        for epoch, network in self._epochs(learnt, number[~held_out], random, self.most_epochs):
            found = _answers(network, asked, self.window)[np.arange(len(wanted)), wanted]
            loss = -float(np.log(np.maximum(found, 1e-12)).mean())
            if loss < least:
                best, least = epoch, loss
            elif epoch - best >= self.patience:
                break
        return best

    def _epochs(
        self, x: Tensor, number: Numbers, random: np.random.Generator, epochs: int
    ) -> Iterator[tuple[int, _Network]]:
        """The number of each epoch, from 1, and the network after it."""
        state = torch.get_rng_state()
        torch.manual_seed(int(random.integers(2**31)))
        try:
            network = _Network(x.shape[2], self.filters, len(self.classes_), self.dropout)
            adam = FusedAdam(network.parameters())
            labels = torch.from_numpy(number)
            for epoch in range(1, epochs + 1):
                network.train()
                rows = np.concatenate([random.permutation(len(number)) for _ in range(self.windows)])
                starts = random.integers(0, x.shape[1] - self.window + 1, len(rows))
                whole = len(rows) // self.batch * self.batch  # a step of few windows has poor statistics
                for first in range(0, whole or len(rows), self.batch):
                    row = rows[first : first + self.batch]
                    at = starts[first : first + self.batch]
                    windows = torch.stack([x[i, j : j + self.window] for i, j in zip(row, at, strict=True)])
                    loss = F.cross_entropy(network(windows), labels[torch.from_numpy(row)])
                    loss.backward()  # type: ignore[no-untyped-call]
                    adam.step(self.rate)
                yield epoch, network
        finally:
            torch.set_rng_state(state)


def _every_fifth(number: Numbers, random: np.random.Generator) -> NDArray[np.bool_]:
    """A fifth of the rows of each class, drawn; none of a class of fewer than five."""
    chosen = np.zeros(len(number), bool)
    for one in np.unique(number):
        rows = np.flatnonzero(number == one)
        chosen[random.permutation(rows)[: len(rows) // 5]] = True
    return chosen


def _answers(network: Any, x: Tensor, window: int) -> Floats:
    """(rows, classes): mean probabilities of windows half a window apart."""
    network.eval()
    with torch.inference_mode():
        windows = x.unfold(1, window, max(1, window // 2)).transpose(2, 3)  # (rows, windows, window, maps)
        flat = windows.reshape(-1, window, x.shape[2])
        found = torch.cat([network(part) for part in torch.split(flat, 256)]).softmax(dim=1)
    return found.reshape(windows.shape[0], windows.shape[1], -1).mean(dim=1).double().numpy()


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch computes on one thread here, whatever it is set to."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
