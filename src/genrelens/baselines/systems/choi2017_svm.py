"""A support-vector machine on the mean activations of a tagging network, of all its layers or of chosen ones.

Choi, Fazekas, Sandler and Cho, *Transfer learning for music classification and regression tasks* (ISMIR
2017): the network has five layers of 32 channels; their means over time and frequency are 160 numbers. It
states 89.8 % on GTZAN for the set of layers that does best in cross-validation. Here the set, and cost and
width of the machine's radial kernel, are chosen inside the training part, among all 31 sets.
"""

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import support_vector_machine
from genrelens.baselines.reference import Reference

LAYERS, CHANNELS = 5, 32
SETS = tuple(layers for count in range(LAYERS, 0, -1) for layers in combinations(range(1, LAYERS + 1), count))
"""Layers by number, all of them first."""


def of_layers(x: NDArray[np.float32], layers: tuple[int, ...]) -> NDArray[np.float32]:
    """The columns of these layers, (rows, 32 a layer)."""
    by_layer = x.reshape(len(x), LAYERS, CHANNELS)
    return by_layer[:, np.array(layers) - 1].reshape(len(x), -1)


def classifier() -> Any:
    """A choice of layers before the machine."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    layers = FunctionTransformer(of_layers, kw_args={"layers": SETS[0]})
    return Pipeline([("layers", layers), *support_vector_machine().steps])


choi2017_svm = Baseline(
    name="choi2017_svm",
    meaning="160 means of a tagging network's five layers, all or chosen ones; support-vector machine",
    inputs=("choi2017",),
    classifier=classifier,
    grid={
        "layers__kw_args": [{"layers": layers} for layers in SETS],
        "svc__C": (1.0, 10.0),
        "svc__gamma": ("scale", 0.01),
    },
    claimed=89.8,
    claimed_how="cross-validation, the best set of layers",
    reference=Reference(
        key="choi2017",
        authors="Choi, Keunwoo and Fazekas, György and Sandler, Mark and Cho, Kyunghyun",
        title="Transfer learning for music classification and regression tasks",
        year=2017,
        venue="Proceedings of the 18th ISMIR conference",
    ),
)
