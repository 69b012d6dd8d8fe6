"""An ONNX file as plain values: read strictly, written in one way only.

Only what `Graph` writes is known here: no external data, no graphs inside nodes, no functions, no sparse or
string tensors, no custom domains. `to_bytes` writes the values again, in `Graph`'s own order; a file that
`Graph` wrote comes back as it was. Field numbers are those of `onnx.proto`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from genrelens.errors import GraphError
from genrelens.graphs import wire
from genrelens.graphs.wire import FOUR_BYTES, LENGTH_PREFIXED, VARINT
from genrelens.graphs.wire_reading import Field, Found, read_fields

IR_VERSION, PRODUCER = 8, "genrelens"
IR_VERSIONS = range(8, 14)
"""File formats whose parts that are known here mean the same; 8 is written."""
OPSETS = range(15, 18)
"""Operator sets in which every operator that is let through has the same form."""
MOST_NODES, MOST_TENSORS, MOST_NAMES, MOST_SIZES = 1000, 1000, 16, 8
LONGEST_NAME, LONGEST_NOTE = 200, 1 << 17
NOTES = ("encoder", "genres", "licence", "notice", "source")
"""Metadata that genrelens writes; a runtime may read commands for itself out of others."""

FLOAT, INT64, HALF = 1, 7, 10
BYTES_OF = {FLOAT: 4, INT64: 8, HALF: 2}
"""Element types that weights have, and the bytes of one element."""
EXTERNAL_DATA, DATA_LOCATION = 13, 14

Attribute = float | int | tuple[int, ...]
Sizes = tuple[int | str, ...]

_NUMBER, _PART = Field(VARINT), Field(LENGTH_PREFIXED)


@dataclass(frozen=True)
class Tensor:
    """Weights: the type's number in ONNX, sizes, and the raw little-endian numbers, not copied."""

    name: str
    kind: int
    sizes: tuple[int, ...]
    raw: memoryview = field(repr=False)


@dataclass(frozen=True)
class Node:
    """One operator; an input that is left out is empty text."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True)
class Declared:
    """An input or output of the graph: a size is a number, or a text that names a free one."""

    name: str
    kind: int
    sizes: Sizes


@dataclass(frozen=True)
class ModelFile:
    """The content of an ONNX file."""

    name: str
    opset: int
    nodes: tuple[Node, ...]
    tensors: tuple[Tensor, ...]
    inputs: tuple[Declared, ...]
    outputs: tuple[Declared, ...]
    notes: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """The one way to write it. Equal values give equal bytes."""
        body: list[bytes | memoryview] = [wire.message(1, [_node_bytes(node)]) for node in self.nodes]
        body.append(wire.text(2, self.name))
        for tensor in self.tensors:
            head = [wire.integer(1, size) for size in tensor.sizes]
            head += [wire.integer(2, tensor.kind), wire.text(8, tensor.name)]
            opening = b"".join(head) + wire.varint(9 << 3 | LENGTH_PREFIXED) + wire.varint(len(tensor.raw))
            whole = len(opening) + len(tensor.raw)
            body += [wire.varint(5 << 3 | LENGTH_PREFIXED) + wire.varint(whole), opening, tensor.raw]
        body += [wire.message(11, [_declared_bytes(one)]) for one in self.inputs]
        body += [wire.message(12, [_declared_bytes(one)]) for one in self.outputs]
        length = sum(map(len, body))
        start = [wire.integer(1, IR_VERSION), wire.text(2, PRODUCER)]
        start.append(wire.varint(7 << 3 | LENGTH_PREFIXED) + wire.varint(length))
        rest = [wire.message(8, [wire.text(1, ""), wire.integer(2, self.opset)])]
        rest += [
            wire.message(14, [wire.text(1, key), wire.text(2, value)])
            for key, value in sorted(self.notes.items())
        ]
        return b"".join([*start, *body, *rest])


def read_model_file(data: bytes) -> ModelFile:
    """The content of an ONNX file, if it has no parts but those that genrelens writes.

    Raises:
        GraphError: in half a sentence that goes on from the file's name.

    Example:
        >>> read_model_file(b"\\x08\\x08")
        Traceback (most recent call last):
        genrelens.errors.GraphError: it lacks its graph
    """
    if not data:
        raise GraphError("it is empty")
    known = {1: _NUMBER, 2: _PART, 3: _PART, 7: _PART, 8: _PART, 14: Field(LENGTH_PREFIXED, len(NOTES))}
    model = read_fields(memoryview(data), known)
    graph = read_fields(
        _one(model, 7, "graph"),
        {
            1: Field(LENGTH_PREFIXED, MOST_NODES),
            2: _PART,
            5: Field(LENGTH_PREFIXED, MOST_TENSORS),
            11: Field(LENGTH_PREFIXED, MOST_NAMES),
            12: Field(LENGTH_PREFIXED, MOST_NAMES),
        },
    )
    tensors = tuple(_tensor(part) for part in _parts(graph, 5))
    nodes = tuple(_node(part) for part in _parts(graph, 1))
    if model.get(1, [0])[0] not in IR_VERSIONS:
        raise GraphError("it is of another version of the file format than genrelens writes")
    opset = read_fields(_one(model, 8, "operator set"), {1: _PART, 2: _NUMBER})
    version = opset.get(2, [0])[0]
    if _text_of(opset, 1) or version not in OPSETS:
        raise GraphError("it is of another operator set than genrelens writes")
    notes = [read_fields(part, {1: _PART, 2: _PART}) for part in _parts(model, 14)]
    named = {_text_of(note, 1): _text_of(note, 2, LONGEST_NOTE, shown=False) for note in notes}
    if len(named) < len(notes) or not set(named) <= set(NOTES):
        raise GraphError("it holds metadata that genrelens does not write")
    return ModelFile(
        name=_text_of(graph, 2),
        opset=cast(int, version),
        nodes=nodes,
        tensors=tensors,
        inputs=tuple(_declared(part) for part in _parts(graph, 11)),
        outputs=tuple(_declared(part) for part in _parts(graph, 12)),
        notes=named,
    )


def _parts(found: Found, number: int) -> list[memoryview]:
    return cast("list[memoryview]", found.get(number, []))


def _one(found: Found, number: int, what: str) -> memoryview:
    if number not in found:
        raise GraphError(f"it lacks its {what}")
    return _parts(found, number)[0]


def _text(raw: memoryview, longest: int = LONGEST_NAME, shown: bool = True) -> str:
    if len(raw) > longest:
        raise GraphError(f"it holds a text of {len(raw)} bytes, {longest} are possible")
    try:
        text = str(raw, "utf-8")
    except UnicodeDecodeError:
        raise GraphError("it holds a text that is no UTF-8") from None
    if shown and not text.isprintable():
        raise GraphError("it holds a text with control characters")
    return text


def _text_of(found: Found, number: int, longest: int = LONGEST_NAME, shown: bool = True) -> str:
    return _text(_parts(found, number)[0], longest, shown) if number in found else ""


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


_TENSOR = {
    1: Field(VARINT, MOST_SIZES),
    2: _NUMBER,
    8: _PART,
    9: _PART,
    EXTERNAL_DATA: Field(LENGTH_PREFIXED, MOST_NAMES),
    DATA_LOCATION: _NUMBER,
}


def _tensor(data: memoryview) -> Tensor:
    found = read_fields(data, _TENSOR)
    if EXTERNAL_DATA in found or DATA_LOCATION in found:
        raise GraphError("it refers to data outside the bundle")
    kind = cast(int, found.get(2, [0])[0])
    sizes = tuple(cast("list[int]", found.get(1, [])))
    if kind not in BYTES_OF:
        raise GraphError(f"it holds weights of a type that genrelens does not write ({kind})")
    raw = _one(found, 9, "weights")
    if 0 in sizes or math.prod(sizes) * BYTES_OF[kind] != len(raw):
        raise GraphError("the sizes of its weights do not match their bytes")
    return Tensor(_text_of(found, 8), kind, sizes, raw)


_NODE = {
    1: Field(LENGTH_PREFIXED, MOST_NAMES),
    2: Field(LENGTH_PREFIXED, MOST_NAMES),
    3: _PART,
    4: _PART,
    5: Field(LENGTH_PREFIXED, MOST_NAMES),
}


def _node(data: memoryview) -> Node:
    found = read_fields(data, _NODE)
    attributes = [_attribute(part) for part in _parts(found, 5)]
    named = dict(attributes)
    if len(named) < len(attributes):
        raise GraphError("one of its operators has an attribute twice")
    return Node(
        operator=_text_of(found, 4),
        name=_text_of(found, 3),
        inputs=tuple(_text(part) for part in _parts(found, 1)),
        outputs=tuple(_text(part) for part in _parts(found, 2)),
        attributes=dict(sorted(named.items())),
    )


_REAL, _INTEGER, _INTEGERS = 1, 2, 7
_ATTRIBUTE = {1: _PART, 2: Field(FOUR_BYTES), 3: _NUMBER, 8: Field(VARINT, MOST_SIZES), 20: _NUMBER}
_VALUE_FIELD = {_REAL: 2, _INTEGER: 3, _INTEGERS: 8}


def _attribute(data: memoryview) -> tuple[str, Attribute]:
    found = read_fields(data, _ATTRIBUTE)
    kind = cast(int, found.get(20, [0])[0])
    place = _VALUE_FIELD.get(kind)
    if place is None or set(found) != {1, place, 20}:
        raise GraphError("one of its operators has an attribute of a kind that genrelens does not write")
    values = found[place]
    name = _text_of(found, 1)
    if kind == _REAL:
        value = cast(float, values[0])
        if not math.isfinite(value):
            raise GraphError(f"its attribute {name!r} is no finite number")
        return name, value
    numbers = tuple(_signed(cast(int, value)) for value in values)
    return name, numbers if kind == _INTEGERS else numbers[0]


def _declared(data: memoryview) -> Declared:
    found = read_fields(data, {1: _PART, 2: _PART})
    tensor_type = read_fields(_one(found, 2, "type of an input or result"), {1: _PART})
    described = read_fields(_one(tensor_type, 1, "type of an input or result"), {1: _NUMBER, 2: _PART})
    shape = read_fields(
        _one(described, 2, "sizes of an input or result"), {1: Field(LENGTH_PREFIXED, MOST_SIZES)}
    )
    sizes: list[int | str] = []
    for part in _parts(shape, 1):
        size = read_fields(part, {1: _NUMBER, 2: _PART})
        if len(size) != 1:
            raise GraphError("a size of one of its inputs or results is neither a number nor a name")
        sizes.append(cast(int, size[1][0]) if 1 in size else _text_of(size, 2))
    return Declared(_text_of(found, 1), cast(int, described.get(1, [0])[0]), tuple(sizes))


def _node_bytes(node: Node) -> bytes:
    fields = [wire.text(1, value) for value in node.inputs]
    fields += [wire.text(2, value) for value in node.outputs]
    fields += [wire.text(3, node.name), wire.text(4, node.operator)]
    for name, value in node.attributes.items():
        if isinstance(value, tuple):
            written = [*(wire.integer(8, item) for item in value), wire.integer(20, _INTEGERS)]
        elif isinstance(value, float):
            written = [wire.real(2, value), wire.integer(20, _REAL)]
        else:
            written = [wire.integer(3, value), wire.integer(20, _INTEGER)]
        fields.append(wire.message(5, [wire.text(1, name), *written]))
    return b"".join(fields)


def _declared_bytes(declared: Declared) -> bytes:
    sizes = [wire.integer(1, d) if isinstance(d, int) else wire.text(2, d) for d in declared.sizes]
    tensor_type = [
        wire.integer(1, declared.kind),
        wire.message(2, [wire.message(1, [size]) for size in sizes]),
    ]
    return wire.text(1, declared.name) + wire.message(2, [wire.message(1, tensor_type)])
