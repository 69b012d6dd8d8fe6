"""The same networks trained the plain way, to measure the trainer against: PyTorch, Keras 3.

Both are what a tutorial would write: one model at a time, all cores for it, no optimisation. Convolutions
without padding, mean or maximum pooling, dropout, Adam and batches are those of `recipes.load`. PyTorch's
start from the distribution of `models.networks.initial_weights`, which is nearly Keras's, so that accuracies
after few epochs can be compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from genrelens.models.networks import FILTERS_1, FILTERS_2, KERNEL, POOL, Architecture, Shape
from genrelens.recipes.load import Training
from genrelens.training.matrix import Clips, Fold, Indices


class PlainNetwork(nn.Module):
    """The paper's architectures from PyTorch's own layers; x is (n, width, frames) or (n, width)."""

    def __init__(self, architecture: Architecture, shape: Shape) -> None:
        super().__init__()
        self.architecture = architecture
        if architecture.takes_frames:
            self.conv1 = nn.Conv1d(shape.width, FILTERS_1, KERNEL)
            self.conv2 = nn.Conv1d(FILTERS_1, FILTERS_2, KERNEL)
            self.pool = nn.MaxPool1d(POOL) if architecture.pooling == "max" else nn.AvgPool1d(POOL)
        else:
            self.hidden = nn.Linear(shape.width, shape.hidden)
        if architecture.lstm:
            self.lstm = nn.LSTM(FILTERS_2, shape.lstm_width, batch_first=True)
        self.dropout = nn.Dropout(shape.dropout)
        self.dense = nn.Linear(shape.units(architecture), shape.genres)
        self._start()

    def _start(self) -> None:
        """PyTorch's own start is two to three times smaller, and learns more slowly at first."""
        for name, weight in self.named_parameters():
            if name.endswith("weight_hh_l0"):
                for gate in weight.data.chunk(4):
                    nn.init.orthogonal_(gate)
            elif weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.zeros_(weight)
        if self.architecture.lstm:
            forget = slice(self.lstm.hidden_size, 2 * self.lstm.hidden_size)
            dict(self.named_parameters())["lstm.bias_ih_l0"].data[forget] = 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, genres)."""
        if not self.architecture.takes_frames:
            units = torch.relu(self.hidden(x))
        else:
            h = self.pool(torch.relu(self.conv1(x)))
            h = torch.relu(self.conv2(h))
            if self.architecture.lstm:
                units = self.lstm(h.transpose(1, 2))[1][0][0]
            else:
                units = h.amax(2) if self.architecture.pooling == "max" else h.mean(2)
        logits: torch.Tensor = self.dense(self.dropout(units))
        return logits


def train_plain_torch(
    architecture: Architecture, shape: Shape, training: Training, clips: Clips, fold: Fold, tested: Indices
) -> float:
    """Trains a network with a DataLoader and returns its accuracy on the tested rows."""
    x = _standardised(clips, fold)
    inputs = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 2, 1) if x.ndim == 3 else x))
    labels = torch.from_numpy(clips.labels)
    torch.manual_seed(fold.seed[0])
    model = PlainNetwork(architecture, shape)
    optimiser = torch.optim.Adam(model.parameters(), lr=training.learning_rate)
    criterion = nn.CrossEntropyLoss()
    train = TensorDataset(inputs[fold.train], labels[fold.train])
    loader = DataLoader(train, batch_size=training.batch, shuffle=True)
    for _ in range(training.epochs):
        model.train()
        for batch, wanted in loader:
            optimiser.zero_grad()
            loss = criterion(model(batch), wanted)
            loss.backward()
            optimiser.step()
    model.eval()
    with torch.no_grad():
        test = DataLoader(TensorDataset(inputs[tested], labels[tested]), batch_size=64)
        right = sum(int((model(batch).argmax(1) == wanted).sum()) for batch, wanted in test)
    return right / len(tested)


def keras_version() -> str | None:
    """Keras 3's version and backend, None where it is not installed."""
    try:
        import keras
    except ImportError:
        return None
    return f"{keras.__version__} on {keras.backend.backend()}" if keras.__version__ >= "3" else None


def plain_keras_model(architecture: Architecture, shape: Shape, frames: int) -> Any:
    """The paper's architectures from Keras's own layers; x is (n, frames, width) or (n, width)."""
    import keras

    layers: list[Any] = [keras.Input((frames, shape.width) if architecture.takes_frames else (shape.width,))]
    if architecture.takes_frames:
        maximum = architecture.pooling == "max"
        pool = keras.layers.MaxPooling1D if maximum else keras.layers.AveragePooling1D
        layers.append(keras.layers.Conv1D(FILTERS_1, KERNEL, activation="relu"))
        layers.append(pool(POOL))
        layers.append(keras.layers.Conv1D(FILTERS_2, KERNEL, activation="relu"))
        if architecture.lstm:
            layers.append(keras.layers.LSTM(shape.lstm_width))
        elif maximum:
            layers.append(keras.layers.GlobalMaxPooling1D())
        else:
            layers.append(keras.layers.GlobalAveragePooling1D())
    else:
        layers.append(keras.layers.Dense(shape.hidden, activation="relu"))
    layers.append(keras.layers.Dropout(shape.dropout))
    layers.append(keras.layers.Dense(shape.genres, activation="softmax"))
    return keras.Sequential(layers)


def train_plain_keras(
    architecture: Architecture, shape: Shape, training: Training, clips: Clips, fold: Fold, tested: Indices
) -> float:
    """Trains a network with Keras 3's `fit` and returns its accuracy on the tested rows."""
    import keras

    x = _standardised(clips, fold)
    keras.utils.set_random_seed(fold.seed[0])
    model = plain_keras_model(architecture, shape, frames=x.shape[1])
    model.compile(
        optimizer=keras.optimizers.Adam(training.learning_rate), loss="sparse_categorical_crossentropy"
    )
    model.fit(
        x[fold.train], clips.labels[fold.train], batch_size=training.batch, epochs=training.epochs, verbose=0
    )
    answers = model.predict(x[tested], batch_size=64, verbose=0).argmax(axis=1)
    return float((answers == clips.labels[tested]).mean())


def _standardised(clips: Clips, fold: Fold) -> np.ndarray:
    """All rows, with zeros (the mean) where they are padded."""
    x = clips.scaling(fold.train)(clips.x)
    if clips.lengths is not None:
        x[np.arange(x.shape[1]) >= clips.lengths[:, None]] = 0.0
    return x
