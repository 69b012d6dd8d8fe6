"""The bytes of a path, a file object or a pipe; always seekable afterwards, never blocking.

Decoders get a `ByteSource` and never a name. So names that are not UTF-8, or that look like a protocol
(`concat:`, `http:`), cannot affect them.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
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
    brief,
)

SPOOL_IN_MEMORY = 16 << 20
"""Bytes of an unseekable stream that are kept in memory before they go to a temporary file."""

LOOK_BEFORE_SPOOLING = 1 << 20
"""Bytes of an unseekable stream after which it is checked whether it is sound at all."""

SPOOL_LIMIT = 16 << 30
"""Bytes after which an unseekable stream counts as endless."""

LONGEST_PATH = 4096
"""Bytes of a path beyond which no system has a file of that name."""

_CONTENT_BEGINS = (
    b"RIFF",
    b"RIFX",
    b"RF64",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"FORM",
    b".snd",
    b"caff",
    b"\x1aE\xdf\xa3",
)
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOTHING_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class ByteSource:
    """The bytes of one recording, as a file object for decoders.

    A failing read is remembered in `failures` and looks like the end of the file, because an exception
    cannot travel through a C library.

    Args:
        raw: a seekable binary file object.
        owned: whether closing this closes `raw` too.
        origin: offset in `raw` that counts as 0 here (bytes before it are hidden).
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
        self._patches: dict[int, bytes] = {}
        self._place = 0
        end = raw.seek(0, os.SEEK_END)
        self.size = max(0, (raw.tell() if end is None else end) - origin)
        self.failures: list[OSError] = []

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        if size < 0:
            size = max(0, self.size - self._place)
        parts = []
        try:
            self._raw.seek(self._origin + self._place)
            while size > 0 and (part := self._raw.read(size)):
                parts.append(part[:size])
                size -= len(parts[-1])
        except OSError as error:
            self.failures.append(error)
        except MemoryError:
            raise
        except Exception as error:  # a user's file object may raise anything
            self.failures.append(OSError(0, _in_one_line(error)))
        data = b"".join(parts)
        if self._patches:
            data = self._with_patches(data)
        self._place += len(data)
        return data

    def _with_patches(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for offset, right in self._patches.items():
            for at, byte in enumerate(right, offset - self._place):
                if 0 <= at < len(changed):
                    changed[at] = byte
        return bytes(changed)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; returns the number of bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; returns the new place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """The current place."""
        return self._place

    def peek(self, offset: int, size: int) -> bytes:
        """Bytes from any offset; the current place does not change."""
        place, self._place = self._place, max(0, offset)
        data = self.read(size)
        self._place = place
        return data

    def view(self, origin: int = 0) -> ByteSource:
        """The same bytes, without the first `origin` of them, with a place of their own."""
        same = ByteSource(
            self._raw, owned=False, origin=self._origin + origin, path=None if origin else self._path
        )
        same._patches = {offset - origin: right for offset, right in self._patches.items()}
        same.failures = self.failures
        return same

    def patched(self, offset: int, right: bytes) -> ByteSource:
        """The same bytes, except that those at `offset` read as `right`."""
        source = self.view()
        source._path = None
        source._patches[offset] = right
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
        """Close the file, if it belongs to this object."""
        if self._owned:
            self._raw.close()


def open_path(path: str | bytes | os.PathLike[Any], name: str) -> ByteSource:
    """Open a regular file; pipes, sockets and devices are refused without blocking.

    Args:
        path: of the file.
        name: its name in messages.

    Raises:
        MissingFile, NotAFile, NoPermission, EmptyFile, DecodeFailed: as their names say.
    """
    try:
        _refuse_what_is_no_file(os.stat(path).st_mode, name)
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a zero byte in the name
        raise MissingFile(name, f"cannot be the name of a file; {_instead_of(path)}") from error
    except OSError as error:
        if error.errno in _NOTHING_THERE and _looks_like_content(path):
            raise MissingFile(name, f"is no file; {_instead_of(path)}") from error
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
        stream: any object with `read`.
        name: its name in messages.
        worth_keeping: asked about the beginning of a stream that cannot seek before all of it is stored.

    Raises:
        NotAudio: it gives text.
        EmptyFile: it gives nothing.
        DecodeFailed: reading it fails, or it never ends.
    """
    if isinstance(stream, io.TextIOBase):
        raise NotAudio(name, "was opened as text; open it in binary mode")
    try:
        seekable = _can_seek(stream)
        if seekable:
            stream.seek(0)
            seekable = _gives_bytes(stream.read, name)
            stream.seek(0)
        raw = cast(BinaryIO, stream) if seekable else _spooled(stream, name, worth_keeping)
        source = ByteSource(raw, owned=not seekable)
    except (AudioError, MemoryError):
        raise
    except (OSError, ValueError) as error:  # ValueError: a closed file object
        raise _file_error(error, name) from error
    except Exception as error:  # a user's file object may raise anything
        raise DecodeFailed(
            name, f"cannot be read ({_in_one_line(error)}); give a binary file object"
        ) from error
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
        for part in _parts(stream, name):
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


def _parts(stream: Any, name: str) -> Iterator[bytes]:
    """The content of a stream, piece by piece; all at once where its `read` takes no size."""
    try:
        part = stream.read(1 << 18)
    except TypeError:
        yield _checked_bytes(stream.read(), name)
        return
    while part:
        yield _checked_bytes(part, name)
        part = stream.read(1 << 18)


def _can_seek(stream: Any) -> bool:
    """Whether a stream can seek and reports its position."""
    if not (bool(stream.seekable()) if hasattr(stream, "seekable") else hasattr(stream, "seek")):
        return False
    try:
        end = stream.seek(0, os.SEEK_END)
        return isinstance(stream.tell() if end is None else end, int)
    except (TypeError, AttributeError):
        return False


def _gives_bytes(read: Callable[[int], Any], name: str) -> bool:
    """Whether `read` takes a size; a first byte is read to see it."""
    try:
        _checked_bytes(read(1) or b"", name)
    except TypeError:
        return False
    return True


def _checked_bytes(part: Any, name: str) -> bytes:
    if isinstance(part, str):
        raise NotAudio(name, "gives text; open it in binary mode")
    if not isinstance(part, bytes | bytearray | memoryview):
        raise NotAudio(name, f"gives {type(part).__name__} instead of bytes; give a binary file object")
    return bytes(part)


def _in_one_line(error: Exception) -> str:
    """An exception of unknown kind, in one short line."""
    text = (str(error).splitlines() or [""])[0]
    return brief(f"{type(error).__name__}: {text}" if text else type(error).__name__, 200)


def _looks_like_content(path: str | bytes | os.PathLike[Any]) -> bool:
    """Whether a path is probably the content of a file."""
    if not isinstance(path, bytes):
        return False
    is_mpeg = path[:1] == b"\xff" and path[1:2] >= b"\xe0"
    return len(path) > LONGEST_PATH or path.startswith(_CONTENT_BEGINS) or path[4:8] == b"ftyp" or is_mpeg


def _instead_of(path: object) -> str:
    if isinstance(path, bytes | bytearray):
        return "bytes are taken as a path, so wrap the content of a recording in io.BytesIO"
    return "check the path"


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
