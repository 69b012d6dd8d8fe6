"""Data sets kept as a folder with one sub-folder a genre, with or without an index."""

from __future__ import annotations

from pathlib import Path

from genrelens.audio import find_audio
from genrelens.datasets.dataset import Track, genre_key, stem
from genrelens.datasets.tables import Listed, is_audio, read_table
from genrelens.errors import DataError, shown

INDEX = "index.csv"
LEFT_BEHIND = frozenset({"__MACOSX", "System Volume Information", "lost+found", "@eaDir"})
"""Folders that archives and file systems leave behind."""
WRAPPERS = frozenset({"data", "genres", "genresoriginal", "audio", "music", "gtzan", "archive", "dataset"})
"""Names, as `genre_key` gives them, of folders that downloads put around the genres."""
GTZAN_GENRES = frozenset(
    {"blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"}
)
DEEPEST = 4


def read_folder(folder: Path, audio: tuple[Path, ...] = (), collection: str | None = None) -> Listed:
    """The tracks below a folder: those of its `index.csv` where it has one, else one genre a sub-folder.

    Genres are the first level with several folders of sound; deeper ones (albums, artists) are walked. Files
    of the index are looked for in the folder, its sub-folders `<genre>`, `audio/<genre>` and `short/<genre>`.

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
    folder, notes = _where_genres_are(folder)
    entries = _listing(folder)
    tracks: list[Track] = []
    warnings: list[str] = [*notes]
    stray = sum(is_audio(entry.name) for entry in entries if entry.is_file())
    if stray:
        warnings.append(
            f"{stray} sound files straight in {shown(folder.name)} have no genre and are left out"
        )
    for entry in filter(_is_genre, entries):
        found = [
            Track(shown(stem(path)), path, shown(entry.name).strip(), None, collection)
            for path in find_audio(entry)
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


def _where_genres_are(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder itself, or one below it where downloads keep the genres (`Data/genres_original/blues`).

    One goes down only where a single sub-folder holds sound, none of it straight inside, and its name or its
    sub-folders' are those of such a download: an only genre with albums must not be taken for genres.

    Raises:
        DataError: there is a single sub-folder with sound, of which nobody can know whether it is a genre.
    """
    here = folder
    passed: list[str] = []
    while len(passed) < DEEPEST:
        entries = _listing(here)
        with_sound = [entry for entry in entries if _is_genre(entry) and _holds_sound(entry)]
        if len(with_sound) != 1 or any(is_audio(entry.name) for entry in entries if entry.is_file()):
            break
        below = _listing(with_sound[0])
        if any(is_audio(entry.name) for entry in below if entry.is_file()):
            break
        inner = [entry.name for entry in below if _is_genre(entry) and _holds_sound(entry)]
        name = genre_key(with_sound[0].name)
        if name not in WRAPPERS and len({genre_key(one) for one in inner} & GTZAN_GENRES) < 2:
            if len(inner) < 2:
                break
            raise DataError(
                f"{shown(folder)} holds only one genre, {shown(with_sound[0].name)}, with the sub-folders "
                f"{', '.join(map(shown, inner[:4]))}; if these are the genres, give {shown(with_sound[0])}, "
                "else add a second genre"
            )
        here = with_sound[0]
        passed.append(shown(here.name))
    if here == folder:
        return folder, ()
    return here, (f"genres are read from {'/'.join(passed)}, below {shown(folder.name)}",)


def _is_genre(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "$")) and entry.name not in LEFT_BEHIND


def _holds_sound(folder: Path) -> bool:
    return next(iter(find_audio(folder)), None) is not None


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{shown(folder)} cannot be listed ({error.strerror or error})") from error
