"""Segment files: where the store keeps its arrays, one after another, mapped into memory to be read.

A segment only grows. One process at a time may write it (a lock that the system drops when the process
dies); readers need no lock, for they only look where the index points, and the index points nowhere before
the bytes are on disk. What a killed writer left after its last indexed byte is cut off by the next writer.

Why not a database? `scripts/store_backends.py` (2026-11-30, two shared cores, medians of three rounds):
SQLite blobs take 2.4 to 6 times as long to write and 1 to 5 times to read. LMDB is about as fast (half to
twice), but never gives space back, wants the largest size beforehand, and is a library more.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
SEGMENT_BYTES = 128 << 20
SUFFIX = ".seg"


def aligned(position: int) -> int:
    """The next position at which an array may start.

    Example:
        >>> aligned(0), aligned(1), aligned(64)
        (0, 64, 64)
    """
    return -(-position // ALIGNMENT) * ALIGNMENT


def try_lock(file: FileIO) -> bool:
    """Takes the file's lock if no process has it; it is held until the file is closed or the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 40)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class SegmentWriter:
    """Appends arrays to a segment whose lock is held.

    Args:
        file: opened for reading and writing, locked.
        end: where the indexed bytes end; what lies after it is cut off.
    """

    def __init__(self, file: FileIO, end: int) -> None:
        self._file = file
        self.end = end
        file.truncate(end)

    def append(self, arrays: Sequence[NDArray[np.float32]]) -> tuple[int, bytes]:
        """Writes arrays, each at an aligned place.

        Returns:
            where the first one starts, and the bytes written from there.

        Raises:
            OSError: the disk is full or cannot be written; the segment's end stays where it was.
        """
        start = aligned(self.end)
        block = bytearray()
        for array in arrays:
            block.extend(bytes(aligned(len(block)) - len(block)))
            block.extend(np.ascontiguousarray(array, dtype="<f4").tobytes())
        self._file.seek(start)
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) :]
        self.end = start + len(block)
        return start, bytes(block)

    def sync(self) -> None:
        """Returns once everything written is on disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Releases the lock."""
        self._file.close()


class SegmentMaps:
    """Segments of a folder, mapped read-only; a mapping outlives the file's deletion.

    Args:
        folder: where the segments lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._maps: dict[str, mmap.mmap] = {}

    def bytes_at(self, segment: str, offset: int, length: int) -> memoryview:
        """The bytes at a place.

        Raises:
            OSError: the segment is gone.
            ValueError: it ends before.
        """
        if length == 0:
            return memoryview(b"")
        mapped = self._maps.get(segment)
        if mapped is None or len(mapped) < offset + length:
            with open(self.folder / segment, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < offset + length:
                    raise ValueError(f"{segment} ends at {size}, before {offset + length}")
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._maps[segment] = mapped
        return memoryview(mapped)[offset : offset + length]

    def array(self, segment: str, offset: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """A read-only view of an array; nothing is copied."""
        count = int(np.prod(shape))
        data = self.bytes_at(segment, offset, 4 * count)
        return np.frombuffer(data, dtype="<f4", count=count).reshape(shape)
