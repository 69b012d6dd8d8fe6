"""ONNX Runtime, as everything here uses it: one processor core, no output, no telemetry.

The only place that imports the library (a test and import-linter see to it).

- `session`: `load_session`, from the bytes of a graph to something that runs
"""

from genrelens.runtime.session import Session, UnusableGraph, load_session

__all__ = ["Session", "UnusableGraph", "load_session"]
