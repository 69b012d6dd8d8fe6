"""Two collections as one data set, for protocols that train on the one and test on the other."""

from __future__ import annotations

from dataclasses import replace

from genrelens.datasets import DataSet
from genrelens.errors import DataError

FIRST, SECOND = "data", "other"


def join_collections(data: DataSet, other: DataSet) -> DataSet:
    """Both, the first one's tracks before the second's; the second's ids begin with `other/`.

    Tracks of genres that the first does not have are left out.

    Raises:
        DataError: they have no genre in common.
    """
    if not set(data.genres) & set(other.genres):
        ours, theirs = ", ".join(data.genres), ", ".join(other.genres)
        raise DataError(f"{data.name} and {other.name} have no genre in common ({ours}; {theirs})")
    first = [replace(track, collection=FIRST) for track in data.tracks]
    second = [
        replace(track, collection=SECOND, id=f"other/{track.id}")
        for track in other.tracks
        if track.genre in data.genres
    ]
    left_out = len(other.tracks) - len(second)
    notes = (f"{left_out} tracks of {other.name} are of genres that {data.name} lacks and are left out",)
    return DataSet(
        f"{data.name} + {other.name}",
        (*first, *second),
        data.genres,
        (*data.warnings, *other.warnings, *(notes if left_out else ())),
        (*data.missing, *other.missing),
    )
