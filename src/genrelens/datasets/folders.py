"""Data sets kept as a folder with one sub-folder a genre, with or without an index beside them."""

from __future__ import annotations

from pathlib import Path

from genrelens.audio import find_audio
from genrelens.datasets.dataset import Track, stem
from genrelens.datasets.tables import Listed, is_audio, read_table
from genrelens.errors import DataError, shown

INDEX = "index.csv"


def read_folder(folder: Path, audio: tuple[Path, ...] = (), collection: str | None = None) -> Listed:
    """The tracks below a folder: those of its `index.csv` where it has one, else one genre a sub-folder.

    Genres are the first level; deeper folders (albums, artists) are walked. Files of the index are looked for
    in the folder, its sub-folders `<genre>`, `audio/<genre>` and `short/<genre>`.

    Raises:
        DataError: the folder cannot be listed, or holds no sub-folder with sound.
    """
    index = folder / INDEX
    if index.is_file():
        try:
            listed = read_table(index, audio, collection)
        except DataError:
            listed = Listed((), (), ())
        if listed.tracks:
            return listed
    return _read_genre_folders(folder, collection)


def _read_genre_folders(folder: Path, collection: str | None) -> Listed:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{shown(folder)} cannot be listed ({error.strerror or error})") from error
    tracks: list[Track] = []
    warnings: list[str] = []
    stray = sum(is_audio(entry.name) for entry in entries if entry.is_file())
    if stray:
        warnings.append(
            f"{stray} sound files straight in {shown(folder.name)} have no genre and are left out"
        )
    for entry in entries:
        if not entry.is_dir() or entry.name.startswith("."):
            continue
        found = [
            Track(shown(stem(path)), path, shown(entry.name), None, collection) for path in find_audio(entry)
        ]
        if not found:
            warnings.append(f"the folder {shown(entry.name)} holds no sound and is left out")
        tracks += found
    if not tracks:
        raise DataError(
            f"{shown(folder)} has no sub-folder with sound files; "
            "put each genre's recordings into a sub-folder of that name, or give a CSV file"
        )
    return Listed(tuple(tracks), (), tuple(warnings))
