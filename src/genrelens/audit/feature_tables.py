"""Stored features of many tracks, as others publish them, read for the check for batch leaks.

Conventions: an `.npz` file with a table `(n, d)` of numbers and the names of its tracks, in the order in
which the features were computed. A track's genre is what stands before the first dot of its name
(`blues.00012`), or its folder (`blues/12.wav`), unless the file has an array `genre` or `label`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import DataError, shown

TABLE_NAMES = ("X", "features", "embeddings", "embedding")
TRACK_NAMES = ("track", "tracks", "id", "ids", "path", "paths")
GENRE_NAMES = ("genre", "genres", "label", "labels", "y")


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features `(n, d)` with a genre each, in the order in which they were computed."""

    name: str
    features: NDArray[np.float64]
    genres: tuple[str, ...]


def read_feature_table(path: Path) -> FeatureTable:
    """Reads an `.npz` file of features; nothing in it is executed.

    Several rows of one track in a row (patches of a recording) are averaged.

    Raises:
        DataError: the file is no `.npz`, or lacks a table, tracks or genres that belong together.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, AttributeError, EOFError) as error:
        raise DataError(f"{shown(path)}: cannot be read as a file of features ({error})") from error
    table = _first(arrays, TABLE_NAMES, path, "a table of features")
    if table.ndim != 2 or not np.issubdtype(table.dtype, np.number) or not np.isfinite(table).all():
        raise DataError(f"{shown(path)}: its features must be finite numbers, (tracks, width)")
    if any(name in arrays for name in TRACK_NAMES):
        tracks = [str(name) for name in _first(arrays, TRACK_NAMES, path, "tracks")]
    else:
        tracks = [str(i) for i in range(len(table))]
    if any(name in arrays for name in GENRE_NAMES):
        genres = [str(genre) for genre in _first(arrays, GENRE_NAMES, path, "genres")]
    else:
        genres = [genre_of(track) for track in tracks]
    if not len(table) == len(tracks) == len(genres):
        raise DataError(f"{shown(path)}: {len(table)} rows, {len(tracks)} tracks and {len(genres)} genres")
    rows, first = _averaged(table.astype(np.float64), tracks)
    return FeatureTable(path.name, rows, tuple(genres[i] for i in first))


def genre_of(track: str) -> str:
    """The genre in a track's name: its folder, or what stands before its first dot.

    Example:
        >>> genre_of("blues.00012"), genre_of("audio/jazz/x.wav")
        ('blues', 'jazz')
    """
    parts = track.replace("\\", "/").split("/")
    return parts[-2] if len(parts) > 1 else parts[-1].split(".")[0]


def _first(arrays: dict[str, NDArray[Any]], names: tuple[str, ...], path: Path, what: str) -> NDArray[Any]:
    for name in names:
        if name in arrays:
            return arrays[name]
    raise DataError(f"{shown(path)}: holds no {what}; name the array {names[0]}")


def _averaged(table: NDArray[np.float64], tracks: list[str]) -> tuple[NDArray[np.float64], list[int]]:
    first = [i for i, track in enumerate(tracks) if i == 0 or track != tracks[i - 1]]
    counts = np.diff([*first, len(tracks)])
    return np.add.reduceat(table, first, axis=0) / counts[:, None], first
