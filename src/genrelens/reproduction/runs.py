"""Records of what was trained, kept in a folder so that a run goes on where it stopped.

A run is one cell under one protocol. Its file name holds the digest of all that its numbers depend on
(tracks, splits, recipe, seed): another setting gives another file, and nothing stale is ever read.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import OutputError, shown
from genrelens.evaluation.splits import Indices

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SplitRun:
    """What one trained model left behind.

    Args:
        split: name.
        test: positions of the tested tracks, `(m,)`.
        probabilities: of the last epoch, `(m, genres)`.
        train_loss: after each epoch, `(epochs,)`.
        test_accuracy: after each epoch, on the test rows, `(epochs,)`; empty where epochs mean nothing.
        inner: positions of training tracks that inner models were tested on, `(k,)`, for stacking; may be
            empty.
        inner_probabilities: `(k, genres)`.
    """

    split: str
    test: Indices
    probabilities: Floats
    train_loss: Floats
    test_accuracy: Floats
    inner: Indices
    inner_probabilities: Floats


@dataclass(frozen=True, eq=False)
class Run:
    """One cell under one protocol: a model a split, and what it took."""

    cell: str
    protocol: str
    splits: tuple[SplitRun, ...]
    seconds: float


def digest_of(content: Mapping[str, Any]) -> str:
    """A short hash over plain values.

    Example:
        >>> digest_of({"a": 1}) == digest_of({"a": 1}) != digest_of({"a": 2})
        True
    """
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class RunFolder:
    """Runs in a folder, one `.npz` each.

    Args:
        folder: made where it is not there.

    Raises:
        OutputError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{shown(folder)}: cannot be made ({error.strerror}); choose another"
            ) from error

    def path(self, protocol: str, cell: str, digest: str) -> Path:
        """Where a run lies."""
        return self.folder / f"{protocol}--{cell.replace('/', '-')}--{digest}.npz"

    def read(self, protocol: str, cell: str, digest: str) -> Run | None:
        """The run, or None where it was not finished; a damaged file counts as not finished."""
        path = self.path(protocol, cell, digest)
        try:
            with np.load(path, allow_pickle=False) as content:
                names = [str(name) for name in content["names"]]
                splits = tuple(
                    SplitRun(name, *(content[f"{i}-{field}"] for field in _FIELDS))
                    for i, name in enumerate(names)
                )
                return Run(cell, protocol, splits, float(content["seconds"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None

    def write(self, run: Run, digest: str) -> None:
        """Keeps a run; it is there whole or not at all.

        Raises:
            OutputError: the file cannot be written.
        """
        arrays: dict[str, Any] = {
            "names": np.array([split.split for split in run.splits]),
            "seconds": np.array(run.seconds),
        }
        for i, split in enumerate(run.splits):
            arrays |= {f"{i}-{field}": getattr(split, field) for field in _FIELDS}
        path = self.path(run.protocol, run.cell, digest)
        half_written = path.with_suffix(f".{os.getpid()}.part")
        try:
            with half_written.open("wb") as file:
                np.savez_compressed(file, **arrays)
            half_written.replace(path)
        except OSError as error:
            raise OutputError(f"{shown(path)}: cannot be written ({error.strerror})") from error


_FIELDS = ("test", "probabilities", "train_loss", "test_accuracy", "inner", "inner_probabilities")
