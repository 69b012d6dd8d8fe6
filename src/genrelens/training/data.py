"""What is trained on: tracks with genres and artists, and the rows of inputs computed from them.

Conventions: a track may have several rows (excerpts that sound, and variants of its sound). Learning uses all
rows of a track, testing only the rows of the track as it is; a member's answer about a track is the mean over
these rows, as recognition makes it (`ensemble.mean_over_excerpts`). A track that is silent wherever it was
decoded has no rows: it is not learnt from, and counts as not answered where it is tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets import DataSet
from genrelens.datasets.dataset import check_genres
from genrelens.datasets.trained_tracks import track_digests
from genrelens.ensemble import mean_over_excerpts
from genrelens.errors import DataError, shown
from genrelens.feature_store import FeatureTable
from genrelens.training.matrix import Indices

Rows = Sequence[NDArray[np.float32]]
SILENT_TRACK = "silent wherever it was decoded; it is not learnt from, and counts as not answered"


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Tracks and the rows of their inputs.

    Attributes:
        dataset: the tracks that rows were computed of, their genres and artists.
        track: (rows,) index of each row's track.
        as_it_is: (rows,) False where a row is a variant of the sound, which is learnt from but not tested.
        inputs: by name, an array a row: (frames, width) or (width,).
        notes: sentences for the user: what is missing or thin.
        variants: (rows,) which variant of the sound each row is, by its key; empty where there are none.
        digests: by which the tracks are recognised later; see `datasets.trained_tracks`.
    """

    dataset: DataSet
    track: Indices
    as_it_is: NDArray[np.bool_]
    inputs: Mapping[str, Rows] = field(repr=False)
    notes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Of the data set."""
        return self.dataset.name

    @property
    def genres(self) -> tuple[str, ...]:
        """Names, in the order of the outputs."""
        return self.dataset.genres

    @cached_property
    def track_ids(self) -> tuple[str, ...]:
        """(tracks,) unique."""
        return tuple(track.id for track in self.dataset.tracks)

    @cached_property
    def labels(self) -> Indices:
        """(tracks,) genre indices."""
        return self.dataset.labels

    @property
    def groups(self) -> Indices:
        """(tracks,) equal numbers for tracks that must stay on one side of a split (one artist)."""
        return self.dataset.group_numbers

    @property
    def collections(self) -> tuple[str, ...]:
        """(tracks,) which collection each track comes from; empty text where it is not known."""
        return tuple(track.collection or "" for track in self.dataset.tracks)

    @property
    def artists_known(self) -> int:
        """Of how many tracks the artist is known."""
        return int(self.dataset.artist_known.sum())

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
        not_silent = np.bincount(self.track[self.as_it_is], minlength=len(self.labels))
        return np.asarray(not_silent == 0)

    def summary(self) -> dict[str, Any]:
        """What a run record holds of the data: counts and the hash of the list of tracks."""
        summary = self.dataset.summary()
        return {
            "name": summary.pop("name"),
            "tracks": summary.pop("tracks"),
            "rows": len(self.track),
            "artists_known": summary.pop("artists_known"),
            "groups": len(np.unique(self.groups)),
            **summary,
        }


def data_of(dataset: DataSet, table: FeatureTable, inputs: Sequence[str] = ()) -> TrainingData:
    """A data set with its inputs; tracks that could not be decoded are left out.

    Args:
        dataset: tracks and genres.
        table: inputs computed of these tracks.
        inputs: which, by the names they were asked for; by default all, by their full names.

    Raises:
        DataError: too few tracks of a genre could be decoded.
    """
    failed = {track.id for track, _ in table.failures}
    decoded = [index for index, track in enumerate(dataset.tracks) if track.id not in failed]
    notes = [f"left out: {error}" for _, error in table.failures]
    kept = dataset.only(decoded)
    if failed:
        check_genres(kept.tracks, 3, dataset.name)
    if {track.genre for track in kept.tracks} != set(dataset.genres):
        missing = sorted(set(dataset.genres) - {track.genre for track in kept.tracks})
        raise DataError(f"no track of {', '.join(missing)} in {dataset.name} can be decoded; check the files")
    place = np.full(len(dataset.tracks), -1)
    place[decoded] = np.arange(len(decoded))
    clean = table.variants.index("clean") if "clean" in table.variants else 0
    data = TrainingData(
        kept,
        track=place[table.track],
        as_it_is=table.variant == clean,
        inputs={name: table.frames(name) for name in inputs or table.inputs},
        notes=(*dataset.warnings, *notes),
        variants=tuple(table.variants[one] for one in table.variant),
        digests=track_digests(
            kept.tracks, [table.checksums[index] for index in decoded] if table.checksums else ()
        ),
    )
    silent = [f"{shown(kept.tracks[n].path)}: {SILENT_TRACK}" for n in np.flatnonzero(data.silent)]
    return replace(data, notes=(*data.notes, *silent))
