"""SQLite, committed as it grows, and Parquet, written whole when all is done."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from genrelens.catalogue.flat_row import COLUMNS, flat_row
from genrelens.catalogue.sink import Row, Sink
from genrelens.errors import OutputError, shown
from genrelens.whole_files import beside

SQL_TYPES = {str: "TEXT", float: "REAL", int: "INTEGER"}
COMMIT_EVERY_S = 1.0


class SqliteSink(Sink):
    """A table `results`, one row a path."""

    def open(self) -> None:
        """Makes or opens the table."""
        columns = ", ".join(
            f"{name} {SQL_TYPES[kind]}{' PRIMARY KEY' if name == 'path' else ''}"
            for name, kind in COLUMNS.items()
        )
        try:
            self._database = sqlite3.connect(self.path)
            self._database.execute(f"CREATE TABLE IF NOT EXISTS results ({columns})")
            self._database.commit()
            for path, status, bundle in self._database.execute("SELECT path, status, bundle FROM results"):
                self.remember({"path": path, "status": status, "bundle": bundle})
        except sqlite3.Error as error:
            raise OutputError(
                f"{shown(self.path)} is no database of results ({error}); choose another"
            ) from error
        self._committed = time.monotonic()

    def write(self, row: Row) -> None:
        """Adds or replaces the row; commits about once a second."""
        marks = ", ".join("?" * len(COLUMNS))
        try:
            self._database.execute(
                f"INSERT OR REPLACE INTO results VALUES ({marks})", [*flat_row(row).values()]
            )
            if time.monotonic() - self._committed > COMMIT_EVERY_S:
                self._database.commit()
                self._committed = time.monotonic()
        except sqlite3.Error as error:
            raise OutputError(f"{shown(self.path)} cannot be written ({error})") from error

    def close(self) -> None:
        """Commits the rest."""
        self._database.commit()
        self._database.close()


class ParquetSink(Sink):
    """A Parquet file; the rows are gathered and written beside it, then renamed."""

    def open(self) -> None:
        """Takes over the rows of an existing file."""
        try:
            import pyarrow.parquet
        except ImportError as error:
            raise OutputError(
                f"{shown(self.path)}: Parquet needs pyarrow; install genrelens[parquet] or choose .sqlite"
            ) from error
        self._rows: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            try:
                rows = pyarrow.parquet.read_table(self.path).to_pylist()
            except (OSError, ValueError) as error:
                raise OutputError(f"{shown(self.path)} is no Parquet file; choose another") from error
            for row in rows:
                self._rows[row["path"]] = row
                self.remember(row)

    def write(self, row: Row) -> None:
        """Keeps the row until the end."""
        flat = flat_row(row)
        self._rows[flat["path"]] = flat

    def close(self) -> None:
        """Writes all rows; the file appears whole or not at all."""
        import pyarrow
        import pyarrow.parquet

        kinds = {str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64()}
        schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
        with beside(self.path) as partial:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist([*self._rows.values()], schema), partial)
