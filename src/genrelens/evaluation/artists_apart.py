"""Whether an artist can stand on both sides of a split: what a protocol keeps apart, as far as it is known.

A protocol can only keep apart the artists that somebody named. Where a CSV has no column of artists and the
files no tags, splits that divide one singer's songs would be called "artists apart".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Separation = Literal["none", "named", "listed", "finished"]
"""What a protocol does about artists: nothing; it keeps those apart whose names it is given; it follows a
published list whose authors kept them apart. A finished bundle was trained on artists nobody recorded."""

PROTOCOL_SEPARATIONS: tuple[Separation, ...] = ("none", "named", "listed")
"""Those that a protocol may have."""

ADVICE = "give artists in a column artist of a CSV, or in the files' tags"


@dataclass(frozen=True)
class ArtistsApart:
    """How far artists are kept apart.

    Args:
        separation: what the protocol does about artists.
        known: tracks whose artist is known.
        tracks: all of them.

    Example:
        >>> ArtistsApart("named", 0, 36).sentence
        'artist known for 0 of 36 tracks: not kept apart'
        >>> ArtistsApart("named", 36, 36).sentence, ArtistsApart("named", 36, 36).unit
        ('artists apart', 'artists')
    """

    separation: Separation
    known: int
    tracks: int

    @property
    def apart(self) -> bool:
        """Whether no artist is on both sides of a split."""
        return self.separation == "listed" or (self.separation == "named" and 0 < self.known == self.tracks)

    @property
    def sentence(self) -> str:
        """For titles, cards and records."""
        if self.separation == "none":
            return "artists not kept apart"
        if self.separation == "listed":
            return "artists apart, by the published list"
        if self.known == self.tracks:
            finished = self.separation == "finished"
            return "the bundle does not record its training's artists" if finished else "artists apart"
        counted = f"artist known for {self.known} of {self.tracks} tracks"
        return f"{counted}: only these kept apart" if self.known else f"{counted}: not kept apart"

    @property
    def unit(self) -> str:
        """What is drawn for intervals: whole artists where they are known, else tracks."""
        if not self.known:
            return "tracks"
        return "artists" if self.known == self.tracks else "artists where known"

    def drawn(self, groups: NDArray[np.integer]) -> NDArray[np.integer] | None:
        """(n,) groups to be drawn whole for an interval; None where single tracks are drawn."""
        return groups if self.known else None

    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers must know, with what helps; nothing where no artist is unknown."""
        lacking = self.separation == "named" and self.known < self.tracks
        return (f"{self.sentence}; {ADVICE}",) if lacking else ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "apart": self.apart,
            "known": self.known,
            "tracks": self.tracks,
            "sentence": self.sentence,
            "intervals_over": self.unit,
        }


def known_artists(known: NDArray[np.bool_] | None, groups: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(n,) whether the artist of each track is known.

    Args:
        known: (n,) where it is recorded; None where there are only groups: artists count as known if any two
            tracks are in one group.
        groups: (n,) equal numbers for tracks of one artist.

    Example:
        >>> known_artists(None, np.array([0, 1, 1])).tolist(), known_artists(None, np.arange(2)).tolist()
        ([True, True, True], [False, False])
    """
    if known is not None:
        return np.asarray(known, dtype=bool)
    return np.full(len(groups), len(np.unique(groups)) < len(groups))
