"""What a protocol is: a name, what it does about artists, and a function from tracks to splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genrelens.errors import DataError
from genrelens.evaluation.artists_apart import Separation
from genrelens.evaluation.splits import Indices, Split, check_track_ids


@dataclass(frozen=True, eq=False)
class Tracks:
    """What a protocol sees of a data set.

    Args:
        genres: names, sorted; each has a track.
        labels: `(n,)` index of each track's genre.
        groups: `(n,)` equal numbers for tracks that must stay on one side, such as those of one artist.
        collections: `(n,)` which collection each track comes from.
        track_ids: `(n,)` unique.
        artists_known: of how many tracks the artist is known.
    """

    genres: tuple[str, ...]
    labels: Indices
    groups: Indices | None = None
    collections: tuple[str, ...] | None = None
    track_ids: tuple[str, ...] | None = None
    artists_known: int = 0

    def __post_init__(self) -> None:
        for name in ("groups", "track_ids", "collections"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.labels):
                raise DataError(f"{len(self.labels)} labels but {len(values)} {name}; give one a track")
        if self.track_ids is not None:
            check_track_ids(self.track_ids)


@dataclass(frozen=True)
class Protocol:
    """One way to split.

    Args:
        name: what `--protocol` takes.
        description: one line for tables and help.
        make: from tracks and a generator to splits and notes.
        artists: what it does about artists; see `artists_apart.Separation`.
        needs: which optional argument of `make_splits` it cannot do without.
    """

    name: str
    description: str
    make: Callable[[Tracks, np.random.Generator], tuple[list[Split], list[str]]]
    artists: Separation
    needs: tuple[str, ...] = ()

    @property
    def artists_apart(self) -> bool:
        """Whether it keeps the artists whose names it is given on one side of every split."""
        return self.artists != "none"
