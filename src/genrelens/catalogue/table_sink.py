"""A table that is made from a journal, for formats that cannot grow row by row."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path

from genrelens.catalogue.columns import Row
from genrelens.catalogue.row_file import RowFile
from genrelens.catalogue.row_formats import JsonLines
from genrelens.catalogue.sink import GO_ON, Sink
from genrelens.errors import OutputError, shown

JOURNAL = ".journal"


class TableSink(Sink):
    """Rows are written to `NAME.journal`, as JSON lines, and copied to the table when all is done, or before.

    The journal is removed once the table holds everything. The next run with `resume` uses the journal that a
    killed run left.
    """

    journal: RowFile | None = None
    _as_opened: os.stat_result | None = None

    @property
    def journal_place(self) -> Path:
        """The path of the journal."""
        return self.place.with_name(self.place.name + JOURNAL)

    @property
    def safe_rows(self) -> int:
        """See `Sink`."""
        return self.journal.count if self.journal else 0

    @property
    def safe_place(self) -> Path:
        """See `Sink`."""
        return self.path.with_name(self.place.name + JOURNAL)

    def leftover(self) -> Path | None:
        """See `Sink`."""
        return super().leftover() or (self.safe_place if os.path.lexists(self.journal_place) else None)

    def open(self) -> None:
        """See `Sink`."""
        is_new = not self.place.exists()
        try:
            self.open_table()
            self.remember_table()
            self.journal = RowFile(self.journal_place, JsonLines(), self.done)
        except BaseException:
            self.release()
            if is_new:
                self.place.unlink(missing_ok=True)
            raise

    def add(self, row: Row) -> None:
        """See `Sink`."""
        assert self.journal is not None
        self.journal.write(row)

    def finish(self) -> None:
        """See `Sink`."""
        assert self.journal is not None
        self.journal.flush()
        self.check_table()
        self.complete_table()
        self.journal.close()
        self.journal_place.unlink()

    def release(self) -> None:
        """See `Sink`."""
        if self.journal is not None:
            self.journal.close()
            if self.journal.count == 0 and self.journal_place.exists():
                self.journal_place.unlink()

    def remember_table(self) -> None:
        """Remembers which file the table is."""
        self._as_opened = self.place.stat() if self.place.exists() else None

    def check_table(self) -> None:
        """Raises where another program made, replaced or deleted the table."""
        try:
            now = self.place.stat()
        except FileNotFoundError:
            now = None
        before = self._as_opened
        if (now is None) != (before is None) or (now and before and not os.path.samestat(now, before)):
            raise OutputError(
                f"{shown(self.path)} cannot be written (another program made, replaced or deleted it "
                f"meanwhile); {self.safe_rows} new rows are safe in {shown(self.safe_place)}: put the file "
                f"right, then {GO_ON}"
            )

    @abstractmethod
    def open_table(self) -> None:
        """Reads an existing table and fills `done`."""

    @abstractmethod
    def complete_table(self) -> None:
        """Writes the table: its former rows and those of the journal."""
