"""Checks all graphs of a bundle, each and together, before a runtime may load them."""

from __future__ import annotations

from collections.abc import Mapping

from genrelens.bundle.manifest import Manifest
from genrelens.encoders import find_encoder
from genrelens.errors import BundleError, GraphError
from genrelens.graphs import CheckedGraph, check_graph

LONGEST_FRAMES = 1300
"""Frames that a member is given at most: twice those of the 30 s that recognition cuts out."""
LARGEST_BATCH = (2, 3001)
"""Windows and frames that an encoder is given at most, where the encoder itself is unknown."""
LIVE_BYTES = 512 << 20
WORK = 20_000_000_000
"""Limits on memory and multiply-adds of all graphs together; those of one graph are in `graphs.Budget`."""


def checked_part(model: bytes) -> CheckedGraph:
    """A member's or detector's graph, if it may be run: one input `x`, one result.

    Raises:
        GraphError: it may not.
    """
    return check_graph(model, {"x": (1, LONGEST_FRAMES)})


def checked_encoder(name: str, model: bytes) -> CheckedGraph:
    """An encoder's graph, if it may be run on the largest windows that are cut for it.

    Raises:
        GraphError: it may not.
    """
    known = find_encoder(name)
    largest = known.largest if known else LARGEST_BATCH
    return check_graph(model, {"power": largest})


def checked_graphs(manifest: Manifest, files: Mapping[str, bytes | memoryview]) -> dict[str, bytes]:
    """All graphs of a bundle, checked and written anew for a runtime, in the order of the files.

    Args:
        manifest: the description, which says what each file is.
        files: the ONNX bytes by the names that the manifest gives them.

    Raises:
        BundleError: the message names the file and what is wrong with it.
    """
    encoders = {one.file: one.name for one in manifest.encoders}
    checked: dict[str, bytes] = {}
    live = work = 0
    for file, content in files.items():
        model = bytes(content)
        try:
            graph = checked_encoder(encoders[file], model) if file in encoders else checked_part(model)
        except GraphError as error:
            raise BundleError(f"{file} is no network that genrelens runs: {error}") from error
        live, work = live + graph.cost.live_bytes, work + graph.cost.work
        if live > LIVE_BYTES or work > WORK:
            raise BundleError(
                f"its networks together would take more than the {LIVE_BYTES >> 20} MB or the "
                f"{WORK // 10**9} thousand million multiply-adds an excerpt that are possible"
            )
        checked[file] = graph.model
    return checked
