"""A lock of the operating system, so that one run at a time writes a file; it ends with its process."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from pathlib import Path

from genrelens.errors import OutputError, shown

_FAR = 1 << 30  # Windows keeps a locked byte from being read; the text before it stays readable
_TRIES = 100


class OutputLock:
    """Held while a file of results is written.

    A hidden file in the same folder is locked; its content only names the holder. It is removed at the end.
    One that a killed run left does not block later runs.

    Args:
        path: the file of results.

    Raises:
        OutputError: another run holds it, or the place cannot be locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        name = path.name if len(os.fsencode(path.name)) < 200 else path.name[:40]
        self._place = path.with_name(f".{name}.lock")
        for _ in range(_TRIES):
            self._handle = os.open(self._place, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            try:
                self._take()
                if self._is_in_place():
                    self._write_holder()
                    return
            except BaseException:
                os.close(self._handle)
                raise
            os.close(self._handle)  # the run before removed it between opening and locking
        raise OutputError(f"{shown(path)} cannot be locked; choose another file")

    def release(self) -> None:
        """Releases the lock, so that other runs may write."""
        with contextlib.suppress(OSError):
            self._place.unlink()
        with contextlib.suppress(OSError):
            os.close(self._handle)
        with contextlib.suppress(OSError):
            if os.name == "nt":
                self._place.unlink()

    def _take(self) -> None:
        try:
            if os.name == "nt":
                import msvcrt

                os.lseek(self._handle, _FAR, os.SEEK_SET)
                msvcrt.locking(self._handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
            else:
                import fcntl

                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise OutputError(
                f"{shown(self._path)} is being written by another run of genrelens ({self._holder()}); "
                "wait until it ends, or choose another file"
            ) from error
        except OSError as error:
            raise OutputError(
                f"{shown(self._path)}: files cannot be locked in that folder ({error.strerror or error}); "
                "choose a folder on a disk of this computer"
            ) from error

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._handle), os.stat(self._place))
        except OSError:
            return False

    def _write_holder(self) -> None:
        who = f"process {os.getpid()} on {platform.node()} since {time.strftime('%Y-%m-%d %H:%M:%S')}"
        with contextlib.suppress(OSError):  # a full disk
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, who.encode())

    def _holder(self) -> str:
        os.lseek(self._handle, 0, os.SEEK_SET)
        with contextlib.suppress(OSError):
            who = os.read(self._handle, 200).decode("utf-8", "replace")
            if who.startswith("process "):
                return "".join(letter for letter in who if letter.isprintable())
        return "which has just begun"
