"""Another tool's predictions in a table are measured as ours are, and nonsense is refused with its line."""

from __future__ import annotations

import csv
from pathlib import Path

import made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from genrelens.errors import DataError
from genrelens.evaluation.metrics import predicted_genres
from genrelens.evaluation.results import summarise, write_answers
from genrelens.experiments.predictions import evaluate_predictions, read_predictions


def written(path: Path, *rows: tuple[object, ...]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), probabilities=st.booleans())
def test_one_prediction_a_track_gives_the_accuracy_of_scikit_learn(
    tmp_path_factory: pytest.TempPathFactory, seed: int, probabilities: bool
) -> None:
    data = made.data_set()
    random = np.random.default_rng(seed)
    table = random.dirichlet(np.ones(len(data.genres)), len(data.tracks))
    said = [data.genres[number] for number in table.argmax(axis=1)]
    rows: list[tuple[object, ...]]
    if probabilities:
        rows = [("id", *data.genres), *((t.id, *row) for t, row in zip(data.tracks, table, strict=True))]
    else:
        pairs = zip(data.tracks, said, strict=True)
        rows = [("Track", "Predicted"), *((track.path, genre.upper()) for track, genre in pairs)]
    path = written(tmp_path_factory.mktemp("predictions") / "other tool.csv", *rows)
    evaluation = evaluate_predictions(path, data, "kfold10", seed=1)
    assert evaluation.results.system == "other tool"
    expected = accuracy_score([track.genre for track in data.tracks], said)
    assert summarise(evaluation.results)["accuracy"] == pytest.approx(expected, abs=0.02)
    for one in evaluation.results.answers:
        assert [data.genres[n] for n in predicted_genres(one.probabilities)] == [said[n] for n in one.test]


def test_what_evaluate_writes_can_be_read_back(tmp_path: Path) -> None:
    data = made.data_set()
    random = np.random.default_rng(0)
    rows = [(track.id, *random.dirichlet(np.ones(5))) for track in data.tracks]
    first = evaluate_predictions(written(tmp_path / "a.csv", ("track", *data.genres), *rows), data, "artist")
    write_answers(tmp_path / "answers.csv", first.results)
    again = evaluate_predictions(tmp_path / "answers.csv", data, "artist")
    for one, two in zip(first.results.answers, again.results.answers, strict=True):
        np.testing.assert_allclose(one.probabilities, two.probabilities, atol=1e-5)


def test_a_track_without_a_prediction_is_a_miss_and_is_told(tmp_path: Path) -> None:
    data = made.data_set()
    rows = [(track.id, track.genre) for track in data.tracks[:45]]
    path = written(tmp_path / "a.csv", ("track", "answer"), *rows)
    evaluation = evaluate_predictions(path, data, "kfold10")
    assert summarise(evaluation.results)["pooled"]["accuracy"] == pytest.approx(45 / 60)
    assert any("15 of 60 tests have no prediction" in note for note in evaluation.notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("genre",), ("jazz",)], "no column of tracks"),
        ([("track",), ("t0",)], "neither a column predicted"),
        ([("track", "answer"), ("t0", "polka")], "row 2: 'polka' is no genre"),
        ([("track", "answer"), ("t0", "jazz"), ("t0", "metal")], "row 3: t0 has a prediction already"),
        ([("track", "answer", "split"), ("t0", "jazz", "fold-77")], "'fold-77'"),
        ([("track", "answer"), ("nobody", "jazz")], "predicts none of the tested tracks"),
        ([("track", "answer")], "holds no prediction"),
        ([("track", *made.GENRES), ("t0", 1, 1, "x", 0, 0)], "row 2"),
        ([("track", *made.GENRES), ("t0", 1, -1, 0, 0, 1)], "numbers from 0 on"),
        ([("track", *made.GENRES), ("t0", "nan", 1, 0, 0, 1)], "numbers from 0 on"),
    ],
)
def test_what_is_no_table_of_predictions_is_named_with_its_row(tmp_path: Path, rows, words: str) -> None:
    with pytest.raises(DataError, match=words):
        evaluate_predictions(written(tmp_path / "a.csv", *rows), made.data_set(), "kfold10")


def test_genres_may_be_spelt_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ("file", "label"), ("a.mp3", "Hip-Hop"))
    found = read_predictions(path, made.GENRES)
    assert made.GENRES[int(found.rows[""]["a.mp3"].argmax())] == "hiphop"
