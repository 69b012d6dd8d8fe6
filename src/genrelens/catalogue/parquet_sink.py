"""Parquet: written from the journal when all is done, some thousand rows in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from genrelens.atomic_files import atomic_file
from genrelens.catalogue.columns import COLUMNS, FIRST_VERSION, FlatRow, JsonText, flat_row
from genrelens.catalogue.done import KEY_COLUMNS, missing_values
from genrelens.catalogue.row_file import LatestRows
from genrelens.catalogue.table_sink import TableSink
from genrelens.errors import OutputError, shown

ROWS_A_GROUP = 4096


class ParquetSink(TableSink):
    """A Parquet file of result rows."""

    _written_ns = 0
    _is_complete = False

    def open_table(self) -> None:
        """See `TableSink`."""
        try:
            import pyarrow.parquet
        except ImportError as error:
            raise OutputError(
                f"{shown(self.path)}: Parquet needs pyarrow; install genrelens[parquet] or choose .sqlite"
            ) from error
        kinds = {
            JsonText: pyarrow.string(),
            str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64(), bool: pyarrow.bool_()
        }  # fmt: skip
        self._schema = pyarrow.schema([(name, kinds[column.kind]) for name, column in COLUMNS.items()])
        if not self.place.exists():
            return
        self._written_ns = self.place.stat().st_mtime_ns
        names = self._column_names()
        latest, filled_in = LatestRows(), False
        for number, row in enumerate(self._rows_before(list(KEY_COLUMNS))):
            values = missing_values(row, self._written_ns, number)
            row |= values
            filled_in = filled_in or bool(values)
            latest.add(row)
            self.done.add(row)
        self._is_complete = not filled_in and len(names) == len(COLUMNS) and len(latest) == latest.added

    def complete_table(self) -> None:
        """See `TableSink`."""
        import pyarrow
        import pyarrow.parquet

        assert self.journal is not None
        if self._is_complete and not self.journal.count:
            return
        latest = LatestRows()
        for number, row in enumerate(chain(self._rows_before(list(KEY_COLUMNS)), self.journal.keys())):
            latest.add(row | missing_values(row, self._written_ns, number))
        with (
            atomic_file(self.place) as partial,
            pyarrow.parquet.ParquetWriter(partial, self._schema) as writer,
        ):
            kept = self._kept(latest)
            while group := list(islice(kept, ROWS_A_GROUP)):
                writer.write_table(pyarrow.Table.from_pylist(group, self._schema))

    def _kept(self, latest: LatestRows) -> Iterator[FlatRow]:
        assert self.journal is not None
        journal = (flat_row(one.row) for one in self.journal.rows())
        for number, row in enumerate(chain(self._rows_before(list(COLUMNS)), journal)):
            row |= missing_values(row, self._written_ns, number)
            if latest.holds(row, number):
                yield row

    def _column_names(self) -> set[str]:
        import pyarrow.parquet

        try:
            schema = pyarrow.parquet.read_schema(self.place)
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise OutputError(f"{shown(self.path)} is no Parquet file; choose another") from error
        names = set(schema.names)
        first = set(list(COLUMNS)[:FIRST_VERSION])
        if not first <= names <= set(COLUMNS):
            raise OutputError(f"{shown(self.path)} has other columns than results have; choose another file")
        return names

    def _rows_before(self, names: list[str]) -> Iterator[FlatRow]:
        """The rows of the table as it was opened, with these columns; None in those that it lacks."""
        import pyarrow
        import pyarrow.parquet

        if self._as_opened is None and not self.place.exists():
            return
        try:
            with pyarrow.parquet.ParquetFile(self.place) as file:
                there = [name for name in names if name in file.schema_arrow.names]
                wanted = pyarrow.schema([self._schema.field(name) for name in there])
                for batch in file.iter_batches(ROWS_A_GROUP, columns=there):
                    table = pyarrow.Table.from_batches([batch]).select(there).cast(wanted)
                    for row in table.to_pylist():
                        yield dict.fromkeys(names) | row
        except (ValueError, pyarrow.ArrowException) as error:
            raise OutputError(
                f"{shown(self.path)} cannot be read as Parquet ({str(error).splitlines()[0]}); choose another"
            ) from error
