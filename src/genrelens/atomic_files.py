"""Files that appear whole or not at all: written beside their place, flushed to the disk, renamed."""

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
"""Letters of a file's name that its temporary name keeps, so that this stays short enough for any system."""

PARTIAL = ".partial"


@contextmanager
def beside(path: str | os.PathLike[str], otherwise: str = ELSEWHERE) -> Iterator[Path]:
    """A file to be written in the place of another, which takes that place when the block ends well.

    Whatever is raised inside, or kills the process, leaves what lay at `path` as it was. Missing folders
    are made; the file has the permissions of the one that it replaces, or those that the user's other new
    files have. Where `path` is a link, the file that it leads to is replaced.

    Args:
        path: where the file goes; an existing one is replaced.
        otherwise: what the user may do where it cannot be written: the end of the error's sentence.

    Yields:
        the path, in the same folder, to be written within the block; it exists and is empty.

    Raises:
        OutputError: the place cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with beside(f"{folder}/new/song.txt") as partial:
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


def write_whole(path: str | os.PathLike[str], content: bytes, otherwise: str = ELSEWHERE) -> None:
    """Writes a file so that it appears whole or not at all; see `beside`.

    Raises:
        OutputError: the place cannot be written.
    """
    with beside(path, otherwise) as partial:
        partial.write_bytes(content)


def remove_leftovers(path: Path) -> None:
    """Removes what killed processes left beside a file that they were writing.

    Only the file's one writer may ask for it. Names that were shortened may be another file's and stay.
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
