"""A process that runs graphs within the limits that were reckoned for them."""

from __future__ import annotations

import resource
import time
from multiprocessing.connection import Connection

import numpy as np

from genrelens.bundle.graph_check import LONGEST_FRAMES
from genrelens.graphs import Budget

SPARE_BYTES = 1 << 30
"""Of address space, for the runtime itself and its copies of the weights."""


def run_graphs(pipe: Connection) -> None:
    """Runs what it is sent, with no more memory than the budget gives; says how long it took."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.load_model_format", "ONNX")
    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    limit = taken + SPARE_BYTES + 2 * Budget().live_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    while (model := pipe.recv_bytes()) != b"":
        began = time.perf_counter()
        said = "ran"
        try:
            session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            width = session.get_inputs()[0].shape
            for frames in (1, 2, LONGEST_FRAMES) if len(width) == 3 else (1,):
                middle = [frames] if len(width) == 3 else []
                session.run(None, {"x": np.ones([1, *middle, width[-1]], np.float32)})
        except MemoryError:
            said = "out of memory"
        except Exception as error:
            said = "out of memory" if "alloc" in str(error) else "refused by the runtime"
        pipe.send((said, time.perf_counter() - began))
