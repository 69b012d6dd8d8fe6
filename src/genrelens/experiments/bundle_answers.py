"""A finished bundle under one protocol: it predicts the tracks that the protocol tests; nothing is trained.

Needs the base install alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets import DataSet
from genrelens.datasets.trained_tracks import TrainedTracks
from genrelens.errors import AudioError, DataError
from genrelens.evaluation.results import Answers, SystemResults
from genrelens.evaluation.splits import Indices, SplitPlan
from genrelens.experiments.collections import join_collections
from genrelens.recognition import Recognizer

Progress = Callable[[str, int, int], None]
UNKNOWN = (
    "the bundle does not record which tracks it was trained on; if some of these are among them, its numbers "
    "are too good"
)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Results, the splits that they came from, and what a reader of them must know.

    Attributes:
        seconds: of training on each split, the choice of settings included; of processor time for baselines,
            of one process' time for recipes. Empty where nothing was trained, or not all of it was timed.
    """

    results: SystemResults
    plan: SplitPlan
    notes: tuple[str, ...]
    seconds: tuple[float, ...] = ()


def tracks_for(data: DataSet, protocol: str, other: DataSet | None) -> DataSet:
    """The tracks that a protocol divides: for `cross` those of both collections.

    Raises:
        DataError: `cross` without another collection, or the reverse.
    """
    if (protocol == "cross") != (other is not None):
        raise DataError(
            "protocol cross and another collection (--test OTHER) go together: give both or neither"
        )
    return data if other is None else join_collections(data, other)


def evaluate_bundle(
    recogniser: Recognizer,
    data: DataSet,
    protocol: str,
    *,
    other: DataSet | None = None,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = lambda what, done, total: None,
    trained: TrainedTracks | None = None,
    allow_training_tracks: bool = False,
) -> Evaluation:
    """Lets a finished bundle predict the tracks that a protocol tests, each once.

    A bundle is not trained anew, so a split only sets which tracks are predicted. Tracks that cannot be
    decoded, or of a genre that it does not know, are left out with a note.

    Args:
        recogniser: the bundle.
        data: the data set.
        protocol: one of `evaluation.protocols.protocol_names`.
        other: the collection that `cross` tests on.
        seed: of splits.
        jobs: files at the same time.
        progress: called as work is done.
        trained: which tracks the bundle was trained on; None where this is not recorded.
        allow_training_tracks: measure though some of the tracks are among them; the results mark them.

    Raises:
        DataError: the bundle knows none of the genres, or was trained on some of the tracks.
    """
    everything = tracks_for(data, protocol, other)
    plan = everything.plan(protocol, seed, one_way=True)
    genres = recogniser.genres
    known = {genre.casefold(): number for number, genre in enumerate(genres)}
    labels = np.array([known.get(track.genre.casefold(), -1) for track in everything.tracks], dtype=np.intp)
    wanted = np.unique(np.concatenate([split.test for split in plan.splits]))
    asked = wanted[labels[wanted] >= 0]
    if not len(asked):
        raise DataError(
            f"the bundle knows none of the genres of {everything.name}; it predicts {', '.join(genres)}"
        )
    seen = _trained_on(trained, everything, data, other, progress)
    overlap = _overlap(recogniser, seen, asked, allow_training_tracks)
    answered, rows, undecoded = [], [], 0
    paths = [everything.tracks[i].path for i in asked]
    for done, answer in enumerate(recogniser.recognize_many(paths, jobs)):
        progress("predicting", done + 1, len(asked))
        if isinstance(getattr(answer, "error", None), AudioError):
            undecoded += 1
            continue
        scores = answer.scores  # type: ignore[union-attr]
        answered.append(int(asked[done]))
        rows.append([scores[genre] for genre in genres])
    notes = [*plan.notes, *overlap]
    if len(asked) < len(wanted):
        notes.append(
            f"{len(wanted) - len(asked)} tracks of genres that the bundle does not predict were left out"
        )
    if undecoded:
        notes.append(f"{undecoded} tracks cannot be decoded and were left out")
    if not rows:
        raise DataError(f"no track of {everything.name} can be decoded; check the files")
    answers = Answers("all", np.array(answered, dtype=np.intp), np.array(rows))
    artists = plan.artists and replace(plan.artists, separation="finished")
    results = SystemResults(
        recogniser.bundle.identity,
        protocol,
        genres,
        tuple(track.id for track in everything.tracks),
        np.maximum(labels, 0),
        everything.group_numbers,
        (answers,),
        artists,
        seen,
    )
    return Evaluation(results, plan, tuple(notes))


def _trained_on(
    trained: TrainedTracks | None,
    everything: DataSet,
    data: DataSet,
    other: DataSet | None,
    progress: Progress,
) -> NDArray[np.bool_] | None:
    """(tracks,) of `everything`; each collection is looked up under its own names."""
    if trained is None:
        return None
    paths = set()
    for one in (data, other):
        if one is None:
            continue
        found = trained.found_in(
            one, lambda done, total: progress("looking for training tracks", done, total)
        )
        if found is None:
            return None
        paths |= {track.path for track, seen in zip(one.tracks, found, strict=True) if seen}
    return np.array([track.path in paths for track in everything.tracks], dtype=bool)


def _overlap(
    recogniser: Recognizer, seen: NDArray[np.bool_] | None, asked: Indices, allowed: bool
) -> tuple[str, ...]:
    """A note on training tracks among those that are asked of.

    Raises:
        DataError: there are some, and that is not allowed.
    """
    if seen is None:
        return (UNKNOWN,)
    count = int(seen[asked].sum())
    if not count:
        return ()
    sentence = f"{recogniser.bundle.identity} was trained on {count} of these {len(asked)} tracks"
    if not allowed:
        raise DataError(
            f"{sentence}, so its numbers would be too good; give other tracks, or add "
            "--allow-training-tracks to have them marked"
        )
    return (f"measured on training tracks: {sentence}",)
