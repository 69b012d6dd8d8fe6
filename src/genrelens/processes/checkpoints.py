"""Checkpoints, which long tasks call to show progress and to end when they are cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_local = threading.local()


class Cancelled(BaseException):
    """The task was cancelled. It is no `Exception`, so that `except Exception` does not catch it."""


def checkpoint() -> None:
    """To be called often by a task that may be long: for each block decoded, each excerpt computed.

    Raises:
        Cancelled: the task was cancelled.
    """
    hook: Callable[[], None] | None = getattr(_local, "hook", None)
    if hook is not None:
        hook()


@contextmanager
def checked_by(hook: Callable[[], None]) -> Iterator[None]:
    """Within the block, each checkpoint in this thread calls `hook`.

    Example:
        >>> passed = []
        >>> with checked_by(lambda: passed.append("here")):
        ...     checkpoint()
        >>> checkpoint()
        >>> passed
        ['here']
    """
    before = getattr(_local, "hook", None)
    _local.hook = hook
    try:
        yield
    finally:
        _local.hook = before
