"""Output in a terminal: two consoles, a progress bar, messages. No file name can control the terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

PIPE_COLUMNS = 100
FEWEST_COLUMNS, MOST_COLUMNS = 20, 2000

_interruption = ["interrupted"]
_bars: list[Console] = []
"""The console of the current progress bar, if there is one."""

_CONTROL = {code: chr(0x2400 + code) for code in range(32) if chr(code) != "\n"}
_CONTROL |= {0x7F: "␡"} | dict.fromkeys(range(0x80, 0xA0), "�")
_CONTROL |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F), "�")
_CONTROL_IN_LINE = _CONTROL | {0x0A: "␊"}


class ReaderGone(Exception):
    """The reader of stdout has ended, as `| head` does: no error, but the command stops."""


def visible(text: str) -> str:
    """A text of unknown origin on one line; symbols replace characters that control terminals.

    Those are C0 and C1 control characters and marks of writing direction.

    Example:
        >>> visible("song\\x1b[31m\\n.mp3")
        'song␛[31m␊.mp3'
    """
    return text.translate(_CONTROL_IN_LINE)


def columns(stream: TextIO | None = None) -> int | None:
    """The width for tables: that of `COLUMNS` or of the terminal; None where neither is known.

    Args:
        stream: stdout by default.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given) > 0:
        return min(max(int(given), FEWEST_COLUMNS), MOST_COLUMNS)
    stream = sys.stdout if stream is None else stream
    if not stream.isatty():
        return None
    try:
        wide = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        wide = 0
    wide = wide or shutil.get_terminal_size().columns
    return min(max(wide, FEWEST_COLUMNS), MOST_COLUMNS)


@lru_cache(maxsize=1)
def _console_class() -> type[Console]:
    """Rich's console, which never prints control characters."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class SafeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise ReaderGone

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                if segment.control or segment.text.isprintable() or segment.text == "\n":
                    yield segment
                else:
                    yield Segment(segment.text.translate(_CONTROL), segment.style)

    return SafeConsole


def results(width: int | None = None) -> Console:
    """The console of stdout: colours only in a terminal, wide enough not to cut lines in a pipe.

    Args:
        width: instead of the terminal's.
    """
    if _bars and _bars[-1].file is sys.stdout:
        return _bars[-1]
    width = width or columns() or PIPE_COLUMNS
    return _console_class()(width=width, markup=False, emoji=False, highlight=False, soft_wrap=False)


def messages() -> Console:
    """The console of stderr."""
    if _bars and _bars[-1].is_terminal and sys.stderr.isatty():
        return _bars[-1]
    width = columns(sys.stderr)
    return _console_class()(stderr=True, width=width, markup=False, emoji=False, highlight=False)


def complain(text: str) -> None:
    """Prints an error on stderr, whatever characters it holds."""
    _print_message(text, "red")


def note(text: str) -> None:
    """Prints a note on stderr that a reader of the results should know."""
    _print_message(text, "yellow")


def _print_message(text: str, style: str) -> None:
    with contextlib.suppress(OSError, ReaderGone):  # nobody reads stderr; results go on
        messages().print(f"genrelens: {visible(text)}", style=style, soft_wrap=True)


@contextlib.contextmanager
def progress(unit: str = "files") -> Iterator[Progress]:
    """A progress bar with what is done and the time left; silent outside a terminal.

    It is drawn on stderr. Where stdout is a terminal, too, it is drawn there, below the rows that are printed
    meanwhile. It never touches what goes into a file or a pipe.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = sys.stderr.isatty()
    console = results() if shown and sys.stdout.isatty() else messages()
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=max(5, min(40, console.width - 44))),  # a line of full width and ^C are two lines
        MofNCompleteColumn(),
        TextColumn(unit, markup=False),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not shown or not console.is_terminal,
    )
    if bar.disable:
        yield bar
        return
    _bars.append(console)
    try:
        with bar:
            yield bar
    finally:
        _bars.pop()


def shown_on(bar: Progress) -> Callable[[str, int, int], None]:
    """A function that shows progress (what is done, steps done, steps in all), a line of the bar for each.

    Of `systems: mfcc_svm` the line is `systems`; what stands behind the colon may change.
    """
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        line = what.partition(":")[0]
        if line not in tasks:
            tasks[line] = bar.add_task(what, total=total)
        bar.update(tasks[line], description=what, completed=done, total=total)

    return show


def when_interrupted(text: str) -> None:
    """Sets the message that is printed if the command is interrupted from now on."""
    _interruption[0] = text


def complain_of_interruption() -> None:
    """Prints the message of an interrupted command."""
    complain(_interruption[0])
