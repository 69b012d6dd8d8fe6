"""The operators that genrelens writes: their forms, the shapes of their results, what they cost.

Nothing else is let through: an operator, an attribute or a form that no exporter of genrelens uses is
refused, above all those that loop, branch, or make large values out of small ones. A new exporter that needs
another operator adds it here, with its shape.

Costs are counted in multiply-adds. An element that is only read and written counts `TOUCH`: memory, not
arithmetic, is what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from genrelens.errors import GraphError
from genrelens.graphs.model_file import FLOAT, HALF, INT64, Attribute
from genrelens.graphs.values import (
    Shape,
    Size,
    Value,
    axis_of,
    broadcast,
    exact,
    integers,
    is_float,
    known,
    known_numbers,
)

TOUCH = 8
FUNCTION = 40
"""A logarithm, an exponential function."""


@dataclass(frozen=True)
class Call:
    """One operator with what it is given."""

    inputs: Sequence[Value | None]
    outputs: int
    attributes: Mapping[str, Attribute]

    @property
    def x(self) -> Value:
        """The first input, of 32-bit floats."""
        return is_float(self.inputs[0])

    def number(self, name: str, default: int | None = None) -> int:
        """An attribute that is an integer."""
        value = self.attributes.get(name, default)
        if value is None:
            raise GraphError(f"an operator lacks its attribute {name}")
        return cast(int, value)

    def list(self, name: str, length: int, default: int | None = None) -> tuple[int, ...]:
        """An attribute that is a list of integers, of one length."""
        values = self.attributes.get(name)
        if values is None and default is not None:
            return (default,) * length
        if values is None or len(cast("tuple[int, ...]", values)) != length:
            raise GraphError(f"the attribute {name} of an operator is missing or not of {length} numbers")
        return cast("tuple[int, ...]", values)


@dataclass(frozen=True)
class Result:
    """An operator's results and their cost: multiply-adds, and bytes that it needs while it works."""

    values: tuple[Value, ...]
    work: int
    scratch: int = 0


Rule = Callable[[Call], Result]


@dataclass(frozen=True)
class Operator:
    """The forms of an operator that are let through.

    Attributes:
        rule: the shapes of its results and its cost.
        inputs: how many it takes.
        outputs: fewest and most results.
        attributes: those it may have, by the Python type of their value.
    """

    rule: Rule
    inputs: int = 1
    outputs: tuple[int, int] = (1, 1)
    attributes: Mapping[str, type] = field(default_factory=dict)


def _float(shape: Shape) -> Value:
    return Value(FLOAT, shape)


def _each(cost: int) -> Rule:
    def rule(call: Call) -> Result:
        return Result((_float(call.x.shape),), cost * call.x.most)

    return rule


def _identity(call: Call) -> Result:
    value = call.inputs[0]
    if value is None or value.kind == HALF:
        raise GraphError("an operator is given something else than 32-bit floats")
    return Result((Value(value.kind, value.shape, value.numbers),), TOUCH * value.most)


def _softmax(call: Call) -> Result:
    axis_of(call.number("axis"), len(call.x.shape))
    return _each(FUNCTION)(call)


def _pair(call: Call) -> Result:
    a, b = is_float(call.inputs[0]), is_float(call.inputs[1])
    result = _float(broadcast(a.shape, b.shape))
    return Result((result,), TOUCH * result.most)


def _add(call: Call) -> Result:
    if any(value is None or value.kind != INT64 for value in call.inputs):
        return _pair(call)
    a, b = _sizes_pair(call)
    return Result((integers(tuple((p[0] + q[0], p[1] + q[1]) for p, q in zip(a, b, strict=True))),), TOUCH)


def _div(call: Call) -> Result:
    """Of sizes only. A divisor that can be zero ends the process, not the run."""
    a, b = _sizes_pair(call)
    if min((low for low, _ in a), default=0) < 0 or min((low for low, _ in b), default=0) < 1:
        raise GraphError("it divides sizes by what can be zero")
    return Result((integers(tuple((p[0] // q[1], p[1] // q[0]) for p, q in zip(a, b, strict=True))),), TOUCH)


def _sizes_pair(call: Call) -> tuple[Shape, Shape]:
    numbers = [value.numbers if value is not None else None for value in call.inputs]
    a, b = numbers
    if a is None or b is None or len(a) != len(b):
        raise GraphError("it computes with integers that are no sizes")
    return a, b


def _cast(call: Call) -> Result:
    value = call.inputs[0]
    if value is None or value.kind not in (FLOAT, HALF) or call.number("to") != FLOAT:
        raise GraphError("it changes a type in a way that genrelens does not write")
    return Result((_float(value.shape),), TOUCH * value.most)


def _slid(size: Size, before_and_after: int, kernel: int, stride: int) -> Size:
    low, high = ((bound + before_and_after - kernel) // stride + 1 for bound in size)
    if high < 1:
        raise GraphError("a convolution or pooling of it is wider than its input")
    return max(low, 0), high


def _spatial(x: Value) -> int:
    if len(x.shape) not in (3, 4):
        raise GraphError(f"a convolution or pooling is given a value with {len(x.shape)} axes")
    return len(x.shape) - 2


def _conv(call: Call) -> Result:
    x, kernel, bias = call.x, is_float(call.inputs[1]), is_float(call.inputs[2])
    axes = _spatial(x)
    sizes = tuple(known(size) for size in kernel.shape)
    group = call.number("group", 1)
    pads, strides = call.list("pads", 2 * axes, 0), call.list("strides", axes, 1)
    if len(sizes) != axes + 2 or call.list("kernel_shape", axes) != sizes[2:]:
        raise GraphError("a convolution's kernel is not of the announced size")
    filters, depth = sizes[:2]
    if group < 1 or filters % group or known(x.shape[1]) != depth * group or bias.shape != exact(filters):
        raise GraphError("a convolution does not fit its input, its groups or its bias")
    if min(strides) < 1 or any(not 0 <= pad < width for pad, width in zip(pads, sizes[2:] * 2, strict=True)):
        raise GraphError("a convolution has an impossible stride or pads more than its kernel")
    spatial = tuple(
        _slid(x.shape[2 + i], pads[i] + pads[axes + i], sizes[2 + i], strides[i]) for i in range(axes)
    )
    result = _float((x.shape[0], (filters, filters), *spatial))
    taps = depth * math.prod(sizes[2:])
    unrolled = 4 * taps * min(math.prod(size[1] for size in spatial), filters)
    return Result((result,), result.most * (taps + TOUCH), unrolled + x.bytes + result.bytes)


def _pool(call: Call) -> Result:
    axes = _spatial(call.x)
    kernel, strides = call.list("kernel_shape", axes), call.list("strides", axes, 1)
    if min(*kernel, *strides) < 1:
        raise GraphError("a pooling has an impossible size or stride")
    spatial = tuple(_slid(call.x.shape[2 + i], 0, kernel[i], strides[i]) for i in range(axes))
    result = _float((*call.x.shape[:2], *spatial))
    return Result((result,), result.most * math.prod(kernel) + TOUCH * (result.most + call.x.most))


def _global_pool(call: Call) -> Result:
    axes = _spatial(call.x)
    return Result((_float((*call.x.shape[:2], *exact(*[1] * axes))),), TOUCH * call.x.most)


def _product(sizes: Sequence[Size]) -> Size:
    return math.prod(low for low, _ in sizes), math.prod(high for _, high in sizes)


def _flatten(call: Call) -> Result:
    shape = call.x.shape
    if not shape:
        raise GraphError("it flattens a single number")
    return Result((_float((shape[0], _product(shape[1:]))),), TOUCH * call.x.most)


def _gemm(call: Call) -> Result:
    a, b, c = (is_float(value) for value in call.inputs)
    if len(a.shape) != 2 or len(b.shape) != 2 or call.number("transB", 0) not in (0, 1):
        raise GraphError("a matrix product is given something else than matrices")
    inner, width = b.shape[::-1] if call.number("transB", 0) else b.shape
    shape = (a.shape[0], width)
    if a.shape[1] != inner or len(c.shape) > 2 or broadcast(c.shape, shape) != shape:
        raise GraphError("a matrix product does not fit its inputs")
    result = _float(shape)
    return Result((result,), result.most * (inner[1] + TOUCH))


def _matmul(call: Call) -> Result:
    a, b = is_float(call.inputs[0]), is_float(call.inputs[1])
    if len(a.shape) not in (2, 3) or len(b.shape) != 2 or a.shape[-1] != b.shape[0]:
        raise GraphError("a matrix product does not fit its inputs")
    result = _float((*a.shape[:-1], b.shape[1]))
    return Result((result,), result.most * (b.shape[0][1] + TOUCH))


def _unsqueeze(call: Call) -> Result:
    sizes = list(call.x.shape)
    axes = known_numbers(call.inputs[1])
    rank = len(sizes) + len(axes)
    for axis in _distinct(axes, rank):
        sizes.insert(axis, (1, 1))
    return Result((_float(tuple(sizes)),), TOUCH * call.x.most)


def _squeeze(call: Call) -> Result:
    sizes = call.x.shape
    gone = _distinct(known_numbers(call.inputs[1]), len(sizes))
    if any(sizes[axis] != (1, 1) for axis in gone):
        raise GraphError("it drops an axis that has more than one element")
    kept = tuple(size for axis, size in enumerate(sizes) if axis not in gone)
    return Result((_float(kept),), TOUCH * call.x.most)


def _distinct(axes: Sequence[int], rank: int) -> list[int]:
    found = sorted({axis_of(axis, rank) for axis in axes})
    if not axes or len(found) != len(axes):
        raise GraphError("an operator names an axis twice, or none")
    return found


def _concat(call: Call) -> Result:
    first = call.inputs[0]
    if first is not None and first.kind == INT64:
        numbers = [value.numbers if value is not None else None for value in call.inputs]
        if call.number("axis") not in (0, -1) or any(one is None for one in numbers):
            raise GraphError("it computes with integers that are no sizes")
        return Result((integers(tuple(size for one in numbers if one is not None for size in one)),), TOUCH)
    values = [is_float(value) for value in call.inputs]
    rank = len(values[0].shape)
    axis = axis_of(call.number("axis"), rank)
    rest = {value.shape[:axis] + value.shape[axis + 1 :] for value in values}
    if len(rest) > 1 or {len(value.shape) for value in values} != {rank}:
        raise GraphError("it concatenates values of different sizes")
    along = tuple(sum(value.shape[axis][end] for value in values) for end in (0, 1))
    shape = values[0].shape
    result = _float((*shape[:axis], (along[0], along[1]), *shape[axis + 1 :]))
    return Result((result,), TOUCH * result.most)


def _reduce(call: Call) -> Result:
    sizes = call.x.shape
    axes = cast("tuple[int, ...]", call.attributes.get("axes", ()))
    gone = _distinct(axes, len(sizes))
    if call.number("keepdims", 1):
        shape: Shape = tuple((1, 1) if axis in gone else size for axis, size in enumerate(sizes))
    else:
        shape = tuple(size for axis, size in enumerate(sizes) if axis not in gone)
    return Result((_float(shape),), TOUCH * call.x.most)


def _reshape(call: Call) -> Result:
    sizes = known_numbers(call.inputs[1])
    if sizes.count(-1) != 1 or min(sizes) < -1 or 0 in sizes:
        raise GraphError("it reshapes a value in a way that genrelens does not write")
    fixed = -math.prod(sizes)
    total = _product(call.x.shape)
    if total[0] == total[1] and total[0] % fixed:
        raise GraphError("it reshapes a value to sizes that do not fit")
    rest = (total[0] // fixed, total[1] // fixed)
    shape = tuple(rest if size == -1 else (size, size) for size in sizes)
    return Result((_float(shape),), TOUCH * call.x.most)


def _shape(call: Call) -> Result:
    rank = len(call.x.shape)
    start, end = call.number("start", 0), call.number("end", rank)
    if not 0 <= start < end <= rank:
        raise GraphError("it asks for sizes of axes that are not there")
    return Result((integers(call.x.shape[start:end]),), TOUCH)


def _tile(call: Call) -> Result:
    times = call.inputs[1].numbers if call.inputs[1] is not None else None
    if times is None or len(times) != len(call.x.shape) or any(low < 1 for low, _ in times):
        raise GraphError("it repeats a value in a way that genrelens does not write")
    shape = tuple((s[0] * t[0], s[1] * t[1]) for s, t in zip(call.x.shape, times, strict=True))
    result = _float(shape)
    return Result((result,), TOUCH * result.most)


def _transpose(call: Call) -> Result:
    sizes = call.x.shape
    order = call.list("perm", len(sizes))
    if sorted(order) != list(range(len(sizes))):
        raise GraphError("it puts axes into an impossible order")
    return Result((_float(tuple(sizes[axis] for axis in order)),), 2 * TOUCH * call.x.most)


def _split(call: Call) -> Result:
    sizes = call.x.shape
    axis = axis_of(call.number("axis"), len(sizes))
    parts = known_numbers(call.inputs[1])
    if len(parts) != call.outputs or min(parts) < 1 or sum(parts) != known(sizes[axis]):
        raise GraphError("it splits a value into parts that do not add up")
    values = tuple(_float((*sizes[:axis], (part, part), *sizes[axis + 1 :])) for part in parts)
    return Result(values, TOUCH * call.x.most)


def _lstm(call: Call) -> Result:
    x, weights, recurrent, bias = (is_float(value) for value in call.inputs)
    hidden = call.number("hidden_size")
    if len(x.shape) != 3 or not 1 <= hidden <= 4096:
        raise GraphError("an LSTM does not fit its input")
    time, batch, width = x.shape
    wanted = (exact(1, 4 * hidden, known(width)), exact(1, 4 * hidden, hidden), exact(1, 8 * hidden))
    if (weights.shape, recurrent.shape, bias.shape) != wanted:
        raise GraphError("an LSTM's weights do not fit its input")
    steps = time[1] * batch[1]
    one, size = (1, 1), (hidden, hidden)
    sequence, last = _float((time, one, batch, size)), _float((one, batch, size))
    work = steps * 4 * hidden * (width[1] + hidden + FUNCTION)
    return Result((sequence, last, last)[: call.outputs], work, 4 * steps * 5 * hidden)


_WINDOW = {"kernel_shape": tuple, "strides": tuple}
_REDUCTION = Operator(_reduce, attributes={"axes": tuple, "keepdims": int})

OPERATORS: dict[str, Operator] = {
    "Add": Operator(_add, 2),
    "AveragePool": Operator(_pool, attributes=_WINDOW),
    "Cast": Operator(_cast, attributes={"to": int}),
    "Concat": Operator(_concat, -1, attributes={"axis": int}),
    "Conv": Operator(_conv, 3, attributes={**_WINDOW, "pads": tuple, "group": int}),
    "Div": Operator(_div, 2),
    "Elu": Operator(_each(FUNCTION), attributes={"alpha": float}),
    "Exp": Operator(_each(FUNCTION)),
    "Flatten": Operator(_flatten),
    "Gemm": Operator(_gemm, 3, attributes={"transB": int}),
    "GlobalAveragePool": Operator(_global_pool),
    "GlobalMaxPool": Operator(_global_pool),
    "HardSigmoid": Operator(_each(TOUCH), attributes={"alpha": float, "beta": float}),
    "Identity": Operator(_identity),
    "LSTM": Operator(_lstm, 4, (1, 3), {"hidden_size": int}),
    "Log": Operator(_each(FUNCTION)),
    "MatMul": Operator(_matmul, 2),
    "Max": Operator(_pair, 2),
    "MaxPool": Operator(_pool, attributes=_WINDOW),
    "Mul": Operator(_pair, 2),
    "ReduceMax": _REDUCTION,
    "ReduceMean": _REDUCTION,
    "ReduceSumSquare": _REDUCTION,
    "Relu": Operator(_each(TOUCH)),
    "Reshape": Operator(_reshape, 2),
    "Shape": Operator(_shape, attributes={"start": int, "end": int}),
    "Sigmoid": Operator(_each(FUNCTION)),
    "Softmax": Operator(_softmax, attributes={"axis": int}),
    "Split": Operator(_split, 2, (1, 8), {"axis": int}),
    "Squeeze": Operator(_squeeze, 2),
    "Sub": Operator(_pair, 2),
    "Tile": Operator(_tile, 2),
    "Transpose": Operator(_transpose, attributes={"perm": tuple}),
    "Unsqueeze": Operator(_unsqueeze, 2),
}
"""By name; an operator with -1 inputs takes one to eight."""
