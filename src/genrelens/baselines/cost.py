"""What one more recording costs a system: processor time from the file to an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import Fitted, FittingFailed, fit_chosen
from genrelens.baselines.inputs import BaselineInputs
from genrelens.errors import AudioError
from genrelens.evaluation.splits import Indices
from genrelens.feature_store import Computer
from genrelens.feature_store.extraction import Plan
from genrelens.training.data import TrainingData

CLIPS = 6
"""Recordings that are timed."""
PLAN = Plan()
"""How the feature store cuts recordings."""


def clip_seconds(
    system: Baseline, data: TrainingData, learnt: Indices, paths: Sequence[Path], seed: int = 0
) -> float | None:
    """Median processor time of one recording, in seconds, all in this process.

    It holds decoding, all inputs, and the classifier's answer. Networks are loaded and the classifier is
    fitted before; a first recording, which is not timed, is done before the others. The classifier is fitted
    with the first of its settings: which are chosen makes little difference to the time of an answer.

    Args:
        system: what is timed.
        data: rows of the system's inputs.
        learnt: tracks that the classifier is fitted on.
        paths: the recordings.
        seed: of what the classifier draws.

    Returns:
        None where none of the recordings can be decoded.

    Raises:
        EncoderError: a network is not on this machine.
        FittingFailed: the classifier cannot be fitted.
    """
    rows = data.learnt_rows(learnt)
    first = replace(system, grid={name: values[:1] for name, values in system.grid.items()})
    x, labels, groups = system.matrix(data.inputs)[rows], data.row_labels[rows], data.groups[data.track][rows]
    try:
        fitted = fit_chosen(first, x, labels, groups, len(data.genres), seed)
    except Exception as error:  # whatever a classifier can raise with settings that were not chosen
        raise FittingFailed.of(system, "the tracks that it is timed with", error) from error
    source = BaselineInputs(system.descriptors)
    names = {name: source.canonical(name) for name in system.input_names}
    compute = source.build(list(names.values()))
    taken: list[float] = []
    for path in (*paths[:1], *paths):
        began = time.process_time()
        try:
            answer = _answer(system, fitted, names, compute, path)
        except AudioError:
            continue
        if answer is not None:
            taken.append(time.process_time() - began)
    return median(taken[1:]) if len(taken) > 1 else None


def _answer(
    system: Baseline, fitted: Fitted, names: Mapping[str, str], compute: Computer, path: Path
) -> NDArray[np.float64] | None:
    """(genres,) mean probabilities over a recording's excerpts that sound; None where all are silent."""
    from genrelens.audio import open_recording

    found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    with open_recording(path) as recording:
        for excerpt in recording.excerpts(PLAN.count, PLAN.length_s):
            if not excerpt.is_silent:
                computed = compute(excerpt)
                for name, full in names.items():
                    found[name].append(computed[full])
    if not all(found.values()):
        return None
    return np.asarray(fitted.predict(system.matrix(found)).mean(axis=0))


def spread_over(tracks: Sequence[Path], count: int = CLIPS) -> list[Path]:
    """So many of them at equal distances, so that they are of several genres.

    Example:
        >>> [path.name for path in spread_over([Path(str(number)) for number in range(9)], 3)]
        ['0', '4', '8']
    """
    places = np.unique(np.linspace(0, len(tracks) - 1, min(count, len(tracks))).round().astype(int))
    return [tracks[place] for place in places]
