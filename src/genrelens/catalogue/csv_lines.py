r"""Rows as lines of CSV and back; all CSV of results is written here, for stdout and for files.

Text that a spreadsheet would run as a formula gets an apostrophe before it; control characters are written as
`\x1b` or `\u009b`. Both can be undone: `read_text` returns the original text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from genrelens.catalogue.columns import Cell, JsonText

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠].", re.DOTALL)
"""What a spreadsheet may run. A sign alone is harmless, such as the "-" for standard input."""

LONGEST_RECORD = 1 << 28
"""Bytes after which a record without an end counts as a quotation mark that is never closed."""

_FORMULA_BEGINS = frozenset("'=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"(\\+)(x[01][0-9a-f]|x7f|u00[89][0-9a-f])")
_BACKSLASHES = re.compile(r"\\+(?=[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|x[01][0-9a-f]|x7f|u00[89][0-9a-f])")


class CsvWriter:
    r"""Makes lines of CSV with fixed columns, comma-separated.

    Args:
        columns: their names, in order.

    Example:
        >>> writer = CsvWriter(["path", "confidence", "unsure", "warnings"])
        >>> writer.header
        'path,confidence,unsure,warnings'
        >>> writer.line({"path": "=1+1.mp3", "confidence": -0.5, "unsure": False})
        "'=1+1.mp3,-0.5,false,"
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = list(columns)

    @property
    def header(self) -> str:
        """The first line, without a line end."""
        return _joined(written_text(name) for name in self.columns)

    def line(self, row: Mapping[str, Cell]) -> str:
        """A row's line, without a line end; columns that the row lacks are empty, others are left out."""
        return _joined(_written(row.get(name)) for name in self.columns)


def written_text(text: str) -> str:
    r"""Text as it is written in a cell: a spreadsheet cannot run it, and it cannot control a terminal.

    Numbers and all other text stay unchanged. Where the text itself looks like the escape of a control
    character, the backslashes before it are doubled. A text that begins with apostrophes and then a sign gets
    one more apostrophe. JSON needs none of that. So `read_text` returns exactly what was written.

    Example:
        >>> written_text("=cmd()"), written_text("-5"), written_text("a\x1b[2J"), written_text("song-1.mp3")
        ("'=cmd()", '-5', 'a\\x1b[2J', 'song-1.mp3')
    """
    if text.isprintable() and text[:1] not in _FORMULA_BEGINS and "\\" not in text:
        return text
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return _CONTROL.sub(_escape, _BACKSLASHES.sub(r"\g<0>\g<0>", text))


def read_text(cell: str) -> str:
    r"""The text that `written_text` was given, from its cell.

    Example:
        >>> read_text("'=cmd()"), read_text("a\\x1b") == "a\x1b"
        ('=cmd()', True)
    """
    text = _ESCAPE.sub(_unescaped, cell)
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class Record(NamedTuple):
    """One record of a CSV file.

    Attributes:
        values: its cells as they are written; none for an empty line and for what is no CSV.
        content: its bytes, without the line break.
        end: the offset of the byte after it, in the file.
        whole: whether it ends in a line break outside quotes.
    """

    values: list[str]
    content: bytes
    end: int
    whole: bool


def read_records(stream: BinaryIO) -> Iterator[Record]:
    """The records of a CSV file in UTF-8, one at a time; only the last may be cut short.

    Cells may be of any length.
    """
    csv.field_size_limit(2**31 - 1)
    content, quotes, end = bytearray(), 0, 0
    for line in stream:
        content += line
        quotes += line.count(b'"')
        end += len(line)
        if quotes % 2 == 0 and line.endswith(b"\n"):
            yield _record(bytes(content), end, True)
            content, quotes = bytearray(), 0
        elif len(content) > LONGEST_RECORD:
            break
    if content:
        yield _record(bytes(content), end, False)


def _record(content: bytes, end: int, whole: bool) -> Record:
    return Record(_cells(content), content.removesuffix(b"\n").removesuffix(b"\r"), end, whole)


def _cells(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace").replace("\0", "\\x00")
    try:
        records = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        return []
    return records[0] if len(records) == 1 else []  # several: a quotation mark is in the wrong place


def _joined(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # quotes cells that hold either of the two
    return line.getvalue().removesuffix("\r\n")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, JsonText):
        return written_text(value)
    return str(value)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def _unescaped(found: re.Match[str]) -> str:
    backslashes, code = found.groups()
    kept = "\\" * (len(backslashes) // 2)
    return kept + (chr(int(code[1:], 16)) if len(backslashes) % 2 else code)
