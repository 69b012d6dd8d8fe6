"""What every command prints: results on stdout in the asked format, progress and complaints on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress, TaskID

    from genrelens.catalogue.columns import Column

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


def emit(
    rows: Iterable[Row],
    format: Format,
    table: Callable[[list[Row]], RenderableType],
    columns: Mapping[str, Column] | None = None,
) -> None:
    """Prints rows.

    Args:
        rows: mappings of JSON values; `jsonl`, and `csv` with given columns, print each as it comes.
        format: what to print.
        table: makes the picture of all rows for people.
        columns: those of a CSV; by default all that any row has.
    """
    if format is Format.jsonl:
        for row in rows:
            write_line(json_line(row))
    elif format is Format.json:
        write_line(json.dumps(list(rows), indent=2, ensure_ascii=False, allow_nan=False))
    elif format is Format.csv:
        write_csv(rows, columns)
    else:
        results().print(table(list(rows)))


def json_line(row: Row) -> str:
    """A row as one line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def write_line(text: str) -> None:
    """A line on stdout, flushed, so that a reader of a pipe sees it at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_csv(rows: Iterable[Row], columns: Mapping[str, Column] | None = None) -> None:
    """Rows as CSV, each as it comes; without given columns all that any row has, when all are there."""
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
