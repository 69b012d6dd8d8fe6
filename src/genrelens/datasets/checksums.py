"""A recording's identity: the checksum of its bytes, computed once while the file stays as it is."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from genrelens.errors import (
    AudioError,
    DecodeFailed,
    EmptyFile,
    MissingFile,
    NoPermission,
    NotAFile,
)

BLOCK = 1 << 20
RACY_NS = 2_000_000_000


class Signature(NamedTuple):
    """What is known of a file without reading it. Its ctime reveals edits which keep the mtime."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def signature(path: Path) -> Signature:
    """The file's present signature.

    Raises:
        OSError: it is not there or may not be looked at.
    """
    found = os.stat(path)
    return Signature(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def is_settled(found: Signature, now_ns: int) -> bool:
    """Whether the signature may be trusted later: a file changed twice within a clock tick looks the same."""
    return now_ns - max(found.mtime_ns, found.ctime_ns) > RACY_NS


def checksum(path: Path) -> tuple[str, Signature]:
    """BLAKE2b (160 bits) of the file's bytes, and the signature it had while they were read.

    Raises:
        AudioError: the file is missing, no file, empty, may not be read, or changes while it is read.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise NotAFile(path, "is no regular file; give a recording")
            if before.st_size == 0:
                raise EmptyFile(path, "is empty; copy or download it again")
            digest = hashlib.blake2b(digest_size=20)
            buffer = bytearray(BLOCK)
            while count := file.readinto(buffer):
                digest.update(memoryview(buffer)[:count])
            after = os.fstat(file.fileno())
    except OSError as error:
        raise unreadable(path, error) from error
    signature = Signature(after.st_size, after.st_mtime_ns, after.st_ctime_ns, after.st_ino)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise changed(path)
    return digest.hexdigest(), signature


def changed(path: Path) -> AudioError:
    """The error of a file that another program writes while we read it."""
    return DecodeFailed(path, "changed while it was read; run again once it is complete")


def unreadable(path: Path, error: OSError) -> AudioError:
    """An error of the system as one of `genrelens.errors`."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        return MissingFile(path, "is not there; check the path")
    if error.errno in (errno.EACCES, errno.EPERM):
        return NoPermission(path, "may not be read; change its permissions")
    if error.errno == errno.EISDIR:
        return NotAFile(path, "is a folder; give a recording")
    return DecodeFailed(path, f"cannot be read ({error.strerror or error}); check the disk")
