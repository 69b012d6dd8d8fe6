"""How often recordings are refused or given a genre, by models and detectors that have not seen their kind.

Rows are of the training data's own tracks by genre, of other music by genre, and of recorded sounds that are
no music by kind; intervals are Wilson's, for counts near none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.augmentation.chains import Chain, Crop
from genrelens.augmentation.protocol import CLEAN, Variant
from genrelens.evaluation.uncertainty import wilson_interval
from genrelens.robustness.held_out import Answers, OutOfFold, Progress
from genrelens.training.detector_rows import TRADE_OFF

OWN, OTHER_MUSIC, NO_MUSIC = "trained on", "other music", "no music"
LENGTHS: tuple[tuple[str, Variant], ...] = (
    ("as it is", CLEAN),
    ("middle 10 s", Chain((Crop(10.0, 0.5),))),
    ("middle 5 s", Crop(5.0, 0.5)),
    ("middle 3 s", Chain((Crop(3.0, 0.5),))),
)
"""In which refusals are counted: 5 s is a length that detectors are not trained on."""


def measure_recorded(models: OutOfFold, progress: Progress) -> dict[str, Any]:
    """Refusals and answers, out of fold.

    Returns:
        `kinds`: a row a collection and kind (for tracks, their genre), and one of all kinds together:
        `sounds`, `by_detector` (how many each refuses), `refused` (by any), `unsure` (of the rest, below the
        threshold of confidence), `given_a_genre`, `called` (which, most first), and the intervals of
        `refused` and `given_a_genre`; `lengths`: a row a collection, the proportion refused when parts of it
        are evaluated; `trade_off`: what other thresholds would give.
    """
    own = models.answers(np.arange(len(models.tracks)), (CLEAN,), "evaluating unchanged tracks", progress)
    genres = np.array([models.data.genres[label] for label in models.data.labels])
    kinds = []
    for part, mask in models.parts().items():
        if part != "all":
            kinds += _rows(models, own, OWN, part, genres, mask)
    lengths = []
    for part, mask in models.parts().items():
        if part != "all":
            here = np.flatnonzero(mask)
            chosen = [models.tracks[one] for one in here]
            lengths.append(_lengths(models, OWN, part, chosen, models.fold[here], progress))
    sounds = models.recorded.sounds
    trade_off = []
    if sounds:
        answers = models.recorded_answers((CLEAN,), progress=progress)
        music = models.recorded.music
        names = np.array([one.track.collection for one in sounds])
        sort = np.array([one.track.genre for one in sounds])
        for role, side in ((OTHER_MUSIC, music), (NO_MUSIC, ~music)):
            for name in dict.fromkeys(names[side].tolist()):
                here = side & (names == name)
                kinds += _rows(models, answers, role, name, sort, here)
                chosen = [sounds[one].track for one in np.flatnonzero(here)]
                folds = models.sound_folds[here]
                lengths.append(_lengths(models, role, name, chosen, folds, progress))
        trade_off = _trade_off(models, own, answers)
    return {"kinds": kinds, "lengths": lengths, "trade_off": trade_off}


def _trade_off(models: OutOfFold, own: Answers, answers: Answers) -> list[dict[str, Any]]:
    """What more and fewer refusals would give: a row for each of `TRADE_OFF`, fewest refusals first."""
    music = models.recorded.music
    sure = answers.scores.max(axis=2)[0] >= answers.threshold
    rows = []
    for times, (mine, others) in zip(
        TRADE_OFF, zip(own.refused_at, answers.refused_at, strict=True), strict=True
    ):
        refused = others.any(axis=0)[0]
        rows.append(
            {
                "rejected": {one.kind: times * one.rejected for one in models.recipe.detectors},
                "own_music": int(mine.shape[-1]),
                "own_refused": int(mine.any(axis=0)[0].sum()),
                "other_music": int(music.sum()),
                "other_refused": int(refused[music].sum()),
                "no_music": int((~music).sum()),
                "passed": int((~refused & ~music).sum()),
                "given_a_genre": int((~refused & ~music & sure).sum()),
            }
        )
    return sorted(rows, key=lambda row: sum(row["rejected"].values()))


def _rows(
    models: OutOfFold,
    answers: Answers,
    role: str,
    collection: str,
    kinds: NDArray[np.str_],
    mask: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    found = [
        _row(models, answers, role, collection, kind, mask & (kinds == kind))
        for kind in np.unique(kinds[mask])
    ]
    if len(found) > 1:
        found.append(_row(models, answers, role, collection, "all", mask))
    return found


def _row(
    models: OutOfFold, answers: Answers, role: str, collection: str, kind: str, here: NDArray[np.bool_]
) -> dict[str, Any]:
    by_any, answered = answers.refused_by_any[0, here], answers.answered[0, here]
    predicted = answers.genres[0, here][answered]
    count, refused, given = int(here.sum()), int(by_any.sum()), int(answered.sum())
    names = [models.data.genres[genre] for genre in predicted]
    return {
        "role": role,
        "collection": collection,
        "kind": str(kind),
        "sounds": count,
        "by_detector": {
            one.kind: int(answers.refused[number, 0, here].sum())
            for number, one in enumerate(models.recipe.detectors)
        },
        "refused": refused,
        "refused_interval": _interval(refused, count),
        "unsure": count - refused - given,
        "given_a_genre": given,
        "given_interval": _interval(given, count),
        "called": dict(Counter(names).most_common()),
    }


def _lengths(
    models: OutOfFold,
    role: str,
    collection: str,
    tracks: Sequence[Any],
    folds: NDArray[np.intp],
    progress: Progress,
) -> dict[str, Any]:
    what = f"evaluating parts of {collection}"
    refused = models.refusals(tracks, folds, [variant for _, variant in LENGTHS], what, progress)
    return {
        "role": role,
        "collection": collection,
        "sounds": len(tracks),
        "refused": {
            name: {"count": int(hits.sum()), "interval": _interval(int(hits.sum()), len(tracks))}
            for (name, _), hits in zip(LENGTHS, refused, strict=True)
        },
    }


def _interval(hits: int, of: int) -> list[float]:
    return [round(end, 4) for end in wilson_interval(hits / of, of)[1:]] if of else [0.0, 1.0]
