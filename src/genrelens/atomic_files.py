"""Atomic writing: a file appears complete or not at all.

It is written under a temporary name in the same folder, flushed to the disk and renamed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genrelens.errors import OutputError, shown

ELSEWHERE = "choose another place"
NAME_KEPT = 40
"""Characters of a file's name that its temporary name keeps, so that it is short enough for any system."""

PARTIAL = ".partial"


@contextmanager
def atomic_file(path: str | os.PathLike[str], otherwise: str = ELSEWHERE) -> Iterator[Path]:
    """A temporary file to write to, which replaces the file at `path` when the block ends without an error.

    An exception inside the block, or the end of the process, leaves the file at `path` as it was. Missing
    folders are made. The file has the permissions of the one that it replaces, or those of the user's other
    new files. Where `path` is a link, the file that it leads to is replaced.

    Args:
        path: where the file goes; an existing one is replaced.
        otherwise: what the user may do where it cannot be written: the end of the error message.

    Yields:
        the path of the temporary file, in the same folder; it exists and is empty.

    Raises:
        OutputError: the place cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic_file(f"{folder}/new/song.txt") as partial:
        ...         _ = partial.write_text("la la")
        ...         before = Path(f"{folder}/new/song.txt").exists()
        ...     before, Path(f"{folder}/new/song.txt").read_text()
        (False, 'la la')
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{target.name[:NAME_KEPT]}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(exist_ok=False)
        with contextlib.suppress(OSError):
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        try:
            yield partial
            _flush(partial)
            os.replace(partial, target)
            _flush_folder(target.parent)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"{shown(path)} cannot be written ({why}); {otherwise}") from error


def write_atomically(path: str | os.PathLike[str], content: bytes, otherwise: str = ELSEWHERE) -> None:
    """Writes a file so that it appears complete or not at all; see `atomic_file`.

    Raises:
        OutputError: the place cannot be written.
    """
    with atomic_file(path, otherwise) as partial:
        partial.write_bytes(content)


def remove_leftovers(path: Path) -> None:
    """Removes temporary files that killed processes left of a file.

    Only the one writer of the file may call it. Shortened names may belong to another file and stay.
    """
    if len(path.name) > NAME_KEPT:
        return
    pattern = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{8}" + re.escape(PARTIAL))
    with contextlib.suppress(OSError):
        for found in [one for one in path.parent.iterdir() if pattern.fullmatch(one.name)]:
            found.unlink()


def _flush_folder(folder: Path) -> None:
    """Waits until the new name is on the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _flush(path: Path) -> None:
    """Waits until the content is on the disk, so that no crash leaves a renamed file without it."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
