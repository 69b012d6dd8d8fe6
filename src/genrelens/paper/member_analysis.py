"""Members joined to an ensemble under a protocol, and what they have to say to one another.

Conventions: `runs` are one a member, all of the same protocol and splits; positions are tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.ensemble import majority_scores, soft_scores
from genrelens.evaluation.results import Answers
from genrelens.evaluation.splits import Indices
from genrelens.heads.head import class_weights
from genrelens.heads.kinds import fit_head
from genrelens.paper.runs import Run

Floats = NDArray[np.float64]
Rule = Literal["majority", "soft", "stacked"]
STACKING_L2 = 0.1
"""Few tracks, and members that agree; from 0.03 to 0.3 accuracies on 472 tracks of GTZAN hardly differ."""


def join(runs: Sequence[Run], rule: Rule, labels: Indices) -> list[Answers]:
    """The ensemble's answers on each split.

    Args:
        runs: of the members.
        rule: `majority` (the paper's section 3), `soft` (mean of probabilities) or `stacked` (a regularised
            logistic regression on probabilities, genres weighing alike, fitted on the inner answers of each
            training part).
        labels: `(tracks,)`; only `stacked` looks, and only at a split's training tracks.
    """
    joined = []
    for number, first in enumerate(runs[0].splits):
        said = np.stack([run.splits[number].probabilities for run in runs], axis=1)
        if rule == "stacked":
            inner = np.stack([run.splits[number].inner_probabilities for run in runs], axis=1)
            answers = _stacked(inner, labels[first.inner], said)
        else:
            one = majority_scores if rule == "majority" else soft_scores
            answers = np.stack([one(votes) for votes in said])
        joined.append(Answers(first.split, first.test, answers))
    return joined


def can_stack(runs: Sequence[Run]) -> bool:
    """Whether all members have inner answers on the same tracks."""
    return all(
        len(split.inner) > 0 and np.array_equal(split.inner, first.inner)
        for run in runs
        for split, first in zip(run.splits, runs[0].splits, strict=True)
    )


def _stacked(inner: Floats, truth: Indices, said: Floats) -> Floats:
    genres = said.shape[2]

    def as_input(probabilities: Floats) -> NDArray[np.float32]:
        return probabilities.reshape(len(probabilities), -1).astype(np.float32)

    weights = class_weights(truth)
    head = fit_head("logistic", as_input(inner), truth, {"l2": STACKING_L2}, weights=weights, genres=genres)
    return np.asarray(head.predict_proba(as_input(said)), dtype=np.float64)


@dataclass(frozen=True)
class MemberView:
    """One member inside its ensemble; shares of all tests.

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
    """How each member serves its ensemble."""
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
    """Share of tests on which two members name different genres, `(members, members)`."""
    said = np.stack([np.concatenate([s.probabilities.argmax(axis=1) for s in run.splits]) for run in runs])
    table: list[list[float]] = (said[:, None, :] != said[None, :, :]).mean(axis=2).tolist()
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
    right = np.stack(
        [np.concatenate([s.probabilities.argmax(axis=1) for s in run.splits]) == truth for run in runs]
    )
    voted = np.concatenate([one.probabilities.argmax(axis=1) for one in join(runs, "majority", labels)])
    return right, voted == truth
