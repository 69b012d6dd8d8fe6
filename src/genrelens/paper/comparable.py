"""Whether a number of ours may be compared with one of the paper: on GTZAN's ten genres, with all members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genrelens.datasets.dataset import genre_key
from genrelens.evaluation.gtzan import COLLECTION, gtzan_tracks
from genrelens.paper.published import FEATURE_NAMES

MEMBERS = len(FEATURE_NAMES) + 2
"""Of each of the paper's ensembles: a CNN a feature, and two MLPs."""


def other_task(results: Mapping[str, Any]) -> str:
    """Why no number of this run compares with the paper's, in a clause; empty where they do.

    Args:
        results: of `reproduce`.

    Example:
        >>> genres = {"blues": 12, "jazz": 12, "rock": 12}
        >>> other_task({"data": {"name": "gtzan", "tracks": 36, "genres": genres}})
        '3 genres here (blues, jazz, rock), ten in the paper; a guess is right in 33 % of cases, not in 10 %'
    """
    data = results["data"]
    ten = {track.genre for track in gtzan_tracks().values()}
    here = {genre_key(genre) for genre in data["genres"]}
    if here != ten:
        names = list(data["genres"])
        listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        if len(names) == len(ten):
            return f"other genres here ({listed}) than in the paper"
        return (
            f"{len(names)} genres here ({listed}), ten in the paper; a guess is right in "
            f"{100 / len(names):.0f} % of cases, not in 10 %"
        )
    of_gtzan = data.get("collections", {data["name"]: data["tracks"]}).get(COLLECTION, 0)
    if of_gtzan < data["tracks"]:
        return f"{data['tracks'] - of_gtzan} of {data['tracks']} tracks here are not GTZAN's"
    return ""


def other_ensemble(members: int) -> str:
    """Why an ensemble does not compare with the paper's, in a clause; empty where it does.

    Example:
        >>> other_ensemble(4), other_ensemble(11)
        ('4 members here, 11 in the paper', '')
    """
    return "" if members == MEMBERS else f"{members} members here, {MEMBERS} in the paper"


def remarks(results: Mapping[str, Any]) -> list[str]:
    """One sentence a reason why the paper's numbers are left out, for tables and report.

    Example:
        >>> data = {"name": "gtzan", "tracks": 2, "genres": {"jazz": 1, "rock": 1}}
        >>> [sentence] = remarks({"data": data, "protocols": {}})
        >>> sentence[:70]
        "The paper's numbers are not comparable with these and are left out: 2 "
    """
    task = other_task(results)
    if task:
        return [f"The paper's numbers are not comparable with these and are left out: {task}."]
    partial: dict[str, int] = {}
    for protocol in results["protocols"].values():
        partial |= {column: len(one["members"]) for column, one in protocol["ensembles"].items()}
    return [
        f"The paper's number for {column} is not comparable and is left out: {other_ensemble(count)}."
        for column, count in partial.items()
        if other_ensemble(count)
    ]
