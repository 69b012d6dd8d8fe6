"""Streams as sources: their names, and reading them to their end.

A stream that may block (standard input, a pipe) is read by the thread that called the recogniser. In another
thread nothing could end the wait, and Python aborts where a thread still reads standard input at exit. A
worker process cannot get a stream at all.
"""

from __future__ import annotations

import os
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from genrelens.errors import shown

if TYPE_CHECKING:
    from genrelens.audio.sources import ByteSource


def name_of(source: Any, name: str | None = None) -> str:
    """The name of a source in results: the one given, or its own."""
    if name is not None:
        return name
    if isinstance(source, str | bytes | os.PathLike):
        return shown(source)
    if isinstance(source, tuple):
        return "<array>"
    from genrelens.audio.opening import stream_name

    return stream_name(source)


def is_one_pass(source: Any) -> bool:
    """Whether a source is a stream that can be read only once, as it comes."""
    if isinstance(source, str | bytes | os.PathLike | tuple) or not hasattr(source, "read"):
        return False
    try:
        return not (source.seekable() if hasattr(source, "seekable") else hasattr(source, "seek"))
    except ValueError:  # it is closed; opening it raises the error
        return False


def read_to_end(stream: Any, name: str) -> ByteSource:
    """All bytes of a stream, in memory or in a temporary file where they are many.

    Raises:
        AudioError: it is empty, cannot be read, or holds no sound.
    """
    from genrelens.audio.sniffing import sniff
    from genrelens.audio.sources import open_stream

    return open_stream(stream, name, lambda beginning: sniff(beginning).is_sound)


def finished(row: Any) -> Future[Any]:
    """A future that has its row already, such as the failure of a stream that cannot be read to its end."""
    future: Future[Any] = Future()
    future.set_result(row)
    return future
