"""Measurements for the model card beyond accuracy, computed from the run that wrote the bundle.

The run's folder holds the recipe, the data's hash and every split's models; only the folds of further seeds
are trained, and inputs that the store holds are not computed again. Results are JSON values.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.atomic_files import write_atomically
from genrelens.augmentation.perturbations import conditions
from genrelens.augmentation.protocol import CLEAN
from genrelens.bundle import Bundle, read_bundle
from genrelens.datasets import DataSet
from genrelens.errors import DataError, RecipeError, shown
from genrelens.evaluation.metrics import coverage_curve
from genrelens.evaluation.proportions import as_json, balanced_proportion, proportion_of
from genrelens.ood.recorded_sounds import NO_MUSIC, OTHER_MUSIC, RecordedSound
from genrelens.ood.synthetic_sounds import KINDS
from genrelens.provenance import record_head
from genrelens.recipes.load import Recipe, recipe_of
from genrelens.recognition import Recognizer
from genrelens.robustness.ablation import measure_contributions
from genrelens.robustness.domain_probe import measure_probe
from genrelens.robustness.held_out import OutOfFold
from genrelens.robustness.ood_rates import made_sounds, ood_rates, sound_files
from genrelens.robustness.perturbed import measure_degradation, measure_whole_tracks
from genrelens.robustness.recorded_rates import measure_recorded
from genrelens.training.build import Evaluated, Progress, evaluate_recipe
from genrelens.training.data import TrainingData
from genrelens.training.inputs import input_store, training_data
from genrelens.training.options import TrainerOptions
from genrelens.training.recorded_data import recorded_data

FILE = "robustness.json"
CURVE_STEPS = 40
SUREST = 0.75
"""The proportion of tracks, most confident first, whose accuracy is also given alone."""


PARTS = ("members", "collections", "conditions", "sounds")
"""What can be left out: what each member adds, whether collections can be told apart, answers under other
conditions, and recorded, other and synthetic sounds."""


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        tracks: of each collection, evaluated under every condition.
        seeds: of folds, counted from the run's own; 1 trains nothing.
        each: synthetic sounds of every kind.
        sounds: folders of other sounds that detectors were not trained on.
        only: the `PARTS` that are measured, in addition to the answers about the unchanged tracks.
    """

    tracks: int = 50
    seeds: int = 5
    each: int = 5
    sounds: tuple[Path, ...] = ()
    only: tuple[str, ...] = PARTS


def measure_robustness(
    bundle: Path,
    run: Path,
    dataset: DataSet,
    store: Path | None = None,
    extent: Extent | None = None,
    jobs: int = 1,
    progress: Progress = lambda what, done, total: None,
    sounds: Sequence[RecordedSound] = (),
) -> dict[str, Any]:
    """Measures a bundle and keeps the results in its run's folder as `robustness.json`.

    Args:
        bundle: the file.
        run: the folder of the run that wrote it.
        dataset: that it was trained on.
        store: of computed inputs; None is the user's cache.
        extent: how much is measured.
        jobs: processes.
        progress: called with what is being done, and how far it is.
        sounds: the recorded sounds that its detectors were trained on.

    Raises:
        DataError: the data or the recorded sounds are others than those of the run, or its protocol leaves
            tracks untested.
        RecipeError: the folder holds no record, or one of another version's recipe.
        OutputError: the folder cannot be written.
    """
    begun = time.monotonic()
    wanted = extent or Extent()
    read = read_bundle(bundle)
    record = record_of(run)
    recipe = recipe_of_record(record, run)
    data = training_data(
        recipe,
        dataset,
        input_store(recipe, store),
        jobs,
        lambda done, total: progress("computing inputs", done, total),
    )
    if data.summary()["sha256"] != record["data"]["sha256"]:
        raise DataError(
            f"{data.name} is not what {shown(bundle)} was trained on ({record['data']['name']}, "
            f"{record['data']['tracks']} tracks); give the same data as to genrelens train"
        )
    recorded = recorded_data(
        recipe,
        dataset,
        data,
        sounds,
        input_store(recipe, store),
        jobs,
        lambda done, total: progress("computing inputs of recorded sounds", done, total),
    )
    if recorded.summary() != record.get("recorded", {}):
        raise DataError(
            f"the recorded sounds are not those that {shown(bundle)} was trained with "
            f"({_counts_text(record.get('recorded', {}))}); give the same {NO_MUSIC} and {OTHER_MUSIC} as to "
            "genrelens train"
        )
    several = wanted.seeds if "members" in wanted.only else 1
    seeds = [_evaluated(recipe, data, run, record, n, jobs, progress) for n in range(several)]
    models = OutOfFold(seeds[0], read.manifest, store, jobs, recorded)
    results = {
        "schema": 1,
        **record_head(
            None, data.summary(), int(record["seed"]), recipe.to_dict(), recipe.digest, read.identity
        ),
        "extent": {
            **asdict(wanted),
            "sounds": [one.name for one in wanted.sounds],
            "only": list(wanted.only),
        },
        "protocol": record["results"]["protocol"],
        "intervals_over": seeds[0].artists.unit,
        **measure_answers(models, progress),
    }
    if "members" in wanted.only:
        results["contributions"] = measure_contributions(seeds, models.parts(), progress)
    if "collections" in wanted.only:
        results["probe"] = measure_probe(data, progress)
    if "conditions" in wanted.only:
        results["degradation"] = measure_degradation(models, conditions(), wanted.tracks, progress)
        results |= measure_whole_tracks(models, progress)
    if "sounds" in wanted.only:
        results["recorded"] = measure_recorded(models, progress)
        results["foreign"] = measure_ood(read, wanted, progress)
    results["wall_time_s"] = round(time.monotonic() - begun, 1)
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(run / FILE, text.encode())
    return results


def record_of(run: Path) -> dict[str, Any]:
    """A run's record.

    Raises:
        RecipeError: there is none, or it cannot be read.
    """
    path = run / "record.json"
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{shown(path)} cannot be read ({error}); give --run-dir the folder that genrelens train wrote"
        ) from error
    return record


def recipe_of_record(record: Mapping[str, Any], run: Path) -> Recipe:
    """The recipe that a run was made from.

    Raises:
        RecipeError: this version understands it otherwise.
    """
    recipe = recipe_of(_without_nothing(record["recipe"]))
    if recipe.digest != record["recipe_digest"]:
        raise RecipeError(f"{shown(run)} was written by another version of genrelens; train again")
    return recipe


def measure_answers(models: OutOfFold, progress: Progress) -> dict[str, Any]:
    """Out-of-fold answers of the ensemble for its own tracks, unchanged.

    Returns:
        `parts`: by part of the data, `accuracy`, `balanced`, `answered`, `right_if_answered`, `surest` (right
        among the `SUREST` of it with most confidence), `foreign` (the proportion that detectors refuse), with
        intervals over artists; `genres`: by genre, `recall` and `precision`; `coverage`: points of the curve
        of accuracy over the proportion answered, most confident first, without detectors.
    """
    data = models.data
    tracks = np.arange(len(data.labels))
    answers = models.answers(tracks, (CLEAN,), "evaluating unchanged tracks", progress)
    predicted, answered, refused = answers.genres[0], answers.answered[0], answers.refused_by_any[0]
    right, groups = predicted == data.labels, data.groups
    confidence = answers.scores[0].max(axis=1)

    def figures(mask: np.ndarray) -> dict[str, Any]:
        here = np.flatnonzero(mask)
        surest = here[np.argsort(-confidence[here], kind="stable")[: round(SUREST * len(here))]]
        return as_json(
            {
                "accuracy": proportion_of(right[mask], groups[mask]),
                "balanced": balanced_proportion(right[mask], data.labels[mask], groups[mask]),
                "answered": proportion_of(answered[mask], groups[mask]),
                "right_if_answered": proportion_of(right[mask & answered], groups[mask & answered]),
                "surest": proportion_of(right[surest], groups[surest]),
                "foreign": proportion_of(refused[mask], groups[mask]),
            }
        )

    parts = {name: figures(mask) for name, mask in models.parts().items()}
    genres = {}
    for genre, name in enumerate(data.genres):
        there, named = data.labels == genre, predicted == genre
        genres[name] = as_json(
            {
                "recall": proportion_of(right[there], groups[there]),
                "precision": proportion_of(right[named], groups[named]),
                "answered": proportion_of(answered[there], groups[there]),
            }
        )
    curves = {
        name: _curve(data.labels[mask], answers.scores[0][mask]) for name, mask in models.parts().items()
    }
    return {"parts": parts, "genres": genres, "coverage": curves}


def measure_ood(bundle: Bundle, extent: Extent, progress: Progress) -> list[dict[str, Any]]:
    """Answers of the finished bundle for sounds of none of its genres; see `ood_rates`."""
    recognizer = Recognizer(bundle)
    reasons = [one.reason for one in bundle.manifest.detectors]
    total = 1 + extent.each * len(KINDS)
    rows = ood_rates(recognizer, made_sounds(extent.each), total, "made", progress, reasons)
    for folder in extent.sounds:
        files = sound_files(folder)
        rows += ood_rates(recognizer, files, len(files), folder.name, progress, reasons)
    return rows


def _counts_text(recorded: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"{one['sounds']} of {name.replace('_', ' ')}" for name, one in recorded.items()) or "none"
    )


def _evaluated(
    recipe: Recipe,
    data: TrainingData,
    run: Path,
    record: Mapping[str, Any],
    number: int,
    jobs: int,
    progress: Progress,
) -> Evaluated:
    seed, protocol = int(record["seed"]) + number, record["results"]["protocol"]
    return evaluate_recipe(
        recipe,
        data,
        run,
        protocol,
        TrainerOptions(seed, record["device"], jobs),
        lambda what, done, total: progress(f"folds of seed {seed}", done, total),
    )


def _curve(labels: np.ndarray, scores: np.ndarray) -> list[list[float]]:
    curve = coverage_curve(labels, scores)
    steps = np.unique(np.linspace(0, len(curve.coverage) - 1, CURVE_STEPS).round().astype(int))
    return [[round(float(curve.coverage[n]), 4), round(float(curve.accuracy[n]), 4)] for n in steps]


def _without_nothing(value: Any) -> Any:
    """JSON without nulls, which TOML has not."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(one) for key, one in value.items() if one is not None}
    return [_without_nothing(one) for one in value] if isinstance(value, list) else value
