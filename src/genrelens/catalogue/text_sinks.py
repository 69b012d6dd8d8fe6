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


class JsonLinesSink(Sink):
    """One JSON object a line."""

    def open(self) -> None:
        """Opens for appending; a line cut short by an interruption is taken away."""
        self._stream = self.path.open("a+b")
        self._stream.seek(0)
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
        """Appends the row and hands it to the system."""
        self._stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        self._stream.flush()

    def close(self) -> None:
        """Waits until the rows are on disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()


class CsvSink(Sink):
    """One flattened row a line, with a header."""

    def open(self) -> None:
        """Opens for appending; a line cut short by an interruption is taken away."""
        self._stream = self.path.open("a+b")
        self._stream.seek(0)
        content = self._stream.read()
        whole = content.rfind(b"\n") + 1
        header = ",".join(COLUMNS).encode() + b"\n"
        if not content.startswith(header[: len(content)]):
            raise OutputError(f"{shown(self.path)} has other columns than results have; choose another file")
        self._stream.truncate(whole)
        rows = list(csv.reader(io.StringIO(content[:whole].decode("utf-8", "replace"), newline="")))
        if not rows:
            self._append(list(COLUMNS))
        for values in rows[1:]:
            self.remember(dict(zip(COLUMNS, values, strict=False)))

    def write(self, row: Row) -> None:
        """Appends the row and hands it to the system."""
        values = flat_row(row).values()
        self._append(["" if value is None else str(value) for value in values])

    def close(self) -> None:
        """Waits until the rows are on disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def _append(self, values: list[str]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow([value.replace("\n", " ") for value in values])
        self._stream.write(line.getvalue().encode())
        self._stream.flush()
