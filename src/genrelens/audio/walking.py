"""Which files in a folder are worth opening."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_NAMES = (
    ".3ga .3gp .aac .ac3 .aif .aifc .aiff .amr .ape .asf .au .avi .caf .dff .dsf .dts .eac3 .flac .flv "
    ".m4a .m4b .m4p .m4r .m4v .mka .mkv .mov .mp1 .mp2 .mp3 .mp4 .mpc .mpeg .mpg .oga .ogg .ogv .opus .ra "
    ".ram .rf64 .rm .snd .spx .tak .tta .voc .w64 .wav .wave .weba .webm .wma .wmv .wv"
)

SUFFIXES = frozenset(_NAMES.split())
"""Suffixes that make a file in a walked folder worth a look; what it is, its content decides."""


def find_audio(
    paths: str | bytes | os.PathLike[Any] | Iterable[str | bytes | os.PathLike[Any]],
) -> Iterator[Path]:
    """The files that are named, and the sound files in the folders that are named.

    Folders are walked in the order of their names. Hidden files and folders (".git", macOS's "._song.mp3")
    and files without a suffix of sound or film are left out; files that are named are given whatever they
    are called, missing ones too, so that opening them can say what is wrong. Links to folders are followed
    unless they lead back.

    Args:
        paths: a path or several.

    Example:
        >>> [path.name for path in find_audio(["notes.txt", "gone.mp3"])]
        ['notes.txt', 'gone.mp3']
    """
    if isinstance(paths, str | bytes | os.PathLike):
        paths = [paths]
    for path in paths:
        named = Path(os.fsdecode(path))
        if named.is_dir():
            yield from _walk(named, frozenset())
        else:
            yield named


def _walk(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError:
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            if entry.is_dir():
                yield from _walk(path, above | {here})
            elif entry.is_file() and path.suffix.lower() in SUFFIXES:
                yield path
        except OSError:
            continue
