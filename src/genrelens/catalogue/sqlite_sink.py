"""SQLite: a table `results`, updated from the journal about once a second unless it is locked."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Mapping

from genrelens.catalogue.columns import COLUMNS, FIRST_VERSION, Cell, FlatRow, JsonText, Row, flat_row
from genrelens.catalogue.done import KEY_COLUMNS, missing_values
from genrelens.catalogue.sink import GO_ON
from genrelens.catalogue.table_sink import TableSink
from genrelens.errors import OutputError, shown

SQL_TYPES = {str: "TEXT", JsonText: "TEXT", float: "REAL", int: "INTEGER", bool: "INTEGER"}
UPDATE_EVERY_S = 1.0
PATIENCE_S = 60
"""Seconds to wait at the beginning and at the end for a program that locks the database."""

_MAGIC = b"SQLite format 3\0"
_ONE_ROW_A_RECORDING = (
    "CREATE UNIQUE INDEX IF NOT EXISTS one_row_a_recording ON results "
    "(file_path, CASE file_path WHEN '-' THEN file_modified_ns ELSE 0 END)"
)


class SqliteSink(TableSink):
    """A table `results`, one row a recording."""

    _database: sqlite3.Connection | None = None
    _copied_to = 0
    _updated_s = 0.0

    def open_table(self) -> None:
        """See `TableSink`."""
        if self.place.exists() and not self._begins_like_a_database():
            raise self._refused("its beginning is another one")
        try:
            self._database = database = sqlite3.connect(
                self.place, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            database.text_factory = lambda content: content.decode("utf-8", "replace")
            database.execute("BEGIN IMMEDIATE")
            self._make_table(database)
            database.execute("COMMIT")
            keys = f"SELECT {', '.join(KEY_COLUMNS)} FROM results"
            for values in database.execute(keys):
                self.done.add(_typed(KEY_COLUMNS, values))
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def add(self, row: Row) -> None:
        """See `Sink`."""
        super().add(row)
        if time.monotonic() - self._updated_s > UPDATE_EVERY_S:
            self.check_table()
            with contextlib.suppress(
                sqlite3.Error
            ):  # locked, or full: the journal has the rows, and the next update adds them
                self._update_table(0)
            self._updated_s = time.monotonic()

    def complete_table(self) -> None:
        """See `TableSink`."""
        assert self._database is not None
        try:
            self._update_table(PATIENCE_S)
            self._database.close()
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise OutputError(
                    f"{shown(self.path)} is locked by another program; all rows are safe in "
                    f"{shown(self.safe_place)}: close that program, then {GO_ON}"
                ) from error
            raise self.stopped(error) from error

    def release(self) -> None:
        """See `Sink`."""
        super().release()
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()

    def _update_table(self, patience_s: float) -> None:
        """Copies the rows that the table lacks from the journal."""
        assert self._database is not None
        assert self.journal is not None
        end = self._copied_to
        self._database.execute(f"PRAGMA busy_timeout = {int(1000 * patience_s)}")
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for one in self.journal.rows(end):
                self._database.execute(_PUT, list(flat_row(one.row).values()))
                end = one.end
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        self._copied_to = end

    def _make_table(self, database: sqlite3.Connection) -> None:
        """Makes the table, or brings one of an earlier version up to date; columns of the user's are kept."""
        found = {
            name: (kind, key)
            for name, kind, key in database.execute("SELECT name, type, pk FROM pragma_table_info('results')")
        }
        if not found:
            database.execute(f"CREATE TABLE results ({_declared(COLUMNS_IN_SQL)})")
        elif not set(list(COLUMNS)[:FIRST_VERSION]) <= set(found):
            raise OutputError(
                f"{shown(self.path)} has a table results with other columns; choose another file"
            )
        elif not set(COLUMNS) <= set(found) or found["path"][1]:
            others = {name: kind for name, (kind, _) in found.items() if name not in COLUMNS}
            self._migrate(database, list(found), COLUMNS_IN_SQL | others)
        database.execute(_ONE_ROW_A_RECORDING)

    def _migrate(self, database: sqlite3.Connection, names: list[str], columns: Mapping[str, str]) -> None:
        written_ns = self.place.stat().st_mtime_ns
        database.execute("PRAGMA legacy_alter_table = ON")
        database.execute("ALTER TABLE results RENAME TO results_of_version_1")
        database.execute(f"CREATE TABLE results ({_declared(columns)})")
        database.execute(_ONE_ROW_A_RECORDING)
        before = f"SELECT {', '.join(map(_quoted, names))} FROM results_of_version_1 ORDER BY rowid"
        for number, values in enumerate(database.execute(before)):
            row = dict.fromkeys(COLUMNS) | dict(zip(names, values, strict=True))
            _put(database, row | missing_values(row, written_ns, number))
        database.execute("DROP TABLE results_of_version_1")

    def _begins_like_a_database(self) -> bool:
        with self.place.open("rb") as stream:
            return stream.read(len(_MAGIC)) in (b"", _MAGIC)

    def _refused(self, error: Exception | str) -> OutputError:
        if "locked" in str(error):
            return OutputError(f"{shown(self.path)} is locked by another program; close that, then {GO_ON}")
        if isinstance(error, sqlite3.OperationalError):  # the disk, permissions
            return self.stopped(error)
        return OutputError(f"{shown(self.path)} is no database of results ({error}); choose another file")


COLUMNS_IN_SQL = {name: SQL_TYPES[column.kind] for name, column in COLUMNS.items()}


_PUT = f"INSERT OR REPLACE INTO results ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def _put(database: sqlite3.Connection, row: FlatRow) -> None:
    names = ", ".join(map(_quoted, row))
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT OR REPLACE INTO results ({names}) VALUES ({marks})", list(row.values()))


def _declared(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _typed(names: Iterable[str], values: Iterable[Cell]) -> FlatRow:
    return {
        name: bool(value) if COLUMNS[name].kind is bool and value is not None else value
        for name, value in zip(names, values, strict=True)
    }
