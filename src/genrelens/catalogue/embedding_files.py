"""Files of embeddings, one row a track: `.npz` for NumPy, `.parquet` for tables. Resumed as results are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.catalogue.columns import Cell, FlatRow, Row, flat_row
from genrelens.catalogue.embedding_tables import read_npz, read_parquet, write_npz, write_parquet
from genrelens.catalogue.row_file import LatestRows
from genrelens.catalogue.table_sink import TableSink
from genrelens.errors import OutputError, shown

SUFFIXES = (".npz", ".parquet")


@dataclass(frozen=True)
class Content:
    """What all rows of a file have in common.

    Attributes:
        name: the full name of the input.
        version: a digest of everything that its numbers depend on.
        width: numbers of a vector.
        excerpt_vectors: whether the vectors of excerpts are kept, too.
    """

    name: str
    version: str
    width: int
    excerpt_vectors: bool = False

    @property
    def identity(self) -> str:
        """Differs for files that must not be mixed; it is written in the journal's rows."""
        return f"{self.name}:{self.version}{' with those of excerpts' * self.excerpt_vectors}"


class EmbeddingFile(TableSink):
    """A file of embeddings that is written when all are computed; until then they are in a journal.

    Args:
        path: the file; its suffix is the format.
        content: what it holds.
        resume: go on with an existing file, or with the journal of an interrupted run.
        options: with which the embeddings are computed.

    Raises:
        OutputError: another suffix, a file in the way, one that holds something else, another run that
            writes it, or a place that cannot be written.
    """

    def __init__(
        self, path: Path, content: Content, *, resume: bool = False, options: Mapping[str, Any] | None = None
    ) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{shown(path)}: embeddings go to a file that ends in {' or '.join(SUFFIXES)}")
        self._content = content
        self._is_npz = path.suffix.lower() == ".npz"
        self._old: list[dict[str, Any]] = []
        super().__init__(path, content.identity, resume, options)

    def open(self) -> None:
        """See `Sink`."""
        super().open()
        assert self.journal is not None
        for one in self.journal.rows():
            if one.row.get("bundle") != self._content.identity:
                raise OutputError(
                    f"{shown(self.safe_place)}, which an interrupted run left, holds embeddings "
                    f"{one.row.get('bundle')}, not {self._content.identity}; finish that run, or choose "
                    "another file"
                )

    def add(self, row: Row) -> None:
        """See `Sink`."""
        super().add({**row, "bundle": self._content.identity})

    def open_table(self) -> None:
        """See `TableSink`."""
        if not self._is_npz:
            try:
                import pyarrow.parquet  # noqa: F401
            except ImportError as error:
                raise OutputError(
                    f"{shown(self.path)}: Parquet needs pyarrow; install genrelens[parquet] or choose .npz"
                ) from error
        if self.place.exists():
            self._old = self._read()
            for row in self._old:
                self.done.add(self._keys(row))

    def complete_table(self) -> None:
        """See `TableSink`."""
        assert self.journal is not None
        if self.place.exists() and not self.journal.count:
            return
        latest = LatestRows()
        for row in chain(self._old, self._new()):
            latest.add(row)
        rows = [row for number, row in enumerate(chain(self._old, self._new())) if latest.holds(row, number)]
        write = write_npz if self._is_npz else write_parquet
        write(self.place, rows, vars(self._content))

    def _new(self) -> Iterator[dict[str, Any]]:
        assert self.journal is not None
        return (_table_row(one.row) for one in self.journal.rows())

    def _read(self) -> list[dict[str, Any]]:
        try:
            held, rows = (read_npz if self._is_npz else read_parquet)(self.place)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise OutputError(f"{shown(self.path)} is no file of embeddings; choose another file") from error
        if held != vars(self._content):
            raise OutputError(
                f"{shown(self.path)} holds embeddings {Content(**held).identity}, not "
                f"{self._content.identity}; choose another file"
            )
        return rows

    def _keys(self, row: Mapping[str, Any]) -> FlatRow:
        cells: FlatRow = {"bundle": self._content.identity, "schema": 1, "option_always_answer": False}
        names = ("path", "status", "option_excerpts", "file_path", "file_size", "file_modified_ns")
        return cells | {name: row[name] for name in names}


def _table_row(row: Row) -> dict[str, Any]:
    """A row of the journal as a row of the table."""
    flat: Mapping[str, Cell] = flat_row(row)
    excerpts = row.get("excerpts") or []
    return {
        "path": flat["path"],
        "status": flat["status"],
        "vector": None if row["status"] == "error" else np.array(row["vector"], np.float32),
        "duration_s": flat["duration_s"],
        "excerpt_start_s": [one["start_s"] for one in excerpts],
        "excerpt_end_s": [one["end_s"] for one in excerpts],
        "excerpt_vector": [np.array(one["vector"], np.float32) for one in excerpts if "vector" in one],
        "warnings": flat["warnings"] or "[]",
        "error_kind": flat["error_kind"],
        "error_message": flat["error_message"],
        "option_excerpts": flat["option_excerpts"],
        "file_path": flat["file_path"],
        "file_size": flat["file_size"],
        "file_modified_ns": flat["file_modified_ns"],
    }
