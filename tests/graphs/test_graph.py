"""Files written by `Graph` are ONNX files: the `onnx` package and ONNX Runtime say so."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import pytest
from hypothesis import given, settings

from genrelens.graphs import Graph
from genrelens.graphs.graph import ELEMENT_TYPES


def run(data: bytes, **feeds: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, feeds)


def small_convnet(half: bool = False) -> bytes:
    random = np.random.default_rng(3)
    graph = Graph("convnet", metadata={"licence": "MIT", "author": "nobody"})
    x = graph.input("x", ("n", 5, "frames"))
    kernel = graph.constant("conv/kernel", random.normal(size=(4, 5, 3)).astype(np.float32), half=half)
    bias = graph.constant("conv/bias", random.normal(size=4).astype(np.float32))
    h = graph.node("Relu", graph.node("Conv", x, kernel, bias, kernel_shape=[3], pads=[1, 1]))
    graph.output(graph.node("ReduceMean", h, axes=[2], keepdims=0), "pooled", ("n", 4))
    return graph.to_bytes()


def test_the_onnx_package_accepts_the_file_and_finds_consistent_shapes() -> None:
    model = onnx.load_from_string(small_convnet())
    onnx.checker.check_model(model, full_check=True)
    assert [p.key for p in model.metadata_props] == ["author", "licence"]
    assert model.graph.input[0].type.tensor_type.shape.dim[2].dim_param == "frames"


def test_it_runs_on_any_number_of_frames_and_equals_the_same_sum_written_in_numpy() -> None:
    random = np.random.default_rng(3)
    kernel = random.normal(size=(4, 5, 3)).astype(np.float32)
    bias = random.normal(size=4).astype(np.float32)
    for frames in (1, 7, 50):
        x = np.random.default_rng(frames).normal(size=(2, 5, frames)).astype(np.float32)
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=2)
        expected = np.maximum(np.einsum("ncfk,ock->nof", windows, kernel) + bias[:, None], 0).mean(axis=2)
        np.testing.assert_allclose(run(small_convnet(), x=x)[0], expected, atol=1e-5)


def test_same_calls_same_bytes() -> None:
    assert small_convnet() == small_convnet()
    assert small_convnet(half=True) == small_convnet(half=True)


def test_half_storage_halves_the_bytes_and_computes_in_float32() -> None:
    weights = np.random.default_rng(0).normal(size=(300, 100)).astype(np.float32)

    def build(half: bool) -> bytes:
        graph = Graph("dense")
        x = graph.input("x", ("n", 300))
        graph.output(graph.node("MatMul", x, graph.constant("kernel", weights, half=half)), "y", ("n", 100))
        return graph.to_bytes()

    assert len(build(True)) < 0.51 * len(build(False))
    onnx.checker.check_model(onnx.load_from_string(build(True)), full_check=True)
    x = np.random.default_rng(1).normal(size=(3, 300)).astype(np.float32)
    rounded = weights.astype(np.float16).astype(np.float32)
    np.testing.assert_allclose(run(build(True), x=x)[0], x @ rounded, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        dtype=st.sampled_from([np.dtype(t) for t in ELEMENT_TYPES if t != "float64"]),
        shape=arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    )
)
def test_every_array_comes_back_as_it_was(array: np.ndarray) -> None:
    graph = Graph("store")
    graph.constant("kept", array)
    tensor = onnx.load_from_string(graph.to_bytes()).graph.initializer[0]
    back = onnx.numpy_helper.to_array(tensor)
    assert tensor.name == "kept"
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_big_endian_and_strided_arrays_keep_their_values() -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4)[:, ::2]
    graph = Graph("store")
    graph.constant("kept", array)
    back = onnx.numpy_helper.to_array(onnx.load_from_string(graph.to_bytes()).graph.initializer[0])
    np.testing.assert_array_equal(back, array)


@given(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.floats(width=32, allow_nan=False),
        st.text(max_size=20),
        st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5),
        st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=5),
    )
)
def test_every_attribute_comes_back_as_it_was(value: int | float | str | list[int] | list[float]) -> None:
    graph = Graph("attributes")
    graph.node("Anything", graph.input("x", (1,)), setting=value)
    attribute = onnx.load_from_string(graph.to_bytes()).graph.node[0].attribute[0]
    back = onnx.helper.get_attribute_value(attribute)
    assert (back.decode() if isinstance(back, bytes) else back) == value


def test_optional_inputs_and_several_outputs() -> None:
    graph = Graph("lstm")
    x = graph.input("x", ("frames", "n", 3))
    random = np.random.default_rng(0)
    w = graph.constant("w", random.normal(size=(1, 8, 3)))
    r = graph.constant("r", random.normal(size=(1, 8, 2)))
    y, last, _ = graph.node("LSTM", x, w, r, None, None, None, hidden_size=2, outputs=3)
    graph.output(y, "y", ("frames", 1, "n", 2))
    graph.output(last, "last", (1, "n", 2))
    sequence, final = run(graph.to_bytes(), x=np.ones((4, 2, 3), np.float32))
    np.testing.assert_array_equal(sequence[-1], final)


def test_a_tensor_attribute_is_read_back_by_the_runtime() -> None:
    graph = Graph("fill")
    shape = graph.input("shape", (2,), np.int64)
    graph.output(graph.node("ConstantOfShape", shape, value=np.array([2.5], np.float32)), "y", ("a", "b"))
    assert run(graph.to_bytes(), shape=np.array([1, 2]))[0].tolist() == [[2.5, 2.5]]


def test_mistakes_are_told_where_they_are_made() -> None:
    graph = Graph("wrong")
    graph.input("x", ("n",))
    with pytest.raises(ValueError, match="already has a value 'x'"):
        graph.constant("x", 1.0)
    with pytest.raises(ValueError, match="asks for 'nothing'"):
        graph.node("Relu", "nothing")
    with pytest.raises(ValueError, match="asks for 'nothing'"):
        graph.output("nothing", "y", ("n",))
    with pytest.raises(ValueError, match="float16's range"):
        graph.constant("large", [1e6], half=True)
    with pytest.raises(ValueError, match="only floats"):
        graph.constant("whole", np.arange(3), half=True)
    with pytest.raises(ValueError, match="no place for"):
        graph.constant("words", np.array(["a"]))
    with pytest.raises(TypeError, match="no type that ONNX knows"):
        graph.node("Relu", "x", setting=["a", 1])
    with pytest.raises(OverflowError):
        graph.node("Relu", "x", setting=2**70)
