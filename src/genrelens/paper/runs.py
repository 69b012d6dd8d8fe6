"""Records of what was trained, kept in a folder so that a run goes on where it stopped.

A record is one cell on one split of a protocol. Its file name holds the digest of all that its numbers depend
on (tracks, split, recipe, seed): another setting gives another file, and nothing stale is ever read.

    runs/paper/cnn_avg-mel/split-03-1f3a9c0d2e4b5a67.npz
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import beside
from genrelens.evaluation.splits import Indices

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SplitRun:
    """What one trained model left behind.

    Args:
        split: name.
        test: positions of the tested tracks, `(m,)`.
        probabilities: of the chosen epoch, `(m, genres)`.
        chosen_epoch: counted from 1; chosen inside the training part, or the recipe's last.
        train_loss: after each epoch, `(epochs,)`.
        test_accuracy: after each epoch, on the tested rows, `(epochs,)`.
        inner: positions of training tracks that inner models were tested on, `(k,)`, for stacking and for the
            choice of the epoch; may be empty.
        inner_probabilities: `(k, genres)`.
        inner_accuracy: of the inner models on the tracks held from them, after each epoch, `(epochs,)`, or
            `(0,)`.
        seconds: that it took.
    """

    split: str
    test: Indices
    probabilities: Floats
    chosen_epoch: int
    train_loss: Floats
    test_accuracy: Floats
    inner: Indices
    inner_probabilities: Floats
    inner_accuracy: Floats
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Run:
    """One cell under one protocol: a model a split."""

    cell: str
    protocol: str
    splits: tuple[SplitRun, ...]

    @property
    def seconds(self) -> float:
        """Of processor time, all splits together."""
        return sum(split.seconds for split in self.splits)


def digest_of(content: Mapping[str, Any]) -> str:
    """A short hash over plain values.

    Example:
        >>> digest_of({"a": 1}) == digest_of({"a": 1}) != digest_of({"a": 2})
        True
    """
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record_path(folder: Path, protocol: str, cell: str, split: str, digest: str) -> Path:
    """Where a record lies."""
    return folder / protocol / cell.replace("/", "-") / f"{split}-{digest}.npz"


def read_record(path: Path) -> SplitRun | None:
    """The record, or None where that training was not finished; a damaged file counts as not finished."""
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays: dict[str, Any] = {field.name: content[field.name] for field in fields(SplitRun)}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return None
    return SplitRun(
        **arrays
        | {
            "split": str(arrays["split"]),
            "chosen_epoch": int(arrays["chosen_epoch"]),
            "seconds": float(arrays["seconds"]),
        }
    )


def write_record(path: Path, run: SplitRun) -> None:
    """Keeps a record; it is there whole or not at all.

    Raises:
        OutputError: the file cannot be written.
    """
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(run, field.name)) for field in fields(run)}
    with beside(path, "choose another --out") as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
