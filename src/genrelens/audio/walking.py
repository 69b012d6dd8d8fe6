"""Which files in a folder are worth opening."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from genrelens.errors import MissingFile, NoPermission

_NAMES = (
    ".3ga .3gp .aac .ac3 .aif .aifc .aiff .amr .ape .asf .au .avi .caf .dff .dsf .dts .eac3 .flac .flv "
    ".m4a .m4b .m4p .m4r .m4v .mka .mkv .mov .mp1 .mp2 .mp3 .mp4 .mpc .mpeg .mpg .oga .ogg .ogv .opus .ra "
    ".ram .rf64 .rm .snd .spx .tak .tta .voc .w64 .wav .wave .weba .webm .wma .wmv .wv"
)

SUFFIXES = frozenset(_NAMES.split())
"""Suffixes of files that are opened in a walked folder; their content decides what they are."""

OnError = Callable[[NoPermission], None]


def find_audio(
    paths: str | bytes | os.PathLike[Any] | Iterable[str | bytes | os.PathLike[Any]],
    on_error: OnError | None = None,
) -> Iterator[Path]:
    """The files that are named, and the sound files in the folders that are named.

    Folders are walked in the order of their names. Hidden files and folders (".git", macOS's "._song.mp3")
    and files without a suffix of sound or film are left out. Files that are named are always given, whatever
    their suffix, missing ones too, so that opening them can report what is wrong. Symbolic links are
    followed; a folder is walked once and a file given once, however many links lead there. Of hard links each
    is a file of its own.

    Args:
        paths: a path or several.
        on_error: called with the error of each folder that cannot be read, whose files are left out;
            by default the error is raised.

    Raises:
        MissingFile: a path is empty text.
        NoPermission: a folder cannot be read, and there is no `on_error`.

    Example:
        >>> [path.name for path in find_audio(["notes.txt", "gone.mp3"])]
        ['notes.txt', 'gone.mp3']
    """
    if isinstance(paths, str | bytes | os.PathLike):
        paths = [paths]
    for path in paths:
        text = os.fsdecode(path)
        if not text:
            raise MissingFile('""', "is no path; name a file or a folder (. for the one that you are in)")
        named = Path(text)
        if named.is_dir():
            yield from _walk(named, on_error or _raise)
        else:
            yield named


def _raise(error: NoPermission) -> None:
    raise error


def _walk(top: Path, on_error: OnError) -> Iterator[Path]:
    walked: set[tuple[int, int]] = set()
    given: dict[tuple[int, int], bool] = {}
    """Files that were given: identity to whether a link led there."""
    left: list[tuple[Path, bool]] = [(top, False)]
    while left:
        path, linked = left.pop()
        try:
            status = path.stat()
            identity = status.st_dev, status.st_ino
            if not stat.S_ISDIR(status.st_mode):
                if identity not in given or not (linked or given[identity]):
                    given[identity] = linked
                    yield path
                continue
            if identity in walked:
                continue
            walked.add(identity)
            entries = sorted(os.scandir(path), key=lambda entry: os.fsencode(entry.name), reverse=True)
        except OSError as error:
            reason = f"cannot be read ({error.strerror or error}), so its files are left out"
            on_error(NoPermission(path, f"{reason}; correct its permissions"))
            continue
        left += [(path / entry.name, linked or entry.is_symlink()) for entry in entries if _is_wanted(entry)]


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder is a folder or, by its name, a sound file; broken links are neither."""
    if entry.name.startswith("."):
        return False
    try:
        return entry.is_dir() or (entry.is_file() and os.path.splitext(entry.name)[1].lower() in SUFFIXES)
    except OSError:
        return False
