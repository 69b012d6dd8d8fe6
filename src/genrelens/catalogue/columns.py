"""A result row without nesting: the same columns in printed and written CSV, in SQLite and in Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

Row = Mapping[str, Any]
Cell = str | int | float | bool | None
FlatRow = dict[str, Cell]

_ESCAPED_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


class JsonText(str):
    """JSON as the text of a cell; it has no control characters and is written unchanged in every format."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """Where in a row the value of a column is.

    Attributes:
        kind: str, int, float, bool, or `JsonText` for lists and objects.
        place: the keys that lead to the value, outermost first.
    """

    kind: type
    place: tuple[str, ...]


COLUMNS: dict[str, Column] = {
    "path": Column(str, ("path",)),
    "status": Column(str, ("status",)),
    "genre": Column(str, ("genre",)),
    "confidence": Column(float, ("confidence",)),
    "duration_s": Column(float, ("duration_s",)),
    "prediction_set": Column(JsonText, ("prediction_set",)),
    "scores": Column(JsonText, ("scores",)),
    "votes": Column(JsonText, ("votes",)),
    "excerpts": Column(JsonText, ("excerpts",)),
    "members": Column(JsonText, ("members",)),
    "warnings": Column(JsonText, ("warnings",)),
    "error_kind": Column(str, ("error", "kind")),
    "error_message": Column(str, ("error", "message")),
    "bundle": Column(str, ("bundle",)),
    "schema": Column(int, ("schema",)),
    "likeliest": Column(str, ("likeliest",)),
    "unsure": Column(bool, ("unsure",)),
    "reason": Column(str, ("reason",)),
    "threshold": Column(float, ("threshold",)),
    "option_excerpts": Column(str, ("options", "excerpts")),
    "option_always_answer": Column(bool, ("options", "always_answer")),
    "file_path": Column(str, ("file", "path")),
    "file_size": Column(int, ("file", "size")),
    "file_modified_ns": Column(int, ("file", "modified_ns")),
}
"""The columns of a result; new ones are added at the end, so that older files begin with the same ones."""

FIRST_VERSION = 15
"""How many of `COLUMNS` the first version had."""


def flat_row(row: Row, columns: Mapping[str, Column] = COLUMNS) -> FlatRow:
    """The row's values in the order of the columns; nested ones as JSON text, absent ones None.

    Example:
        >>> flat = flat_row({"path": "a.mp3", "error": {"kind": "NotAudio", "message": "text"}})
        >>> flat["error_kind"], flat["genre"]
        ('NotAudio', None)
    """
    return {name: _cell(_value_at(row, column.place), column.kind) for name, column in columns.items()}


def columns_of(rows: Iterable[Row]) -> dict[str, Column]:
    """The columns of any rows, in the order of first appearance; names of nested values have dots.

    Example:
        >>> list(columns_of([{"error": {"kind": "NotAudio"}}, {"path": "a.mp3", "votes": [1, 2]}]))
        ['error.kind', 'path', 'votes']
    """
    columns: dict[str, Column] = {}

    def add(row: Row, place: tuple[str, ...]) -> None:
        for key, value in row.items():
            if isinstance(value, Mapping) and value:
                add(value, (*place, key))
            else:
                columns.setdefault(".".join((*place, key)), Column(object, (*place, key)))

    for row in rows:
        add(row, ())
    return columns


def with_values(row: Row, values: Mapping[str, Cell]) -> dict[str, Any]:
    """A copy of a nested row in which some columns have other values.

    Example:
        >>> with_values({"path": "a.mp3"}, {"file_size": 7})
        {'path': 'a.mp3', 'file': {'size': 7}}
    """
    changed = dict(row)
    for name, value in values.items():
        *outer, key = COLUMNS[name].place
        inside = changed
        for one in outer:
            inside[one] = dict(inside.get(one) or {})
            inside = inside[one]
        inside[key] = value
    return changed


def read_cell(value: Any, kind: type) -> Cell:
    """A cell of a file (text, or a value of a database) as a value of the column's kind; None if it is none.

    Example:
        >>> read_cell("12", int), read_cell("true", bool), read_cell(0, bool), read_cell("1.7E+18", int)
        (12, True, False, None)
    """
    if value is None or value == "":
        return None
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    try:
        return kind(value)  # type: ignore[no-any-return]
    except (TypeError, ValueError, OverflowError):
        return None


def json_text(value: Any) -> JsonText:
    """A value as JSON in one line; control characters, also DEL to U+009F, are written as escapes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return JsonText(text if text.isprintable() else text.translate(_ESCAPED_CONTROLS))


def _value_at(row: Row, place: tuple[str, ...]) -> Any:
    value: Any = row
    for key in place:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any, kind: type) -> Cell:
    if isinstance(value, Mapping | list | tuple):
        return json_text(value)
    if isinstance(value, str) or (kind is str and value is not None):
        text = str(value)
        return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return cast(Cell, value)
