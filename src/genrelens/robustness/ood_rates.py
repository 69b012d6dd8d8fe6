"""How often a finished bundle answers `unsure` for sounds of none of its genres, by kind of sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.audio import find_audio
from genrelens.datasets.folders import INDEX
from genrelens.errors import DataError, shown
from genrelens.ood.synthetic_sounds import synthetic_sounds
from genrelens.recognition.recognizer import Recognizer, Source

RATE = 22050
UNSEEN_SEED = 1000
"""Of synthetic sounds: detectors are trained on those of seed 0."""

Sounds = Iterable[tuple[str, Source]]


def made_sounds(each: int) -> Iterator[tuple[str, Source]]:
    """`each` sounds of every kind in `synthetic_sounds`, by a seed that no detector was trained on, and
    silence.

    Example:
        >>> next(made_sounds(1))[0]
        'silence'
    """
    yield "silence", (np.zeros(5 * RATE, np.float32), RATE)
    for kind, samples in synthetic_sounds(each, RATE, UNSEEN_SEED):
        yield kind, (samples, RATE)


def sound_files(folder: Path) -> list[tuple[str, Source]]:
    """Recordings in a folder; the kind is the sub-folder's name, or the file's where it lies in none.

    A folder below one with an `index.csv` is itself a kind.

    Raises:
        DataError: there are none.
    """
    paths = list(find_audio([folder]))
    if not paths:
        raise DataError(f"{shown(folder)} holds no recordings; give a folder with a sub-folder a kind")
    is_kind = (folder.absolute().parent / INDEX).is_file()
    return [(path.parent.name if path.parent != folder or is_kind else path.stem, path) for path in paths]


def ood_rates(
    recognizer: Recognizer,
    sounds: Sounds,
    total: int,
    what: str,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    reasons: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Answers of a bundle for sounds.

    Args:
        recognizer: of the bundle; without the option to answer always.
        sounds: kind and source of each.
        total: how many there are.
        what: for the progress bar, and `source` of the rows.
        progress: called as sounds are done.
        reasons: the text of its detectors in the warnings when they refuse.

    Returns:
        a row a kind: `sounds`, how many were `unsure`, how many of these a detector `refused`, and which
        genres the others were called, most first.
    """
    answers: dict[str, list[str | None]] = {}
    refused: Counter[str] = Counter()
    for number, (kind, source) in enumerate(sounds):
        found = recognizer.recognize(source)
        answers.setdefault(kind, []).append(found.genre)
        refused[kind] += any(reason in warning for reason in reasons for warning in found.warnings)
        progress(what, number + 1, total)
    return [
        {
            "source": what,
            "kind": kind,
            "sounds": len(genres),
            "unsure": sum(genre is None for genre in genres),
            "refused": refused[kind],
            "called": dict(Counter(genre for genre in genres if genre).most_common()),
        }
        for kind, genres in answers.items()
    ]
