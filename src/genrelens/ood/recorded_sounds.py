"""Recorded sounds for OOD detectors: sounds that are no music, and music of genres that are not trained on.

Out-of-distribution (OOD) detectors are trained on them to separate music from everything else.
Each is given as a folder of recordings or a table of them. An `index.csv` in the folder, or in the folder
above, is read: its column of kinds or genres names the kind, and the first of `SOURCE_COLUMNS` that it has
names where a sound comes from. Sounds of one source, and music of one artist, stay on one side of every
split, also of the splits of the training data.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrelens.audio import find_audio
from genrelens.datasets import Track
from genrelens.datasets.folders import INDEX
from genrelens.datasets.tables import COLUMNS, TABLE_SUFFIXES, FileFinder, find_columns, table_rows
from genrelens.datasets.tags import with_tags
from genrelens.errors import DataError, shown
from genrelens.evaluation.artists import artist_keys

SOURCE_COLUMNS = ("group", "artist", "speaker", "source", "licence", "license")
"""The first of these columns that a table has names what stays on one side of a split; `artist` may name
several artists."""
KIND_COLUMNS = ("kind", *COLUMNS["genre"])
NO_MUSIC, OTHER_MUSIC = "--no-music", "--other-music"


@dataclass(frozen=True)
class RecordedSound:
    """One recording.

    Attributes:
        track: its file; `genre` is the kind of sound, `collection` the folder or table that named it.
        music: whether it is music that detectors must let pass.
        keys: equal keys of two recordings keep both on one side of every split.
    """

    track: Track
    music: bool
    keys: frozenset[Hashable]


def recorded_sounds(
    no_music: Sequence[Path] = (), other_music: Sequence[Path] = ()
) -> tuple[RecordedSound, ...]:
    """The recordings of folders and tables, in a fixed order.

    Args:
        no_music: folders or tables of speech, environment and other sounds that are no music.
        other_music: folders or tables of music of further genres.

    Raises:
        DataError: one is not there, cannot be read or holds no recordings, or a file is given as both.
    """
    found: dict[Path, RecordedSound] = {}
    for option, places in ((NO_MUSIC, no_music), (OTHER_MUSIC, other_music)):
        for place in places:
            for one in _recordings(place, option):
                before = found.setdefault(one.track.path, one)
                if before.music != one.music:
                    raise DataError(
                        f"{shown(one.track.path)} is given to {NO_MUSIC} and to {OTHER_MUSIC}; it is one of "
                        "the two"
                    )
    return tuple(found.values())


def _recordings(place: Path, option: str) -> list[RecordedSound]:
    path = Path(place).expanduser().absolute()
    music = option == OTHER_MUSIC
    if path.is_dir():
        found = _in_folder(path, music)
    elif path.is_file() and path.suffix.casefold() in TABLE_SUFFIXES:
        found = list(_of_table(path, path.stem if path.name != INDEX else path.parent.name, music).values())
    elif path.exists():
        raise DataError(f"{shown(place)}, given to {option}, is neither a folder nor a table of recordings")
    else:
        raise DataError(f"{shown(place)}, given to {option}, is not there; give a folder of recordings")
    if not found:
        raise DataError(f"{shown(place)}, given to {option}, holds no recordings; give a folder with some")
    return found


def _in_folder(folder: Path, music: bool) -> list[RecordedSound]:
    """All recordings below a folder, with the entries of an index in it or above it."""
    indexed: Mapping[Path, RecordedSound] = {}
    for index in (folder / INDEX, folder.parent / INDEX):
        if index.is_file() and not indexed:
            indexed = _of_table(index, folder.name, music)
    paths = [Path(one).absolute() for one in find_audio([folder])]
    unlisted = [_track(path, _kind_of(path, folder), folder.name) for path in paths if path not in indexed]
    tagged = {one.path: one for one in (with_tags(unlisted) if music else unlisted)}
    return [
        indexed.get(path) or RecordedSound(tagged[path], music, artist_keys(tagged[path].artist))
        for path in paths
    ]


def _kind_of(path: Path, folder: Path) -> str:
    inside = path.relative_to(folder).parts
    return inside[0] if len(inside) > 1 else folder.name


def _of_table(table: Path, collection: str, music: bool) -> dict[Path, RecordedSound]:
    """The recordings that a table names and that are there, by path."""
    header, rows = table_rows(table)
    columns = find_columns(header)
    if "path" not in columns:
        raise DataError(
            f"{shown(table)} has no column of paths (one of {', '.join(COLUMNS['path'])}); "
            f"there are {', '.join(name for name in header if name) or 'none'}"
        )
    names = [name.casefold() for name in header]
    kind_at = next((names.index(one) for one in KIND_COLUMNS if one in names), None)
    source = next((one for one in SOURCE_COLUMNS if one in names), None)
    finder = FileFinder([table.parent])
    found: dict[Path, RecordedSound] = {}
    for row in rows:
        cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
        kind = cells[kind_at] if kind_at is not None else ""
        path = finder.find(cells[columns["path"]], kind) if cells[columns["path"]] else None
        if path is None:
            continue
        value = "" if source is None else cells[names.index(source)]
        kinds = kind or _kind_of(path.absolute(), table.parent.absolute())
        artist = value if source == "artist" else None
        keys: frozenset[Hashable] = artist_keys(artist)
        if artist is None and value:
            keys = frozenset([(source, value.casefold())])
        found[path.absolute()] = RecordedSound(_track(path.absolute(), kinds, collection), music, keys)
    return found


def _track(path: Path, kind: str, collection: str) -> Track:
    return Track(f"{collection}/{kind}/{path.name}", path, shown(kind), None, shown(collection))
