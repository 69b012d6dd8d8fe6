"""A trained bundle is measured on sound that its folds' models have not heard."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from genrelens.augmentation.chains import Chain, Crop
from genrelens.augmentation.effects import Gain, Noise
from genrelens.augmentation.perturbations import Condition
from genrelens.augmentation.protocol import CLEAN
from genrelens.bundle import read_bundle, write_bundle
from genrelens.datasets import load_dataset
from genrelens.encoders import read_model
from genrelens.ensemble import apply_temperature
from genrelens.errors import DataError, EncoderError, RecipeError
from genrelens.ood.synthetic_sounds import synthetic_sounds
from genrelens.recipes.load import recipe_of
from genrelens.recognition import Recognizer
from genrelens.robustness.held_out import OutOfFold
from genrelens.robustness.measure import (
    FILE,
    Extent,
    measure_robustness,
    recipe_of_record,
    record_of,
)
from genrelens.robustness.ood_rates import made_sounds, ood_rates, sound_files
from genrelens.robustness.perturbed import (
    measure_degradation,
    measure_whole_tracks,
    sample_of,
    thin_genres,
)
from genrelens.robustness.rows import rows_of
from genrelens.training.build import build_bundle, evaluate_recipe, write_record
from genrelens.training.inputs import input_store, training_data

RATE = 22050
RECIPE = {
    "name": "small",
    "rule": "soft",
    "members": [
        {"name": "one", "architecture": "logistic", "inputs": ["signal"], "options": {"l2": 0.1}},
        {"name": "other", "architecture": "logistic", "inputs": ["signal"], "options": {"l2": 1.0}},
        {"name": "frames", "architecture": "cnn_avg", "inputs": ["mfcc"], "training": {"epochs": 3}},
    ],
    "guards": [{"kind": "distance", "inputs": ["signal", "averaged"], "rejected": 0.05, "each": 1}],
    "conditioning": {"remove_dc": True, "level_dbfs": -18.0},
}


def silent(what: str, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, write_sound) -> SimpleNamespace:
    """Two collections of three genres, 2.4 s each; of noise, one collection has mostly excerpts of 1.2 s."""
    place = tmp_path_factory.mktemp("robust")
    for c, collection in enumerate(("studio", "street")):
        for g, genre in enumerate(("high", "low", "noise")):
            for n in range(5):
                short = collection == "studio" and genre == "noise" and n
                path = place / collection / genre / f"{collection}-{genre}{n}.wav"
                write_sound(path, genre, 100 * c + 10 * g + n, 1.2 if short else 2.4)
    dataset = load_dataset([str(place / "studio"), str(place / "street")])
    store, run, bundle = place / "store", place / "small.bundle.run", place / "small.bundle"
    recipe = recipe_of(RECIPE)
    data = training_data(recipe, dataset, input_store(recipe, store))
    evaluated = evaluate_recipe(recipe, data, run)
    build_bundle(evaluated, bundle)
    write_record(evaluated, ["genrelens", "train"], bundle, 1.0)
    models = OutOfFold(evaluated, read_bundle(bundle).manifest, store)
    return SimpleNamespace(
        place=place, dataset=dataset, store=store, run=run, bundle=bundle, evaluated=evaluated, models=models
    )


def test_tracks_as_they_are_get_the_answers_of_cross_validation(measured) -> None:
    every = np.arange(30)
    answers = measured.models.answers(every, (CLEAN,))
    tested, scores = measured.evaluated.out_of_fold()
    assert tested.all()
    expected = apply_temperature(scores, measured.models.manifest.temperature)
    assert np.abs(answers.scores[0] - expected).max() < 2e-3
    assert np.array_equal(answers.genres[0], expected.argmax(axis=1))


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, write_sound) -> SimpleNamespace:
    """Three genres, each track by its own artist: of one excerpt of 1.2 s or two of 30 s; one is silent."""
    place = tmp_path_factory.mktemp("several")
    for g, genre in enumerate(("high", "low", "noise")):
        for n in range(5):
            write_sound(
                place / "music" / genre / f"{genre}{n}.wav", genre, 10 * g + n, 33.0 if n == 0 else 1.2
            )
    soundfile.write(place / "music" / "high" / "high4.wav", np.zeros(2 * RATE), RATE)
    heads = [
        {"name": f"l2={l2}", "architecture": "logistic", "inputs": ["signal"], "options": {"l2": l2}}
        for l2 in (0.1, 1.0, 10.0)
    ]
    recipe = recipe_of({"name": "several", "members": heads, "conditioning": RECIPE["conditioning"]})
    dataset = load_dataset(str(place / "music"))
    data = training_data(recipe, dataset, input_store(recipe, place / "store"))
    return SimpleNamespace(place=place, recipe=recipe, dataset=dataset, data=data)


@pytest.mark.parametrize("rule", ["majority", "soft", "stacked"])
def test_files_get_the_answers_of_cross_validation_from_held_out_models_and_from_bundles_of_them(
    several, rule: str
) -> None:
    """The recogniser proper, on the files themselves, with the models and the fusion of each split."""
    recipe = replace(several.recipe, rule=rule)
    evaluated = evaluate_recipe(recipe, several.data, several.place / "run")
    path = several.place / f"{rule}.bundle"
    manifest = build_bundle(evaluated, path)
    tested, fused = evaluated.out_of_fold()
    assert tested.all()
    assert np.bincount(several.data.track, minlength=15).tolist().count(2) == 3
    wanted = apply_temperature(fused, manifest.temperature)
    models = OutOfFold(evaluated, manifest, several.place / "store")
    answers = models.answers(np.arange(15), (CLEAN,))
    assert np.abs(answers.scores[0] - wanted).max() < 2e-3
    bundle = read_bundle(path)
    silent = np.flatnonzero(several.data.silent)
    assert len(silent) == 1
    for number, split in enumerate(evaluated.found.splits):
        files = {
            member.file: evaluated.found.results[member.name][number].model for member in manifest.members
        }
        held_out = replace(manifest, combination=evaluated.fusions[rule][number])
        path = several.place / f"{rule}{number}.bundle"
        write_bundle(path, held_out, {**bundle.files, **files})
        lens = Recognizer(path)
        for track in split.test:
            answer = lens.recognize(several.dataset.tracks[track].path)
            scores = [answer.scores[genre] for genre in several.data.genres]
            assert np.abs(scores - wanted[track]).max() < 2e-3
            assert (answer.genre is not None) == answers.answered[0, track]
            named = None if track in silent else several.data.genres[wanted[track].argmax()]
            assert answer.likeliest == named
            assert answers.genres[0, track] == (-1 if named is None else several.data.genres.index(named))


def test_only_some_tracks_get_the_same_answers_as_all(measured) -> None:
    some = np.array([3, 11, 24])
    variants = (CLEAN, Chain((Noise(-10.0),)))
    few, every = (measured.models.answers(tracks, variants) for tracks in (some, np.arange(30)))
    assert np.allclose(few.scores, every.scores[:, some])
    assert np.array_equal(few.refused_by_any, every.refused_by_any[:, some])
    assert not np.allclose(few.scores[0], few.scores[1], atol=1e-3)


def test_guards_that_know_no_artist_call_hardly_any_own_track_foreign_but_all_strange_ones(measured) -> None:
    class Strange:
        key = "strange"

        def apply(self, samples: np.ndarray, rate: int, /) -> np.ndarray:
            return np.sign(np.sin(np.arange(len(samples)) / 3)).astype(np.float32)

    answers = measured.models.answers(np.arange(30), (CLEAN, Strange()))
    assert answers.refused_by_any[0].mean() < 0.35
    assert answers.refused_by_any[1].all()
    assert not answers.answered[1].any()


def test_parts_are_collections_with_excerpts_apart(measured) -> None:
    parts = {name: int(mask.sum()) for name, mask in measured.models.parts().items()}
    assert parts == {"studio": 11, "studio, excerpts": 4, "street": 15, "all": 30}
    assert [measured.models.data.genres[genre] for genre in thin_genres(measured.models)] == ["noise"]
    sample = sample_of(measured.models, 6)
    assert {name: len(tracks) for name, tracks in sample.items()} == {"studio": 6, "street": 6}
    assert not np.isin(sample["studio"], np.flatnonzero(measured.models.parts()["studio, excerpts"])).any()


def test_loudness_changes_no_answer_and_noise_above_the_music_does(measured) -> None:
    ways = [
        Condition("loudness", "softer", Chain((Gain(-20.0),))),
        Condition("noise", "drowned", Chain((Noise(-30.0),))),
    ]
    rows = measure_degradation(measured.models, ways, 15, silent)
    found = {(row["condition"], row["collection"]): row for row in rows}
    assert len(found) == 6
    assert found["as it is", "street"]["same"]["value"] == 1.0
    assert found["softer", "street"]["same"]["value"] == 1.0
    assert found["as it is", "street"]["accuracy"]["value"] > 0.8
    # noise alone is noise: a third of the tracks are
    assert found["drowned", "street"]["accuracy"]["value"] < 0.7
    assert found["drowned", "street"]["same"]["value"] < 0.7
    assert found["drowned", "street"]["accuracy"]["tracks"] == 15


def test_crops_called_a_thin_genre_are_counted_on_other_genres_alone(measured) -> None:
    found = measure_whole_tracks(measured.models, silent)
    assert found["thin_genres"] == ["noise"]
    assert {name: share["tracks"] for name, share in found["crops_called_thin"].items()} == {
        "studio": 70,
        "street": 70,
    }
    assert set(found["remastered"]["street"]) == {"modern", "old"}


def test_what_happens_every_day_is_measured_of_all_whole_tracks(measured) -> None:
    found = {
        (row["condition"], row["collection"]): row
        for row in measure_whole_tracks(measured.models, silent)["everyday"]
    }
    assert set(found) == {
        (condition, collection)
        for condition in ("mp3 at 96 kbit/s", "middle 10 s")
        for collection in ("studio", "street")
    }
    assert found["mp3 at 96 kbit/s", "street"]["same"]["tracks"] == 15
    # the tracks are shorter than 10 s: their middle is all of them
    assert found["middle 10 s", "street"]["same"]["value"] == 1.0


def test_a_variant_that_leaves_no_sound_leaves_no_figure(measured) -> None:
    class OnlyLong(Crop):
        key = "long"

        def apply(self, samples: np.ndarray, rate: int, /):  # type: ignore[override]
            return [] if len(samples) < 2 * rate else samples

    answers = measured.models.answers(np.arange(30), (CLEAN, OnlyLong(1.0)))
    short = measured.models.parts()["studio, excerpts"]
    assert np.isnan(answers.scores[1]).all(axis=1).tolist() == short.tolist()


def test_a_tuned_encoder_hears_the_tracks_of_its_own_split(measured) -> None:
    """Encoders that were tuned to nothing answer as the published one; other encoders do not."""
    head = {"name": "head", "architecture": "logistic", "inputs": ["musicnn"], "options": {"l2": 0.1}}
    recipe = recipe_of({"name": "plain", "members": [head]})
    data = training_data(recipe, measured.dataset, input_store(recipe, measured.store))
    plain = evaluate_recipe(recipe, data, measured.place / "plain.run")
    tuned_recipe = replace(recipe, members=(replace(recipe.members[0], architecture="finetuned"),))
    trainer = SimpleNamespace(recipe=tuned_recipe, data=data, run=plain.trainer.run)
    outcomes = [replace(one, encoder=read_model("musicnn")) for one in plain.found.results["head"]]
    tuned = replace(plain, trainer=trainer, found=replace(plain.found, results={"head": outcomes}))
    manifest = replace(measured.models.manifest, detectors=())
    some = np.arange(0, 30, 3)
    first, second = (
        OutOfFold(one, manifest, measured.store).answers(some, (CLEAN,)) for one in (plain, tuned)
    )
    assert len(np.unique(OutOfFold(tuned, manifest, measured.store).fold[some])) > 1
    assert np.allclose(first.scores, second.scores, atol=1e-5)
    outcomes[0] = replace(outcomes[0], encoder=b"no encoder")
    with pytest.raises(EncoderError):
        OutOfFold(tuned, manifest, measured.store).answers(some, (CLEAN,))


def test_foreign_sounds_are_counted_by_kind(tmp_path: Path, write_sound) -> None:
    class Lens:
        def __init__(self) -> None:
            self.heard = 0

        def recognize(self, source: object) -> SimpleNamespace:
            self.heard += 1
            return SimpleNamespace(genre="jazz" if self.heard % 3 == 0 else None)

    for name in ("rain/1.wav", "rain/2.wav", "horn.wav"):
        write_sound(tmp_path / name, "noise", 1, 1.0)
    files = sound_files(tmp_path)
    rows = ood_rates(Lens(), files, len(files), "files")  # type: ignore[arg-type]
    assert [(row["kind"], row["sounds"], row["unsure"], row["called"]) for row in rows] == [
        ("horn", 1, 1, {}),
        ("rain", 2, 1, {"jazz": 1}),
    ]
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match="holds no recordings"):
        sound_files(tmp_path / "nothing")


def test_made_sounds_are_not_those_that_guards_learn_from() -> None:
    learnt = dict(synthetic_sounds(1, RATE))
    measured_on = {kind: source[0] for kind, source in made_sounds(1)}
    assert set(measured_on) == {*learnt, "silence"}
    assert not any(np.array_equal(learnt[kind], measured_on[kind]) for kind in learnt)


def test_everything_is_measured_once_and_kept_as_json(measured) -> None:
    steps: list[str] = []
    extent = Extent(tracks=2, seeds=2, each=1)
    results = measure_robustness(
        measured.bundle,
        measured.run,
        measured.dataset,
        measured.store,
        extent,
        progress=lambda what, done, total: steps.append(what),
    )
    assert json.loads((measured.run / FILE).read_text()) == results
    assert {"folds of seed 0", "folds of seed 1", "made"} <= set(steps)
    assert results["parts"]["street"]["accuracy"]["tracks"] == 15
    assert set(results["genres"]) == {"high", "low", "noise"}
    assert results["coverage"]["all"][-1][0] == 1.0
    assert sum(row["sounds"] for row in results["foreign"]) == 12
    rows = rows_of(results)
    assert {row["measure"] for row in rows} >= {"answers", "genre", "member", "vote", "without", "foreign"}
    assert all(0 <= row["value"] <= 1 for row in rows)


def test_other_data_than_the_runs_are_refused(measured) -> None:
    other = measured.dataset.only(range(29))
    with pytest.raises(DataError, match="is not what"):
        measure_robustness(measured.bundle, measured.run, other, measured.store)


def test_the_records_recipe_is_the_one_that_was_trained(measured, tmp_path: Path) -> None:
    record = record_of(measured.run)
    assert recipe_of_record(record, measured.run) == measured.evaluated.trainer.recipe
    with pytest.raises(RecipeError, match="another version"):
        recipe_of_record({**record, "recipe_digest": "0"}, measured.run)
    with pytest.raises(RecipeError, match="cannot be read"):
        record_of(tmp_path)
