"""Members fused to an ensemble under a protocol, and how their answers compare with one another.

Conventions: `runs` are one a member, all of the same protocol and splits; positions are tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import Fusion, even_where_silent
from genrelens.ensemble.fusion import Rule
from genrelens.evaluation.metrics import predicted_genres
from genrelens.evaluation.results import Answers
from genrelens.evaluation.splits import Indices
from genrelens.paper.runs import Run
from genrelens.training.fusion import fit_fusion

Floats = NDArray[np.float64]


def fuse_members(runs: Sequence[Run], rule: Rule, labels: Indices) -> list[Answers]:
    """The ensemble's answers on each split.

    Args:
        runs: of the members.
        rule: as bundles have them: `majority` (the paper's section 3), `soft` (mean of probabilities) or
            `stacked`, fitted on the inner answers of each training part; see `training.fusion`.
        labels: `(tracks,)`; only `stacked` reads them, and only those of a split's training tracks.
    """
    fused = []
    for number, first in enumerate(runs[0].splits):
        probabilities = np.stack([run.splits[number].probabilities for run in runs], axis=1)
        fusion = Fusion(rule)
        if rule == "stacked":
            inner = np.stack([run.splits[number].inner_probabilities for run in runs])
            fusion = fit_fusion(rule, inner, labels[first.inner])
        fused.append(Answers(first.split, first.test, fusion.members(probabilities)))
    return fused


def can_stack(runs: Sequence[Run]) -> bool:
    """Whether all members have inner answers on the same tracks."""
    return all(
        len(split.inner) > 0 and np.array_equal(split.inner, first.inner)
        for run in runs
        for split, first in zip(run.splits, runs[0].splits, strict=True)
    )


@dataclass(frozen=True)
class MemberView:
    """One member inside its ensemble; proportions of all tests.

    Args:
        name: of the cell.
        accuracy: alone.
        rescues: it is right and the majority wrong.
        misled: it is wrong and the majority right.
        alone: it is right and no other member is.
    """

    name: str
    accuracy: float
    rescues: float
    misled: float
    alone: float


def member_views(runs: Sequence[Run], labels: Indices) -> list[MemberView]:
    """What each member contributes to its ensemble."""
    right, majority = _hits(runs, labels)
    return [
        MemberView(
            name=run.cell,
            accuracy=float(own.mean()),
            rescues=float((own & ~majority).mean()),
            misled=float((~own & majority).mean()),
            alone=float((own & (right.sum(axis=0) == 1)).mean()),
        )
        for run, own in zip(runs, right, strict=True)
    ]


def disagreement(runs: Sequence[Run]) -> list[list[float]]:
    """Proportion of tests on which two members name different genres, `(members, members)`."""
    predicted = np.stack([_predicted(run) for run in runs])
    table: list[list[float]] = (predicted[:, None, :] != predicted[None, :, :]).mean(axis=2).tolist()
    return table


def vote_histogram(runs: Sequence[Run], labels: Indices) -> list[dict[str, Any]]:
    """How often so many members were right, and how often the majority then was."""
    right, majority = _hits(runs, labels)
    count = right.sum(axis=0)
    return [
        {
            "right": k,
            "share": float((count == k).mean()),
            "majority_right": float(majority[count == k].mean()),
        }
        for k in range(len(runs) + 1)
        if (count == k).any()
    ]


def _hits(runs: Sequence[Run], labels: Indices) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which member, `(members, tests)`, and whether the majority, `(tests,)`, was right."""
    truth = np.concatenate([labels[s.test] for s in runs[0].splits])
    right = np.stack([_predicted(run) == truth for run in runs])
    voted = np.concatenate(
        [predicted_genres(one.probabilities) for one in fuse_members(runs, "majority", labels)]
    )
    return right, voted == truth


def _predicted(run: Run) -> NDArray[np.int64]:
    """(tests,) of one member."""
    return np.concatenate([predicted_genres(even_where_silent(one.probabilities)) for one in run.splits])
