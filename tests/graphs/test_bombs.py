"""Small graphs that would run for hours or take all memory are refused before a session is made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import helper

from genrelens.bundle.graph_check import checked_part
from genrelens.errors import GraphError
from genrelens.graphs import Budget, check_graph


def graph_of(
    *nodes: onnx.NodeProto,
    constants: dict[str, np.ndarray] | None = None,
    width: int = 8,
    free: bool = False,
    opset: int = 17,
) -> bytes:
    """A model around nodes that make `y` of `x`."""
    sizes: list[object] = ["n", "frames", width] if free else ["n", width]
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", 1, sizes)],
        [helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    for axis in range(len(sizes)):
        graph.output[0].type.tensor_type.shape.dim.add().dim_param = f"d{axis}"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model.SerializeToString()


def node(operator: str, inputs: str, outputs: str = "y", **attributes: object) -> onnx.NodeProto:
    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def doubling() -> bytes:
    steps = [node("Concat", "x x", "v0", axis=1)]
    steps += [node("Concat", f"v{k} v{k}", f"v{k + 1}", axis=1) for k in range(40)]
    return graph_of(*steps, node("Identity", "v40"))


def chained(count: int) -> bytes:
    weights = np.ones((2000, 2000), np.float32)
    steps = [node("MatMul", "x w", "v0"), *(node("MatMul", f"v{k} w", f"v{k + 1}") for k in range(count))]
    return graph_of(*steps, node("Identity", f"v{count}"), constants={"w": weights}, width=2000, free=True)


def loop() -> bytes:
    body = helper.make_graph(
        [node("Identity", "c", "c2"), node("Add", "v v", "v2")],
        "body",
        [helper.make_tensor_value_info(n, t, []) for n, t in (("i", 7), ("c", 9), ("v", 1))],
        [helper.make_tensor_value_info(n, t, []) for n, t in (("c2", 9), ("v2", 1))],
    )
    return graph_of(node("Loop", "many  x", "y", body=body), constants={"many": ints(10**9)})


BOMBS: dict[str, Callable[[], bytes]] = {
    "ConstantOfShape": lambda: graph_of(node("ConstantOfShape", "s"), constants={"s": ints(50000, 50000)}),
    "Expand": lambda: graph_of(node("Expand", "x s"), constants={"s": ints(10**6, 10**4, 8)}),
    "Range": lambda: graph_of(
        node("Range", "a b c"), constants={"a": np.int64(0), "b": np.int64(10**10), "c": np.int64(1)}
    ),
    "Tile": lambda: graph_of(node("Tile", "x s"), constants={"s": ints(10**5, 10**4)}),
    "Tile of a constant": lambda: graph_of(
        node("Tile", "w s"), constants={"w": np.ones((2, 2), np.float32), "s": ints(10**5, 10**4)}
    ),
    "doubling Concat": doubling,
    "Loop": loop,
    "chained MatMul": lambda: chained(300),
    "many nodes": lambda: graph_of(
        node("Relu", "x", "v0"),
        *(node("Relu", f"v{k}", f"v{k + 1}") for k in range(5000)),
        node("Relu", "v5000"),
    ),
    "broadcast": lambda: graph_of(
        node("Add", "a b"), constants={"a": np.ones((1, 9000), "f4"), "b": np.ones((9000, 1), "f4")}
    ),
    "padded convolution": lambda: graph_of(
        node("Transpose", "x", "t", perm=[0, 2, 1]),
        node("Conv", "t w b", kernel_shape=[1], pads=[10**9, 10**9]),
        constants={"w": np.ones((8, 8, 1), np.float32), "b": np.zeros(8, np.float32)},
        free=True,
    ),
    "negative pads": lambda: graph_of(
        node("Transpose", "x", "t", perm=[0, 2, 1]),
        node("Conv", "t w b", kernel_shape=[3], pads=[-1, -1]),
        constants={"w": np.ones((8, 8, 3), np.float32), "b": np.zeros(8, np.float32)},
        free=True,
    ),
    "stride 0": lambda: graph_of(node("MaxPool", "x", kernel_shape=[1], strides=[0]), free=True),
    "division by zero": lambda: graph_of(
        node("Shape", "x", "s", start=1, end=2),
        node("Div", "s zero", "d"),
        node("Concat", "one d one", "t", axis=0),
        node("Tile", "x t"),
        constants={"zero": ints(0), "one": ints(1)},
        free=True,
    ),
    "repeats grow with the length": lambda: graph_of(
        node("Shape", "x", "s", start=1, end=2),
        node("Add", "s s", "d"),
        node("Concat", "one d one", "t", axis=0),
        node("Tile", "x t"),
        constants={"one": ints(1)},
        width=128,
        free=True,
    ),
    "short input, many repeats": lambda: graph_of(
        node("Shape", "x", "s", start=1, end=2),
        node("Div", "many s", "d"),
        node("Concat", "one d one", "t", axis=0),
        node("Tile", "x t"),
        constants={"one": ints(1), "many": ints(10**9)},
        free=True,
    ),
    "LSTM": lambda: graph_of(
        node("LSTM", "x w r b", "all y", hidden_size=1 << 20),
        constants={"w": np.ones((1, 4, 8), np.float32), "r": np.ones((1, 4, 1), np.float32),
                   "b": np.ones((1, 8), np.float32)},
        free=True,
    ),
    "If": lambda: graph_of(node("If", "x", then_branch=helper.make_graph([], "a", [], []))),
    "Scan": lambda: graph_of(node("Scan", "x", num_scan_inputs=1)),
    "another domain": lambda: graph_of(node("FusedMatMul", "x x", domain="com.microsoft")),
    "a text in a tensor": lambda: graph_of(node("Relu", "x"), constants={"t": np.array(["a"], object)}),
    "attribute we do not write": lambda: graph_of(node("Flatten", "x", axis=0)),
    "value from nowhere": lambda: graph_of(node("Relu", "z")),
    "value made twice": lambda: graph_of(node("Relu", "x", "y"), node("Relu", "x", "y")),
    "value used before it is made": lambda: graph_of(node("Relu", "b", "y"), node("Relu", "x", "b")),
    "newer operator set": lambda: graph_of(node("Relu", "x"), opset=21),
    "no nodes": lambda: graph_of(),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_could_run_forever_or_take_all_memory_is_refused(bomb: str) -> None:
    with pytest.raises(GraphError) as refused:
        checked_part(BOMBS[bomb]())
    assert "\n" not in str(refused.value)
    assert "announces" not in str(refused.value), "refused for what the test got wrong"


def test_a_graph_within_the_budget_is_let_through_and_beyond_it_is_not() -> None:
    model = chained(0)
    cost = check_graph(model, {"x": (1, 100)}).cost
    assert cost.work >= 100 * 2000 * 2000
    assert cost.tensor_bytes == 4 * 2000 * 2000
    for less in (
        Budget(work=cost.work - 1),
        Budget(live_bytes=cost.live_bytes - 1),
        Budget(tensor_bytes=cost.tensor_bytes - 1),
    ):
        with pytest.raises(GraphError, match="possible"):
            check_graph(model, {"x": (1, 100)}, less)
