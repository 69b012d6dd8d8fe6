"""From what a user types to a data set: folders, tables, mirdata, several of them combined."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genrelens.datasets.dataset import (
    FEWEST_TRACKS,
    DataSet,
    Track,
    check_genres,
    genre_key,
    stem,
    unify_genres,
    unique_tracks,
)
from genrelens.datasets.folders import read_folder
from genrelens.datasets.mirdata_sets import PREFIX as MIRDATA
from genrelens.datasets.mirdata_sets import read_mirdata
from genrelens.datasets.tables import TABLE_SUFFIXES, Listed, read_table
from genrelens.datasets.tags import with_tags
from genrelens.errors import DataError, shown
from genrelens.evaluation.gtzan import COLLECTION as GTZAN
from genrelens.evaluation.gtzan import gtzan_track

Spec = str | os.PathLike[str]


def load_dataset(
    spec: Spec | Sequence[Spec],
    genres: Sequence[str] | None = None,
    audio: Spec | Sequence[Spec] | None = None,
    tags: bool = True,
    fewest_tracks: int = FEWEST_TRACKS,
) -> DataSet:
    """Gathers a data set.

    Args:
        spec: a folder with one sub-folder a genre, or with an `index.csv`; a CSV or TSV file with columns of
            paths and genres (and artists, titles); `mirdata:NAME`; or several, combined by "+" or in a list.
            Files with GTZAN's names (`blues.00000.wav`) get artist and title from the package's table.
        genres: only these, in this order; default all, sorted by name.
        audio: folder or folders that relative paths of a table may start from, in addition to the table's
            own.
        tags: read artist and title from the files' tags where the artist is not known otherwise.
        fewest_tracks: each genre must have so many; 1 for data that is only tested on.

    Returns:
        The data set. Genres are one however they are spelt ("Hip-Hop", "hiphop"); paths are absolute; files
        that are listed but not there stand in `missing`, what else was noticed in `warnings`.

    Raises:
        DataError: nothing is there, columns are not found, fewer than 2 or more than 500 genres, a genre with
            too few tracks, an unknown name in `genres`, or a file listed under two genres.
    """
    specs = split_spec(spec)
    roots = [Path(root) for root in _as_list(audio)]
    for root in roots:
        if not root.is_dir():
            raise DataError(f"{shown(root)}, given as the folder of the audio, is no folder")
    parts = [_read_one(one, roots) for one in specs]
    names = list(dict.fromkeys(name for name, _ in parts))
    tracks = unify_genres([track for _, part in parts for track in part.tracks])
    warnings = [warning for _, part in parts for warning in part.warnings]
    missing = [name for _, part in parts for name in part.missing]
    place = " + ".join(shown(one) for one in specs)
    if not tracks and missing:
        raise DataError(
            f"none of the {len(missing)} files that {place} names is there ({missing[0]}, ...); "
            "give the folder that the paths start from with --audio"
        )
    tracks, notes = unique_tracks(tracks)
    if genres is not None:
        tracks, chosen = _choose(tracks, genres)
    else:
        chosen = sorted({track.genre for track in tracks})
    warnings += notes + check_genres(tracks, fewest_tracks, place)
    if tags:
        tracks = with_tags(tracks)
    return DataSet(" + ".join(names), tuple(tracks), tuple(chosen), tuple(warnings), tuple(missing))


def split_spec(spec: Spec | Sequence[Spec]) -> list[str]:
    """The single data sets of a specification; a path that exists is never split at its "+".

    Example:
        >>> split_spec("gtzan/audio + wild"), split_spec(["a", Path("b")])
        (['gtzan/audio', 'wild'], ['a', 'b'])
    """
    result = []
    for one in _as_list(spec):
        text = os.fspath(one)
        if text and Path(text).exists():
            result.append(text)
        else:
            result += [part.strip() for part in text.split("+") if part.strip()]
    if not result:
        raise DataError("no data set was named; give a folder with one sub-folder a genre, or a CSV file")
    return result


def _as_list(value: Spec | Sequence[Spec] | None) -> list[Spec]:
    if value is None:
        return []
    return [value] if isinstance(value, str | os.PathLike) else list(value)


def _read_one(spec: str, audio: list[Path]) -> tuple[str, Listed]:
    if spec.startswith(MIRDATA):
        part, name = read_mirdata(spec), spec[len(MIRDATA) :].partition(":")[0]
    else:
        path = Path(os.path.abspath(Path(spec).expanduser()))
        roots = [Path(os.path.abspath(root.expanduser())) for root in audio]
        if path.is_dir():
            name = path.name
            part = read_folder(path, tuple(roots), name)
        elif path.is_file() and path.suffix.casefold() in TABLE_SUFFIXES:
            name = path.parent.name if path.name == "index.csv" else path.stem
            part = read_table(path, roots, name)
        elif path.exists():
            raise DataError(f"{shown(spec)} is neither a folder nor a table ({', '.join(TABLE_SUFFIXES)})")
        else:
            raise DataError(
                f"{shown(spec)} is not there; give a folder with one sub-folder a genre, or a CSV"
            )
    tracks = [_with_gtzan_facts(track) for track in part.tracks]
    if 2 * sum(track.collection == GTZAN for track in tracks) > len(tracks):
        name = GTZAN
    return name, replace(part, tracks=tuple(tracks))


def _with_gtzan_facts(track: Track) -> Track:
    known = gtzan_track(stem(track.path), track.genre)
    if known is None:
        return track
    return replace(
        track,
        artist=track.artist or known.artist,
        title=track.title or known.title,
        collection=GTZAN,
    )


def _choose(tracks: list[Track], genres: Sequence[str]) -> tuple[list[Track], list[str]]:
    known = {genre_key(track.genre): track.genre for track in tracks}
    for name in genres:
        if genre_key(name) not in known:
            near = difflib.get_close_matches(genre_key(name), known, n=1)
            hint = (
                f"did you mean {known[near[0]]}?"
                if near
                else f"there are {', '.join(sorted(known.values()))}"
            )
            raise DataError(f"no track has the genre {name!r}; {hint}")
    chosen = list(dict.fromkeys(known[genre_key(name)] for name in genres))
    return [track for track in tracks if track.genre in chosen], chosen
