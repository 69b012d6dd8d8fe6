"""The protocols of this package; `protocols` has the table of them."""

from __future__ import annotations

import numpy as np

from genrelens.errors import DataError
from genrelens.evaluation.fault_filtered import parts_here
from genrelens.evaluation.folds import grouped_folds, stratified_folds, stratified_holdout
from genrelens.evaluation.protocol import Protocol, Tracks
from genrelens.evaluation.splits import Indices, Split


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
