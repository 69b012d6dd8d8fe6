"""The vote is the paper's, whatever the members say."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression

from genrelens.ensemble import (
    Fusion,
    count_votes,
    majority_scores,
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
    assert majority_scores(ballot).argmax() == 1


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


@st.composite
def recordings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Sixteenths for probabilities, one, two or four excerpts that sound, up to two that are silent.

    All of it is exact in binary, and votes and sums tie often.
    """
    members, genres = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    sounding = draw(
        st.permutations([True] * draw(st.sampled_from([1, 2, 4])) + [False] * draw(st.integers(0, 2)))
    )
    cuts = draw(arrays(np.int64, (len(sounding), members, genres - 1), elements=st.integers(0, 16)))
    edges = np.sort(np.pad(cuts, ((0, 0), (0, 0), (1, 1)), constant_values=((0, 0), (0, 0), (0, 16))), axis=2)
    return np.diff(edges, axis=2) / 16, np.array(sounding)


def winners_by_fractions(probabilities: np.ndarray, sounding: np.ndarray) -> set[int]:
    """The majority vote over members' means, computed with whole numbers; exact ties: any."""
    _, members, genres = probabilities.shape
    heard = [one for one, sounds in zip(probabilities, sounding, strict=True) if sounds]
    means = [
        [sum(Fraction(one[m][g]) for one in heard) / len(heard) for g in range(genres)]
        for m in range(members)
    ]
    votes = Counter(row.index(max(row)) for row in means)
    tied = [genre for genre, count in votes.items() if count == max(votes.values())]
    sums = {genre: sum(row[genre] for row in means) for genre in tied}
    return {genre for genre in tied if sums[genre] == max(sums.values())}


@given(recordings())
def test_members_vote_once_a_recording_and_ties_go_to_the_summed_probability(recording) -> None:
    probabilities, sounding = recording
    scores = Fusion("majority")(probabilities, sounding)
    assert int(scores.argmax()) in winners_by_fractions(probabilities, sounding)
    assert scores.sum() == pytest.approx(1)


@given(recordings(), st.randoms())
def test_silent_excerpts_and_the_order_of_excerpts_change_nothing(recording, random) -> None:
    probabilities, sounding = recording
    order = list(range(len(sounding)))
    random.shuffle(order)
    genres, members = probabilities.shape[2], probabilities.shape[1]
    coefficients = np.random.default_rng(0).normal(0, 1, (genres, members * genres))
    stacked = Fusion("stacked", (), tuple(map(tuple, coefficients)), (0.0,) * genres)
    for fusion in (Fusion("majority"), Fusion("soft"), stacked):
        wanted = fusion(probabilities[sounding])
        np.testing.assert_allclose(fusion(probabilities, sounding), wanted, atol=1e-12)
        np.testing.assert_allclose(fusion(probabilities[order], sounding[order]), wanted, atol=1e-12)
        np.testing.assert_allclose(fusion(np.repeat(probabilities[sounding], 3, axis=0)), wanted, atol=1e-12)
        assert fusion(probabilities, np.zeros(len(sounding), bool)).tolist() == [1 / genres] * genres


@given(recordings())
def test_the_soft_vote_is_the_mean_over_everything_that_sounds(recording) -> None:
    probabilities, sounding = recording
    np.testing.assert_allclose(
        Fusion("soft")(probabilities, sounding), probabilities[sounding].mean(axis=(0, 1)), atol=1e-12
    )


def test_members_that_are_in_doubt_on_two_excerpts_vote_for_what_they_are_sure_of_on_the_third() -> None:
    """Counted over members and excerpts the first genre would win with six votes to three."""
    doubtful = [[0.55, 0.45], [0.55, 0.45], [0.05, 0.95]]
    recording = np.array([[one] * 3 for one in doubtful])
    assert count_votes(recording.reshape(9, 2)).tolist() == [6, 3]
    assert Fusion("majority")(recording).argmax() == 1
