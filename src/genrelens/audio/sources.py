"""Where the bytes come from: a path, a file object, a pipe; always seekable afterwards, never blocking.

Decoders get a `ByteSource` and never a name, so that names which are no UTF-8, or which look like a
protocol (`concat:`, `http:`), mean nothing to them.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from genrelens.errors import (
    AudioError,
    DecodeFailed,
    EmptyFile,
    MissingFile,
    NoPermission,
    NotAFile,
    NotAudio,
)

SPOOL_IN_MEMORY = 16 << 20
"""Bytes of an unseekable stream that are kept in memory before they go to a temporary file."""

LOOK_BEFORE_SPOOLING = 1 << 20
"""Bytes of an unseekable stream after which it is asked whether it is sound at all."""

SPOOL_LIMIT = 16 << 30
"""Bytes after which an unseekable stream is taken to be endless."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOTHING_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class ByteSource:
    """The bytes of one recording, as decoders want them.

    A failing read is remembered in `failures` and looks like the end of the file, because an exception
    cannot travel through a C library.

    Args:
        raw: a seekable binary file object.
        owned: whether closing this closes `raw` too.
        origin: offset in `raw` that counts as 0 here (what stands before it is hidden).
        path: where the same bytes lie, if they do.
    """

    def __init__(
        self,
        raw: BinaryIO,
        *,
        owned: bool,
        origin: int = 0,
        path: str | bytes | os.PathLike[Any] | None = None,
    ) -> None:
        self._raw = raw
        self._owned = owned
        self._origin = origin
        self._path = path
        self._mended: dict[int, bytes] = {}
        self._place = 0
        self.size = max(0, raw.seek(0, os.SEEK_END) - origin)
        self.failures: list[OSError] = []

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        if size < 0:
            size = max(0, self.size - self._place)
        parts = []
        try:
            self._raw.seek(self._origin + self._place)
            while size > 0 and (part := self._raw.read(size)):
                parts.append(part)
                size -= len(part)
        except OSError as error:
            self.failures.append(error)
        data = b"".join(parts)
        if self._mended:
            data = self._with_mends(data)
        self._place += len(data)
        return data

    def _with_mends(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for offset, right in self._mended.items():
            for at, byte in enumerate(right, offset - self._place):
                if 0 <= at < len(changed):
                    changed[at] = byte
        return bytes(changed)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; the number of bytes that there were."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; the new place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The present place."""
        return self._place

    def peek(self, offset: int, size: int) -> bytes:
        """Bytes from anywhere, leaving the present place as it was."""
        place, self._place = self._place, max(0, offset)
        data = self.read(size)
        self._place = place
        return data

    def view(self, origin: int = 0) -> ByteSource:
        """The same bytes, without the first `origin` of them, with a place of their own."""
        same = ByteSource(
            self._raw, owned=False, origin=self._origin + origin, path=None if origin else self._path
        )
        same._mended = {offset - origin: right for offset, right in self._mended.items()}
        same.failures = self.failures
        return same

    def mended(self, offset: int, right: bytes) -> ByteSource:
        """The same bytes, but for those at `offset`, which read as `right`."""
        source = self.view()
        source._path = None
        source._mended[offset] = right
        return source

    def descriptor(self) -> int | None:
        """A new file descriptor on the same bytes for the caller to close, where they are a plain file."""
        if self._path is None:
            return None
        try:
            return os.open(self._path, _FLAGS)
        except OSError:
            return None

    def close(self) -> None:
        """Close the file, where it was opened here."""
        if self._owned:
            self._raw.close()


def open_path(path: str | bytes | os.PathLike[Any], name: str) -> ByteSource:
    """Open a regular file; pipes, sockets and devices are refused without waiting for them.

    Args:
        path: where it lies.
        name: what messages call it.

    Raises:
        MissingFile, NotAFile, NoPermission, EmptyFile, DecodeFailed: as their names say.
    """
    try:
        _refuse_what_is_no_file(os.stat(path).st_mode, name)
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a zero byte in the name
        raise MissingFile(name, "cannot be the name of a file; check the path") from error
    except OSError as error:
        raise _file_error(error, name) from error
    file = cast(BinaryIO, os.fdopen(descriptor, "rb"))
    try:
        _refuse_what_is_no_file(os.fstat(descriptor).st_mode, name)
        source = ByteSource(file, owned=True, path=path)
        if not source.size:
            raise EmptyFile(name, "has no bytes; copy or download it again")
    except AudioError:
        file.close()
        raise
    return source


def open_stream(stream: Any, name: str, worth_keeping: Callable[[ByteSource], bool]) -> ByteSource:
    """Take a binary file object, from its first byte if it can be rewound, else from where it stands.

    Args:
        stream: anything with `read`.
        name: what messages call it.
        worth_keeping: asked about the beginning of a stream that cannot seek before all of it is stored.

    Raises:
        NotAudio: it gives text.
        EmptyFile: it gives nothing.
        DecodeFailed: reading it fails, or it never ends.
    """
    if isinstance(stream, io.TextIOBase):
        raise NotAudio(name, "was opened as text; open it in binary mode")
    try:
        seekable = bool(stream.seekable()) if hasattr(stream, "seekable") else hasattr(stream, "seek")
        raw = cast(BinaryIO, stream) if seekable else _spooled(stream, name, worth_keeping)
        source = ByteSource(raw, owned=not seekable)
    except (OSError, ValueError) as error:  # ValueError: a closed file object
        raise _file_error(error, name) from error
    if not source.size:
        source.close()
        raise EmptyFile(name, "gave no bytes; check where it comes from")
    return source


def _spooled(stream: Any, name: str, worth_keeping: Callable[[ByteSource], bool]) -> BinaryIO:
    """Copy a stream that cannot seek into memory, or beyond a bound into a temporary file."""
    spool = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY))  # noqa: SIM115
    copied = 0
    asked = False
    try:
        while part := stream.read(1 << 18):
            if isinstance(part, str):
                raise NotAudio(name, "gives text; open it in binary mode")
            copied += len(part)
            if copied > SPOOL_LIMIT:
                raise DecodeFailed(name, f"does not end after {copied >> 30} GiB; save it to a file first")
            spool.write(part)
            if not asked and copied >= LOOK_BEFORE_SPOOLING:
                asked = True
                if not worth_keeping(ByteSource(spool, owned=False)):
                    break
                spool.seek(0, os.SEEK_END)
    except BaseException:
        spool.close()
        raise
    return spool


def _refuse_what_is_no_file(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = (
        (stat.S_ISDIR, "a directory; name the files in it"),
        (stat.S_ISFIFO, "a pipe; give its content on standard input"),
        (stat.S_ISSOCK, "a socket; save its content to a file"),
    )
    what = next((text for test, text in kinds if test(mode)), "a device; save its content to a file")
    raise NotAFile(name, f"is {what}")


def _file_error(error: OSError | ValueError, name: str) -> AudioError:
    if isinstance(error, ValueError):
        return DecodeFailed(name, f"cannot be read ({error}); give an open file")
    if isinstance(error, PermissionError):
        return NoPermission(name, "may not be opened by this user; check its permissions and its folder's")
    if error.errno in _NOTHING_THERE:
        return MissingFile(name, "does not exist; check the path")
    if isinstance(error, IsADirectoryError):
        return NotAFile(name, "is a directory; name the files in it")
    return DecodeFailed(name, f"cannot be read ({error.strerror or error}); check the disk or the connection")


def path_of(source: str | bytes | os.PathLike[Any]) -> Path:
    """A path object for any kind of path, names that are no UTF-8 included.

    Example:
        >>> path_of(b"caf\\xe9.mp3").name == "caf\\udce9.mp3"
        True
    """
    return Path(os.fsdecode(source))
