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
splits everywhere. A partial copy of a data set is welcome: the plan's notes say what was missing.

Kereliuk, Sturm and Larsen, "Deep Learning and Music Adversaries", IEEE Trans. Multimedia 17(11), 2015;
faults of GTZAN: Sturm, "The State of the Art Ten Years After a State of the Art", JNMR 43(2), 2014.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from genrelens.errors import DataError
from genrelens.evaluation.artists import artist_keys, connected
from genrelens.evaluation.artists_apart import ArtistsApart, Promise
from genrelens.evaluation.fault_filtered import fault_filtered_parts, parts_here
from genrelens.evaluation.folds import grouped_folds, stratified_folds, stratified_holdout
from genrelens.evaluation.splits import Indices, Split, SplitPlan, check_track_ids

__all__ = [
    "PROTOCOLS",
    "Protocol",
    "Split",
    "SplitPlan",
    "Tracks",
    "check_protocol",
    "fault_filtered_parts",
    "group_indices",
    "make_plan",
    "make_splits",
    "plan_of",
]


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
        artists: what it does about artists; see `artists_apart.Promise`.
        needs: which optional argument of `make_splits` it cannot do without.
    """

    name: str
    description: str
    make: Callable[[Tracks, np.random.Generator], tuple[list[Split], list[str]]]
    artists: Promise
    needs: tuple[str, ...] = ()

    @property
    def artists_apart(self) -> bool:
        """Whether it promises that no artist whom it is told of is on both sides."""
        return self.artists != "none"


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
        protocol: a name in `PROTOCOLS`.
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
    splits, notes = chosen.make(tracks, np.random.default_rng(seed))
    artists = ArtistsApart(chosen.artists, tracks.artists_known, len(tracks.labels))
    return SplitPlan(protocol, seed, tuple(splits), (*notes, *artists.notes()), artists)


def check_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        DataError: there is none.

    Example:
        >>> check_protocol("artist5").description
        'five folds, no artist on both sides'
    """
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(name, PROTOCOLS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise DataError(f"unknown protocol {name}; {hint}there are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


_WHAT_IS_NEEDED = {
    "groups": "an artist (a column `artist` in the data's CSV, or tags)",
    "track_ids": "GTZAN's track ids",
    "collections": "the name of its collection",
}


def _thin(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    has = "1 genre has" if len(names) == 1 else f"{len(names)} genres have"
    return [f"{has} fewer than 2 {what} and cannot be both trained and tested: {', '.join(names)}"]


def _thin_genres(tracks: Tracks) -> list[str]:
    sizes = np.bincount(tracks.labels, minlength=len(tracks.genres))
    return _thin([g for g, n in zip(tracks.genres, sizes, strict=True) if n < 2], "tracks")


def _paper(tracks: Tracks, rng: np.random.Generator) -> tuple[list[Split], list[str]]:
    splits = []
    for i in range(10):
        held = stratified_holdout(tracks.labels, 0.2, rng)
        splits.append(Split(f"split-{i:02d}", np.flatnonzero(~held), np.flatnonzero(held)))
    if not len(splits[0].test):
        raise DataError("every genre has a single track; nothing can be held out")
    return splits, _thin_genres(tracks)


def _from_folds(fold: Indices, prefix: str) -> list[Split]:
    return [
        Split(f"{prefix}{f:02d}", np.flatnonzero(fold != f), np.flatnonzero(fold == f))
        for f in np.unique(fold)
    ]


def _kfold10(tracks: Tracks, rng: np.random.Generator) -> tuple[list[Split], list[str]]:
    return _from_folds(stratified_folds(tracks.labels, 10, rng), "fold-"), _thin_genres(tracks)


def _artist_notes(tracks: Tracks, groups: Indices) -> list[str]:
    lonely = [
        genre
        for label, genre in enumerate(tracks.genres)
        if len(np.unique(groups[tracks.labels == label])) < 2
    ]
    return _thin(lonely, "artists")


def _artist_folds(tracks: Tracks, rng: np.random.Generator) -> Indices:
    groups = tracks.groups
    if groups is None or len(np.unique(groups)) < 2:
        raise DataError("artists cannot be kept apart: all tracks are by one artist")
    return grouped_folds(tracks.labels, groups, 5, rng)


def _artist5(tracks: Tracks, rng: np.random.Generator) -> tuple[list[Split], list[str]]:
    fold = _artist_folds(tracks, rng)
    assert tracks.groups is not None
    return _from_folds(fold, "fold-"), _artist_notes(tracks, tracks.groups)


def _artist(tracks: Tracks, rng: np.random.Generator) -> tuple[list[Split], list[str]]:
    splits = []
    for deal in range(2):
        splits += _from_folds(_artist_folds(tracks, rng), f"deal-{deal}-fold-")
    assert tracks.groups is not None
    return splits, _artist_notes(tracks, tracks.groups)


def _fault_filtered(tracks: Tracks, three: bool) -> tuple[list[Split], list[str]]:
    assert tracks.track_ids is not None
    here, notes = parts_here(tracks.track_ids)
    if len(here["test"]):
        if three:
            return [Split("train-valid-test", here["train"], here["test"], here["valid"])], notes
        return [Split("train+valid-test", np.union1d(here["train"], here["valid"]), here["test"])], notes
    if not len(here["train"]) or not len(here["valid"]):
        raise DataError(
            "protocol fault-filtered finds too few of GTZAN's tracks here; ids end in e.g. blues.00012"
        )
    notes.append("no test track is in this copy: trained on the train part, tested on the valid part")
    return [Split("train-valid", here["train"], here["valid"])], notes


def _cross(tracks: Tracks, rng: np.random.Generator) -> tuple[list[Split], list[str]]:
    del rng  # nothing is drawn: the collections are the split
    assert tracks.collections is not None
    assert tracks.groups is not None
    names = list(dict.fromkeys(tracks.collections))
    if len(names) != 2:
        raise DataError(f"protocol cross needs two collections, found {len(names)}; name a second data set")
    where = np.array([names.index(c) for c in tracks.collections])
    splits, notes = [], []
    for source, target in ((0, 1), (1, 0)):
        test = np.flatnonzero(where == target)
        shared = (where == source) & np.isin(tracks.groups, tracks.groups[test])
        train = np.flatnonzero((where == source) & ~shared)
        trained = set(tracks.labels[train].tolist())
        known = np.array([label in trained for label in tracks.labels[test].tolist()], dtype=bool)
        name = f"{names[source]}-to-{names[target]}"
        if shared.any():
            notes.append(
                f"{name}: {int(shared.sum())} training tracks left out, their artists are in {names[target]}"
            )
        if not known.all():
            unknown = sorted({tracks.genres[i] for i in tracks.labels[test[~known]]})
            notes.append(
                f"{name}: {int((~known).sum())} tracks of genres that were not trained left out: "
                f"{', '.join(unknown)}"
            )
        if len(train) and known.any():
            splits.append(Split(name, train, test[known]))
    if not splits:
        raise DataError("the two collections have no genre in common once shared artists are left out")
    return splits, notes


PROTOCOLS: dict[str, Protocol] = {
    p.name: p
    for p in (
        Protocol("paper", "ten stratified 80/20 splits, as the paper", _paper, "none"),
        Protocol("kfold10", "ten stratified folds", _kfold10, "none"),
        Protocol(
            "fault-filtered",
            "GTZAN's fault-filtered split, train and valid parts trained, test part tested",
            lambda tracks, rng: _fault_filtered(tracks, three=False),
            artists="listed",
            needs=("track_ids",),
        ),
        Protocol(
            "fault-filtered-3",
            "GTZAN's fault-filtered split, the valid part set apart for choices",
            lambda tracks, rng: _fault_filtered(tracks, three=True),
            artists="listed",
            needs=("track_ids",),
        ),
        Protocol("artist", "ten 80/20 splits, no artist on both sides", _artist, "named", needs=("groups",)),
        Protocol("artist5", "five folds, no artist on both sides", _artist5, "named", needs=("groups",)),
        Protocol(
            "cross",
            "trained on one collection, tested on the other",
            _cross,
            "named",
            ("groups", "collections"),
        ),
    )
}
