"""An outcome's numbers agree with one another and with what was answered."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from genrelens.errors import DataError
from genrelens.evaluation.protocols import make_splits
from genrelens.evaluation.results import (
    Answers,
    SystemResults,
    compare,
    summarise,
    worst_confusions,
    write_answers,
)

GENRES = ("jazz", "pop", "rock")


def outcome_of(skill: float, protocol: str = "paper", seed: int = 0) -> SystemResults:
    rng = np.random.default_rng(seed)
    labels = np.arange(90) % 3
    answers = []
    for split in make_splits(protocol, labels, [f"a{i // 3}" for i in range(90)]):
        raw = rng.random((len(split.test), 3)) + skill * np.eye(3)[labels[split.test]]
        answers.append(Answers(split.name, split.test, raw / raw.sum(axis=1, keepdims=True)))
    ids = tuple(f"t{i}" for i in range(90))
    return SystemResults(f"skill {skill}", protocol, GENRES, ids, labels, np.arange(90) // 3, tuple(answers))


def test_the_pooled_accuracy_counts_every_track_once():
    outcome = outcome_of(0.5, "kfold10")
    summary = summarise(outcome)
    right = sum(
        int((a.probabilities.argmax(axis=1) == outcome.labels[a.test]).sum()) for a in outcome.answers
    )
    assert summary["accuracy"] == pytest.approx(right / 90)
    assert summary["pooled"]["accuracy"] == pytest.approx(right / 90)
    assert np.trace(summary["confusion"]) == right
    low, high = summary["interval_tracks"]
    assert low < summary["accuracy"] < high


def test_a_track_tested_often_counts_by_its_share_of_hits():
    outcome = outcome_of(0.3, "paper")
    tested, probabilities, hits = outcome.pooled()
    position = int(tested[0])
    rows = [a.probabilities[a.test == position] for a in outcome.answers if position in a.test]
    assert probabilities[0] == pytest.approx(np.concatenate(rows).mean(axis=0))
    expected = np.mean([row.argmax() == outcome.labels[position] for row in np.concatenate(rows)])
    assert hits[0] == pytest.approx(expected)
    assert sum(row["tests"] for row in summarise(outcome)["genres"]) == 180


def test_the_worst_confusions_are_wrong_and_ordered_by_how_sure_they_were():
    confusions = worst_confusions(outcome_of(0.2, "kfold10"))
    assert confusions
    assert all(c.genre != c.predicted for c in confusions)
    margins = [c.probability - c.own_probability for c in confusions]
    assert margins == sorted(margins, reverse=True)


def test_the_answers_are_written_with_one_row_a_test(tmp_path: Path):
    outcome = outcome_of(1.0, "artist5")
    write_answers(tmp_path / "oof.csv", outcome)
    with (tmp_path / "oof.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90
    assert all(abs(sum(float(r[g]) for g in GENRES) - 1) < 1e-4 for r in rows)
    accuracy = np.mean([r["genre"] == r["answer"] for r in rows])
    assert accuracy == pytest.approx(summarise(outcome)["accuracy"])


def test_a_better_system_is_told_from_a_worse_one_and_equals_itself():
    good, poor = outcome_of(2.0, "kfold10"), outcome_of(0.1, "kfold10", seed=1)
    result = compare(good, poor)
    assert result["difference"]["low"] > 0
    assert result["mcnemar"]["p_value"] < 0.01
    same = compare(good, good)
    assert same["difference"]["difference"] == 0
    assert same["mcnemar"]["p_value"] == 1


def test_answers_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="shape"):
        SystemResults(
            "x",
            "paper",
            GENRES,
            ("a",),
            np.array([0]),
            np.array([0]),
            (Answers("s", np.array([0]), np.ones((1, 2))),),
        )
    with pytest.raises(DataError, match="no track"):
        SystemResults("x", "paper", GENRES, ("a",), np.array([0]), np.array([0]), ())


def perfect(genres: tuple[str, ...] = GENRES) -> SystemResults:
    labels = np.arange(36) % 3
    answers = (Answers("all", np.arange(36), np.eye(len(genres))[labels]),)
    return SystemResults("p", "paper", genres, tuple(map(str, range(36))), labels, np.arange(36), answers)


def test_one_comparison_has_one_p_value_and_its_name() -> None:
    result = compare(outcome_of(2.0, "kfold10"), outcome_of(0.1, "kfold10", seed=1))
    assert "p_value" not in result["difference"]
    assert result["test"] == "exact McNemar test over tracks"
    assert 0 < result["mcnemar"]["p_value"] < 0.01


def test_two_systems_that_never_differ_may_still_differ_elsewhere() -> None:
    difference = compare(perfect(), perfect())["difference"]
    assert difference["difference"] == 0
    assert difference["low"] == -difference["high"] < -0.05


def test_genres_that_the_data_lack_have_no_part_in_macro_f1() -> None:
    genres = ("jazz", "pop", "rock", "blues", "polka")
    summary = summarise(perfect(genres))
    assert summary["genres_tested"] == 3
    assert summary["pooled"]["macro_f1"] == 1
    absent = [row for row in summary["genres"] if not row["tests"]]
    assert [(row["genre"], row["recall"], row["f1"]) for row in absent] == [
        ("blues", None, None),
        ("polka", None, None),
    ]
    wrong = perfect(genres)
    wrong.answers[0].probabilities[0] = np.eye(5)[
        3
    ]  # a jazz track is answered with a genre that is not there
    assert summarise(wrong)["pooled"]["macro_f1"] == pytest.approx((2 * 11 / 23 + 1 + 1) / 3)


def test_one_split_has_no_deviation_and_a_perfect_score_an_interval() -> None:
    summary = summarise(perfect())
    assert set(summary["deviation"].values()) == {None}
    assert summary["interval"][0] < 0.95
    assert summary["interval"][1] == 1


def test_even_scores_are_no_answer_and_never_right(tmp_path: Path) -> None:
    """As a silent recording gets them; the first genre would be right for half of these tracks."""
    answers = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.5, 0.5]])
    labels = np.array([0, 0, 1, 1])
    ids = ("a", "b", "c", "d")
    outcome = SystemResults(
        "s", "artist5", ("x", "y"), ids, labels, np.arange(4), (Answers("one", np.arange(4), answers),)
    )
    summary = summarise(outcome)
    assert summary["accuracy"] == summary["mean"]["balanced_accuracy"] == summary["pooled"]["accuracy"] == 0.5
    assert [row["recall"] for row in summary["genres"]] == [0.5, 0.5]
    assert [row["precision"] for row in summary["genres"]] == [1.0, 1.0]
    assert [row["tests"] for row in summary["genres"]] == [2, 2]
    assert summary["confusion"] == [[1, 0], [0, 1]]
    assert summary["mean"]["macro_f1"] == pytest.approx(2 / 3)
    assert summary["coverage"]["accuracy"] == [1.0, 1.0, 0.5]
    assert worst_confusions(outcome) == []
    certain = SystemResults(
        "t",
        "artist5",
        ("x", "y"),
        ids,
        labels,
        np.arange(4),
        (Answers("one", np.arange(4), np.eye(2)[labels]),),
    )
    assert compare(certain, outcome)["mcnemar"]["only_first"] == 2
    write_answers(tmp_path / "answers.csv", outcome)
    with (tmp_path / "answers.csv").open(newline="") as file:
        assert [row["answer"] for row in csv.DictReader(file)] == ["x", "", "y", ""]
