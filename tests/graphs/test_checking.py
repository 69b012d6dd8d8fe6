"""A runtime sees only what was read strictly, fits the budget, and was written anew.

Oracles: the `onnx` package for what a file holds, its shape inference and ONNX Runtime for shapes and
numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from onnx import TensorProto, helper

from genrelens.audio.excerpts import EXCERPT_S
from genrelens.bundle.graph_check import LONGEST_FRAMES, checked_encoder, checked_part
from genrelens.encoders import ENCODERS, read_model
from genrelens.errors import GraphError
from genrelens.features import HOP, SAMPLE_RATE
from genrelens.graphs import Graph, check_graph, wire

NAMES = ["cnn_max", "cnn_max_lstm", "cnn_avg", "cnn_avg_lstm", "mlp", "cnn_max, plain", "mlp, plain",
         "logistic", "kernel", "distance", "foreign", "linear"]  # fmt: skip


def fields(message: bytes) -> list[tuple[int, bytes]]:
    """The fields of a message as they are written, each with its number."""
    found, place = [], 0
    while place < len(message):
        start = place
        tag, place = varint(message, place)
        if tag & 7 == 0:
            _, place = varint(message, place)
        else:
            length, place = (4, place) if tag & 7 == 5 else varint(message, place)
            place += length
        found.append((tag >> 3, message[start:place]))
    return found


def varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return value, place


def run(model: bytes, x: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def an_input(model: bytes, frames: int, seed: int = 0) -> np.ndarray:
    sizes = onnx.load_from_string(model).graph.input[0].type.tensor_type.shape.dim
    shape = [1, *([frames] if len(sizes) == 3 else []), sizes[-1].dim_value]
    return np.abs(np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


def with_all_values(model: bytes) -> onnx.ModelProto:
    """The model, every value of which is a result."""
    loaded = onnx.load_from_string(model)
    declared = {one.name for one in loaded.graph.output}
    sizes = {one.name for one in loaded.graph.initializer if one.data_type == TensorProto.INT64}
    for node in loaded.graph.node:
        of_sizes = node.op_type in ("Add", "Div", "Concat") and set(node.input) <= sizes
        kind = TensorProto.INT64 if node.op_type == "Shape" or of_sizes else TensorProto.FLOAT
        if kind == TensorProto.INT64 or "Shape" in node.op_type:
            sizes |= set(node.output)
        for name in set(node.output) - declared:
            loaded.graph.output.append(helper.make_tensor_value_info(name, kind, None))
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_what_we_export_is_let_through_as_it_is(exported: dict[str, bytes], name: str) -> None:
    assert checked_part(exported[name]).model == exported[name]


def test_every_kind_of_export_is_tested(exported: dict[str, bytes]) -> None:
    assert sorted(exported) == sorted(NAMES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 99),
    frames=st.integers(1, 40),
    version=st.integers(8, 10),
)
def test_the_same_network_spelled_otherwise_is_written_in_one_way(
    exported: dict[str, bytes], name: str, seed: int, frames: int, version: int
) -> None:
    """Fields in any order, another producer, another version of the format."""
    shuffle = random.Random(seed)
    model = onnx.load_from_string(exported[name])
    model.ir_version, model.producer_name = version, "somebody"
    parts = fields(model.SerializeToString())
    body = fields(model.graph.SerializeToString())
    order = {1: 0, 5: 1, 11: 2, 12: 3, 2: 4}
    places = [seed * number % 7 for number in range(5)]
    body.sort(key=lambda part: places[order[part[0]]])
    graph = wire.data(7, b"".join(part for _, part in body))
    parts = [part if number != 7 else (7, graph) for part in parts for number in [part[0]]]
    shuffle.shuffle(parts)
    spelled = b"".join(part for _, part in parts)
    checked = checked_part(spelled).model
    assert checked == exported[name]
    assert checked_part(checked).model == checked
    x = an_input(spelled, frames, seed)
    for ours, theirs in zip(run(checked, x), run(spelled, x), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), frames=st.integers(1, 300))
def test_shapes_are_those_of_a_run_and_bounds_hold_for_every_length(
    exported: dict[str, bytes], name: str, frames: int
) -> None:
    model = exported[name]
    everything = with_all_values(model)
    session = onnxruntime.InferenceSession(everything.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    ran = dict(zip(names, session.run(names, {"x": an_input(model, frames)}), strict=True))
    exact = check_graph(model, {"x": ((1, 1), (frames, frames))}).shapes
    bounds = checked_part(model)
    for value, array in ran.items():
        assert tuple(high for _, high in exact[value]) == array.shape, value
        assert all(
            low <= size <= high for size, (low, high) in zip(array.shape, bounds.shapes[value], strict=True)
        )
        assert array.nbytes <= bounds.cost.tensor_bytes


@pytest.mark.parametrize("name", ["musicnn"])
def test_an_encoder_is_let_through_with_the_shapes_that_onnx_infers(name: str) -> None:
    model = read_model(name)
    checked = checked_encoder(name, model)
    assert checked.model == model
    fixed = onnx.load_from_string(model)
    for place, size in enumerate(ENCODERS[name].largest):
        fixed.graph.input[0].type.tensor_type.shape.dim[place].dim_value = size
    inferred = onnx.shape_inference.infer_shapes(fixed, strict_mode=True, data_prop=True)
    assert len(inferred.graph.value_info) > 40
    for one in [*inferred.graph.value_info, *inferred.graph.output]:
        sizes = tuple(dim.dim_value for dim in one.type.tensor_type.shape.dim)
        assert tuple(high for _, high in checked.shapes[one.name]) == sizes or 0 in sizes, one.name


@pytest.mark.parametrize("name", list(ENCODERS))
def test_no_front_end_gives_more_than_the_check_reckons_with(name: str) -> None:
    spec = ENCODERS[name]
    for seconds in (1, 30, 31, 65):
        for batch in spec.windows(np.zeros(seconds * spec.sample_rate, np.float32), None):
            assert batch.shape[0] <= spec.largest[0]
            assert batch.shape[1] <= spec.largest[1]


@pytest.mark.parametrize("name", ["choi2017", "fcn", "mn04"])
def test_fetched_encoders_fit_the_budget(name: str, shared: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", f"{shared}/weights")
    model = read_model(name)
    assert checked_encoder(name, model).model == model


def test_an_excerpt_has_no_more_frames_than_the_check_reckons_with() -> None:
    assert 1 + EXCERPT_S * SAMPLE_RATE / HOP < LONGEST_FRAMES


def outside(location: str) -> onnx.TensorProto:
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[8], data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def replaced(model: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(change(part) if at == number else part for at, part in fields(model))


def wide(part: bytes, bit: int = 32) -> bytes:
    """The same field under a tag with a bit that a reader of 32 bits does not see."""
    tag, place = varint(part, 0)
    return wire.varint(tag | 1 << bit) + part[place:]


def in_graph(model: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return replaced(model, 7, lambda part: wire.data(7, change(part[varint(part, varint(part, 0)[1])[1] :])))


def good() -> bytes:
    graph = Graph("good")
    x = graph.input("x", ("n", 8))
    graph.output(graph.node("Add", x, graph.constant("w", np.ones(8, np.float32))), "y", ("n", 8))
    return graph.to_bytes()


GOOD = good()
OUTSIDE = in_graph(GOOD, lambda graph: graph + wire.data(5, outside("secret.bin").SerializeToString()))

SPELLINGS: dict[str, bytes] = {
    "data elsewhere": OUTSIDE,
    "absolute path": in_graph(GOOD, lambda g: g + wire.data(5, outside("/etc/passwd").SerializeToString())),
    "memory address": in_graph(
        GOOD, lambda g: g + wire.data(5, outside("*/_ORT_MEM_ADDR_/*").SerializeToString())
    ),
    "graph under a wide tag": replaced(OUTSIDE, 7, wide),
    "graph under a wider tag": replaced(OUTSIDE, 7, lambda part: wide(part, 60)),
    "a second graph under a wide tag": GOOD + wide(next(p for n, p in fields(OUTSIDE) if n == 7)),
    "weights under a wide tag": in_graph(OUTSIDE, lambda g: replaced(g, 5, wide)),
    "two graphs": GOOD + next(p for n, p in fields(OUTSIDE) if n == 7),
    "a graph in two pieces": GOOD + wire.data(7, wire.data(5, outside("x").SerializeToString())),
    "tag longer than needed": replaced(GOOD, 7, lambda p: bytes([p[0] | 0x80, 0]) + p[1:]),
    "length longer than needed": wire.varint(2 << 3 | 2) + b"\x81\x00a" + GOOD,
    "group": GOOD + bytes([3 << 3 | 3, 3 << 3 | 4]),
    "64-bit field": GOOD + bytes([5 << 3 | 1]) + bytes(8),
    "field 0": GOOD + b"\x02\x00",
    "unknown field": GOOD + wire.data(99, b"hello"),
    "functions": GOOD + wire.data(25, b""),
    "training": GOOD + wire.data(20, b""),
    "sparse weights": in_graph(GOOD, lambda g: g + wire.data(15, b"")),
    "quantisation": in_graph(GOOD, lambda g: g + wire.data(14, b"")),
    "metadata for the runtime": GOOD + wire.message(14, [wire.text(1, "ort_config"), wire.text(2, "{}")]),
    "a second operator set": GOOD + wire.message(8, [wire.text(1, "ai.onnx.ml"), wire.integer(2, 3)]),
    "cut": GOOD[:-3],
    "trailing bytes": GOOD + b"\x00",
    "empty": b"",
    "no ONNX": b"hello",
    "another format of the runtime": b"\x18\0\0\0ORTM" + bytes(64),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_readers_could_understand_differently_is_refused(spelling: str) -> None:
    with pytest.raises(GraphError) as refused:
        checked_part(SPELLINGS[spelling])
    assert "\n" not in str(refused.value)


def test_the_good_one_is_good() -> None:
    assert checked_part(GOOD).shapes["y"] == ((1, 1), (8, 8))


def test_bytes_cannot_be_taken_for_the_runtimes_own_format() -> None:
    """Its mark stands at the fifth byte: where a producer's name of the right length would stand."""
    model = onnx.load_from_string(GOOD)
    model.producer_name = "ORTM, made by nobody"
    marked = model.SerializeToString()
    assert marked[4:8] == b"ORTM"
    assert checked_part(marked).model[4:8] != b"ORTM"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["mlp", "linear", "distance", "cnn_avg"]), data=st.data())
def test_damaged_bytes_are_refused_or_written_in_one_way(
    exported: dict[str, bytes], name: str, data: st.DataObject
) -> None:
    content = bytearray(exported[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    try:
        checked = checked_part(bytes(content)).model
    except GraphError as error:
        assert "\n" not in str(error)
    else:
        assert checked_part(checked).model == checked
        onnx.load_from_string(checked)
