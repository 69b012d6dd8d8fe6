"""The vote is the paper's, whatever the members say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression

from genrelens.ensemble import (
    Combination,
    count_votes,
    majority_scores,
    majority_vote,
    soft_scores,
    stacked_scores,
)


@st.composite
def ballots(draw: st.DrawFn) -> np.ndarray:
    votes, genres = draw(st.integers(1, 15)), draw(st.integers(2, 12))
    raw = draw(arrays(np.float64, (votes, genres), elements=st.floats(0.01, 1.0)))
    return raw / raw.sum(axis=1, keepdims=True)


def winner_as_the_paper_says(probabilities: np.ndarray) -> set[int]:
    """Section 3: most votes; among the tied, the highest summed softmax probability (exact ties: any)."""
    votes = Counter(int(np.argmax(row)) for row in probabilities)
    most = max(votes.values())
    tied = [genre for genre, count in votes.items() if count == most]
    sums = {genre: sum(row[genre] for row in probabilities) for genre in tied}
    return {genre for genre in tied if np.isclose(sums[genre], max(sums.values()))}


@given(ballots())
def test_majority_is_the_papers(probabilities: np.ndarray) -> None:
    assert majority_vote(probabilities) in winner_as_the_paper_says(probabilities)


@given(ballots())
def test_majority_scores_rank_by_votes_then_by_summed_probability(probabilities: np.ndarray) -> None:
    scores = majority_scores(probabilities)
    assert scores.sum() == pytest.approx(1)
    assert int(scores.argmax()) in winner_as_the_paper_says(probabilities)
    votes, summed = count_votes(probabilities), probabilities.sum(axis=0)
    for a in range(len(votes)):
        for b in range(len(votes)):
            if votes[a] > votes[b] or (votes[a] == votes[b] and summed[a] > summed[b] + 1e-9):
                assert scores[a] >= scores[b] - 1e-12


@given(ballots(), st.randoms())
def test_the_order_of_members_does_not_matter(probabilities: np.ndarray, random: object) -> None:
    order = list(range(len(probabilities)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for rule in (majority_scores, soft_scores):
        np.testing.assert_allclose(rule(probabilities[order]), rule(probabilities), atol=1e-12)


def test_a_tie_of_two_genres_goes_to_the_surer_members() -> None:
    ballot = np.array([[0.51, 0.49, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]])
    assert majority_vote(ballot) == 1


@given(ballots())
def test_a_weight_of_zero_silences_a_member(probabilities: np.ndarray) -> None:
    loud = np.vstack([probabilities, np.eye(probabilities.shape[1])[:1]])
    weights = np.append(np.ones(len(probabilities)), 0.0)
    np.testing.assert_allclose(soft_scores(loud, weights), soft_scores(probabilities), atol=1e-12)


def test_stacking_equals_scikit_learns_logistic_regression() -> None:
    random = np.random.default_rng(0)
    ballots = random.dirichlet(np.ones(3), size=(200, 4))
    labels = ballots.mean(axis=1).argmax(axis=1)
    model = LogisticRegression().fit(np.log(ballots).reshape(200, 12), labels)
    expected = model.predict_proba(np.log(ballots).reshape(200, 12))
    for ballot, scores in zip(ballots[:20], expected[:20], strict=True):
        np.testing.assert_allclose(stacked_scores(ballot, model.coef_, model.intercept_), scores, atol=1e-9)


@pytest.mark.parametrize("rule", ["majority", "soft"])
def test_an_excerpt_heard_twice_changes_no_score_of_the_soft_vote(rule: str) -> None:
    ballot = np.random.default_rng(1).dirichlet(np.ones(4), size=(1, 5))
    once, twice = Combination(rule)(ballot), Combination(rule)(np.repeat(ballot, 2, axis=0))
    assert once.argmax() == twice.argmax()
    if rule == "soft":
        np.testing.assert_allclose(once, twice)


def test_votes_are_counted_over_members_and_excerpts() -> None:
    first = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]]
    second = [[0.1, 0.9], [0.1, 0.9], [0.1, 0.9]]
    assert Combination("majority")(np.array([first, second])).argmax() == 1
