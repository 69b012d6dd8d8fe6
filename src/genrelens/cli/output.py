"""What every command prints: results on stdout in the asked format, progress and complaints on stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress, TaskID

Row = Mapping[str, Any]


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def results() -> Console:
    """The console of stdout: colours only in a terminal, wide enough not to cut lines in a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "100"))
    return Console(width=width, highlight=False, soft_wrap=False)


def messages() -> Console:
    """The console of stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def complain(text: str) -> None:
    """One sentence on stderr, whatever characters it holds."""
    messages().print(f"genrelens: {text}", style="red", markup=False, soft_wrap=True)


def progress(unit: str = "files") -> Progress:
    """A progress bar on stderr with what is done, the pace and the time left; silent outside a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = messages()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def shown_on(bar: Progress) -> Callable[[str, int, int], None]:
    """What long work tells of itself (what is done, steps done, steps in all) as a line of the bar each."""
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return show


def emit(rows: Iterable[Row], format: Format, table: Callable[[list[Row]], RenderableType]) -> None:
    """Prints rows.

    Args:
        rows: mappings of JSON values; `jsonl` and `csv` print each as it comes.
        format: what to print.
        table: makes the picture of all rows for people.
    """
    if format is Format.jsonl:
        for row in rows:
            write_line(json_line(row))
    elif format is Format.json:
        write_line(json.dumps(list(rows), indent=2, ensure_ascii=False, allow_nan=False))
    elif format is Format.csv:
        write_csv(rows)
    else:
        results().print(table(list(rows)))


def json_line(row: Row) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def write_line(text: str) -> None:
    """A line on stdout, flushed, so that a reader of a pipe sees it at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_csv(rows: Iterable[Row]) -> None:
    """Rows as CSV; the first one names the columns, nested values become JSON or dotted columns."""
    columns: list[str] | None = None
    for row in rows:
        flat = flattened(row)
        if columns is None:
            columns = list(flat)
            write_line(_csv_line(columns))
        write_line(_csv_line([flat.get(column, "") for column in columns]))


def flattened(row: Row, prefix: str = "") -> dict[str, Any]:
    """A row without nesting: objects become dotted keys, lists of texts are joined, other lists are JSON.

    Example:
        >>> flattened({"a": {"b": 1}, "c": ["x", "y"], "d": None})
        {'a.b': 1, 'c': 'x; y', 'd': ''}
    """
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{key}."))
        elif isinstance(value, list | tuple):
            texts = all(isinstance(one, str) for one in value)
            flat[prefix + key] = "; ".join(value) if texts else json.dumps(value, ensure_ascii=False)
        else:
            flat[prefix + key] = "" if value is None else value
    return flat


def _csv_line(values: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
