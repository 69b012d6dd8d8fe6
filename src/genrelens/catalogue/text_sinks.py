"""JSON lines and CSV: appended row by row, so that an interruption costs at most the row in flight."""

from __future__ import annotations

import csv
import io
import json
import os

from genrelens.catalogue.flat_row import COLUMNS, flat_row
from genrelens.catalogue.sink import Row, Sink
from genrelens.errors import OutputError, shown

ROW_BEGINS = b'{"schema": '


class AppendedFile(Sink):
    """A file that grows at its end; each addition is handed to the system at once."""

    def open(self) -> None:
        """Opens for appending, at the beginning for reading what is there."""
        self._stream = self.path.open("a+b")
        self._stream.seek(0)

    def append(self, line: str) -> None:
        """Adds a line."""
        self._stream.write(line.encode() + b"\n")
        self._stream.flush()

    def close(self) -> None:
        """Waits until the rows are on disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()


class JsonLinesSink(AppendedFile):
    """One JSON object a line."""

    def open(self) -> None:
        """Opens for appending; a line cut short by an interruption is taken away."""
        super().open()
        whole = 0
        for line in self._stream:
            if not line.endswith(b"\n"):
                if not line.startswith(ROW_BEGINS[: len(line)]):
                    raise OutputError(f"{shown(self.path)} holds no rows of results; choose another file")
                break
            try:
                self.remember(json.loads(line))
            except ValueError as error:
                raise OutputError(
                    f"{shown(self.path)} holds a line that is no JSON; choose another file"
                ) from error
            whole += len(line)
        self._stream.truncate(whole)

    def write(self, row: Row) -> None:
        """Appends the row."""
        self.append(json.dumps(row, ensure_ascii=False, allow_nan=False))


class CsvSink(AppendedFile):
    """One flattened row a line, with a header; line breaks within a value (a path's) stand in quotes."""

    def open(self) -> None:
        """Opens for appending; a line cut short by an interruption is taken away."""
        super().open()
        content = self._stream.read()
        whole = content.rfind(b"\n") + 1
        while content.count(b'"', 0, whole) % 2:  # that line break is part of a value
            whole = content.rfind(b"\n", 0, whole - 1) + 1
        header = ",".join(COLUMNS).encode() + b"\n"
        if not content.startswith(header[: len(content)]):
            raise OutputError(f"{shown(self.path)} has other columns than results have; choose another file")
        self._stream.truncate(whole)
        rows = list(csv.reader(io.StringIO(content[:whole].decode("utf-8", "replace"), newline="")))
        if not rows:
            self._append_values(list(COLUMNS))
        for values in rows[1:]:
            self.remember(dict(zip(COLUMNS, values, strict=False)))

    def write(self, row: Row) -> None:
        """Appends the row."""
        values = flat_row(row).values()
        self._append_values(["" if value is None else str(value) for value in values])

    def _append_values(self, values: list[str]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\r\n").writerow(values)  # quotes what holds either of the two
        self.append(line.getvalue().removesuffix("\r\n"))
