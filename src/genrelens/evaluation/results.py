"""What a system answered under a protocol, and every number that follows from it.

Conventions: probabilities are `(tested, genres)`, one row a tested track; a track tested in several splits
has a row in each. *Pooled* numbers count each track once: its hit is the proportion of its tests that were
right, its probabilities are their mean. Proportions are in [0, 1].
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file
from genrelens.errors import DataError
from genrelens.evaluation import metrics
from genrelens.evaluation.artists_apart import ArtistsApart, known_artists
from genrelens.evaluation.protocols import find_protocol
from genrelens.evaluation.splits import Indices
from genrelens.evaluation.uncertainty import agreement_margin

Floats = NDArray[np.float64]
_YES = {True: "yes", False: "no"}
MCNEMAR = "exact McNemar test over tracks"


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers for the test tracks of one split: positions `(m,)` and probabilities `(m, genres)`."""

    split: str
    test: Indices
    probabilities: Floats


@dataclass(frozen=True, eq=False)
class SystemResults:
    """All answers of one system under one protocol.

    Args:
        system: what answered, for tables.
        protocol: under which protocol.
        genres: names, `(genres,)`.
        track_ids: `(n,)`, tested or not.
        labels: `(n,)`, the true genre of each track as a number.
        groups: `(n,)`, artists as numbers, for intervals over artists.
        answers: one a split.
        artists: how far artists are kept apart; by default derived from the groups.
        trained_on: `(n,)`, True where the system was trained on that very track; None where unknown.

    Raises:
        DataError: shapes do not belong together, or nothing was tested.
    """

    system: str
    protocol: str
    genres: tuple[str, ...]
    track_ids: tuple[str, ...]
    labels: Indices
    groups: Indices
    answers: tuple[Answers, ...]
    artists: ArtistsApart | None = None
    trained_on: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if not len(self.track_ids) == len(self.labels) == len(self.groups):
            raise DataError("results needs one label and one group a track")
        if not any(len(one.test) for one in self.answers):
            raise DataError(f"{self.system}: no track was tested under {self.protocol}")
        for one in self.answers:
            if one.probabilities.shape != (len(one.test), len(self.genres)):
                raise DataError(f"{self.system}: {one.split} has answers of shape {one.probabilities.shape}")

    @property
    def artists_apart(self) -> ArtistsApart:
        """How far artists are kept apart."""
        if self.artists is not None:
            return self.artists
        protocol = find_protocol(self.protocol)
        separation = protocol.artists if protocol else "none"
        known = known_artists(None, self.groups)
        return ArtistsApart(separation, int(known.sum()), len(known))

    @property
    def tested(self) -> Indices:
        """Positions of the tracks that were tested at least once, sorted."""
        return np.unique(np.concatenate([one.test for one in self.answers]))

    def pooled(self) -> tuple[Indices, Floats, Floats]:
        """Tested tracks `(m,)`, their mean probabilities `(m, genres)`, their proportion of hits `(m,)`."""
        n = len(self.labels)
        total, times = np.zeros((n, len(self.genres))), np.zeros(n)
        for one in self.answers:
            np.add.at(total, one.test, one.probabilities)
            np.add.at(times, one.test, 1)
        hits = metrics.hit_proportions(self.labels, ((one.test, one.probabilities) for one in self.answers))
        tested = self.tested
        return tested, total[tested] / times[tested, None], hits[tested]

    def tests(self) -> tuple[Indices, Indices]:
        """Of all tests the true genre and the predicted one, `(tests,)`."""
        truth = np.concatenate([self.labels[one.test] for one in self.answers])
        predicted = np.concatenate([metrics.predicted_genres(one.probabilities) for one in self.answers])
        return truth, predicted

    def confusion(self) -> NDArray[np.int64]:
        """Counts over all tests, true genre by predicted genre."""
        return metrics.confusion_matrix(*self.tests(), len(self.genres))


def scores_of(truth: Any, probabilities: Any) -> dict[str, float]:
    """Accuracy, balanced accuracy, macro F1, log loss and calibration error of some answers.

    Balanced accuracy and macro F1 are means over the genres that occur in `truth`.

    Example:
        >>> scores_of([0, 1], [[1.0, 0.0], [0.0, 1.0]])["accuracy"]
        1.0
    """
    predicted = metrics.predicted_genres(probabilities)
    return {
        "accuracy": metrics.accuracy(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy(truth, predicted),
        "macro_f1": metrics.macro_f1(truth, predicted, np.unique(truth)),
        "log_loss": metrics.log_loss(truth, probabilities),
        "calibration_error": metrics.expected_calibration_error(truth, probabilities),
    }


def summarise(results: SystemResults) -> dict[str, Any]:
    """Every number of results as plain values for JSON.

    Returns:
        `splits` (scores of each), `mean` and `deviation` over splits (None where there is one), `accuracy`
        pooled with its 95 % `interval` over what `interval_over` names, also over tracks and over artists
        (None where no artist is known), `artists`, `training_tracks`, `pooled` scores of the mean
        probabilities, `genres_tested` (how many occur in the data), `genres` (precision, recall, F1, tracks;
        recall and F1 None for genres that the data lack), `confusion`, `calibration`, `coverage`.
    """
    splits = [
        {"split": one.split, "tested": len(one.test)} | scores_of(results.labels[one.test], one.probabilities)
        for one in results.answers
        if len(one.test)
    ]
    names = [name for name in splits[0] if name not in ("split", "tested")]
    table = np.array([[split[name] for name in names] for split in splits], dtype=np.float64)
    tested, probabilities, hits = results.pooled()
    truth = results.labels[tested]
    over_tracks = metrics.mean_interval(hits)
    artists = results.artists_apart
    drawn = artists.drawn(results.groups[tested])
    over_drawn = metrics.mean_interval(hits, groups=drawn)
    confusion = results.confusion()
    calibration = metrics.calibration_curve(truth, probabilities, bins=10)
    coverage = metrics.coverage_curve(truth, probabilities)
    deviation = table.std(axis=0, ddof=1).tolist() if len(table) > 1 else [None] * len(names)
    return {
        "system": results.system,
        "protocol": results.protocol,
        "tracks": len(tested),
        "splits": splits,
        "mean": dict(zip(names, table.mean(axis=0).tolist(), strict=True)),
        "deviation": dict(zip(names, deviation, strict=True)),
        "accuracy": over_tracks.value,
        "interval": [over_drawn.low, over_drawn.high],
        "interval_over": artists.unit,
        "interval_tracks": [over_tracks.low, over_tracks.high],
        "interval_artists": None if drawn is None else [over_drawn.low, over_drawn.high],
        "artists": artists.to_dict(),
        "training_tracks": _training_tracks(results, tested),
        "pooled": scores_of(truth, probabilities),
        "genres_tested": len(np.unique(truth)),
        "genres": _genre_rows(results),
        "confusion": confusion.tolist(),
        "calibration": {key: value.tolist() for key, value in calibration._asdict().items()},
        "coverage": {key: value.tolist() for key, value in coverage._asdict().items()},
    }


def _training_tracks(results: SystemResults, tested: Indices) -> dict[str, Any]:
    """How many of the tested tracks the system was trained on; None where this is not recorded."""
    seen = results.trained_on
    return {"known": seen is not None, "count": None if seen is None else int(seen[tested].sum())}


def _genre_rows(results: SystemResults) -> list[dict[str, Any]]:
    scores = metrics.genre_scores(*results.tests(), len(results.genres))
    columns = zip(results.genres, *(column.tolist() for column in scores), strict=True)
    rows = [dict(zip(("genre", "precision", "recall", "f1", "tests"), row, strict=True)) for row in columns]
    return [row if row["tests"] else row | {"recall": None, "f1": None} for row in rows]


@dataclass(frozen=True)
class Confusion:
    """A track that was answered wrongly and surely, to be listened to."""

    track: str
    genre: str
    predicted: str
    probability: float
    own_probability: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; the predicted genre is under the key `heard`."""
        return {
            "track": self.track,
            "genre": self.genre,
            "heard": self.predicted,
            "probability": self.probability,
            "own_probability": self.own_probability,
        }


def worst_confusions(results: SystemResults, most: int = 20) -> list[Confusion]:
    """Tracks whose mean answer is another genre, the surest first."""
    tested, probabilities, _ = results.pooled()
    truth, predicted = results.labels[tested], metrics.predicted_genres(probabilities)
    rows = np.arange(len(tested))
    margin = probabilities[rows, predicted] - probabilities[rows, truth]
    wrong = np.flatnonzero((predicted != truth) & (predicted != metrics.NO_ANSWER))
    return [
        Confusion(
            results.track_ids[tested[i]],
            results.genres[truth[i]],
            results.genres[predicted[i]],
            round(float(probabilities[i, predicted[i]]), 4),
            round(float(probabilities[i, truth[i]]), 4),
        )
        for i in wrong[np.argsort(-margin[wrong], kind="stable")][:most]
    ]


def write_answers(path: Path, results: SystemResults) -> None:
    """Probabilities as CSV: split, track, genre, answer, one column a genre, and `trained_on`.

    `answer` is empty where nothing was predicted; `trained_on` is `yes` where the system was trained on that
    very track, else `no`, or `unknown`.

    Raises:
        OutputError: the file cannot be written.
    """
    named = {**dict(enumerate(results.genres)), metrics.NO_ANSWER: ""}
    with atomic_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("split", "track", "genre", "answer", *results.genres, "trained_on"))
        for one in results.answers:
            predicted = [named[number] for number in metrics.predicted_genres(one.probabilities)]
            for position, row, genre in zip(one.test.tolist(), one.probabilities, predicted, strict=True):
                truth = results.genres[results.labels[position]]
                seen = "unknown" if results.trained_on is None else _YES[results.trained_on[position]]
                numbers = (f"{p:.6f}" for p in row)
                writer.writerow((one.split, results.track_ids[position], truth, genre, *numbers, seen))


def compare(first: SystemResults, second: SystemResults) -> dict[str, Any]:
    """First against second on the tracks that both were tested on: McNemar, and the difference's interval.

    Tracks are matched by id; McNemar takes the answers of the pooled probabilities; for the interval of the
    difference artists are resampled where they are known, else tracks. The p-value is McNemar's alone.

    Raises:
        DataError: no track was tested by both.
    """
    tested, probabilities, _ = first.pooled()
    others, other_probabilities, _ = second.pooled()
    place = {second.track_ids[position]: row for row, position in enumerate(others)}
    rows = [(row, place[first.track_ids[p]]) for row, p in enumerate(tested) if first.track_ids[p] in place]
    if not rows:
        raise DataError(f"{first.system} and {second.system} were tested on no track in common")
    a, b = (np.array(column) for column in zip(*rows, strict=True))
    truth, groups = first.labels[tested[a]], first.groups[tested[a]]
    predicted = metrics.predicted_genres(probabilities[a])
    name_of = {name: number for number, name in enumerate(first.genres)}
    translate = np.array([*(name_of.get(name, -1) for name in second.genres), metrics.NO_ANSWER])
    other = translate[metrics.predicted_genres(other_probabilities[b])]
    test = metrics.mcnemar(truth, predicted, other)
    artists = first.artists_apart
    drawn = artists.drawn(groups)
    found = metrics.paired_bootstrap(
        lambda t, p: float(np.mean(t == p)), truth, predicted, other, drawn, resamples=2000
    )
    low, high = found.low, found.high
    if low == high and not test.only_first + test.only_second:
        high = agreement_margin(len(rows) if drawn is None else len(np.unique(drawn)))
        low = -high
    return {
        "first": first.system,
        "second": second.system,
        "tracks": len(rows),
        "test": MCNEMAR,
        "mcnemar": test._asdict(),
        "difference": {"difference": found.difference, "low": low, "high": high},
        "interval_over": artists.unit,
    }
