"""Graphs as genrelens exports them, small: one of every kind that reaches a bundle."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.graphs import Graph
from genrelens.heads.kinds import fit_head
from genrelens.models.export import export_network
from genrelens.models.networks import ARCHITECTURES, Shape, initial_weights
from genrelens.models.scaling import Scaling
from genrelens.ood.detectors import fit_detector


def network(name: str, transform: str = "log", half: bool = True, padding: str = "valid") -> bytes:
    """One of the paper's networks with random weights, on 12 values a frame."""
    architecture, shape = ARCHITECTURES[name], Shape(width=12, genres=3, padding=padding)
    scaling = Scaling(np.zeros(12, np.float32), np.ones(12, np.float32))
    weights = initial_weights(architecture, shape, 0)
    return export_network(architecture, shape, weights, scaling, transform, half, ("a", "b", "c"))


def linear(width: int = 5) -> bytes:
    """A softmax over a linear map."""
    graph = Graph("linear", metadata={"genres": "a\nb"})
    x = graph.input("x", ("n", width))
    weights = np.random.default_rng(0).normal(size=(width, 2)).astype(np.float32)
    logits = graph.node("MatMul", x, graph.constant("weights", weights))
    graph.output(graph.node("Softmax", logits, axis=1), "probabilities", ("n", 2))
    return graph.to_bytes()


@pytest.fixture(scope="session")
def exported() -> dict[str, bytes]:
    """All of them by name; input `x` throughout."""
    random = np.random.default_rng(1)
    x, y = random.normal(size=(60, 5)).astype(np.float32), np.arange(60) % 3
    graphs = {name: network(name) for name in ARCHITECTURES}
    graphs |= {f"{name}, plain": network(name, "none", False, "same") for name in ("cnn_max", "mlp")}
    heads = {"logistic": {}, "kernel": {"components": 4, "centres": 12}}
    for kind, options in heads.items():
        graphs[kind] = fit_head(kind, x, y, options).to_onnx(("a", "b", "c"))
    for kind in ("distance", "foreign"):
        graphs[kind] = fit_detector(kind, x, x + 5).to_onnx()
    return graphs | {"linear": linear()}
