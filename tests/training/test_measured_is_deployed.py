"""What cross-validation measures of a fusion is what a bundle answers: same scores, same decisions."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from made_data import listed_tracks

from genrelens.bundle import read_bundle
from genrelens.ensemble import apply_temperature
from genrelens.ensemble.fusion import Rule
from genrelens.evaluation.metrics import predicted_genres
from genrelens.evaluation.protocols import make_splits
from genrelens.recipes.load import Decision, Recipe, recipe_of
from genrelens.recognition import Recognizer
from genrelens.training.build import Evaluated, build_bundle, evaluate_recipe
from genrelens.training.cross_validation import Trainer
from genrelens.training.data import TrainingData
from genrelens.training.fusion import STACKING_FOLDS, split_fusions
from genrelens.training.members import MemberResult
from genrelens.training.run_folder import RunFolder

TRACKS = 20


class Answered:
    """Tracks with unequal numbers of excerpts, some of them silent, and what each member answers of them.

    Probabilities are coarse, so that votes and sums tie often.
    """

    def __init__(self, seed: int, members: int, genres: int) -> None:
        random = np.random.default_rng(seed)
        self.labels = np.arange(TRACKS) % genres
        sounding = random.integers(1, 5, TRACKS)
        sounding[random.permutation(TRACKS)[: random.integers(0, 4)]] = 0
        self.sounds = [random.permutation(np.arange(n + random.integers(0, 3)) < n) for n in sounding]
        self.track = np.repeat(np.arange(TRACKS), sounding)
        raw = random.integers(1, 5, (len(self.track), members, genres)).astype(float)
        raw[np.arange(len(raw)), :, self.labels[self.track]] += random.integers(0, 3, (len(raw), members))
        self.rows = raw / raw.sum(axis=2, keepdims=True)
        self.genres = tuple(f"g{n}" for n in range(genres))
        self.members = tuple(f"m{n}" for n in range(members))

    def data(self) -> TrainingData:
        return TrainingData(
            listed_tracks(self.labels, range(TRACKS), self.genres),
            self.track,
            np.ones(len(self.track), bool),
            {"averaged": [np.zeros(358, np.float32)] * len(self.track)},
        )

    def recipe(self, rule: Rule) -> Recipe:
        members = [{"name": m, "architecture": "logistic", "inputs": ["averaged"]} for m in self.members]
        recipe = recipe_of({"name": "answered", "rule": rule, "members": members})
        return replace(recipe, decision=Decision(answer_accuracy=0.8, set_coverage=0.7))

    def evaluated(self, rule: Rule, folder: Path, model: bytes) -> tuple[Evaluated, Path]:
        """Cross-validated and built by the real code, but for the trainings: members answer as told."""

        def train(trainer: Trainer, plan, tick) -> list[list[MemberResult]]:
            return [
                [MemberResult(self.rows[job.tested, m], (), 0, model) for _, job in jobs]
                for m, (_, jobs) in enumerate(plan)
            ]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Trainer, "_train", train)
            found = evaluate_recipe(self.recipe(rule), self.data(), folder / "run")
            build_bundle(found, folder / "answered.bundle")
        return found, folder / "answered.bundle"

    def heard(self, track: int) -> list:
        """The track's excerpts as a recogniser has them when all members have answered."""
        rows = iter(self.rows[self.track == track])
        return [
            ((30.0 * n, 30.0 * n + 30), *((next(rows), np.zeros(0)) if sounds else (None, None)))
            for n, sounds in enumerate(self.sounds[track])
        ]


@pytest.mark.parametrize("rule", ["majority", "soft", "stacked"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), members=st.integers(1, 4), genres=st.integers(2, 4))
@example(seed=224, members=1, genres=4)  # a tie but for the last digit, which calibration rounds away
def test_a_bundle_answers_every_track_as_its_cross_validation_did(
    linear_member, rule: Rule, seed: int, members: int, genres: int
) -> None:
    answered = Answered(seed, members, genres)
    with tempfile.TemporaryDirectory() as folder:
        evaluated, path = answered.evaluated(rule, Path(folder), linear_member(358, genres, 0))
        bundle = read_bundle(path)
    manifest = bundle.manifest
    assert manifest.combination.rule == rule
    tested, fused = evaluated.out_of_fold()
    assert tested.all()
    measured = apply_temperature(fused, manifest.temperature)
    said = predicted_genres(fused)
    hits = []
    for number, split in enumerate(evaluated.found.splits):
        fusion = evaluated.fusions[rule][number]
        if rule != "stacked":  # whose arrays are learnt anew from all tracks
            assert fusion == manifest.combination
        lens = Recognizer(replace(bundle, manifest=replace(manifest, combination=fusion)))
        for track in split.test:
            answer = lens._prediction("song", 90.0, answered.heard(track), [])
            scores = [answer.scores[genre] for genre in answered.genres]
            assert scores == measured[track].tolist()
            if not answered.sounds[track].any():
                assert (answer.likeliest, answer.genre, said[track]) == (None, None, -1)
                assert answer.prediction_set == answered.genres
            likeliest = None if said[track] < 0 else answered.genres[said[track]]
            assert answer.likeliest == likeliest
            sure = measured[track].max() >= manifest.answer_threshold
            assert answer.genre == (likeliest if sure else None)
            within = measured[track] >= min(manifest.set_threshold, measured[track].max())
            assert set(answer.prediction_set) == {answered.genres[genre] for genre in np.flatnonzero(within)}
            hits.append(answer.likeliest == answered.genres[answered.labels[track]])
    assert evaluated.score.pooled == pytest.approx(np.mean(hits))
    assert evaluated.results()["silent"] == sum(not one.any() for one in answered.sounds)


@pytest.mark.parametrize("rule", ["majority", "soft", "stacked"])
def test_thresholds_keep_their_promise_in_the_bundle_itself(
    linear_member, tmp_path: Path, rule: Rule
) -> None:
    """Nothing that is written is rounded: the track that sets a threshold is answered, and in its set."""
    answered = Answered(7, 3, 3)
    evaluated, path = answered.evaluated(rule, tmp_path, linear_member(358, 3, 0))
    manifest = read_bundle(path).manifest
    _, fused = evaluated.out_of_fold()
    measured = apply_temperature(fused, manifest.temperature)
    sounds = predicted_genres(fused) >= 0
    labels = answered.labels[sounds]
    right = predicted_genres(fused)[sounds] == labels
    sure = measured[sounds].max(axis=1) >= manifest.answer_threshold
    assert sure.any()
    assert right[sure].mean() >= 0.8
    assert (measured[sounds][np.arange(len(labels)), labels] >= manifest.set_threshold).mean() >= 0.7


def test_a_stacked_fusion_learns_from_models_that_know_nothing_of_what_its_split_tests(
    tmp_path: Path,
) -> None:
    answered = Answered(11, 3, 2)
    data = answered.data()
    splits = make_splits("artist5", data.labels, groups=[f"artist{n}" for n in range(TRACKS)])
    trainer = Trainer(answered.recipe("stacked"), data, RunFolder(tmp_path))
    jobs = []

    def train(trainer: Trainer, plan, tick) -> list[list[MemberResult]]:
        jobs.append([job for _, job in plan[0][1]])
        return [
            [MemberResult(answered.rows[job.tested, m], (), 0, b"") for _, job in asked]
            for m, (_, asked) in enumerate(plan)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_train", train)
        fusions = split_fusions(trainer, splits, "stacked")
    (inner,) = jobs
    for number, split in enumerate(splits):
        own = inner[number * STACKING_FOLDS : (number + 1) * STACKING_FOLDS]
        answers = np.concatenate([data.track[job.tested] for job in own])
        for job in own:
            learnt = data.track[np.union1d(job.fold.train, job.fold.valid)]
            assert not set(learnt) & set(data.track[job.tested])
            assert not set(learnt) & set(split.test)
        assert set(answers) == set(data.track) - set(split.test)
    assert len(set(fusions)) == len(splits)


def test_a_silent_track_counts_as_a_miss_whatever_its_genre_and_teaches_nothing(
    linear_member, tmp_path: Path
) -> None:
    answered = Answered(3, 2, 2)
    answered.rows[np.arange(len(answered.rows)), :, :] = np.eye(2)[answered.labels[answered.track]][:, None]
    silent = [not one.any() for one in answered.sounds]
    assert {answered.labels[n] for n in np.flatnonzero(silent)} == {0, 1}, "of the first genre and another"
    evaluated, _ = answered.evaluated("stacked", tmp_path, linear_member(358, 2, 0))
    for score in (*evaluated.fusion_scores.values(), *evaluated.members.values()):
        assert score.pooled == pytest.approx(1 - np.mean(silent))
    assert any(f"{sum(silent)} tracks are silent" in note for note in evaluated.notes)
