"""Whether splits that another package's protocol made obey the rules of all splits."""

from __future__ import annotations

from typing import Any

import numpy as np

from genrelens.errors import GenreLensError, PluginError
from genrelens.evaluation.protocol import Protocol, Tracks
from genrelens.evaluation.splits import PARTS, Split


def checked_division(
    protocol: Protocol, tracks: Tracks, random: np.random.Generator
) -> tuple[list[Split], list[str]]:
    """What a protocol makes of tracks, once it is known to be right.

    Raises:
        PluginError: it fails, gives no splits, or splits whose parts are empty, overlap, point outside the
            tracks, or divide an artist though it declares that it keeps artists apart.
        GenreLensError: it refuses these tracks itself.
    """
    try:
        made = protocol.make(tracks, random)
    except GenreLensError:
        raise
    except Exception as error:  # any error that code of another package can raise
        raise _wrong(protocol, f"failed ({type(error).__name__}: {error})") from error
    splits, notes = _splits_and_notes(protocol, made)
    for split in splits:
        _check(protocol, split, tracks)
    return splits, notes


def _splits_and_notes(protocol: Protocol, made: Any) -> tuple[list[Split], list[str]]:
    try:
        splits, notes = list(made[0]), [str(note) for note in made[1]]
    except (TypeError, IndexError, KeyError):
        splits, notes = [], []
    if not splits or not all(isinstance(one, Split) for one in splits):
        raise _wrong(protocol, "gave no list of splits with a list of notes")
    if len({one.name for one in splits}) < len(splits):
        raise _wrong(protocol, "gave two splits the same name")
    return splits, notes


def _check(protocol: Protocol, split: Split, tracks: Tracks) -> None:
    parts = {part: np.asarray(getattr(split, part)) for part in PARTS}
    for part, positions in parts.items():
        kind_is_right = positions.ndim == 1 and (positions.dtype.kind == "i" or not positions.size)
        if not kind_is_right or np.any(np.diff(positions) <= 0):
            raise _wrong(protocol, f"gave {split.name} a part {part} that is no sorted list of positions")
        if positions.size and not 0 <= positions[0] <= positions[-1] < len(tracks.labels):
            raise _wrong(protocol, f"gave {split.name} positions of tracks that are not there")
    if not parts["train"].size or not parts["test"].size:
        raise _wrong(protocol, f"left nothing to train on or nothing to test in {split.name}")
    everything = np.concatenate(list(parts.values()))
    if len(np.unique(everything)) < len(everything):
        raise _wrong(protocol, f"put a track into two parts of {split.name}")
    if protocol.artists == "named" and tracks.groups is not None:
        trained = tracks.groups[np.concatenate([parts["train"], parts["valid"]])]
        if np.isin(tracks.groups[parts["test"]], trained).any():
            raise _wrong(
                protocol, f"declares that it keeps artists apart but put one on both sides of {split.name}"
            )


def _wrong(protocol: Protocol, what: str) -> PluginError:
    return PluginError(
        f"the protocol {protocol.name} {what}; update or uninstall the package that it comes from"
    )
