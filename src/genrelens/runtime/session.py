"""From the bytes of a graph to a session that runs it.

The official builds of newer versions of ONNX Runtime collect telemetry unless it is switched off: they
write an identity of the device and a database under the user's cache folder, and send events to a server. An
environment variable that the library reads when it is loaded keeps all of that from coming into being; its
function turns off what remains where the caller has loaded the library before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from genrelens.errors import GenreLensError

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
_FATAL_ONLY = 4


class UnusableGraph(GenreLensError):
    """ONNX Runtime cannot run a graph; the text is the first line of its reason."""


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`; any number of threads may call `run` at once."""

    def get_inputs(self) -> Sequence[Any]:
        """The graph's inputs, each with `name` and `shape`."""
        ...

    def get_outputs(self) -> Sequence[Any]:
        """The graph's outputs, each with `name` and `shape`."""
        ...

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Any]) -> list[Any]:
        """The outputs asked for, or all."""
        ...


def load_session(model: bytes, threads: int = 1) -> Session:
    """A session on the processor.

    Args:
        model: an ONNX file's content; nothing outside these bytes is read, and no option is taken from them.
        threads: how many processor cores one run may use.

    Raises:
        UnusableGraph: the bytes are no graph that can be run.

    Example:
        >>> load_session(b"no graph")
        Traceback (most recent call last):
        ...
        genrelens.runtime.session.UnusableGraph: ...
    """
    onnxruntime = _library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        session: Session = onnxruntime.InferenceSession(
            model,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=0,  # it would print on standard output, between rows of results
            read_config_from_model=0,
        )
    except Exception as error:  # the library has no class of its own for what it refuses
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableGraph(reason[:200]) from error
    return session


@cache
def _library() -> Any:
    """ONNX Runtime without its telemetry."""
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime

    disable = getattr(onnxruntime, "disable_telemetry_events", None)
    if disable is not None:
        disable()
    return onnxruntime
