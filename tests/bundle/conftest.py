"""A small honest bundle to damage."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.bundle import Manifest, Member
from genrelens.ensemble import Combination
from genrelens.graphs import Graph


def linear_member(width: int, genres: int, seed: int = 0) -> bytes:
    """A softmax over a random linear map, as a member's ONNX."""
    weights = np.random.default_rng(seed).normal(size=(width, genres)).astype(np.float32)
    graph = Graph("linear")
    x = graph.input("x", ("n", width))
    logits = graph.node("MatMul", x, graph.constant("weights", weights))
    graph.output(graph.node("Softmax", logits, axis=-1), "probabilities", ("n", genres))
    return graph.to_bytes()


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        name="tiny",
        genres=("calm", "loud"),
        members=(
            Member("one", "linear", ("averaged",), "members/one.onnx"),
            Member("two", "linear", ("averaged",), "members/two.onnx"),
        ),
        combination=Combination("majority"),
    )


@pytest.fixture
def files() -> dict[str, bytes]:
    return {"members/one.onnx": linear_member(358, 2, 1), "members/two.onnx": linear_member(358, 2, 2)}
