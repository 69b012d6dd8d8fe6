"""A file of rows that grows by appending: the journal of every format."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from genrelens.atomic_files import atomic_file
from genrelens.catalogue.appended_file import AppendedFile
from genrelens.catalogue.columns import Cell, FlatRow, Row
from genrelens.catalogue.done import DoneFiles, digest_of, missing_values
from genrelens.catalogue.file_identity import key_of
from genrelens.catalogue.row_formats import ReadRow, RowFormat
from genrelens.errors import OutputError


class RowFile:
    """A file of rows, opened for appending.

    A last row that an interruption cut is removed; of several rows of one recording the latest is kept; rows
    of version 1 get the values that they lack. Where any of that is needed, the file is rewritten atomically.

    Args:
        path: the file; created where it does not exist.
        format: of its rows.
        done: gets the rows that the file already has.

    Attributes:
        count: how many rows it holds.
        replaced: how many rows written since then replace earlier ones.

    Raises:
        OutputError: it holds something other than rows; it is not changed.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, format: RowFormat, done: DoneFiles) -> None:
        self.path = path
        self._format = format
        self.count = 0
        self._done = done
        self.replaced = 0
        if path.exists():
            self._tidy(done)
        self._file = AppendedFile(path)
        if self._file.size == 0 and format.header:
            self._file.append(format.header)

    def write(self, row: Row) -> None:
        """Appends a row, which names its file; it counts instead of an earlier one of the same file.

        Raises:
            OSError, OutputError: as `AppendedFile.append`.
        """
        self._file.append(self._format.encode(row) + b"\n")
        self.count += 1
        self.replaced += self._done.has_row(row["file"]["path"])

    def rows(self, start: int = 0) -> Iterator[ReadRow]:
        """The rows that begin at an offset or after it; the offset is 0 or the end of a row."""
        with self.path.open("rb") as stream:
            stream.seek(start)
            yield from self._format.read(stream, self.path)

    def keys(self) -> Iterator[FlatRow]:
        """The values of `KEY_COLUMNS` of all rows."""
        return (self._format.keys(one.row) for one in self.rows())

    def flush(self) -> None:
        """Waits until all rows are on the disk; see `AppendedFile.flush`."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def close_tidy(self) -> None:
        """Waits until all is on the disk, removes rows that later ones replace, and closes the file."""
        self._file.flush()
        self._file.close()
        if self.replaced:
            with contextlib.suppress(OutputError):  # disk full: all rows are kept, the next run tries again
                self._tidy(None)

    def _tidy(self, done: DoneFiles | None) -> None:
        written_ns = self.path.stat().st_mtime_ns
        latest, as_written, end = LatestRows(), True, self._end_of_header()
        for number, one in enumerate(self.rows()):
            flat = self._format.keys(one.row)
            values = missing_values(flat, written_ns, number)
            flat |= values
            latest.add(flat)
            if done is not None:
                done.add(flat)
            as_written = as_written and one.current and not values
            end = one.end
        self.count = len(latest)
        if as_written and self.count == latest.added:
            if end < self.path.stat().st_size:
                os.truncate(self.path, end)
            return
        with atomic_file(self.path) as partial, partial.open("wb") as stream:
            stream.write(self._format.header)
            for number, one in enumerate(self.rows()):
                flat = self._format.keys(one.row)
                values = missing_values(flat, written_ns, number)
                if latest.holds(flat | values, number):
                    unchanged = one.current or not self._format.header
                    row = self._format.updated(one.row, values)
                    stream.write(one.content if unchanged and not values else self._format.again(row))
                    stream.write(b"\n")

    def _end_of_header(self) -> int:
        header = self._format.header
        with self.path.open("rb") as stream:
            return len(header) if stream.read(len(header)) == header else 0


class LatestRows:
    """Which of the rows that were added, in order, is the latest of its recording.

    Example:
        >>> latest = LatestRows()
        >>> for path in ("/a.mp3", "/b.mp3", "/a.mp3"):
        ...     latest.add({"file_path": path, "file_modified_ns": 1})
        >>> latest.holds({"file_path": "/a.mp3", "file_modified_ns": 1}, 0), len(latest), latest.added
        (False, 2, 3)
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self.added = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, flat: Mapping[str, Cell]) -> None:
        """Adds the next row."""
        self._numbers[_digest(flat)] = self.added
        self.added += 1

    def holds(self, flat: Mapping[str, Cell], number: int) -> bool:
        """Whether the row that was added as the `number`-th, from 0 on, is the latest of its recording."""
        return self._numbers[_digest(flat)] == number


def _digest(flat: Mapping[str, Cell]) -> bytes:
    return digest_of(key_of(flat["file_path"], flat["file_modified_ns"]))
