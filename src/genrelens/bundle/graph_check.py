"""A look into ONNX bytes for what would make a runtime read other files.

An ONNX tensor may say that its data lie in a file beside the model. A bundle's graphs never do; one that
does is hostile or broken, and is refused before a runtime sees it. The protobuf wire format is walked
through every message in which a tensor can stand; nothing else of the graph is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator

from genrelens.errors import BundleError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
TENSOR_EXTERNAL_DATA, TENSOR_DATA_LOCATION = 13, 14
DEEPEST = 32


def refuse_external_data(model: bytes) -> None:
    """Raises BundleError when a tensor of the graph points outside the bytes, or the bytes are no ONNX.

    Args:
        model: the bytes of an ONNX file.

    Example:
        >>> refuse_external_data(b"")
        Traceback (most recent call last):
        genrelens.errors.BundleError: one of its models is empty
    """
    if not model:
        raise BundleError("one of its models is empty")
    _walk(memoryview(model), "model", 0)


def _walk(data: memoryview, kind: str, depth: int) -> None:
    if depth > DEEPEST:
        raise BundleError("one of its models is nested too deep")
    for field, wire, payload in _fields(data):
        external = field == TENSOR_EXTERNAL_DATA or (
            field == TENSOR_DATA_LOCATION and bytes(payload) != b"\0"
        )
        if kind == "tensor" and external:
            raise BundleError("one of its models refers to data outside the bundle")
        child = CHILDREN[kind].get(field)
        if child is not None and wire == BYTES:
            _walk(payload, child, depth + 1)


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        wire = key & 7
        if wire == VARINT:
            _, end = _varint(data, position)
        elif wire == FIXED64:
            end = position + 8
        elif wire == FIXED32:
            end = position + 4
        elif wire == BYTES:
            length, position = _varint(data, position)
            end = position + length
        else:
            raise BundleError("one of its models is no ONNX graph")
        if end > len(data):
            raise BundleError("one of its models is cut short")
        yield key >> 3, wire, data[position:end]
        position = end


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise BundleError("one of its models is no ONNX graph")
