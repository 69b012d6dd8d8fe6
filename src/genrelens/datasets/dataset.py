"""A data set: tracks with a genre each, checked once when it is put together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import DataError, shown
from genrelens.evaluation.artists import artist_keys, connected
from genrelens.evaluation.gtzan import gtzan_track, same_music_keys
from genrelens.evaluation.protocols import Tracks, plan_of
from genrelens.evaluation.splits import SplitPlan

FEWEST_GENRES, MOST_GENRES = 2, 500
FEWEST_TRACKS = 3
FEW_TRACKS = 10


@dataclass(frozen=True)
class Track:
    """One recording and what is known about it.

    Args:
        id: unique in its data set; the file's name without suffix where that is enough.
        path: where the file lies.
        genre: the genre's name.
        artist: as the table, the index or the file's tags spell it; None where unknown.
        collection: which data set it comes from.
        title: None where unknown.
    """

    id: str
    path: Path
    genre: str
    artist: str | None = None
    collection: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class DataSet:
    """Tracks, their genres, and what was noticed in gathering them.

    Args:
        name: short, for tables and records.
        tracks: in a fixed order.
        genres: names in alphabetical order, or in the order asked for.
        warnings: one sentence each, for the user.
        missing: files that a table names and that are not there.

    Example:
        >>> tracks = [Track(str(n), Path(f"{n}.wav"), "ab"[n % 2], artist="X" if n < 2 else None)
        ...           for n in range(6)]
        >>> data = DataSet("mine", tuple(tracks), ("a", "b"))
        >>> data.labels.tolist(), data.counts
        ([0, 1, 0, 1, 0, 1], {'a': 3, 'b': 3})
        >>> data.group_numbers.tolist()
        [0, 0, 1, 2, 3, 4]
    """

    name: str
    tracks: tuple[Track, ...]
    genres: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.tracks)

    @property
    def labels(self) -> NDArray[np.intp]:
        """(tracks,) index of each track's genre in `genres`."""
        number = {genre: index for index, genre in enumerate(self.genres)}
        return np.array([number[track.genre] for track in self.tracks], dtype=np.intp)

    @property
    def counts(self) -> dict[str, int]:
        """Tracks of each genre."""
        counted = Counter(track.genre for track in self.tracks)
        return {genre: counted[genre] for genre in self.genres}

    @cached_property
    def group_numbers(self) -> NDArray[np.intp]:
        """(tracks,) tracks of one number must stay on one side of a split.

        They share an artist (any of several credited), are known repeats, or are nameless GTZAN tracks of
        one genre. Any other track without an artist is a group of its own.
        """
        return np.array(connected([group_keys(track) for track in self.tracks]), dtype=np.intp)

    @cached_property
    def artist_known(self) -> NDArray[np.bool_]:
        """(tracks,) whether the artist is known; "Unknown Artist" and the like do not count."""
        return np.array([bool(artist_keys(track.artist)) for track in self.tracks], dtype=bool)

    @property
    def fingerprint(self) -> str:
        """The beginning of `list_digest`, enough to distinguish lists."""
        return str(self.summary()["sha256"])[:16]

    def summary(self) -> dict[str, Any]:
        """The data in records: counts, and the hash of the list of tracks."""
        return {
            "name": self.name,
            "tracks": len(self.tracks),
            "artists_known": int(self.artist_known.sum()),
            "genres": self.counts,
            "collections": dict(sorted(Counter(track.collection or "" for track in self.tracks).items())),
            "sha256": list_digest([(track.id, track.genre) for track in self.tracks]),
        }

    def plan(self, protocol: str, seed: int = 0, one_way: bool = False) -> SplitPlan:
        """The splits of a protocol, artists and known repeats kept together where the protocol requires it.

        Args:
            protocol: one of `evaluation.protocols.protocol_names`.
            seed: of what is drawn.
            one_way: of `cross`, which needs two collections, only from the first to the other.

        Raises:
            DataError: the protocol is unknown or cannot divide these tracks.

        Example:
            >>> tracks = [Track(str(n), Path(f"{n}.wav"), "ab"[n % 2], artist=str(n)) for n in range(20)]
            >>> plan = DataSet("mine", tuple(tracks), ("a", "b")).plan("artist5")
            >>> len(plan.splits), len(plan.splits[0].test)
            (5, 4)
        """
        names = np.array([track.genre for track in self.tracks], dtype=object)
        genres, labels = np.unique(names, return_inverse=True)
        tracks = Tracks(
            tuple(genres.tolist()),
            labels.astype(np.intp),
            self.group_numbers,
            tuple(track.collection or self.name for track in self.tracks),
            tuple(track.id for track in self.tracks),
            int(self.artist_known.sum()),
        )
        plan = plan_of(protocol, tracks, seed)
        return replace(plan, splits=plan.splits[:1]) if one_way and protocol == "cross" else plan

    def only(self, chosen: Iterable[int]) -> DataSet:
        """The data set of the tracks at these indices, genres unchanged."""
        return replace(self, tracks=tuple(self.tracks[int(index)] for index in chosen))


def list_digest(tracks: Iterable[tuple[str, str]]) -> str:
    """A sha256 over ids and genres in order: the same list gives the same text.

    Example:
        >>> list_digest([("t1", "jazz")])[:16]
        '8d3226eb245c37d4'
    """
    lines = "\n".join(f"{name}\t{genre}" for name, genre in tracks)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def group_keys(track: Track) -> frozenset[Hashable]:
    """Keys of a track; tracks with an equal key stay on one side of a split: artists, known repeats."""
    keys: frozenset[Hashable] = artist_keys(track.artist)
    known = gtzan_track(stem(track.path), track.genre)
    if known is None:
        return keys
    return keys | same_music_keys(known)


def stem(path: Path) -> str:
    """The name without its last suffix.

    Example:
        >>> stem(Path("blues.00000.wav"))
        'blues.00000'
    """
    return path.name[: -len(path.suffix)] if path.suffix else path.name


def genre_key(name: str) -> str:
    """The comparable form of a genre's name: "Hip-Hop", "hip hop" and "hiphop" are one genre.

    Example:
        >>> genre_key("Hip-Hop") == genre_key("hip hop ")
        True
        >>> genre_key("♥")
        '♥'
    """
    folded = name.strip().casefold()
    return "".join(filter(str.isalnum, folded)) or folded


def unify_genres(tracks: Sequence[Track]) -> list[Track]:
    """Gives each genre one spelling: the first that appears."""
    spelling: dict[str, str] = {}
    return [
        replace(track, genre=spelling.setdefault(genre_key(track.genre), track.genre.strip()))
        for track in tracks
    ]


def unique_tracks(tracks: Sequence[Track]) -> tuple[list[Track], list[str]]:
    """Drops files that are listed twice and makes ids unique.

    Ids that collide are lengthened by collection and genre, then by the file's suffix, then by a number.

    Raises:
        DataError: one file is listed under two genres.
    """
    by_file: dict[Path, Track] = {}
    twice = 0
    for track in tracks:
        seen = by_file.setdefault(track.path, track)
        if seen is not track:
            twice += 1
            if seen.genre != track.genre:
                raise DataError(
                    f"{shown(track.path)} is listed as {seen.genre} and as {track.genre}; "
                    "keep one of the two lines"
                )
    kept = list(by_file.values())
    for longer in (
        lambda track: "/".join(filter(None, (track.collection, track.genre, track.id))),
        lambda track: track.id + track.path.suffix,
    ):
        counted = Counter(track.id for track in kept)
        kept = [replace(t, id=longer(t)) if counted[t.id] > 1 else t for t in kept]
    taken: set[str] = set()
    result = []
    for track in kept:
        name, number = track.id, 1
        while name in taken:
            number += 1
            name = f"{track.id}#{number}"
        taken.add(name)
        result.append(track if name == track.id else replace(track, id=name))
    return result, [f"{twice} files were listed twice and count once"] if twice else []


def check_genres(tracks: Sequence[Track], fewest_tracks: int, place: str) -> list[str]:
    """Refuses data that cannot be trained on.

    Returns:
        a warning that names the genres with fewer than ten tracks, if any.

    Raises:
        DataError: fewer than 2 genres or more than 500, or a genre with fewer than `fewest_tracks` tracks.
    """
    counted = Counter(track.genre for track in tracks)
    if len(counted) < FEWEST_GENRES:
        found = f"only one genre, {next(iter(counted))}" if counted else "no tracks"
        raise DataError(
            f"{place} holds {found}; at least two genres are needed, each a sub-folder of recordings "
            "or a value of the column genre"
        )
    if len(counted) > MOST_GENRES:
        raise DataError(
            f"{place} holds {len(counted)} genres, more than {MOST_GENRES}; is the column or the level "
            "of folders the right one?"
        )
    thin = {genre: count for genre, count in sorted(counted.items()) if count < fewest_tracks}
    if thin:
        raise DataError(
            f"{place} has too few tracks of {_listed(thin)}; add some until each has {fewest_tracks}, "
            "or leave the genre out"
        )
    few = {genre: count for genre, count in sorted(counted.items()) if count < FEW_TRACKS}
    if few:
        return [f"fewer than {FEW_TRACKS} tracks of {_listed(few)}: expect little accuracy there"]
    return []


def _listed(counts: dict[str, int], most: int = 12) -> str:
    shown_first = [f"{genre} ({count})" for genre, count in list(counts.items())[:most]]
    rest = len(counts) - len(shown_first)
    return ", ".join(shown_first) + (f" and {rest} more" if rest else "")
