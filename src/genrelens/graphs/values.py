"""What is known of a value before a network runs: its type, the bounds of its sizes, and small integers.

A size is a pair (fewest, most): how many frames a recording gives is only known within bounds. Every rule
here keeps the pair around the true size, so that a budget kept by the upper bounds is kept by every run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from genrelens.errors import GraphError
from genrelens.graphs.model_file import BYTES_OF, FLOAT, INT64

Size = tuple[int, int]
Shape = tuple[Size, ...]
LARGEST_SIZE = 1 << 31


@dataclass(frozen=True)
class Value:
    """A tensor that is not there yet.

    Attributes:
        kind: its element type's number in ONNX.
        shape: the bounds of each size.
        numbers: bounds of its elements, for short vectors of integers that other sizes are computed from.
        constant: known when the network is loaded; kept for as long as it is.
    """

    kind: int
    shape: Shape
    numbers: Shape | None = None
    constant: bool = False

    @property
    def most(self) -> int:
        """The most elements that it can have."""
        return math.prod(size[1] for size in self.shape)

    @property
    def bytes(self) -> int:
        """The most bytes that it can take."""
        return self.most * BYTES_OF[self.kind]


def exact(*sizes: int) -> Shape:
    """Sizes that are known.

    Example:
        >>> exact(2, 3)
        ((2, 2), (3, 3))
    """
    return tuple((size, size) for size in sizes)


def known(size: Size) -> int:
    """A size that has to be known to the element.

    Raises:
        GraphError: it depends on the recording.
    """
    if size[0] != size[1]:
        raise GraphError("a size that has to be fixed depends on the recording")
    return size[0]


def known_numbers(value: Value | None) -> tuple[int, ...]:
    """The elements of a vector of integers that has to be constant.

    Raises:
        GraphError: it is none.
    """
    if value is None or value.numbers is None:
        raise GraphError("sizes or axes of an operator are not constant")
    return tuple(known(number) for number in value.numbers)


def together(a: Size, b: Size) -> Size:
    """The size of two that broadcast against each other.

    Raises:
        GraphError: they cannot.

    Example:
        >>> together((1, 1), (5, 5)), together((1, 9), (1, 9))
        ((5, 5), (1, 9))
    """
    if a == (1, 1):
        return b
    if b == (1, 1) or a == b:
        return a
    low, high = max(a[0], b[0]), max(a[1], b[1])
    if min(a[0], b[0]) > 1 and low > min(a[1], b[1]):
        raise GraphError("two of its values do not fit each other")
    return low, high


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of two that broadcast against each other, aligned at their last axes.

    Raises:
        GraphError: they cannot.
    """
    ones = ((1, 1),) * abs(len(a) - len(b))
    a, b = (ones + a, b) if len(a) < len(b) else (a, ones + b)
    return tuple(together(*pair) for pair in zip(a, b, strict=True))


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front.

    Raises:
        GraphError: there is no such axis.
    """
    if not -rank <= axis < rank:
        raise GraphError(f"an operator works on axis {axis} of a value with {rank} axes")
    return axis % rank


def is_float(value: Value | None) -> Value:
    """The value, if it is of 32-bit floats.

    Raises:
        GraphError: it is not, or is left out.
    """
    if value is None or value.kind != FLOAT:
        raise GraphError("an operator is given something else than 32-bit floats")
    return value


def integers(numbers: Shape) -> Value:
    """A short vector of integers within bounds."""
    if any(max(abs(low), abs(high)) > LARGEST_SIZE for low, high in numbers):
        raise GraphError("it computes with sizes beyond 31 bits")
    return Value(INT64, exact(len(numbers)), numbers)
