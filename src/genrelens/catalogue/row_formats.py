"""Formats of a file that grows row by row: one JSON object a line, or CSV."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple

from genrelens.catalogue.columns import (
    COLUMNS,
    FIRST_VERSION,
    Cell,
    FlatRow,
    JsonText,
    Row,
    flat_row,
    json_text,
    read_cell,
    with_values,
)
from genrelens.catalogue.csv_lines import CsvWriter, Record, read_records, read_text
from genrelens.catalogue.done import KEY_COLUMNS
from genrelens.errors import OutputError, shown

_ROW_BEGINS = b'{"schema": '
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_STATUS = ("ok", "error")


class ReadRow(NamedTuple):
    """A row as it was read.

    Attributes:
        row: its values, as the format keeps them.
        content: its bytes, without the line break.
        end: the offset of the byte after it, in the file.
        current: whether it is in the form that this version writes.
    """

    row: dict[str, Any]
    content: bytes
    end: int
    current: bool


class RowFormat(ABC):
    """Rows as bytes and back."""

    header: bytes = b""

    @abstractmethod
    def read(self, stream: BinaryIO, path: Path) -> Iterator[ReadRow]:
        """The rows of a file, from the position of its stream; a last one that was cut short is left out.

        Raises:
            OutputError: the file holds something else.
        """

    @abstractmethod
    def keys(self, row: Mapping[str, Any]) -> FlatRow:
        """The values of `KEY_COLUMNS` of a row that was read."""

    @abstractmethod
    def updated(self, row: Mapping[str, Any], values: Mapping[str, Cell]) -> Mapping[str, Any]:
        """A row that was read, with other values in some columns."""

    @abstractmethod
    def again(self, row: Mapping[str, Any]) -> bytes:
        """A row that was read, as bytes without a line break."""

    @abstractmethod
    def encode(self, row: Row) -> bytes:
        """A result row as bytes without a line break."""


class JsonLines(RowFormat):
    """One JSON object a line, as the rows are printed."""

    _keys: ClassVar = {name: COLUMNS[name] for name in KEY_COLUMNS}

    def read(self, stream: BinaryIO, path: Path) -> Iterator[ReadRow]:
        """See `RowFormat`."""
        end = stream.tell()
        if end == 0:
            _refuse_byte_order_mark(stream, path)
        for number, line in enumerate(stream, 1):
            content = line.strip(b"\r\n")
            end += len(line)
            if not content or (not line.endswith(b"\n") and not content.strip(b"\0")):
                continue
            try:
                row = json.loads(content.decode("utf-8"), parse_constant=lambda name: None)
            except (ValueError, RecursionError) as error:
                if not line.endswith(b"\n") and content.startswith(_ROW_BEGINS[: len(content)]):
                    return
                raise _cannot_resume(path, f"line {number} is no JSON") from error
            if not isinstance(row, dict) or not _is_row(row):
                raise _cannot_resume(path, f"line {number} is no row of results")
            yield ReadRow(row, content, end, line.endswith(b"\n"))

    def keys(self, row: Mapping[str, Any]) -> FlatRow:
        """See `RowFormat`."""
        flat = flat_row(row, self._keys)
        return {name: read_cell(value, COLUMNS[name].kind) for name, value in flat.items()}

    def updated(self, row: Mapping[str, Any], values: Mapping[str, Cell]) -> Mapping[str, Any]:
        """See `RowFormat`."""
        return with_values(row, values)

    def again(self, row: Mapping[str, Any]) -> bytes:
        """See `RowFormat`."""
        return self.encode(row)

    def encode(self, row: Row) -> bytes:
        """See `RowFormat`."""
        if "schema" in row:
            row = {"schema": row["schema"], **row}  # first, so that a line cut short is recognised
        return json_text(row).encode("utf-8", "backslashreplace")


class CsvRows(RowFormat):
    """A header and one flattened row a record; see `csv_lines`."""

    _writer = CsvWriter(COLUMNS)
    header = _writer.header.encode() + b"\n"

    def read(self, stream: BinaryIO, path: Path) -> Iterator[ReadRow]:
        """See `RowFormat`."""
        _refuse_byte_order_mark(stream, path)
        records = read_records(stream)
        first = next(records, None)
        if first is None or (not first.whole and self.header.startswith(first.content)):
            return
        names = first.values
        if not first.whole or len(names) < FIRST_VERSION or names != list(COLUMNS)[: len(names)]:
            raise _cannot_resume(path, "its first line does not name the columns of results")
        is_first_version = len(names) == FIRST_VERSION
        for number, record in enumerate(records, 2):
            if not record.whole:
                self._refuse_unless_cut_short(record, len(names), path, number)
                return
            if not record.values:
                if record.content.strip():
                    raise _cannot_resume(path, f"record {number} is no CSV")
                continue
            row = {
                name: _read(cell, COLUMNS[name].kind, is_first_version)
                for name, cell in zip(names, record.values, strict=False)
            }
            if len(record.values) != len(names) or not _is_row(row):
                raise _cannot_resume(path, f"record {number} is no row of results")
            yield ReadRow(row, record.content, record.end, len(names) == len(COLUMNS))

    @staticmethod
    def _refuse_unless_cut_short(record: Record, width: int, path: Path, number: int) -> None:
        if len(record.values) > width or not record.values:
            raise _cannot_resume(path, f"a quotation mark in record {number} is never closed")

    def keys(self, row: Mapping[str, Any]) -> FlatRow:
        """See `RowFormat`."""
        return {name: read_cell(row.get(name), COLUMNS[name].kind) for name in KEY_COLUMNS}

    def updated(self, row: Mapping[str, Any], values: Mapping[str, Cell]) -> Mapping[str, Any]:
        """See `RowFormat`."""
        return {**row, **values}

    def again(self, row: Mapping[str, Any]) -> bytes:
        """See `RowFormat`."""
        return self._writer.line(row).encode()

    def encode(self, row: Row) -> bytes:
        """See `RowFormat`."""
        return self._writer.line(flat_row(row)).encode()


def _read(cell: str, kind: type, is_first_version: bool) -> str:
    if kind is JsonText:
        return JsonText(cell)
    return cell if is_first_version else read_text(cell)


def _is_row(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("path"), str) and row.get("status") in _STATUS


def _refuse_byte_order_mark(stream: BinaryIO, path: Path) -> None:
    beginning = stream.read(3)
    stream.seek(0)
    if beginning.startswith(_BYTE_ORDER_MARKS):
        raise OutputError(
            f"{shown(path)} begins with a byte-order mark, so another program saved it anew and may have "
            "changed its values; choose another file, or save it as UTF-8 without that mark"
        )


def _cannot_resume(path: Path, what: str) -> OutputError:
    return OutputError(
        f"{shown(path)} cannot be continued, because {what}; correct that line, or choose another file"
    )
