"""What the paper prints, for comparison with our numbers.

Ghosal and Kolekar, "Music Genre Recognition using Deep Neural Networks and Transfer Learning", Interspeech
2018. Accuracies on GTZAN in percent, means over ten random stratified 80/20 splits.
"""

from __future__ import annotations

from genrelens.features import FEATURES

FEATURE_NAMES: tuple[str, ...] = tuple(FEATURES)
COLUMNS: dict[str, str] = {
    "cnn_max": "CNN Max Pooling",
    "cnn_max_lstm": "CNN Max Pooling LSTM",
    "cnn_avg": "CNN Average Pooling",
    "cnn_avg_lstm": "CNN Average Pooling LSTM",
}
_TABLE_1 = {
    "mel": (83.0, 73.6, 82.5, 75.7),
    "mfcc": (80.2, 79.0, 81.6, 80.5),
    "mfcc_delta": (70.4, 77.2, 74.5, 77.0),
    "mfcc_delta2": (72.1, 72.9, 72.1, 76.5),
    "chroma_cens": (45.7, 34.5, 43.0, 36.2),
    "chroma_cqt": (60.0, 49.4, 57.5, 45.6),
    "chroma_stft": (62.8, 52.5, 63.4, 53.7),
    "tonnetz": (50.2, 53.5, 51.0, 55.8),
    "tempogram": (41.5, 42.0, 41.6, 43.3),
}
AVERAGED, TRANSFER = "mlp/averaged", "mlp/transfer"
TABLE_1: dict[str, float] = {
    f"{column}/{feature}": value
    for feature in FEATURE_NAMES
    for column, value in zip(COLUMNS, _TABLE_1[feature], strict=True)
} | {AVERAGED: 77.1, TRANSFER: 85.5}
"""Accuracy of each single model by cell name, in the paper's order: 38 cells."""

TABLE_2: dict[str, float] = {"cnn_max": 93.6, "cnn_max_lstm": 91.5, "cnn_avg": 94.2, "cnn_avg_lstm": 91.4}
"""Accuracy of each ensemble: nine CNNs of one column and both MLPs, by majority vote."""

BEST = max(TABLE_2, key=lambda column: TABLE_2[column])
"""The best of them."""

OTHERS: dict[str, float] = {
    "Gwardys and Grzywczak 2014": 78.0,
    "Baniya et al. 2014": 87.9,
    "Choi et al. 2017": 89.8,
    "Arabi and Lu 2009": 90.8,
    "Panagakis et al. 2009": 91.0,
    "Panagakis et al. 2010": 93.7,
}
"""Accuracies that the paper quotes of others."""

CEILING = 94.5
"""What a perfect system reaches on GTZAN's faulty labels, after Sturm 2014."""
