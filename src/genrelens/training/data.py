"""What is trained on: tracks with genres and artists, and the rows of inputs computed from them.

Conventions: a track may have several rows (excerpts that sound, and variants of its sound). Learning uses all
rows of a track, testing only the rows of the track as it is; a member's answer about a track is the mean over
these rows, as recognition makes it (`ensemble.mean_over_excerpts`). A track that is silent wherever it was
decoded has no rows: it is not learnt from, and counts as not answered where it is tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets import DataSet
from genrelens.datasets.dataset import check_genres, list_digest
from genrelens.datasets.trained_tracks import track_digests
from genrelens.ensemble import mean_over_excerpts
from genrelens.errors import DataError, shown
from genrelens.evaluation.artists_apart import known_artists
from genrelens.feature_store import FeatureTable
from genrelens.training.matrix import Indices

Rows = Sequence[NDArray[np.float32]]
SILENT_TRACK = "silent wherever it was decoded; it is not learnt from, and counts as not answered"


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Tracks and the rows of their inputs.

    Attributes:
        genres: names, in the order of the outputs.
        track_ids: (tracks,) unique.
        labels: (tracks,) genre indices.
        groups: (tracks,) equal numbers for tracks that must stay on one side of a split (one artist).
        track: (rows,) index of each row's track.
        as_it_is: (rows,) False where a row is a variant of the sound, which is learnt from but not tested.
        inputs: by name, an array a row: (frames, width) or (width,).
        name: of the data set.
        collections: (tracks,) which collection each track comes from.
        notes: sentences for the user: what is missing or thin.
        variants: (rows,) which variant of the sound each row is, by its key; empty where there are none.
        artist_known: (tracks,) whether the artist is known; None where `groups` alone tell who plays.
        digests: by which the tracks are known again; see `datasets.trained_tracks`.
    """

    genres: tuple[str, ...]
    track_ids: tuple[str, ...]
    labels: Indices
    groups: Indices
    track: Indices
    as_it_is: NDArray[np.bool_]
    inputs: Mapping[str, Rows] = field(repr=False)
    name: str = "data"
    collections: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    artist_known: NDArray[np.bool_] | None = None
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def artists_known(self) -> int:
        """Of how many tracks the artist is known."""
        return int(known_artists(self.artist_known, self.groups).sum())

    @property
    def row_labels(self) -> Indices:
        """(rows,) genre index of each row."""
        return self.labels[self.track]

    def learnt_rows(self, tracks: Indices, variants: Sequence[str] = ()) -> Indices:
        """All rows of these tracks, or those of some variants."""
        wanted = np.isin(self.track, tracks)
        if variants:
            wanted &= np.isin(self.variants or ("",) * len(self.track), variants)
        return np.flatnonzero(wanted)

    def tested_rows(self, tracks: Indices) -> Indices:
        """The rows of these tracks as they are."""
        return np.flatnonzero(np.isin(self.track, tracks) & self.as_it_is)

    def by_track(self, rows: Indices, probabilities: np.ndarray) -> NDArray[np.float64]:
        """(tracks, genres) mean probabilities over the given rows; NaN for tracks without any."""
        return mean_over_excerpts(probabilities, self.track[rows], len(self.labels))

    @property
    def silent(self) -> NDArray[np.bool_]:
        """(tracks,) True where no excerpt of the track as it is sounds."""
        sounding = np.bincount(self.track[self.as_it_is], minlength=len(self.labels))
        return np.asarray(sounding == 0)

    def summary(self) -> dict[str, Any]:
        """What a run record tells of the data: counts and the hash of the list of tracks."""
        counts = Counter(self.labels.tolist())
        names = [self.genres[label] for label in self.labels]
        return {
            "name": self.name,
            "tracks": len(self.labels),
            "rows": len(self.track),
            "artists_known": self.artists_known,
            "groups": len(np.unique(self.groups)),
            "genres": {genre: counts[index] for index, genre in enumerate(self.genres)},
            "collections": dict(sorted(Counter(self.collections).items())),
            "sha256": list_digest(zip(self.track_ids, names, strict=True)),
        }


def data_of(dataset: DataSet, table: FeatureTable, inputs: Sequence[str] = ()) -> TrainingData:
    """Joins a data set and its inputs; tracks that could not be heard are left out.

    Args:
        dataset: tracks and genres.
        table: inputs computed of these tracks.
        inputs: which, by the names they were asked for; by default all, by their full names.

    Raises:
        DataError: too few tracks of a genre could be heard.
    """
    failed = {track.id for track, _ in table.failures}
    heard = [index for index, track in enumerate(dataset.tracks) if track.id not in failed]
    notes = [f"left out: {error}" for _, error in table.failures]
    kept = dataset.only(heard)
    if failed:
        check_genres(kept.tracks, 3, dataset.name)
    if {track.genre for track in kept.tracks} != set(dataset.genres):
        missing = sorted(set(dataset.genres) - {track.genre for track in kept.tracks})
        raise DataError(f"no track of {', '.join(missing)} in {dataset.name} can be heard; check the files")
    place = np.full(len(dataset.tracks), -1)
    place[heard] = np.arange(len(heard))
    clean = table.variants.index("clean") if "clean" in table.variants else 0
    data = TrainingData(
        genres=dataset.genres,
        track_ids=tuple(track.id for track in kept.tracks),
        labels=kept.labels,
        groups=kept.group_numbers,
        track=place[table.track],
        as_it_is=table.variant == clean,
        inputs={name: table.frames(name) for name in inputs or table.inputs},
        name=dataset.name,
        collections=tuple(track.collection or "" for track in kept.tracks),
        notes=(*dataset.warnings, *notes),
        variants=tuple(table.variants[one] for one in table.variant),
        artist_known=kept.artist_known,
        digests=track_digests(
            kept.tracks, [table.checksums[index] for index in heard] if table.checksums else ()
        ),
    )
    silent = [f"{shown(kept.tracks[n].path)}: {SILENT_TRACK}" for n in np.flatnonzero(data.silent)]
    return replace(data, notes=(*data.notes, *silent))
