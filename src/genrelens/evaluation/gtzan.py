"""What is known about GTZAN's thousand tracks: artist, title, fault-filtered part, repeats.

Artists and titles are those of Bob Sturm's index ("The State of the Art Ten Years After a State of the Art",
Journal of New Music Research 43(2), 2014); the parts are the fault-filtered split of Kereliuk, Sturm and
Larsen ("Deep Learning and Music Adversaries", IEEE Trans. Multimedia 17(11), 2015). Facts only; the audio
was never cleared and is not here.
"""

from __future__ import annotations

import csv
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

COLLECTION = "gtzan"
LICENCE_NOTE = (
    "GTZAN's audio was never cleared with its rights holders and has no licence; whether what was trained on "
    "it may be passed on or sold, nobody has settled"
)


@dataclass(frozen=True)
class GtzanTrack:
    """One row of the index.

    Args:
        id: `blues.00000`.
        genre: one of the ten.
        artist: None for the 81 tracks that nobody has named.
        title: None where unknown.
        fault_filtered: `train`, `valid`, `test` or `excluded`.
    """

    id: str
    genre: str
    artist: str | None
    title: str | None
    fault_filtered: str


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("genrelens.evaluation") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def gtzan_tracks() -> dict[str, GtzanTrack]:
    """All thousand tracks by id.

    Example:
        >>> gtzan_tracks()["blues.00000"].artist, len(gtzan_tracks())
        ('John Lee Hooker', 1000)
    """
    return {
        row["track"]: GtzanTrack(
            row["track"], row["genre"], row["artist"] or None, row["title"] or None, row["fault_filtered"]
        )
        for row in _rows("gtzan.csv")
    }


@cache
def gtzan_repeats() -> dict[str, str]:
    """Exact repeats: track -> the earlier track with the same music. More are in the data than are known.

    Example:
        >>> gtzan_repeats()["jazz.00051"]
        'jazz.00033'
    """
    return {row["b"]: row["a"] for row in _rows("gtzan_repeats.csv")}


def gtzan_track(stem: str, genre: str) -> GtzanTrack | None:
    """The GTZAN track of that file name (without suffix), if its genre agrees.

    Example:
        >>> gtzan_track("blues.00003", "Blues").title
        "I'm Bad Like Jesse James"
        >>> gtzan_track("blues.00003", "rock") is None
        True
    """
    track = gtzan_tracks().get(stem)
    if track is None or track.genre != "".join(filter(str.isalnum, genre.casefold())):
        return None
    return track


def same_music_keys(track: GtzanTrack) -> frozenset[Hashable]:
    """Keys that link a track with its repeats, and nameless tracks of a genre with each other.

    The 81 tracks without an artist stand in runs, several of them surely by one artist; all nameless tracks
    of a genre therefore count as one artist. That wastes a little data and leaks nothing.
    """
    keys: set[Hashable] = {(COLLECTION, gtzan_repeats().get(track.id, track.id))}
    if track.artist is None:
        keys.add((COLLECTION, "nameless", track.genre))
    return frozenset(keys)
