"""Networks written as ONNX files and checked before they run, without the `onnx` package.

- `graph.Graph`: inputs, constants, nodes and outputs put together by name, then turned into bytes;
- `checking.check_graph`: whether a runtime may see a file, and the bytes that it is given;
- `wire`, `wire_reading`: the protocol-buffer fields that an ONNX file is made of, written and read;
- `model_file`: an ONNX file as plain values, read strictly, written in one way only;
- `operators`, `values`: the operators that genrelens writes, their shapes and what they cost.
"""

from genrelens.graphs.checking import Budget, CheckedGraph, Cost, check_graph
from genrelens.graphs.graph import Graph

__all__ = ["Budget", "CheckedGraph", "Cost", "Graph", "check_graph"]
