"""Splits as data: which tracks train and which are tested, written out and read back.

Conventions: a `Split` holds sorted index arrays into the caller's list of tracks; nothing here knows a
model or a sound. A `SplitPlan` is what a protocol made of one list of tracks: its splits, and in plain
sentences what the copy of the data lacked. On disk tracks are named by their ids, never by position, so
that a plan drawn on one copy of a data set can be used with another.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file, write_atomically
from genrelens.errors import DataError, shown
from genrelens.evaluation.artists_apart import ArtistsApart

Indices = NDArray[np.intp]

SCHEMA = 1
PARTS = ("train", "valid", "test")


def as_indices(values: Any) -> Indices:
    """Sorted `intp` array of track positions.

    Example:
        >>> as_indices([3, 1])
        array([1, 3])
    """
    return np.sort(np.asarray(list(values), dtype=np.intp))


def _no_tracks() -> Indices:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Split:
    """One division of a list of tracks; the three parts are disjoint.

    Args:
        name: short and unique in its plan, such as `fold-03`.
        train: positions of the tracks that a system may learn from, sorted, `(n_train,)`.
        test: positions of the tracks that a model is tested on, sorted, `(n_test,)`.
        valid: tracks set apart by the protocol for choosing epochs and settings; mostly empty, and then
            such choices are made inside `train`.

    Example:
        >>> Split("fold-00", as_indices([0, 1]), as_indices([2])).test
        array([2])
    """

    name: str
    train: Indices
    test: Indices
    valid: Indices = field(default_factory=_no_tracks)


@dataclass(frozen=True, eq=False)
class SplitPlan:
    """The splits of one protocol on one list of tracks.

    Args:
        protocol: the registry name of the protocol.
        seed: what its random choices were drawn from.
        splits: in order.
        notes: what a reader of the numbers must know: missing tracks, genres too thin to be tested.
        artists: how far artists are kept apart; None where a plan was read back.
    """

    protocol: str
    seed: int
    splits: tuple[Split, ...]
    notes: tuple[str, ...] = ()
    artists: ArtistsApart | None = None


def check_track_ids(track_ids: Sequence[str]) -> dict[str, int]:
    """Position of each track id.

    Raises:
        DataError: an id occurs twice.

    Example:
        >>> check_track_ids(["a", "b"])
        {'a': 0, 'b': 1}
    """
    position: dict[str, int] = {}
    for index, track in enumerate(track_ids):
        if track in position:
            raise DataError(f"track id {track} occurs twice in the data set; ids must be unique")
        position[track] = index
    return position


def plan_to_dict(plan: SplitPlan, track_ids: Sequence[str]) -> dict[str, Any]:
    """A plan as plain lists and strings, ready for JSON; tracks are named by their ids.

    Example:
        >>> plan = SplitPlan("paper", 0, (Split("split-00", as_indices([0]), as_indices([1])),))
        >>> plan_to_dict(plan, ["x", "y"])["splits"]
        [{'name': 'split-00', 'train': ['x'], 'valid': [], 'test': ['y']}]
    """
    check_track_ids(track_ids)
    return {
        "schema": SCHEMA,
        "protocol": plan.protocol,
        "seed": plan.seed,
        "notes": list(plan.notes),
        "splits": [
            {"name": split.name} | {part: [track_ids[i] for i in getattr(split, part)] for part in PARTS}
            for split in plan.splits
        ],
    }


def plan_from_dict(content: dict[str, Any], track_ids: Sequence[str]) -> SplitPlan:
    """The plan that `plan_to_dict` wrote, for this list of tracks.

    Tracks of the plan that are not in `track_ids` are left out, and a note gives their number.

    Raises:
        DataError: the content is no plan, a track stands in two parts of a split, or none is here.
    """
    position = check_track_ids(track_ids)
    missing: set[str] = set()
    splits = []
    try:
        for entry in content["splits"]:
            parts: dict[str, Indices] = {}
            seen: set[str] = set()
            for part in PARTS:
                names = [str(name) for name in entry.get(part, [])]
                if len(set(names)) < len(names) or seen & set(names):
                    raise DataError(f"split {entry['name']} names a track twice; write the plan anew")
                seen |= set(names)
                missing |= set(names) - position.keys()
                parts[part] = as_indices(position[name] for name in names if name in position)
            splits.append(Split(str(entry["name"]), parts["train"], parts["test"], parts["valid"]))
        protocol, seed = str(content["protocol"]), int(content["seed"])
        notes = tuple(str(note) for note in content.get("notes", ()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"this is no split plan ({error!r}); write one with write_plan") from error
    if not any(len(split.test) for split in splits):
        raise DataError("none of the plan's test tracks is in the data set; was it drawn on another one?")
    if missing:
        notes += (f"{len(missing)} tracks of the plan are not in this copy of the data",)
    return SplitPlan(protocol, seed, tuple(splits), notes)


def write_plan(path: Path, plan: SplitPlan, track_ids: Sequence[str]) -> None:
    """Writes a plan as JSON, or with suffix `.csv` as rows `split,track,part`.

    CSV holds neither seed nor notes; it is for other programs to read.

    Raises:
        OutputError: the file cannot be written.
        DataError: an id occurs twice.
    """
    content = plan_to_dict(plan, track_ids)
    if path.suffix.lower() != ".csv":
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
        return
    with atomic_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("split", "track", "part"))
        for split in content["splits"]:
            writer.writerows((split["name"], t, part) for part in PARTS for t in split[part])


def read_plan(path: Path, track_ids: Sequence[str]) -> SplitPlan:
    """Reads what `write_plan` wrote, JSON or CSV.

    Raises:
        DataError: the file is missing or no plan, or has nothing to do with these tracks.
    """
    try:
        if path.suffix.lower() == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                return plan_from_dict(_from_rows(list(csv.DictReader(file)), path.stem), track_ids)
        return plan_from_dict(json.loads(path.read_text(encoding="utf-8")), track_ids)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{shown(path)}: cannot be read as a split plan ({error})") from error


def _from_rows(rows: list[dict[str, str]], protocol: str) -> dict[str, Any]:
    splits: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not {"split", "track", "part"} <= row.keys() or row["part"] not in PARTS:
            raise DataError(
                "a CSV of splits has the columns split,track,part with part one of train,valid,test"
            )
        entry = splits.setdefault(row["split"], {"name": row["split"]} | {part: [] for part in PARTS})
        entry[row["part"]].append(row["track"])
    return {"protocol": protocol, "seed": 0, "splits": list(splits.values())}
