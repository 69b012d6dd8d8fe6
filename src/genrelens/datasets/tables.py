"""Data sets written as a table: a path and a genre a row, whatever the columns, separator and encoding.

Conventions: columns are found by their names, in the order of preference below, whatever their case. A
path is absolute, or relative to the table's folder or to one of the `audio` folders; it may lack its
suffix, or its genre's sub-folder, as in indexes that name tracks (`blues.00000`).
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrelens.audio.walking import SUFFIXES
from genrelens.datasets.dataset import Track, stem
from genrelens.errors import DataError, shown

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "path": (
        "path",
        "filepath",
        "audiopath",
        "file",
        "filename",
        "location",
        "track",
        "trackid",
        "audio",
        "id",
    ),
    "genre": ("genre", "genretop", "label", "class", "category", "style"),
    "artist": ("artist", "artistname", "artists", "performer", "band", "composer"),
    "title": ("title", "tracktitle", "songtitle", "song", "trackname"),
}
SEPARATORS = ",;\t|"
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
SUB_FOLDERS = ("", "audio", "short", "genres_original", "genres")


@dataclass(frozen=True)
class Listed:
    """The entries of a table, and which of its files are there."""

    tracks: tuple[Track, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


def read_table(path: Path, audio: Sequence[Path] = (), collection: str | None = None) -> Listed:
    """The tracks of a CSV (or TSV) file.

    Args:
        path: the table.
        audio: folders, in addition to the table's own, that relative paths may start from.
        collection: recorded with each track.

    Raises:
        DataError: the table cannot be read, or has no column of paths or none of genres.
    """
    header, rows = table_rows(path)
    columns = find_columns(header)
    for need in ("path", "genre"):
        if need not in columns:
            raise DataError(
                f"{shown(path)} has no column of {need}s (one of {', '.join(COLUMNS[need])}); "
                f"there are {', '.join(name for name in header if name) or 'none'}"
            )
    finder = FileFinder([path.parent, *audio])
    tracks: list[Track] = []
    missing: list[str] = []
    without_genre = 0
    for row in rows:
        cell = {name: row[index].strip() for name, index in columns.items() if index < len(row)}
        named, genre = cell.get("path", ""), cell.get("genre", "")
        if not named:
            continue
        if not genre:
            without_genre += 1
            continue
        found = finder.find(named, genre)
        if found is None:
            missing.append(named)
            continue
        tracks.append(
            Track(
                shown(stem(found)),
                found,
                genre,
                cell.get("artist") or None,
                collection,
                cell.get("title") or None,
            )
        )
    warnings = []
    if without_genre:
        warnings.append(f"{without_genre} rows of {path.name} have no genre and are left out")
    if missing:
        listed = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        total = len(missing) + len(tracks)
        warnings.append(f"{len(missing)} of {total} files in {path.name} are not there: {listed}")
    return Listed(tuple(tracks), tuple(missing), tuple(warnings))


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """Which column holds what.

    Example:
        >>> find_columns(["Label", "File Name", "track_title"])
        {'path': 1, 'genre': 0, 'title': 2}
    """
    names = ["".join(filter(str.isalnum, name.casefold())) for name in header]
    found: dict[str, int] = {}
    for need, candidates in COLUMNS.items():
        index = next((names.index(candidate) for candidate in candidates if candidate in names), None)
        if index is not None:
            found[need] = index
    return found


def table_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The names of a table's columns, and its rows that hold anything.

    Raises:
        DataError: it cannot be read, is empty, or is no text.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{shown(path)} cannot be read ({error.strerror or error})") from error
    text, named = _without_hint(decode_text(raw).lstrip("\ufeff\r\n "))
    if not text:
        raise DataError(f"{shown(path)} is empty; a header with columns path and genre is needed")
    separator = named or _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DataError(f"{shown(path)} is no table of text ({error})") from error
    return [name.strip() for name in rows[0]], [row for row in rows[1:] if any(cell.strip() for cell in row)]


def decode_text(raw: bytes) -> str:
    """Text of a file in UTF-8 or UTF-16 (with or without mark), or else Windows' Western encoding.

    Example:
        >>> [decode_text("é".encode(name)) for name in ("cp1252", "utf-8-sig", "utf-16")]
        ['é', 'é', 'é']
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    # without a mark: every second byte of Western text in UTF-16 is 0
    head = raw[:200]
    for zeros, encoding in ((head[1::2], "utf-16-le"), (head[::2], "utf-16-be")):
        if len(head) > 3 and 2 * zeros.count(0) > len(zeros):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _without_hint(text: str) -> tuple[str, str | None]:
    """The text after a first line `sep=;`, which spreadsheets write for one another, and what it names.

    Example:
        >>> _without_hint("sep=;\\npath;genre"), _without_hint("path,genre")
        (('path;genre', ';'), ('path,genre', None))
    """
    first, _, rest = text.partition("\n")
    named = first.rstrip("\r").strip('"')
    if named[:4].casefold() != "sep=":
        return text, None
    separator = named[4:].strip('"') or "\t"
    return rest.lstrip("\r\n"), {"\\t": "\t", "tab": "\t"}.get(separator.casefold(), separator[0])


def _separator(text: str) -> str:
    """The separator that makes the most sense of the header: most known columns, then most columns."""

    def sense(separator: str) -> tuple[int, int]:
        lines = io.StringIO(text, newline="")  # a name in the header may hold a line break between quotes
        names = next(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        return len(find_columns(names)), len(names)

    try:
        return max(SEPARATORS, key=sense)
    except csv.Error:
        return ","


def is_audio(name: str) -> bool:
    """Whether a file's name is that of a sound file; hidden files (`.name`, `._name`) are not.

    Example:
        >>> is_audio("blues.00000.au"), is_audio("cover.jpg"), is_audio("._song.mp3")
        (True, False, False)
    """
    return not name.startswith(".") and Path(name).suffix.casefold() in SUFFIXES


class FileFinder:
    """Finds the file that a cell of a table means; each folder is listed once.

    Args:
        roots: folders that relative paths may start from, the first one preferred.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = list(roots)
        self._listings: dict[Path, tuple[set[str], dict[str, str]]] = {}

    def find(self, named: str, genre: str) -> Path | None:
        """The file, or None. `named` may be absolute or relative, with or without its suffix."""
        spellings = [named] if os.sep == "\\" or "\\" not in named else [named, named.replace("\\", "/")]
        for spelling in spellings:
            for root in self.roots:
                for folder in [base for sub in SUB_FOLDERS for base in (root / sub, root / sub / genre)]:
                    found = self._in_folder(folder / spelling)
                    if found is not None:
                        return found
        return None

    def _in_folder(self, path: Path) -> Path | None:
        names, by_stem = self._listing(path.parent)
        if path.name in names:
            return path
        bare = stem(path) if path.suffix.casefold() in SUFFIXES else path.name
        other = by_stem.get(bare)
        return path.parent / other if other is not None else None

    def _listing(self, folder: Path) -> tuple[set[str], dict[str, str]]:
        listing = self._listings.get(folder)
        if listing is None:
            try:
                names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
            except (OSError, ValueError):
                names = []
            by_stem: dict[str, str] = {}
            for name in names:
                if is_audio(name):
                    by_stem.setdefault(stem(Path(name)), name)
            listing = self._listings[folder] = (set(names), by_stem)
        return listing
