"""A range of bytes as a recording of its own, with another header before it where that helps.

So a link of a chained Ogg is read as a file of its own, and sound behind a broken header gets a correct one.
"""

from __future__ import annotations

import os
from typing import BinaryIO, cast

from genrelens.audio.sources import ByteSource


class _Part:
    """Seekable bytes: a new head, then those of `source` from `begin` to `end`."""

    def __init__(self, source: ByteSource, begin: int, end: int, head: bytes) -> None:
        self._source = source
        self._begin = begin
        self._head = head
        self._size = len(head) + max(0, end - begin)
        self._place = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._place)
        size = left if size < 0 else min(size, left)
        data = self._head[self._place : self._place + size]
        if len(data) < size:
            behind = self._place + len(data) - len(self._head)
            data += self._source.peek(self._begin + behind, size - len(data))
        self._place += len(data)
        return data


def part_of(source: ByteSource, begin: int, end: int | None = None, head: bytes = b"") -> ByteSource:
    """The bytes of `source` from `begin` to `end`, `head` before them.

    Args:
        source: the whole; read errors are noted there.
        begin: offset of the first byte.
        end: offset behind the last one; the end by default.
        head: bytes that are read before them.

    Example:
        >>> import io
        >>> whole = ByteSource(io.BytesIO(b"0123456789"), owned=False)
        >>> part = part_of(whole, 3, 6, head=b"<>")
        >>> part.size, part.read(), part.peek(1, 2)
        (5, b'<>345', b'>3')
    """
    raw = _Part(source, begin, source.size if end is None else min(end, source.size), head)
    part = ByteSource(cast(BinaryIO, raw), owned=False)
    part.failures = source.failures
    return part
