"""Networks written as ONNX files, without the `onnx` package.

- `graph.Graph`: inputs, constants, nodes and outputs put together by name, then turned into bytes;
- `wire`: the few shapes of protocol-buffer fields that an ONNX file is made of.
"""

from genrelens.graphs.graph import Graph

__all__ = ["Graph"]
