"""Prints results on stdout, in the chosen format."""

from __future__ import annotations

import contextlib
import errno
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from genrelens.cli.streams import discard
from genrelens.cli.terminal import ReaderGone, complain, messages, note, progress, results, shown_on
from genrelens.errors import OutputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genrelens.catalogue.columns import Column

__all__ = [
    "Format",
    "Row",
    "complain",
    "emit",
    "json_line",
    "messages",
    "note",
    "progress",
    "results",
    "shown_on",
    "write_line",
]

Row = Mapping[str, Any]
_C1 = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


class Format(StrEnum):
    """Formats for printing results."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def emit(
    rows: Iterable[Row],
    format: Format,
    table: Callable[[list[Row]], RenderableType],
    columns: Mapping[str, Column] | None = None,
) -> None:
    """Prints rows.

    Args:
        rows: mappings of JSON values; `jsonl`, and `csv` with given columns, print each row at once.
        format: of the output.
        table: makes a table of all rows.
        columns: those of a CSV; by default all that any row has.
    """
    if format is Format.jsonl:
        for row in rows:
            write_line(json_line(row))
    elif format is Format.json:
        write_line(json_text(list(rows), indent=2))
    elif format is Format.csv:
        write_csv(rows, columns)
    else:
        print_table(table(list(rows)))


def print_table(picture: RenderableType, width: int | None = None) -> None:
    """Prints a table or another object of Rich on stdout.

    Args:
        picture: what is printed.
        width: in terminal cells; that of the terminal by default.

    Raises:
        OutputError, ReaderGone: as `write_line`.
    """
    with writing():
        results(width).print(picture, width=width)


def json_line(row: Row) -> str:
    """A row as one line of JSON."""
    return json_text(row)


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON that fits stdout's encoding and cannot control a terminal.

    Example:
        >>> json_text({"path": "caf\xe9\x9b31m.mp3"})
        '{"path": "caf\xe9\\\\u009b31m.mp3"}'
    """
    unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=indent, ensure_ascii=not unicode, allow_nan=False)
    return text.translate(_C1)  # such characters are only in strings, where the escape means the same


def write_line(text: str) -> None:
    """Prints a line on stdout, unchanged and flushed, so that a reader of a pipe gets it at once.

    Raises:
        OutputError: stdout is closed, or its disk is full.
        ReaderGone: the reader of the pipe has ended.
    """
    if sys.stdout.isatty():
        results().print(text, soft_wrap=True)  # above a progress bar, if there is one
        return
    with writing():
        sys.stdout.write(text + "\n")


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Flushes stdout at the end of the block; errors of writing become one message.

    Raises:
        OutputError, ReaderGone: instead of any `OSError`.
    """
    try:
        yield
        sys.stdout.flush()
    except ReaderGone:
        discard(sys.stdout)
        raise
    except OSError as error:
        discard(sys.stdout)
        if error.errno == errno.EPIPE:
            raise ReaderGone from error
        raise OutputError(
            f"standard output cannot be written ({error.strerror or error}); make room, or send it elsewhere"
        ) from error


def write_csv(rows: Iterable[Row], columns: Mapping[str, Column] | None = None) -> None:
    """Prints rows as CSV: each at once where columns are given, else all at the end with all columns."""
    from genrelens.catalogue.columns import columns_of, flat_row
    from genrelens.catalogue.csv_lines import CsvWriter

    if columns is None:
        rows = list(rows)
        columns = columns_of(rows)
    if not columns:
        return
    writer = CsvWriter(columns)
    write_line(writer.header)
    for row in rows:
        write_line(writer.line(flat_row(row, columns)))
