"""Every operator: where we say a shape, ONNX Runtime gives that shape; what it refuses we do not promise."""

from __future__ import annotations

import copy

import hypothesis.strategies as st
import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings

from genrelens.errors import GraphError
from genrelens.graphs import CheckedGraph, Graph, check_graph
from genrelens.graphs.operators import OPERATORS

onnxruntime.set_default_logger_severity(4)
SIZE = st.integers(1, 6)
SHAPES = st.lists(SIZE, min_size=1, max_size=4)
SPATIAL = st.lists(SIZE, min_size=3, max_size=4)
WINDOWED = ("AveragePool", "Conv", "GlobalAveragePool", "GlobalMaxPool", "LSTM", "MaxPool")


def constant(graph: Graph, name: str, *sizes: int) -> str:
    return graph.constant(name, np.ones(sizes, np.float32))


def numbers(graph: Graph, name: str, values: list[int]) -> str:
    return graph.constant(name, np.array(values, np.int64))


def one_of(graph: Graph, x: str, operator: str, shape: list[int], data: st.DataObject) -> tuple[str, ...]:
    """The operator on x with random forms, some of them impossible; the names of its results."""
    draw, axes = data.draw, max(len(shape) - 2, 1)
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    several = st.lists(st.integers(0, 4), min_size=axes, max_size=axes)
    if operator in ("Add", "Sub", "Mul", "Max"):
        return (graph.node(operator, x, constant(graph, "b", *draw(SHAPES))),)
    if operator == "Div":
        sizes = graph.node("Shape", x, start=0, end=len(shape))
        graph.node(
            "Div",
            numbers(
                graph, "b", draw(st.lists(st.integers(-9, 99), min_size=len(shape), max_size=len(shape)))
            ),
            sizes,
        )
        return (graph.node("Identity", x),)
    if operator == "Tile":
        return (
            graph.node(
                "Tile", x, numbers(graph, "b", draw(st.lists(st.integers(-1, 5), max_size=5, min_size=1)))
            ),
        )
    if operator == "Cast":
        return (graph.node("Cast", x, to=1),)
    if operator == "Concat":
        return (
            graph.node(
                "Concat", x, constant(graph, "b", *draw(st.one_of(SHAPES, st.just(shape)))), axis=axis
            ),
        )
    if operator == "Conv":
        if draw(st.booleans()):  # one that fits
            group = draw(st.sampled_from([1, shape[1]]))
            filters, depth, kernel = group * draw(st.integers(1, 3)), shape[1] // group, [1] * axes
            pads, strides = [0] * 2 * axes, [draw(st.integers(1, 3))] * axes
        else:
            filters, depth, group = draw(SIZE), shape[1], draw(st.integers(0, 3))
            kernel, pads, strides = draw(several), draw(several) * 2, draw(several)
        weights, bias = constant(graph, "w", filters, depth, *kernel), constant(graph, "b", filters)
        return (
            graph.node(
                "Conv", x, weights, bias, kernel_shape=kernel, pads=pads, strides=strides, group=group
            ),
        )
    if operator in ("AveragePool", "MaxPool"):
        return (graph.node(operator, x, kernel_shape=draw(several), strides=draw(several)),)
    if operator == "Gemm":
        flip = draw(st.integers(0, 1))
        sizes = (
            [shape[-1], draw(SIZE)] if draw(st.booleans()) else draw(st.lists(SIZE, min_size=2, max_size=2))
        )
        width = sizes[-1]
        b = constant(graph, "b", *(sizes[::-1] if flip else sizes))
        return (
            graph.node(
                "Gemm",
                x,
                b,
                constant(graph, "c", *draw(st.sampled_from([(width,), (1, width), (2,), ()]))),
                transB=flip,
            ),
        )
    if operator == "MatMul":
        inner = shape[-1] if draw(st.booleans()) else draw(SIZE)
        return (graph.node("MatMul", x, constant(graph, "b", inner, draw(SIZE))),)
    if operator in ("Squeeze", "Unsqueeze"):
        ones = [axis for axis, size in enumerate(shape) if size == 1]
        if operator == "Squeeze" and ones and draw(st.booleans()):  # what may be taken away
            axes = draw(st.lists(st.sampled_from(ones), min_size=1, unique=True))
        else:
            axes = draw(st.lists(st.integers(-5, 5), max_size=3, min_size=1))
        return (graph.node(operator, x, numbers(graph, "b", axes)),)
    if operator in ("ReduceMax", "ReduceMean", "ReduceSumSquare"):
        return (graph.node(operator, x, axes=draw(st.lists(st.integers(-4, 4), min_size=1, max_size=3)),
                           keepdims=draw(st.integers(0, 1))),)  # fmt: skip
    if operator == "Reshape":
        if draw(st.booleans()):  # as many elements as there are
            target = draw(
                st.sampled_from([shape, shape[::-1], [*shape, 1], [-1], [shape[0], -1], [-1, shape[-1]]])
            )
        else:
            target = draw(st.lists(st.integers(-2, 6), max_size=4, min_size=1))
        return (graph.node("Reshape", x, numbers(graph, "b", target)),)
    if operator == "Shape":
        graph.node("Shape", x, start=draw(st.integers(-1, 3)), end=draw(st.integers(-1, 5)))
        return (graph.node("Identity", x),)
    if operator == "Transpose":
        return (
            graph.node(
                "Transpose",
                x,
                perm=draw(st.permutations(range(len(shape)))) if draw(st.booleans()) else [0, 0],
            ),
        )
    if operator == "Split":
        axis = len(shape) - 1 if draw(st.booleans()) else axis
        parts = draw(st.sampled_from([[1, shape[-1] - 1], [1, 1], [2, 1, 1], [0, shape[-1]]]))
        return graph.node("Split", x, numbers(graph, "b", parts), axis=axis, outputs=len(parts))
    if operator == "LSTM":
        hidden, width = draw(st.integers(1, 4)), shape[-1] if draw(st.booleans()) else draw(SIZE)
        weights = (constant(graph, "w", 1, 4 * hidden, width), constant(graph, "r", 1, 4 * hidden, hidden))
        return graph.node(
            "LSTM", x, *weights, constant(graph, "b", 1, 8 * hidden), hidden_size=hidden, outputs=2
        )
    if operator == "Softmax":
        return (graph.node("Softmax", x, axis=axis),)
    return (graph.node(operator, x),)


def let_through(graph: Graph, results: tuple[str, ...], shape: list[int]) -> CheckedGraph | None:
    """The graph with its results announced with the axes that they have; None if it is refused."""
    for ranks in [(4, 3), *((rank,) * len(results) for rank in range(6))]:
        tried = copy.deepcopy(graph)
        for k, (result, rank) in enumerate(zip(results, ranks, strict=False)):
            tried.output(result, f"y{k}", tuple(f"d{axis}" for axis in range(rank)))
        try:
            return check_graph(tried.to_bytes(), {"x": shape})
        except GraphError as error:
            if "announces" not in str(error):
                assert "\n" not in str(error)
                return None
    raise AssertionError("it has no number of axes")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_a_run_gives_the_shapes_that_were_promised(operator: str) -> None:
    accepted = 0

    @settings(max_examples=100, deadline=None, database=None)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        nonlocal accepted
        shape = data.draw(SPATIAL if operator in WINDOWED else SHAPES)
        graph = Graph("one")
        x = graph.input("x", shape)
        results = one_of(graph, x, operator, shape, data)
        checked = let_through(graph, results, shape)
        if checked is None:
            return
        accepted += 1
        session = onnxruntime.InferenceSession(checked.model, providers=["CPUExecutionProvider"])
        outputs = session.run(None, {"x": np.ones(shape, np.float32)})
        for k, array in enumerate(outputs):
            assert checked.shapes[f"y{k}"] == tuple((size, size) for size in array.shape)

    holds()
    assert accepted >= 3
