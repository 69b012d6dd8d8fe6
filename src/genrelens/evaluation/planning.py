"""From a data set to the splits of a protocol: the one way that every command goes."""

from __future__ import annotations

from dataclasses import replace

from genrelens.datasets import DataSet
from genrelens.evaluation.protocols import make_plan
from genrelens.evaluation.splits import SplitPlan


def plan_of(data: DataSet, protocol: str, seed: int = 0, one_way: bool = False) -> SplitPlan:
    """The splits of a data set, artists and known repeats kept together where the protocol promises it.

    Args:
        data: the tracks; two collections for `cross`.
        protocol: a name in `PROTOCOLS`.
        seed: of what is drawn.
        one_way: of `cross`, only from the first collection to the other.

    Raises:
        DataError: the protocol is unknown or cannot divide these tracks.
    """
    plan = make_plan(
        protocol,
        [track.genre for track in data.tracks],
        groups=data.groups,
        track_ids=[track.id for track in data.tracks],
        seed=seed,
        collections=[track.collection or data.name for track in data.tracks],
        artist_known=data.artist_known.tolist(),
    )
    return replace(plan, splits=plan.splits[:1]) if one_way and protocol == "cross" else plan
