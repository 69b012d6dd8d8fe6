"""A network put together node by node and written as an ONNX file.

Conventions: values (inputs, constants, results of nodes) are known by name; every method that makes a value
returns its name, to be handed to the next node. The same calls always give the same bytes. Field numbers are
those of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from genrelens.graphs import wire

Dimension = int | str
Attribute = int | float | str | Sequence[int] | Sequence[float] | np.ndarray

IR_VERSION = 8
"""The file format that came with operator set 17; every ONNX Runtime since 1.13 reads it."""

ELEMENT_TYPES: dict[str, int] = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "uint32": 12,
    "uint64": 13,
}
"""Names of NumPy types and their numbers in ONNX."""

LARGEST_HALF = float(np.finfo(np.float16).max)


class Graph:
    """A network under construction.

    Args:
        name: what the graph is called in the file.
        opset: version of ONNX's operator set.
        metadata: texts kept in the file, such as a licence notice; written in the order of their keys.

    Example:
        >>> graph = Graph("double")
        >>> x = graph.input("x", ("n", 3))
        >>> graph.output(graph.node("Mul", x, graph.constant("two", 2.0)), "y", ("n", 3))
        >>> from genrelens.runtime import load_session
        >>> session = load_session(graph.to_bytes())
        >>> session.run(["y"], {"x": np.ones((1, 3), np.float32)})[0].tolist()
        [[2.0, 2.0, 2.0]]
    """

    def __init__(self, name: str, opset: int = 17, metadata: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.opset = opset
        self.metadata = dict(metadata or {})
        self._values: set[str] = set()
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._constants: list[bytes] = []
        self._nodes: list[bytes] = []

    def input(self, name: str, shape: Sequence[Dimension], dtype: npt.DTypeLike = np.float32) -> str:
        """Declare an input and return its name.

        Args:
            name: name by which a session feeds it.
            shape: sizes; a text names a free dimension, `()` is a scalar.
            dtype: type of its elements.

        Raises:
            ValueError: the name is taken, or the type has no place in ONNX.
        """
        self._inputs.append(_value_info(self._new(name), shape, np.dtype(dtype)))
        return name

    def constant(self, name: str, array: npt.ArrayLike, half: bool = False) -> str:
        """Store an array in the file and return the name of its value.

        Float64 arrays and Python floats are stored as float32. With `half` the array is stored as float16
        and cast back to float32 when the network is loaded: half the bytes, 11 bits of mantissa.

        Args:
            name: name of the value.
            array: the numbers, any shape.
            half: store as float16.

        Raises:
            ValueError: the name is taken, the type has no place in ONNX, or `half` is asked for integers or
                for numbers beyond float16's range (65504).
        """
        values = np.asarray(array)
        if values.dtype == np.float64:
            values = values.astype(np.float32)
        if not half:
            self._constants.append(_tensor(self._new(name), values))
            return name
        if values.dtype.kind != "f":
            raise ValueError(f"constant {name!r} holds {values.dtype}, only floats can be stored as float16")
        if values.size and float(np.abs(values).max()) > LARGEST_HALF:
            raise ValueError(f"constant {name!r} holds numbers beyond float16's range of {LARGEST_HALF:g}")
        stored = self._new(f"{name}/float16")
        self._constants.append(_tensor(stored, values.astype(np.float16)))
        to_float = _attribute("to", ELEMENT_TYPES["float32"])
        self._append("Cast", [stored], [self._new(name)], [wire.message(5, [to_float])])
        return name

    @overload
    def node(  # type: ignore[overload-overlap]  # 1 is an int too, and gives a name, no tuple
        self, operator: str, *inputs: str | None, outputs: Literal[1] = 1, **attributes: Attribute
    ) -> str: ...

    @overload
    def node(
        self, operator: str, *inputs: str | None, outputs: int, **attributes: Attribute
    ) -> tuple[str, ...]: ...

    def node(self, operator: str, *inputs: str | None, outputs: int = 1, **attributes: Attribute) -> Any:
        """Apply an operator and return the name of its result (a tuple of names when `outputs` is not 1).

        Args:
            operator: its name in ONNX, such as `Conv`.
            inputs: names of values, in the operator's order; None for an optional one that is left out.
            outputs: how many results it has.
            attributes: the operator's attributes: int, float, str, lists of int or float, or an array.

        Raises:
            ValueError: an input is not a value of this graph.
            TypeError: an attribute is of none of these types.
        """
        for value in inputs:
            if value is not None and value not in self._values:
                raise ValueError(f"{operator} asks for {value!r}, which is no value of graph {self.name!r}")
        encoded = [wire.message(5, [_attribute(key, value)]) for key, value in sorted(attributes.items())]
        stem = f"{operator}_{len(self._nodes)}"
        names = [self._new(stem if outputs == 1 else f"{stem}/{k}") for k in range(outputs)]
        self._append(operator, [value or "" for value in inputs], names, encoded)
        return names[0] if outputs == 1 else tuple(names)

    def output(
        self, value: str, name: str, shape: Sequence[Dimension], dtype: npt.DTypeLike = np.float32
    ) -> None:
        """Declare `value` a result of the network, under `name`.

        Raises:
            ValueError: there is no such value, the name is taken, or the type has no place in ONNX.
        """
        if value not in self._values:
            raise ValueError(f"output {name!r} asks for {value!r}, which is no value of graph {self.name!r}")
        self._append("Identity", [value], [self._new(name)], [])
        self._outputs.append(_value_info(name, shape, np.dtype(dtype)))

    def to_bytes(self) -> bytes:
        """The ONNX file's content.

        Example:
            >>> def build():
            ...     graph = Graph("copy")
            ...     graph.output(graph.input("x", ("n",)), "y", ("n",))
            ...     return graph.to_bytes()
            >>> build() == build()
            True
        """
        body = [wire.message(1, [node]) for node in self._nodes]
        body.append(wire.text(2, self.name))
        body += [wire.message(5, [tensor]) for tensor in self._constants]
        body += [wire.message(11, [info]) for info in self._inputs]
        body += [wire.message(12, [info]) for info in self._outputs]
        fields = [
            wire.integer(1, IR_VERSION),
            wire.text(2, "genrelens"),
            wire.message(7, body),
            wire.message(8, [wire.text(1, ""), wire.integer(2, self.opset)]),
        ]
        fields += [
            wire.message(14, [wire.text(1, key), wire.text(2, value)])
            for key, value in sorted(self.metadata.items())
        ]
        return b"".join(fields)

    def _new(self, name: str) -> str:
        if not name or name in self._values:
            raise ValueError(f"graph {self.name!r} already has a value {name!r}" if name else "empty name")
        self._values.add(name)
        return name

    def _append(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Sequence[bytes]
    ) -> None:
        fields = [wire.text(1, value) for value in inputs]
        fields += [wire.text(2, value) for value in outputs]
        fields += [wire.text(3, outputs[0]), wire.text(4, operator), *attributes]
        self._nodes.append(b"".join(fields))


def _element_type(dtype: np.dtype[Any]) -> int:
    number = ELEMENT_TYPES.get(dtype.name)
    if number is None:
        raise ValueError(f"ONNX has no place for elements of type {dtype}")
    return number


def _tensor(name: str, array: np.ndarray) -> bytes:
    little_endian = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    fields = [wire.integer(1, size) for size in array.shape]
    fields.append(wire.integer(2, _element_type(array.dtype)))
    if name:
        fields.append(wire.text(8, name))
    fields.append(wire.data(9, little_endian.tobytes()))
    return b"".join(fields)


def _value_info(name: str, shape: Sequence[Dimension], dtype: np.dtype[Any]) -> bytes:
    sizes = [wire.integer(1, d) if isinstance(d, int) else wire.text(2, d) for d in shape]
    tensor_type = [
        wire.integer(1, _element_type(dtype)),
        wire.message(2, [wire.message(1, [size]) for size in sizes]),
    ]
    return wire.text(1, name) + wire.message(2, [wire.message(1, tensor_type)])


def _attribute(name: str, value: Attribute) -> bytes:
    """One attribute: its name, its value, and the number of the field that holds the value."""
    if isinstance(value, np.ndarray):
        fields = [wire.message(5, [_tensor("", value)]), wire.integer(20, 4)]
    elif isinstance(value, str):
        fields = [wire.text(4, value), wire.integer(20, 3)]
    elif isinstance(value, int | np.integer):
        fields = [wire.integer(3, int(value)), wire.integer(20, 2)]
    elif isinstance(value, float | np.floating):
        fields = [wire.real(2, float(value)), wire.integer(20, 1)]
    elif all(isinstance(item, int | np.integer) for item in value):
        fields = [*(wire.integer(8, int(item)) for item in value), wire.integer(20, 7)]
    elif all(isinstance(item, int | float | np.integer | np.floating) for item in value):
        fields = [*(wire.real(7, float(item)) for item in value), wire.integer(20, 6)]
    else:
        raise TypeError(f"attribute {name!r} has a value of no type that ONNX knows: {value!r}")
    return b"".join([wire.text(1, name), *fields])
