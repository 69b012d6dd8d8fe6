"""The program of a worker process: it loads once, then does one task after another.

Only this module writes to the stream of messages, so that text printed by libraries cannot damage them.
Ctrl-C is left to the process that started it. The worker ends when that process ends: a thread waits for the
end of its input, and on Linux the system kills it even while native code blocks all threads.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, BinaryIO

from genrelens.errors import TookTooMuchMemory
from genrelens.processes.checkpoints import checked_by
from genrelens.processes.limits import Limits, TaskEnded, too_much_memory
from genrelens.processes.wire import Main, dumps, loads, read_frame, write_frame

HEARTBEAT_S = 0.25
"""Seconds between two messages that show progress."""

_PDEATHSIG, _SIGKILL = 1, 9

_outbox: BinaryIO | None = None
_sending = threading.Lock()
_listener: ContextVar[Callable[[Any], None] | None] = ContextVar("listener", default=None)


def main() -> None:
    """Runs a worker process."""
    inbox = _own_streams()
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(inbox, frames), daemon=True).start()
    program: Main
    limits: Limits
    load, content, program, starter, limits = loads(frames.get())
    try:
        make = _found(load) if isinstance(load, str) else loads(load, program)
        do = make(*loads(content, program))
    except BaseException as error:
        _send("failed", _sendable(error))
        return
    _end_with(starter)
    _bound(limits)
    _send("ready")
    while True:
        _do(do, frames.get(), program, limits)


def report(news: object) -> None:
    """Sends news of the current task to the process that submitted it, before the task is done.

    Outside a worker process it goes to the listener of `reporting_to`, if there is one.
    """
    if _outbox is not None:
        _send("report", news)
    elif (listener := _listener.get()) is not None:
        listener(news)


@contextmanager
def reporting_to(listener: Callable[[Any], None] | None) -> Iterator[None]:
    """For tasks done in this process: `listener` is called with what they report."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def _do(do: Callable[[Any], Any], frame: bytes, program: Main, limits: Limits) -> None:
    try:
        with checked_by(_Heartbeat()):
            result = do(loads(frame, program))
        content = dumps(("done", result))
    except MemoryError:
        _send("raised", TaskEnded(TookTooMuchMemory, too_much_memory(limits.memory_mb)))
    except BaseException as error:
        _send("raised", _sendable(error))
    else:
        _send_bytes(content)


class _Heartbeat:
    """Sends a message at checkpoints, at most every `HEARTBEAT_S` seconds, that the task goes on."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._last >= HEARTBEAT_S:
            self._last = now
            _send("beat")


def _own_streams() -> BinaryIO:
    """Reserves the streams of messages, so that no other code in this process can use them."""
    global _outbox
    inbox, _outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    if sys.platform == "win32":
        import msvcrt

        for stream in (inbox, _outbox):
            msvcrt.setmode(stream.fileno(), os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # stderr, which is discarded in a quiet worker
    return inbox


def _receive(inbox: BinaryIO, frames: queue.SimpleQueue[bytes]) -> None:
    while True:
        try:
            frames.put(read_frame(inbox))
        except EOFError:
            os._exit(0)


def _send(kind: str, content: object = None) -> None:
    _send_bytes(dumps((kind, content)))


def _send_bytes(content: bytes) -> None:
    assert _outbox is not None
    try:
        with _sending:
            write_frame(_outbox, content)
    except (OSError, ValueError):
        os._exit(0)


def _found(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def _sendable(error: BaseException) -> BaseException:
    """The error with its traceback as a note; a `RuntimeError` instead where it cannot be pickled."""
    place = "".join(traceback.format_exception(error))
    if isinstance(error, Exception):
        error.add_note(f"In a worker process:\n{place}")
        try:
            loads(dumps(error))
        except Exception:
            return RuntimeError(place)
        return error
    return RuntimeError(place)


def _end_with(starter: int) -> None:
    """Asks Linux to kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PDEATHSIG, _SIGKILL)
        if os.getppid() != starter:
            os._exit(0)


def _bound(limits: Limits) -> None:
    data_bytes = limits.data_bytes
    if data_bytes is not None and sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard == resource.RLIM_INFINITY or hard > data_bytes:
            resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, hard))
