"""Whether a runtime may load an ONNX file: read strictly, known operators, cost within budget, written anew.

The runtime is given `CheckedGraph.model`, never the bytes that came in: nothing that this reader does not
know can reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genrelens.errors import GraphError
from genrelens.graphs.model_file import FLOAT, INT64, Declared, ModelFile, Node, Tensor, read_model_file
from genrelens.graphs.operators import OPERATORS, Call
from genrelens.graphs.values import LARGEST_SIZE, Size, Value, exact

MOST_AXES = 5
SHORT = 64
"""Up to this size an input counts as short."""
LONGEST_SIZES = 8
"""Integers in a constant: they are sizes and axes."""


@dataclass(frozen=True)
class Budget:
    """What one graph may cost for one call with its largest input.

    Attributes:
        tensor_bytes: of any one value.
        live_bytes: of all values that exist at one time, with the runtime's own work space.
        work: multiply-adds, an element that is read and written counted as eight.
    """

    tensor_bytes: int = 64 << 20
    live_bytes: int = 160 << 20
    work: int = 6_000_000_000


@dataclass(frozen=True)
class Cost:
    """What a graph costs at most for one call: the measures of a `Budget`."""

    tensor_bytes: int
    live_bytes: int
    work: int


@dataclass(frozen=True)
class CheckedGraph:
    """A graph that may be run.

    Attributes:
        model: its ONNX file, written anew; of a file that `Graph` wrote the same bytes.
        cost: the most that one call takes.
        shapes: the bounds of every value's sizes.
    """

    model: bytes = field(repr=False)
    cost: Cost
    shapes: Mapping[str, tuple[Size, ...]] = field(repr=False)


def check_graph(
    model: bytes, largest: Mapping[str, Sequence[int | Size]], budget: Budget | None = None
) -> CheckedGraph:
    """Checks an ONNX file of any origin.

    Args:
        model: the file's content.
        largest: the inputs that the graph must have, each with the largest sizes it will ever be given,
            axis by axis; a pair gives bounds. An axis that the graph fixes may be left out at the end.
        budget: what it may cost.

    Raises:
        GraphError: it is refused; the text gives the reason and continues a sentence that begins with the
            file's name.

    Example:
        >>> from genrelens.graphs import Graph
        >>> graph = Graph("double")
        >>> x = graph.input("x", ("n", 3))
        >>> graph.output(graph.node("Mul", x, graph.constant("two", 2.0)), "y", ("n", 3))
        >>> checked = check_graph(graph.to_bytes(), {"x": (4,)})
        >>> checked.model == graph.to_bytes(), checked.shapes["y"]
        (True, ((1, 4), (3, 3)))
    """
    content = read_model_file(model)
    measured = [_Measured(content, part, budget or Budget()) for part in _ranges(content, largest)]
    costs = [one.cost for one in measured]
    cost = Cost(
        max(one.tensor_bytes for one in costs),
        max(one.live_bytes for one in costs),
        max(one.work for one in costs),
    )
    written = content.to_bytes()
    return CheckedGraph(model if written == model else written, cost, _hulls(measured))


def _ranges(content: ModelFile, largest: Mapping[str, Sequence[int | Size]]) -> list[dict[str, list[Size]]]:
    """The inputs' bounds; short and long ones apart where sizes are divided by each other.

    A short input is repeated more often than a long one: bounds over both at once would mean that a long one
    is repeated often.
    """
    bounds = {
        name: [(1, size) if isinstance(size, int) else size for size in sizes]
        for name, sizes in largest.items()
    }
    wide = [(name, axis) for name, sizes in bounds.items() for axis, size in enumerate(sizes) if _wide(size)]
    if len(wide) != 1 or not any(node.operator == "Div" for node in content.nodes):
        return [bounds]
    (name, axis), sizes = wide[0], bounds[wide[0][0]]
    low, high = sizes[axis]
    return [
        {**bounds, name: [*sizes[:axis], part, *sizes[axis + 1 :]]}
        for part in ((low, SHORT), (SHORT + 1, high))
    ]


def _wide(size: Size) -> bool:
    return size[0] <= SHORT < size[1]


def _hulls(measured: Sequence[_Measured]) -> dict[str, tuple[Size, ...]]:
    """Bounds that hold for all ranges."""
    shapes = [one.shapes for one in measured]

    def hull(*sizes: Size) -> Size:
        return min(low for low, _ in sizes), max(high for _, high in sizes)

    return {name: tuple(map(hull, *(one[name] for one in shapes))) for name in shapes[0]}


class _Measured:
    """Walks through a graph once: each value has one maker, is made before it is used, and fits."""

    def __init__(self, content: ModelFile, largest: Mapping[str, Sequence[Size]], budget: Budget) -> None:
        self._budget = budget
        self._values: dict[str, Value] = {}
        self._live = self._peak = self._largest = self._work = 0
        self._last_use = _last_uses(content)
        for tensor in content.tensors:
            self._make(tensor.name, _constant(tensor))
        self._take_inputs(content.inputs, largest)
        for number, node in enumerate(content.nodes):
            try:
                self._run(number, node)
            except GraphError as error:
                raise GraphError(f"{error} (operator {number + 1}, {node.operator})") from None
        self._compare_outputs(content)

    @property
    def cost(self) -> Cost:
        return Cost(self._largest, self._peak, self._work)

    @property
    def shapes(self) -> dict[str, tuple[Size, ...]]:
        return {name: value.shape for name, value in self._values.items()}

    def _make(self, name: str, value: Value) -> None:
        if not name or name in self._values:
            raise GraphError("one of its values has no name, or the name of another")
        if len(value.shape) > MOST_AXES or any(high > LARGEST_SIZE for _, high in value.shape):
            raise GraphError("one of its values has too many axes or too large ones")
        self._values[name] = value
        self._largest = max(self._largest, value.bytes)
        if value.bytes > self._budget.tensor_bytes:
            raise GraphError(
                f"one of its values would take {value.bytes >> 20} MB, "
                f"{self._budget.tensor_bytes >> 20} are possible"
            )
        self._live += value.bytes
        self._note_peak(0)

    def _note_peak(self, scratch: int) -> None:
        self._peak = max(self._peak, self._live + scratch)
        if self._peak > self._budget.live_bytes:
            raise GraphError(
                f"it would take more than the {self._budget.live_bytes >> 20} MB that are possible"
            )

    def _take_inputs(self, declared: Sequence[Declared], largest: Mapping[str, Sequence[Size]]) -> None:
        if sorted(one.name for one in declared) != sorted(largest):
            raise GraphError(f"its inputs are not {', '.join(sorted(largest))}")
        for one in declared:
            bounds = largest[one.name]
            if one.kind != FLOAT or not 1 <= len(one.sizes) <= MOST_AXES:
                raise GraphError(f"its input {one.name} is of a kind that genrelens does not write")
            shape: list[Size] = []
            for axis, size in enumerate(one.sizes):
                if isinstance(size, int):
                    shape.append((size, size))
                elif axis < len(bounds):
                    shape.append(bounds[axis])
                else:
                    raise GraphError(f"its input {one.name} leaves the size of axis {axis} open")
            if any(high < 1 for _, high in shape):
                raise GraphError(f"its input {one.name} is empty")
            self._make(one.name, Value(FLOAT, tuple(shape)))

    def _run(self, number: int, node: Node) -> None:
        operator = OPERATORS.get(node.operator)
        if operator is None:
            raise GraphError("it holds an operator that genrelens does not write")
        count = len(node.inputs)
        if not (count == operator.inputs or (operator.inputs < 0 and 1 <= count <= LONGEST_SIZES)):
            raise GraphError(f"an operator has {count} inputs")
        if not operator.outputs[0] <= len(node.outputs) <= operator.outputs[1]:
            raise GraphError(f"an operator has {len(node.outputs)} results")
        for name, attribute in node.attributes.items():
            if operator.attributes.get(name) is not type(attribute):
                raise GraphError(f"an operator has an attribute that genrelens does not write ({name})")
        inputs = [self._values.get(name) for name in node.inputs]
        if None in inputs:
            raise GraphError("an operator is given a value that nothing has made yet")
        constant = all(value is not None and value.constant for value in inputs)
        result = operator.rule(Call(inputs, len(node.outputs), node.attributes))
        self._work += result.work
        if self._work > self._budget.work:
            raise GraphError(
                f"it would compute longer than the {self._budget.work / 1e9:.0f} thousand million "
                "multiply-adds that are possible"
            )
        for name, value in zip(node.outputs, result.values, strict=True):
            self._make(name, Value(value.kind, value.shape, value.numbers, constant))
        self._note_peak(result.scratch)
        for name in {*node.inputs, *node.outputs}:
            if self._last_use.get(name, -1) <= number and not self._values[name].constant:
                self._live -= self._values[name].bytes

    def _compare_outputs(self, content: ModelFile) -> None:
        made = {name for node in content.nodes for name in node.outputs}
        names = [one.name for one in content.outputs]
        if not names or len(set(names)) < len(names) or not set(names) <= made:
            raise GraphError("its results are not made by its operators")
        for one in content.outputs:
            value = self._values[one.name]
            fits = one.kind == value.kind == FLOAT and len(one.sizes) == len(value.shape)
            if not fits or any(
                isinstance(size, int) and not low <= size <= high
                for size, (low, high) in zip(one.sizes, value.shape, strict=True)
            ):
                raise GraphError(f"its result {one.name} is not of the kind that it announces")


def _last_uses(content: ModelFile) -> dict[str, int]:
    """The number of the last operator that reads each value; results of the graph are read at the end."""
    uses = {name: number for number, node in enumerate(content.nodes) for name in node.inputs}
    return uses | {one.name: len(content.nodes) for one in content.outputs}


def _constant(tensor: Tensor) -> Value:
    numbers = None
    if tensor.kind == INT64:
        if len(tensor.sizes) > 1 or len(tensor.raw) > 8 * LONGEST_SIZES:
            raise GraphError("it holds integers that are neither sizes nor axes")
        integers = np.frombuffer(tensor.raw, "<i8").tolist()
        if any(abs(number) > LARGEST_SIZE for number in integers):
            raise GraphError("it computes with sizes beyond 31 bits")
        numbers = exact(*integers)
    return Value(tensor.kind, exact(*tensor.sizes), numbers, constant=True)
