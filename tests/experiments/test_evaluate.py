"""A recipe or a bundle under a protocol: every promised track is answered, by models that never heard it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import made
import numpy as np
import pytest

from genrelens.datasets.trained_tracks import TrainedTracks
from genrelens.errors import DataError, NotAudio
from genrelens.evaluation.results import summarise, write_answers
from genrelens.experiments.evaluate import evaluate_bundle, evaluate_under_protocol
from genrelens.recipes.load import load_recipe, recipe_of


def recipe(rule: str = "soft"):
    members = [
        {"architecture": "logistic", "inputs": ["averaged"]},
        {"architecture": "logistic", "inputs": ["musicnn"]},
    ]
    return recipe_of({"rule": rule, "members": members}, "two heads")


@pytest.mark.parametrize("rule", ["majority", "soft", "stacked"])
def test_a_recipe_answers_every_track_once_under_artist5(tmp_path: Path, rule: str):
    evaluation = evaluate_under_protocol(
        recipe(rule), made.data_set(), "artist5", tmp_path, store=made.MadeStore()
    )
    tested, probabilities, _ = evaluation.results.pooled()
    assert tested.tolist() == list(range(60))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert summarise(evaluation.results)["accuracy"] > 0.4


def test_a_stacked_vote_can_be_fitted_where_there_is_one_split_only(tmp_path: Path):
    other = made.data_set(25, prefix="w")
    evaluation = evaluate_under_protocol(
        recipe("stacked"), made.data_set(), "cross", tmp_path, other, store=made.MadeStore()
    )
    assert summarise(evaluation.results)["accuracy"] > 0.4


def test_nothing_is_learnt_from_labels_that_mean_nothing(tmp_path: Path):
    store = made.MadeStore(clearness=0.0)
    evaluation = evaluate_under_protocol(
        recipe("stacked"), made.data_set(100), "artist5", tmp_path, store=store
    )
    assert summarise(evaluation.results)["accuracy"] < 0.36


def test_an_encoder_that_is_trained_on_gets_what_it_hears(tmp_path: Path):
    class Asked(Exception):
        pass

    class Store:
        def compute(self, tracks, inputs, **others):
            raise Asked(tuple(inputs))

    with pytest.raises(Asked, match="choi2017/logmel"):
        evaluate_under_protocol(
            load_recipe("transfer-finetuned"), made.data_set(), "artist5", tmp_path, store=Store()
        )


def test_cross_trains_on_the_one_and_tests_on_the_other(tmp_path: Path):
    other = made.data_set(25, prefix="w")
    evaluation = evaluate_under_protocol(
        recipe(), made.data_set(), "cross", tmp_path, other, store=made.MadeStore()
    )
    (answers,) = evaluation.results.answers
    assert {evaluation.results.track_ids[i][:6] for i in answers.test} == {"other/"}
    assert len(answers.test) == 25
    with pytest.raises(DataError, match="--test"):
        evaluate_under_protocol(recipe(), made.data_set(), "cross", tmp_path, store=made.MadeStore())


@dataclass
class _Answer:
    scores: dict[str, float]


@dataclass
class _Failed:
    error: NotAudio


class _Lens:
    """Stands in for a recogniser of four genres that is always right but cannot hear the first file."""

    genres = ("classical", "hiphop", "jazz", "metal")

    class bundle:
        identity = "made:0"

    def __init__(self, data) -> None:
        self.genre_of = {track.path: track.genre for track in data.tracks}

    def recognize_many(self, paths, jobs=1):
        for number, path in enumerate(paths):
            if number == 0:
                yield _Failed(NotAudio(path, "holds nothing"))
            else:
                yield _Answer({g: 0.97 if g == self.genre_of[path] else 0.01 for g in self.genres})


def test_a_bundle_answers_what_it_can_and_the_rest_is_said():
    data = made.data_set()
    evaluation = evaluate_bundle(_Lens(data), data, "artist5")
    assert summarise(evaluation.results)["accuracy"] == 1
    assert len(evaluation.results.tested) == 47
    assert any("12 tracks of genres" in note for note in evaluation.notes)
    assert any("1 tracks cannot be decoded" in note for note in evaluation.notes)
    with pytest.raises(DataError, match="none of the genres"):
        evaluate_bundle(_Lens(data), made.data_set(12, ["polka", "ska"]), "artist5")


def test_a_bundle_is_not_measured_on_its_training_tracks_unless_asked_and_then_every_output_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = made.data_set()
    seen = np.arange(60) % 2 == 0
    trained = TrainedTracks()
    monkeypatch.setattr(TrainedTracks, "found_in", lambda self, data, progress=None: seen)
    with pytest.raises(DataError, match=r"trained on 24 of these 48 tracks.*--allow-training-tracks"):
        evaluate_bundle(_Lens(data), data, "artist5", trained=trained)
    evaluation = evaluate_bundle(_Lens(data), data, "artist5", trained=trained, allow_training_tracks=True)
    assert any(note.startswith("measured on training tracks") for note in evaluation.notes)
    assert summarise(evaluation.results)["training_tracks"] == {"known": True, "count": 23}
    write_answers(tmp_path / "answers.csv", evaluation.results)
    with (tmp_path / "answers.csv").open(newline="") as file:
        assert {row["trained_on"] for row in csv.DictReader(file)} == {"yes", "no"}


def test_a_bundle_that_records_no_tracks_says_so():
    data = made.data_set()
    evaluation = evaluate_bundle(_Lens(data), data, "artist5", trained=TrainedTracks())
    assert any("does not record which tracks" in note for note in evaluation.notes)
    assert summarise(evaluation.results)["training_tracks"] == {"known": False, "count": None}
    assert "artists apart" not in summarise(evaluation.results)["artists"]["sentence"]
