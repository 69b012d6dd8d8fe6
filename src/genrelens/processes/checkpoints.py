"""Where long work shows that it goes on, and ends when nobody waits for it any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_local = threading.local()


class Cancelled(BaseException):
    """Nobody waits for this work any more. No `Exception`, lest something on the way take it for a fault."""


def checkpoint() -> None:
    """To be called again and again by work that may be long: each block decoded, each excerpt computed.

    Raises:
        Cancelled: nobody waits for the work any more.
    """
    hook: Callable[[], None] | None = getattr(_local, "hook", None)
    if hook is not None:
        hook()


@contextmanager
def checked_by(hook: Callable[[], None]) -> Iterator[None]:
    """Within the block, each checkpoint that this thread passes calls `hook`.

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
