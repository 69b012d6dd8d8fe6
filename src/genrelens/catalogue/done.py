"""Which recordings need no new result: those with a row of the same file, bundle and options."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from typing import Any

from genrelens.catalogue.columns import Cell
from genrelens.catalogue.file_identity import STREAM, FileIdentity, bytes_of_shown

KEY_COLUMNS = (
    "path", "status", "bundle", "schema", "option_excerpts", "option_always_answer", "file_path", "file_size",
    "file_modified_ns",
)  # fmt: skip
"""The columns that decide whether a recording is done, and which rows replace each other."""

FIRST_DEFAULTS: dict[str, Cell] = {"option_excerpts": "3", "option_always_answer": False}
"""The options of rows of version 1, which do not record them."""


class DoneFiles:
    """The recordings that are done. It keeps a digest and a number for each: a million take about 200 MB.

    A recording is done when its last row has no error, was made by this bundle with these options, and the
    file is unchanged since: the same path, size and time of change. A file that no longer exists keeps its
    row; a stream is never done.

    Args:
        bundle: the identity of the bundle that predicts.
        options: those that change a result (`excerpts`, `always_answer`); None ignores options.
    """

    def __init__(self, bundle: str, options: Mapping[str, Any] | None) -> None:
        self._bundle = bundle
        self._options = (
            None if options is None else _options(options.get("excerpts"), options.get("always_answer"))
        )
        self._states: dict[bytes, int | None] = {}

    def add(self, flat: Mapping[str, Cell]) -> None:
        """Adds a row, given by its `KEY_COLUMNS`; of several rows of a file the last counts."""
        path = flat["file_path"]
        if path is None or path == STREAM:
            return
        digest = digest_of(str(path))
        self._states[digest] = _NOT_DONE
        made = _options(flat["option_excerpts"], flat["option_always_answer"])
        if (
            flat["status"] == "ok"
            and flat["bundle"] == self._bundle
            and (self._options is None or made == self._options)
        ):
            known = flat["file_size"] is not None
            self._states[digest] = _state(flat["file_size"], flat["file_modified_ns"]) if known else None

    def __contains__(self, recording: object) -> bool:
        """Whether a recording (a path, a `FileIdentity`, a stream) needs no new result."""
        file = recording if isinstance(recording, FileIdentity) else FileIdentity.of(recording)
        state = self._states.get(digest_of(file.path), _NOT_DONE)
        if state == _NOT_DONE:
            return False
        return file.size is None or state == _state(file.size, file.modified_ns)

    def has_row(self, file_path: str) -> bool:
        """Whether there is any row of a file, done or not."""
        return digest_of(file_path) in self._states


_NOT_DONE = -1


def digest_of(key: str) -> bytes:
    """A digest of a key, 16 bytes."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def missing_values(flat: Mapping[str, Cell], written_ns: int, number: int) -> dict[str, Cell]:
    """What a row of version 1 lacks: its file, if that was certainly not changed since, and its options.

    Args:
        flat: the row's `KEY_COLUMNS`.
        written_ns: when the file of rows was last written.
        number: which row of the file it is; it distinguishes streams, whose time of reading is not known.

    Returns:
        the values of the columns to fill in; empty for a row that lacks nothing.
    """
    if flat["file_path"] is not None:
        return {}
    file = FileIdentity.of_shown(str(flat["path"]))
    if file.path == STREAM:
        return {"file_path": STREAM, "file_modified_ns": written_ns + number}
    values: dict[str, Cell] = {"file_path": file.path}
    if file.size is not None and _changed_ns(file.path) <= written_ns:
        values |= {"file_size": file.size, "file_modified_ns": file.modified_ns}
    if flat["schema"] == 1 and flat["option_excerpts"] is None:
        values |= FIRST_DEFAULTS
    return values


def _changed_ns(path: str) -> float:
    """When a file was last written or renamed; infinity where it no longer exists."""
    try:
        status = os.stat(bytes_of_shown(path))
    except OSError:
        return math.inf
    return max(status.st_mtime_ns, status.st_ctime_ns)


def _options(excerpts: object, always_answer: object) -> tuple[str, bool]:
    return str(excerpts), bool(always_answer)


def _state(size: object, modified_ns: object) -> int:
    return abs(hash((size, modified_ns)))
