"""Where a network's file lies: a folder of weights, this package, or the user's cache.

The first that has it is taken: the folder named by `GENRELENS_WEIGHTS` (`NAME.onnx`, or named arrays in the
`.npz` file that the registry names), the package, the cache (`GENRELENS_CACHE` or the system's usual place).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from pathlib import Path

import numpy as np

from genrelens.cache_folder import cache_folder
from genrelens.encoders.encoder import Encoder
from genrelens.encoders.registry import build_graph, encoder_spec
from genrelens.errors import EncoderError, OutputError, shown

WEIGHTS_VARIABLE = "GENRELENS_WEIGHTS"
GRAPH_REVISION = 1
"""Raised whenever a graph changes, so that files cached by an older version are left alone."""
LARGEST_MODEL = 64 << 20


class State(Enum):
    """Where a network was found; the value is what users read."""

    WEIGHTS = "weights folder"
    PACKAGE = "in package"
    FETCHED = "fetched"
    ABSENT = "not fetched"


@dataclass(frozen=True)
class Located:
    """A network's file and where it was found; no path if it was not."""

    state: State
    path: Path | None


def fetched_folder() -> Path:
    """Where fetched networks are kept; it need not exist.

    Raises:
        OutputError: there is no cache folder.
    """
    return cache_folder() / "encoders" / f"v{GRAPH_REVISION}"


def cached_path(name: str) -> Path:
    """Where the network of that name is kept once fetched."""
    return fetched_folder() / f"{encoder_spec(name).name}.onnx"


def locate(name: str) -> Located:
    """Find a network without loading it.

    Raises:
        EncoderError: there is no network of that name.

    Example:
        >>> locate("musicnn").path.suffix in {".onnx", ".npz"}
        True
    """
    spec = encoder_spec(name)
    if folder := os.environ.get(WEIGHTS_VARIABLE):
        for file in (f"{name}.onnx", spec.archive):
            if (path := Path(folder) / file).is_file():
                return Located(State.WEIGHTS, path)
    carried = Path(str(files("genrelens.encoders"))) / "data" / f"{name}.onnx"
    if carried.is_file():
        return Located(State.PACKAGE, carried)
    with contextlib.suppress(OutputError):  # without a cache folder nothing was fetched
        if (path := cached_path(name)).is_file():
            return Located(State.FETCHED, path)
    return Located(State.ABSENT, None)


def read_model(name: str) -> bytes:
    """A network's ONNX file, from wherever it lies.

    Raises:
        EncoderError: it is nowhere, or what lies there cannot be read.
    """
    found = locate(name)
    if found.path is None:
        raise EncoderError(absence(name))
    try:
        if found.path.suffix == ".onnx":
            model = _read_bounded(found.path)
            if found.state is State.FETCHED and not is_converted(name, model):
                raise EncoderError(
                    f"{shown(found.path)} is not the network {name} that was fetched; fetch it again with "
                    f"`genrelens encoders fetch {name}`."
                )
            return model
        with np.load(found.path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise EncoderError(f"{shown(found.path)} cannot be read ({error}); get the file anew.") from error
    return build_graph(name, arrays)


def absence(name: str) -> str:
    """That a network is not here, and how to get it, for an error.

    Example:
        >>> absence("fcn")[:75]
        'The pretrained network fcn is not on this machine; run `genrelens encoders '
    """
    spec = encoder_spec(name)
    files = f"a folder that holds {spec.archive} or {name}.onnx"
    fetch = f"run `genrelens encoders fetch {name}`, or " if spec.upstream else ""
    return f"The pretrained network {name} is not on this machine; {fetch}set {WEIGHTS_VARIABLE} to {files}."


def is_converted(name: str, model: bytes) -> bool:
    """Whether these bytes are what the published file of a network becomes, to the last bit.

    Example:
        >>> is_converted("fcn", b"another network")
        False
    """
    return hashlib.sha256(model).hexdigest() == encoder_spec(name).converted_sha256


def _read_bounded(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_MODEL:
        raise ValueError(f"it is larger than the {LARGEST_MODEL >> 20} MB that a network can have")
    return path.read_bytes()


def load_encoder(name: str, model: bytes | None = None, threads: int = 1) -> Encoder:
    """A pretrained network, ready to be called.

    Args:
        name: which one.
        model: its ONNX file's content, if a bundle brings it; otherwise it is looked for (see `store`).
        threads: how many processor cores one call may use.

    Raises:
        EncoderError: the network is unknown, nowhere to be found, or its file is damaged.

    Example:
        >>> encoder = load_encoder("musicnn")
        >>> out = encoder(0.1 * np.sin(np.arange(5 * encoder.spec.sample_rate) / 10))
        >>> {name: vector.shape for name, vector in out.items()}
        {'embedding': (200,), 'tags': (50,), 'layers': (916,)}
    """
    spec = encoder_spec(name)
    return Encoder(spec, read_model(name) if model is None else model, threads)
