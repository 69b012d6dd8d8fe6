"""Errors of the system when a store cannot be written, as one sentence for a user."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genrelens.errors import OutputError, shown

ELSEWHERE = "set GENRELENS_CACHE to another folder"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def write_errors_explained(folder: Path) -> Iterator[None]:
    """Turns failures of the file system and of SQLite into an `OutputError`.

    Example:
        >>> with write_errors_explained(Path("cache")):
        ...     raise OSError(errno.ENOSPC, "No space left on device")
        Traceback (most recent call last):
        genrelens.errors.OutputError: cache: the disk is full; free some space, ...
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = str(error.strerror or error) if isinstance(error, OSError) else str(error)
        full = isinstance(error, OSError) and error.errno in _FULL
        if full or "disk is full" in reason:
            raise OutputError(
                f"{shown(folder)}: the disk is full; free some space, clear the cache with `genrelens cache "
                f"clear`, or {ELSEWHERE} (what was finished is kept)"
            ) from error
        if "locked" in reason:
            raise OutputError(
                f"{shown(folder)}: another process keeps the feature cache busy; wait for it, or {ELSEWHERE}"
            ) from error
        if "malformed" in reason or "not a database" in reason:
            raise OutputError(
                f"{shown(folder)}: the index of the feature cache is damaged; remove it with "
                "`genrelens cache clear --all`, what it holds can be computed again"
            ) from error
        raise OutputError(
            f"{shown(folder)}: the feature cache cannot be used there ({reason}); make the folder writable, "
            f"or {ELSEWHERE}"
        ) from error
