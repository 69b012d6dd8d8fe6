"""Another tool's predictions, from a table, under a protocol: measured as ours are, without running the tool.

A row is a track and either a genre or a probability for every genre. A column `split` (or `fold`) says of
which split the row is, by the names in `splits.json`, which `genrelens evaluate` writes; without it one
prediction a track counts in every split that tests it. A file `answers.csv` of ours can be read back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets import DataSet
from genrelens.datasets.dataset import genre_key, stem
from genrelens.datasets.tables import table_rows
from genrelens.ensemble.fusion import even_scores
from genrelens.errors import DataError, shown
from genrelens.evaluation.results import Answers, SystemResults
from genrelens.experiments.bundle_answers import Evaluation, tracks_for

TRACK = ("track", "track_id", "id", "file", "path", "filename")
PREDICTED = ("answer", "predicted", "prediction", "predicted_genre", "label", "genre")
SPLIT = ("split", "fold")
EVERY = ""
"""The split of rows that hold for all."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """A table of predictions.

    Attributes:
        name: of the system: the file's, without suffix.
        rows: by split (`EVERY` where the table has none) and track, probabilities (genres,).
    """

    name: str
    rows: Mapping[str, Mapping[str, Floats]]


def read_predictions(path: Path, genres: Sequence[str]) -> Predictions:
    """Reads a table of predictions; separators and encodings as for data sets.

    Args:
        path: the table.
        genres: names of the data's genres; those of the table may differ in case and punctuation.

    Raises:
        DataError: columns are missing, a genre is unknown, or a row is no prediction; the message names it.
    """
    header, rows = table_rows(path)
    where = {name.strip().casefold(): number for number, name in enumerate(header)}
    track = next((where[name] for name in TRACK if name in where), None)
    if track is None:
        raise DataError(f"{shown(path)} has no column of tracks; name one of its columns track")
    split = next((where[name] for name in SPLIT if name in where), None)
    by_key = {genre_key(name): number for number, name in enumerate(header)}
    columns = [by_key.get(genre_key(genre)) for genre in genres]
    predicted = next((where[name] for name in PREDICTED if name in where), None)
    if predicted is None and None in columns:
        missing = [genre for genre, column in zip(genres, columns, strict=True) if column is None]
        raise DataError(
            f"{shown(path)} has neither a column predicted nor one for each genre: "
            f"{', '.join(missing)} is missing"
        )
    number = {genre_key(genre): index for index, genre in enumerate(genres)}
    found: dict[str, dict[str, Floats]] = defaultdict(dict)
    for line, row in enumerate(rows, 2):
        at = f"{shown(path)}, row {line}"
        cells = [*row, *[""] * (len(header) - len(row))]
        if None in columns:
            assert predicted is not None
            scores = _one_genre(cells[predicted], number, at)
        else:
            scores = _probabilities([cells[column] for column in columns if column is not None], at)
        own = found[EVERY if split is None else cells[split].strip()]
        if cells[track].strip() in own:
            raise DataError(f"{at}: {cells[track].strip()} has a prediction already; leave one out")
        own[cells[track].strip()] = scores
    if not found:
        raise DataError(f"{shown(path)} holds no prediction")
    return Predictions(path.stem, {name: dict(own) for name, own in found.items()})


def evaluate_predictions(
    path: Path, data: DataSet, protocol: str, other: DataSet | None = None, seed: int = 0
) -> Evaluation:
    """Measures a table of predictions under a protocol.

    A tested track without a prediction counts as not answered, so as a miss.

    Args:
        path: the table; see the module.
        data: the data set.
        protocol: one of `evaluation.protocols.protocol_names`.
        other: the collection that `cross` tests on.
        seed: of splits; the one that the other tool's splits were drawn with.

    Raises:
        DataError: the table is no table of predictions, or has nothing to do with the tracks or the splits.
    """
    everything = tracks_for(data, protocol, other)
    plan = everything.plan(protocol, seed, one_way=True)
    predictions = read_predictions(path, everything.genres)
    named = set(predictions.rows) - {EVERY}
    unknown = named - {split.name for split in plan.splits}
    if unknown:
        raise DataError(
            f"{shown(path)} has predictions of a split {sorted(unknown)[0]!r}, which {protocol} with seed "
            f"{seed} does not have; its splits are {', '.join(split.name for split in plan.splits)}"
        )
    position = _positions(everything)
    answers, missing, tested = [], 0, 0
    for split in plan.splits:
        found: dict[int, Floats] = {}
        for name, scores in predictions.rows.get(split.name if named else EVERY, {}).items():
            number = _position_of(name, position)
            if number is not None:
                found.setdefault(number, scores)
        probabilities = np.tile(even_scores(len(everything.genres)), (len(split.test), 1))
        for place, number in enumerate(split.test.tolist()):
            probabilities[place] = found.get(number, probabilities[place])
        missing += sum(number not in found for number in split.test.tolist())
        tested += len(split.test)
        answers.append(Answers(split.name, split.test, probabilities))
    if missing == tested:
        raise DataError(
            f"{shown(path)} predicts none of the tested tracks; its column of tracks must hold their ids "
            "or paths"
        )
    notes = [*plan.notes, "whether the system was trained on the tracks that it predicts is not known"]
    if missing:
        notes.append(f"{missing} of {tested} tests have no prediction and count as misses")
    results = SystemResults(
        predictions.name,
        protocol,
        everything.genres,
        tuple(track.id for track in everything.tracks),
        everything.labels,
        everything.group_numbers,
        tuple(answers),
        plan.artists,
    )
    return Evaluation(results, plan, tuple(notes))


def _positions(data: DataSet) -> dict[str, int]:
    """Where each track stands, by all that a table may call it and that means no other track as well."""
    found: dict[str, int] = {}
    for names in (
        [track.id for track in data.tracks],
        [str(track.path) for track in data.tracks],
        [track.path.name for track in data.tracks],
        [stem(track.path) for track in data.tracks],
    ):
        counted = Counter(names)
        for number, name in enumerate(names):
            if counted[name] == 1:
                found.setdefault(name, number)
    return found


def _position_of(name: str, position: Mapping[str, int]) -> int | None:
    """The track that a table means; paths may be relative to any folder."""
    path = Path(name)
    return next((position[one] for one in (name, path.name, stem(path)) if one in position), None)


def _one_genre(cell: str, number: Mapping[str, int], at: str) -> Floats:
    genre = number.get(genre_key(cell))
    if genre is None:
        raise DataError(f"{at}: {cell!r} is no genre of the data; there are {', '.join(number)}")
    return np.asarray(np.eye(len(number))[genre])


def _probabilities(cells: Sequence[str], at: str) -> Floats:
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError as error:
        raise DataError(f"{at}: {error}; every genre needs a number") from error
    total = float(values.sum())
    if not np.isfinite(values).all() or (values < 0).any() or total <= 0:
        raise DataError(f"{at}: probabilities must be numbers from 0 on, and not all 0")
    return np.asarray(values / total)
