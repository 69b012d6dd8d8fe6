"""Which files of a folder are taken for sound. Content is judged later, by the decoder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_KINDS = (
    "wav wave flac ogg oga opus mp3 mp2 aif aiff aifc au snd m4a m4b mp4 aac wma webm mka mkv caf w64 rf64 "
    "ape wv mpc tta ac3 amr 3gp spx alac"
)
AUDIO_SUFFIXES = frozenset(f".{kind}" for kind in _KINDS.split(" "))


def is_audio(name: str) -> bool:
    """Whether a file's name is that of a sound file; hidden files (`.name`, `._name`) are not.

    Example:
        >>> is_audio("blues.00000.au"), is_audio("cover.jpg"), is_audio("._song.mp3")
        (True, False, False)
    """
    return not name.startswith(".") and os.path.splitext(name)[1].casefold() in AUDIO_SUFFIXES


def audio_below(folder: Path) -> Iterator[Path]:
    """Sound files in a folder and its sub-folders, sorted; hidden folders and unreadable ones left out.

    Links to folders are followed, each real folder once.
    """
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if is_audio(name):
                yield Path(place) / name
