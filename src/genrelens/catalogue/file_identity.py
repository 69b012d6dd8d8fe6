"""Which file a row is about, and whether that file is unchanged."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from typing import Any

from genrelens.errors import shown

STREAM = "-"
_ESCAPED = re.compile(rb"(\\+)x([89a-f][0-9a-f])")


@dataclass(frozen=True)
class FileIdentity:
    """A file on the disk, so that a later run recognises it.

    Attributes:
        path: absolute, links resolved, as `shown` writes it; "-" for a stream.
        size: in bytes; None where there is no file.
        modified_ns: when its content was last changed, in ns since 1970; of a stream, when it was read.
    """

    path: str
    size: int | None
    modified_ns: int | None

    @classmethod
    def of(cls, source: Any) -> FileIdentity:
        """The identity of a path (str, bytes, path object); anything else, and the text "-", is a stream.

        Example:
            >>> import tempfile
            >>> with tempfile.NamedTemporaryFile() as file:
            ...     here = FileIdentity.of(file.name)
            ...     here == FileIdentity.of(os.path.relpath(file.name)), here.size
            (True, 0)
        """
        if not isinstance(source, str | bytes | os.PathLike) or source == STREAM:
            return cls(STREAM, None, time.time_ns())
        try:
            real = os.path.realpath(source)
        except (OSError, ValueError):  # a name that no file can have
            return cls(shown(source), None, None)
        try:
            status = os.stat(real)
        except (OSError, ValueError):
            return cls(_canonical(real), None, None)
        return cls(_canonical(real), status.st_size, status.st_mtime_ns)

    @classmethod
    def of_shown(cls, text: str) -> FileIdentity:
        """The identity of the file that a row names only by its path; names such as `<stdin>` are streams."""
        literally = cls.of(text)
        if literally.size is not None or text == STREAM:
            return literally
        unescaped = cls.of(bytes_of_shown(text))
        if unescaped.size is not None:
            return unescaped
        return cls.of(STREAM) if text.startswith("<") and text.endswith(">") else literally

    @property
    def key(self) -> str:
        """Different for any two recordings: the path, and for a stream also when it was read."""
        return key_of(self.path, self.modified_ns)


def key_of(path: object, modified_ns: object) -> str:
    """As `FileIdentity.key`, from the values of the columns."""
    return f"{STREAM}{modified_ns}" if path == STREAM else str(path)


def bytes_of_shown(text: str) -> bytes:
    r"""The bytes of a name, from the text that `shown` writes for it.

    Example:
        >>> bytes_of_shown(r"caf\xe9.mp3"), bytes_of_shown(r"caf\\xe9.mp3") == br"caf\xe9.mp3"
        (b'caf\xe9.mp3', True)
    """

    def replacement(found: re.Match[bytes]) -> bytes:
        backslashes, code = found.groups()
        kept = b"\\" * (len(backslashes) // 2)
        return kept + (bytes.fromhex(code.decode()) if len(backslashes) % 2 else b"x" + code)

    return _ESCAPED.sub(replacement, text.encode("utf-8", "surrogateescape"))


def _canonical(real: str | bytes) -> str:
    return shown(os.path.normcase(real))
