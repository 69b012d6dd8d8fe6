"""A file that only grows at its end, so that a crash loses at most the last second."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path

from genrelens.errors import OutputError, shown

FLUSH_EVERY_S = 1.0
_NO_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


class AppendedFile:
    """Opened for appending.

    Every addition is given to the system at once, completely or not at all. About once a second, and at the
    end, it waits until all is on the disk, and checks that the file at that path is still the same one.

    Args:
        path: the file; created where it does not exist.

    Attributes:
        size: its length in bytes.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = (
            os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        )
        self._handle = os.open(path, flags, 0o666)
        self.size = os.fstat(self._handle).st_size
        self._flushed_s = time.monotonic()

    def append(self, content: bytes) -> None:
        """Adds bytes at the end.

        Raises:
            OSError: the disk is full, or fails; the file is as long as before.
            OutputError: the file was changed, replaced or deleted meanwhile.
        """
        left = memoryview(content)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self.size)
            raise
        self.size += len(content)
        if time.monotonic() - self._flushed_s >= FLUSH_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Waits until everything is on the disk.

        Raises:
            OSError, OutputError: as `append`.
        """
        self._check()
        try:
            os.fsync(self._handle)
        except OSError as error:
            if error.errno not in _NO_FLUSH:
                raise
        self._flushed_s = time.monotonic()

    def close(self) -> None:
        """Closes the file; `flush` comes before, where all is well."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _check(self) -> None:
        status = os.fstat(self._handle)
        try:
            in_place = os.path.samestat(status, os.stat(self.path))
        except OSError:
            in_place = False
        if not in_place:
            raise OutputError(
                f"{shown(self.path)} was deleted or replaced by another program while it was written; "
                f"{self._rescued()}"
            )
        if status.st_size != self.size:
            raise OutputError(
                f"{shown(self.path)} was changed by another program while it was written, so rows may be "
                "missing; look at it, then run the same command again with --resume, or choose another file"
            )

    def _rescued(self) -> str:
        """Copies what was written, which only this process can still reach, to a new file."""
        place = self.path.with_name(f"{self.path.stem}.rescued-{secrets.token_hex(4)}{self.path.suffix}")
        try:
            with place.open("xb") as target:
                offset = 0
                while part := os.pread(self._handle, 1 << 20, offset):
                    target.write(part)
                    offset += len(part)
        except (OSError, AttributeError):
            return "its rows are lost; run the same command again"
        return f"its rows are now in {shown(place)}; rename that, and go on with --resume"
