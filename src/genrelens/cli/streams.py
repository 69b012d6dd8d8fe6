"""The three standard streams, made safe to use before a command begins.

- Stdout is reserved for results: text that a native library prints there goes to stderr instead, so that it
  cannot mix with rows.
- A file that is opened later never gets the number of a stream that was closed (`>&-`).
- Characters that a stream's encoding lacks are written as escapes.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from genrelens.errors import OutputError

STDIN, STDOUT, STDERR = 0, 1, 2


class ClosedStream(io.TextIOBase):
    """Replaces a closed stream; writing to it raises an error that says so."""

    encoding = "utf-8"

    def writable(self) -> bool:
        """True, so that `write` is called and raises."""
        return True

    def write(self, text: str) -> int:
        """Raises.

        Raises:
            OutputError: always.
        """
        raise OutputError("standard output is closed; send it to a file, or use --out FILE if there is one")


@contextlib.contextmanager
def reserved_streams() -> Iterator[None]:
    """Within the block only `sys.stdout` writes to the stream of results, and `sys.stderr` never fails.

    File descriptor 1 is that of stderr meanwhile, so native code and child processes print there. At the end
    everything is restored.
    """
    before = sys.stdout, sys.stderr
    closed = [number for number in (STDIN, STDOUT, STDERR) if not _is_open(number)]
    for number in closed:
        _open_null(number)
    if sys.stderr is None or STDERR in closed:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    _escape_unencodable(sys.stderr)
    if sys.stdout is None or STDOUT in closed:
        sys.stdout = ClosedStream()
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
        return
    _escape_unencodable(sys.stdout)
    if not _writes_to(sys.stdout, STDOUT):  # another program's stream, or that of a test
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
        return
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    sys.stdout = _text_stream(kept, sys.stdout)
    try:
        yield
    finally:
        os.dup2(kept, STDOUT)
        with contextlib.suppress(OSError):
            sys.stdout.close()
        sys.stdout, sys.stderr = before


def can_show(text: str, stream: TextIO) -> bool:
    """Whether a stream's encoding has all characters of a text.

    Example:
        >>> can_show("█", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
        False
    """
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def discard(stream: Any) -> None:
    """Discards what is left in a stream's buffer, where its reader has ended or its disk is full."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _open_null(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _escape_unencodable(stream: Any) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _writes_to(stream: Any, number: int) -> bool:
    try:
        return int(stream.fileno()) == number
    except (OSError, ValueError, AttributeError):
        return False


def _text_stream(number: int, like: TextIO) -> TextIO:
    return open(number, "w", encoding=like.encoding, errors="backslashreplace", newline="\n", buffering=-1)
