"""Protocols: how a list of tracks becomes training and test parts, so that numbers can be compared.

| name | splits | kept apart |
|---|---|---|
| `paper` | ten stratified 80/20 splits, drawn independently | tracks |
| `kfold10` | ten stratified folds, every track tested once | tracks |
| `fault-filtered` | split of Kereliuk, Sturm and Larsen: 443 + 197 trained, 290 tested | artists, repeats |
| `fault-filtered-3` | the same, with the 197 set apart for choosing epochs and settings | artists, repeats |
| `artist` | ten stratified 80/20 splits (five folds, dealt twice), every track tested twice | artists |
| `artist5` | five stratified folds, every track tested once | artists |
| `cross` | trained on one collection, tested on another, in each direction | artists, collections |

Conventions: `labels` is one genre a track (strings or integers), `groups` one artist a track (None or ""
where unknown: such a track is a group of its own), `collections` one collection a track, `track_ids` one
unique id a track. Only arrays come in; a protocol cannot favour a model. The same arguments give the same
splits everywhere. A partial copy of a data set is welcome: the plan's notes name what was missing.

Other packages add protocols through the entry points `genrelens.protocols`; each names a `Protocol`. What
these give is checked split by split before anything is trained.

Kereliuk, Sturm and Larsen, "Deep Learning and Music Adversaries", IEEE Trans. Multimedia 17(11), 2015;
faults of GTZAN: Sturm, "The State of the Art Ten Years After a State of the Art", JNMR 43(2), 2014.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from functools import partial

import numpy as np

from genrelens import plugins
from genrelens.errors import DataError, PluginError
from genrelens.evaluation.artists import artist_keys, connected
from genrelens.evaluation.artists_apart import PROTOCOL_SEPARATIONS, ArtistsApart
from genrelens.evaluation.builtin_protocols import PROTOCOLS
from genrelens.evaluation.fault_filtered import fault_filtered_parts
from genrelens.evaluation.protocol import Protocol, Tracks
from genrelens.evaluation.split_check import checked_division
from genrelens.evaluation.splits import Indices, Split, SplitPlan

__all__ = [
    "PROTOCOLS",
    "Protocol",
    "Split",
    "SplitPlan",
    "Tracks",
    "check_protocol",
    "fault_filtered_parts",
    "find_protocol",
    "group_indices",
    "make_plan",
    "make_splits",
    "plan_of",
    "protocol_names",
]


def group_indices(groups: Sequence[str | None], linked: Sequence[tuple[int, int]] = ()) -> Indices:
    """One integer a track, equal where artists are the same or tracks are linked, `(n,)`.

    Args:
        groups: artists, compared as `genrelens.evaluation.artists` compares them, everybody credited; a track
            without one is a group of its own.
        linked: pairs of positions that must stay together whatever their artists, such as the repeats
            that `genrelens check` finds. Links are followed through.

    Example:
        >>> group_indices(["Queen", "queen", None, None, "Abba"], linked=[(2, 4)]).tolist()
        [0, 0, 1, 2, 1]
    """
    keys: list[set[Hashable]] = [set(artist_keys(group)) for group in groups]
    for number, (a, b) in enumerate(linked):
        keys[a].add(number)
        keys[b].add(number)
    return np.array(connected(keys), dtype=np.intp)


def make_splits(
    protocol: str,
    labels: Sequence[Hashable] | Indices,
    groups: Sequence[str | None] | None = None,
    track_ids: Sequence[str] | None = None,
    seed: int = 0,
    collections: Sequence[str] | None = None,
    linked: Sequence[tuple[int, int]] = (),
) -> list[Split]:
    """The splits of one protocol; `make_plan` gives the notes as well.

    Args:
        protocol: one of `protocol_names`.
        labels: the genre of each track, `(n,)`.
        groups: the artist of each track, where known.
        track_ids: unique ids; the fault-filtered split finds GTZAN's tracks by them.
        seed: what random choices are drawn from.
        collections: the collection of each track, for `cross`.
        linked: pairs of positions that artist-grouped splits keep together besides.

    Returns:
        splits with disjoint, sorted index arrays; never an empty list.

    Raises:
        DataError: unknown protocol, arrays of different lengths, or data that the protocol cannot split.

    Example:
        >>> splits = make_splits("kfold10", ["rock"] * 20 + ["jazz"] * 20)
        >>> len(splits), len(splits[0].train), len(splits[0].test)
        (10, 36, 4)
    """
    return list(make_plan(protocol, labels, groups, track_ids, seed, collections, linked).splits)


def make_plan(
    protocol: str,
    labels: Sequence[Hashable] | Indices,
    groups: Sequence[str | None] | None = None,
    track_ids: Sequence[str] | None = None,
    seed: int = 0,
    collections: Sequence[str] | None = None,
    linked: Sequence[tuple[int, int]] = (),
) -> SplitPlan:
    """The splits of one protocol with notes on what was missing; arguments as `make_splits`.

    Example:
        >>> make_plan("kfold10", ["rock"] * 20 + ["jazz"]).notes
        ('1 genre has fewer than 2 tracks and cannot be both trained and tested: jazz',)
    """
    names = [str(label) for label in labels]
    genres = tuple(sorted(set(names)))
    number = {genre: i for i, genre in enumerate(genres)}
    if groups is not None and len(groups) != len(names):
        raise DataError(f"{len(names)} labels but {len(groups)} groups; give one a track")
    tracks = Tracks(
        genres,
        np.array([number[name] for name in names], dtype=np.intp),
        None if groups is None else group_indices(groups, linked),
        None if collections is None else tuple(map(str, collections)),
        None if track_ids is None else tuple(track_ids),
        sum(bool(artist_keys(group)) for group in groups or ()),
    )
    return plan_of(protocol, tracks, seed)


def plan_of(protocol: str, tracks: Tracks, seed: int = 0) -> SplitPlan:
    """The splits of one protocol, of tracks that are numbers already.

    Raises:
        DataError: unknown protocol, something missing that it needs, or data that it cannot split.
        PluginError: another package's protocol made splits that break a rule of all splits.

    Example:
        >>> tracks = Tracks(("jazz", "rock"), np.arange(20) % 2, groups=np.arange(20) // 2)
        >>> len(plan_of("artist5", tracks).splits)
        5
    """
    chosen = check_protocol(protocol)
    for name in chosen.needs:
        if getattr(tracks, name) is None:
            raise DataError(f"protocol {protocol} needs {_WHAT_IS_NEEDED[name]} for every track")
    if len(tracks.labels) < 2:
        raise DataError("fewer than two tracks cannot be split")
    divide = chosen.make if protocol in PROTOCOLS else partial(checked_division, chosen)
    splits, notes = divide(tracks, np.random.default_rng(seed))
    artists = ArtistsApart(chosen.artists, tracks.artists_known, len(tracks.labels))
    return SplitPlan(protocol, seed, tuple(splits), (*notes, *artists.notes()), artists)


def find_protocol(name: str) -> Protocol | None:
    """The protocol of that name, of this package or another, or None where there is none.

    Raises:
        PluginError: another package's protocol cannot be loaded, or lacks the rule on artists.

    Example:
        >>> find_protocol("artist5").needs, find_protocol("coin toss")
        (('groups',), None)
    """
    found = plugins.find(PROTOCOLS, plugins.PROTOCOLS, name, Protocol)
    if found is None:
        return None
    if found.artists not in PROTOCOL_SEPARATIONS or not set(found.needs) <= set(_WHAT_IS_NEEDED):
        raise PluginError(
            f"the protocol {name!r} must have artists in {PROTOCOL_SEPARATIONS} and needs in "
            f"{tuple(_WHAT_IS_NEEDED)}; update or uninstall the package that it comes from"
        )
    return found


def protocol_names() -> tuple[str, ...]:
    """The package's protocols, then those of other packages.

    Example:
        >>> protocol_names()[:2]
        ('paper', 'kfold10')
    """
    return plugins.all_names(PROTOCOLS, plugins.PROTOCOLS)


def check_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        DataError: there is none.

    Example:
        >>> check_protocol("artist5").description
        'five folds, no artist on both sides'
    """
    found = find_protocol(name)
    if found is None:
        near = difflib.get_close_matches(name, protocol_names(), n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise DataError(f"unknown protocol {name}; {hint}there are {', '.join(protocol_names())}")
    return found


_WHAT_IS_NEEDED = {
    "groups": "an artist (a column `artist` in the data's CSV, or tags)",
    "track_ids": "GTZAN's track ids",
    "collections": "the name of its collection",
}
