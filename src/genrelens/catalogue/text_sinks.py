"""JSON lines and CSV: appended row by row, so that the file itself is the journal."""

from __future__ import annotations

from genrelens.catalogue.columns import Row
from genrelens.catalogue.row_file import RowFile
from genrelens.catalogue.row_formats import CsvRows, JsonLines, RowFormat
from genrelens.catalogue.sink import Sink


class TextSink(Sink):
    """A file of rows."""

    format: RowFormat
    _rows: RowFile | None = None

    @property
    def safe_rows(self) -> int:
        """See `Sink`."""
        return self._rows.count - self._rows.replaced if self._rows else 0

    def open(self) -> None:
        """See `Sink`."""
        self._rows = RowFile(self.place, self.format, self.done)

    def add(self, row: Row) -> None:
        """See `Sink`."""
        assert self._rows is not None
        self._rows.write(row)

    def finish(self) -> None:
        """See `Sink`."""
        assert self._rows is not None
        self._rows.close_tidy()

    def release(self) -> None:
        """See `Sink`."""
        if self._rows is not None:
            self._rows.close()


class JsonLinesSink(TextSink):
    """One JSON object a line."""

    format = JsonLines()


class CsvSink(TextSink):
    """One flattened row a record, with a header."""

    format = CsvRows()
