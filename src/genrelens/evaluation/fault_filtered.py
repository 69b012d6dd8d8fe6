"""The fault-filtered split of GTZAN: which part each of its tracks belongs to, in any copy of the data set.

Kereliuk, Sturm and Larsen, "Deep Learning and Music Adversaries", IEEE Trans. Multimedia 17(11), 2015.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from genrelens.evaluation.gtzan import gtzan_tracks
from genrelens.evaluation.splits import Indices, as_indices

_GTZAN_ID = re.compile(r"(?:^|[/\\:])([a-z]+\.\d{5})(?:\.[a-z0-9]+)?$")


@cache
def fault_filtered_parts() -> dict[str, str]:
    """GTZAN track id to `train`, `valid` or `test`, for the 930 tracks of the fault-filtered split.

    Example:
        >>> parts = fault_filtered_parts()
        >>> [sum(part == name for part in parts.values()) for name in ("train", "valid", "test")]
        [443, 197, 290]
    """
    known = gtzan_tracks().items()
    return {track: row.fault_filtered for track, row in known if row.fault_filtered != "excluded"}


def gtzan_id(track_id: str) -> str | None:
    """GTZAN's own name of a track, out of a path or an id that ends in it; None for other tracks.

    Example:
        >>> gtzan_id("gtzan/audio/blues/blues.00012.ogg"), gtzan_id("jazz.00054"), gtzan_id("blues.w101")
        ('blues.00012', 'jazz.00054', None)
    """
    found = _GTZAN_ID.search(track_id)
    return found.group(1) if found else None


def parts_here(track_ids: Sequence[str]) -> tuple[dict[str, Indices], list[str]]:
    """Positions of a copy's tracks by part (`train`, `valid`, `test`), and sentences on what is missing.

    Example:
        >>> here, notes = parts_here(["blues.00029", "mine"])
        >>> {part: len(tracks) for part, tracks in here.items()}, len(notes)
        ({'train': 1, 'valid': 0, 'test': 0}, 4)
    """
    official = fault_filtered_parts()
    part_of = [official.get(gtzan_id(track) or "", "") for track in track_ids]
    here = {
        part: as_indices(i for i, p in enumerate(part_of) if p == part) for part in ("train", "valid", "test")
    }
    notes = []
    for part, indices in here.items():
        total = sum(p == part for p in official.values())
        if len(indices) < total:
            notes.append(f"{total - len(indices)} of the {total} {part} tracks are not in this copy")
    left_out = part_of.count("")
    if left_out:
        notes.append(f"{left_out} tracks here are not in the fault-filtered split and were left out")
    return here, notes
