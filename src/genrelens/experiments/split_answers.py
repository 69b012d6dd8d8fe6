"""Answers of systems that are trained anew on every split, so that no tested track was learnt from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genrelens.datasets import DataSet
from genrelens.evaluation.results import Answers, SystemResults
from genrelens.evaluation.splits import SplitPlan


def split_results(system: str, answers: Sequence[Answers], plan: SplitPlan, data: DataSet) -> SystemResults:
    """Answers of what was trained anew on every split, as results under a protocol.

    Args:
        system: its name.
        answers: one a split.
        plan: the splits.
        data: the tracks that it divides.
    """
    return SystemResults(
        system,
        plan.protocol,
        data.genres,
        tuple(track.id for track in data.tracks),
        data.labels,
        data.group_numbers,
        tuple(answers),
        plan.artists,
        np.zeros(len(data.tracks), dtype=bool),
    )
