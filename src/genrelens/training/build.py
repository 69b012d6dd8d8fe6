"""From a recipe and data to a bundle: cross-validate, train on everything, calibrate, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.bundle import Encoder, Manifest, Member, write_bundle
from genrelens.encoders import encoder_spec, read_model
from genrelens.ensemble import Fusion
from genrelens.ensemble.fusion import Rule
from genrelens.evaluation.artists_apart import ArtistsApart
from genrelens.evaluation.metrics import accuracy, balanced_accuracy, predicted_genres
from genrelens.evaluation.protocols import check_protocol
from genrelens.evaluation.splits import SplitPlan
from genrelens.provenance import record_head, source_commit, versions
from genrelens.recipes.load import Recipe
from genrelens.recognition.inputs import canonical_input, describe_input
from genrelens.training.cross_validation import CrossValidation, Trainer
from genrelens.training.data import TrainingData
from genrelens.training.detector_rows import build_detectors
from genrelens.training.fusion import calibrate, fit_fusion, fuse_splits, split_fusions
from genrelens.training.members import MemberResult
from genrelens.training.options import TrainerOptions
from genrelens.training.recorded_data import RecordedData, nothing_recorded
from genrelens.training.records import curves_of, plot_curves, write_out_of_fold
from genrelens.training.results import Score, member_scores, results_of, score_of
from genrelens.training.run_folder import RunFolder

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, epochs done, and epochs in all."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A recipe cross-validated on data.

    Attributes:
        trainer: what trained it.
        plan: how tracks were divided.
        notes: what a reader of the numbers must know.
        found: probabilities and curves.
        fusions: by rule, one a split; holds the recipe's rule.
        fused: by rule, (splits, tracks, genres) scores of tested tracks, NaN elsewhere.
        members: accuracy and its relatives by member.
        fusion_scores: the same of each fusion, by rule.
        seconds: of wall time; trainings that were there already are not counted.
    """

    trainer: Trainer
    plan: SplitPlan
    notes: tuple[str, ...]
    found: CrossValidation
    fusions: Mapping[Rule, tuple[Fusion, ...]]
    fused: Mapping[Rule, Floats]
    members: Mapping[str, Score]
    fusion_scores: Mapping[str, Score]
    seconds: float

    @property
    def protocol(self) -> str:
        """The name of the protocol."""
        return self.plan.protocol

    @property
    def score(self) -> Score:
        """Of the recipe's own rule."""
        return self.fusion_scores[self.trainer.recipe.rule]

    @property
    def artists(self) -> ArtistsApart:
        """How far artists were kept apart."""
        data = self.trainer.data
        return ArtistsApart(check_protocol(self.protocol).artists, data.artists_known, len(data.labels))

    def results(self) -> dict[str, Any]:
        """As they stand in run records and manifests."""
        return {
            "protocol": self.protocol,
            "artists_apart": self.artists.apart,
            "artists": self.artists.to_dict(),
            "splits": len(self.found.splits),
            "notes": list(self.notes),
            "silent": int(self.trainer.data.silent.sum()),
            **results_of(self.members, self.fusion_scores, self.trainer.recipe.rule),
            "by_collection": self.by_collection(),
        }

    def out_of_fold(self) -> tuple[NDArray[np.bool_], Floats]:
        """Which tracks were tested, and the ensemble's scores of those, uncalibrated, (tested, genres)."""
        tested = np.asarray(self.found.tested.any(axis=0))
        return tested, self.found.mean_over_splits(self.fused[self.trainer.recipe.rule])[tested]

    def by_collection(self) -> dict[str, dict[str, float]]:
        """Of each collection of the data: tracks tested, accuracy and balanced accuracy of the ensemble."""
        data = self.trainer.data
        tested, scores = self.out_of_fold()
        labels, answers = data.labels[tested], predicted_genres(scores)
        collections = np.array(data.collections or ("",) * len(data.labels))[tested]
        parts = {str(name): collections == name for name in np.unique(collections)}
        return {
            name: {
                "tracks": int(here.sum()),
                "accuracy": round(accuracy(labels[here], answers[here]), 5),
                "balanced": round(balanced_accuracy(labels[here], answers[here]), 5),
            }
            for name, here in parts.items()
        }


def evaluate_recipe(
    recipe: Recipe,
    data: TrainingData,
    run_dir: Path,
    protocol: str = "artist5",
    options: TrainerOptions | None = None,
    progress: Progress = lambda what, done, total: None,
    one_way: bool = False,
) -> Evaluated:
    """Cross-validates a recipe under a protocol, resuming what a killed run left in `run_dir`.

    It is the one way to measure a recipe: bundles are built from it, and `experiments.evaluate` reads it.

    Args:
        recipe: what is trained.
        data: on what.
        run_dir: folder of finished trainings.
        protocol: one of `evaluation.protocols.protocol_names`.
        options: seed of splits and trainings, device, processes.
        progress: called as epochs are done.
        one_way: of `cross`, only from the first collection to the other.

    Raises:
        DataError: the protocol cannot divide these tracks.
        OutputError: the folder cannot be written.
    """
    begun = time.monotonic()
    trainer = Trainer(recipe, data, RunFolder(run_dir), options)
    plan = data.dataset.plan(protocol, trainer.seed, one_way)
    found = trainer.cross_validate(plan.splits, lambda done, total: progress("cross-validating", done, total))
    rules: tuple[Rule, ...] = tuple(dict.fromkeys(("majority", "soft", recipe.rule)))
    fusions = {
        rule: split_fusions(trainer, plan.splits, rule, lambda d, n: progress("training for stacking", d, n))
        for rule in rules
    }
    fused = {rule: fuse_splits(found, fusions[rule]) for rule in rules}
    return Evaluated(
        trainer,
        plan,
        (*plan.notes, *_silent_note(data)),
        found,
        fusions,
        fused,
        member_scores(data, found),
        {rule: score_of(data, found, scores) for rule, scores in fused.items()},
        time.monotonic() - begun,
    )


def _silent_note(data: TrainingData) -> tuple[str, ...]:
    count = int(data.silent.sum())
    if not count:
        return ()
    what = "1 track is" if count == 1 else f"{count} tracks are"
    return (f"{what} silent wherever decoded: not learnt from, and not answered where tested",)


def build_bundle(
    evaluated: Evaluated,
    out: Path,
    name: str | None = None,
    progress: Progress = lambda what, done, total: None,
    recorded: RecordedData | None = None,
) -> Manifest:
    """Trains every member on all tracks and writes the bundle.

    The same data, recipe, seed and versions give the same bytes.

    Args:
        evaluated: what cross-validation found.
        out: the bundle file.
        name: of the bundle; by default the file's.
        progress: called as epochs are done.
        recorded: further sounds that detectors are trained on.

    Raises:
        EncoderError: the encoder of a member is not on this machine.
        OutputError: the file cannot be written.
    """
    trainer = evaluated.trainer
    recipe, data = trainer.recipe, trainer.data
    results = trainer.train_all(
        evaluated.found, lambda done, total: progress("training on all tracks", done, total)
    )
    tested, scores = evaluated.out_of_fold()
    labels = data.labels[tested]
    probabilities = evaluated.found.out_of_fold[:, tested]
    calibration = calibrate(scores, labels, recipe.decision)
    encoders, encoder_files = _encoders(recipe, results)
    sounds = recorded or nothing_recorded(data)
    detectors, detector_files = build_detectors(recipe, data, sounds, progress)
    members = tuple(
        Member(
            one.name,
            one.architecture,
            one.inputs,
            f"members/{number:02d}-{_safe(one.name)}.onnx",
            accuracy=round(evaluated.members[one.name].accuracy, 5),
        )
        for number, one in enumerate(recipe.members)
    )
    manifest = Manifest(
        name=name or out.stem,
        genres=data.genres,
        members=members,
        combination=fit_fusion(recipe.rule, probabilities, labels),
        inputs={canonical_input(one): describe_input(one) for one in recipe.input_names()},
        encoders=encoders,
        conditioning=recipe.conditioning,
        temperature=calibration.temperature,
        answer_threshold=calibration.answer_threshold,
        set_threshold=calibration.set_threshold,
        set_coverage=recipe.decision.set_coverage,
        detectors=detectors,
        training=_training(evaluated, results, sounds),
        card=_card(evaluated),
        licences={one.name: one.licence for one in encoders},
    )
    files = {member.file: results[member.name].model for member in members}
    return write_bundle(out, manifest, {**files, **encoder_files, **detector_files})


def write_record(
    evaluated: Evaluated,
    command: Sequence[str],
    bundle: Path | None,
    seconds: float,
    recorded: RecordedData | None = None,
) -> Path:
    """Writes the run record and, where matplotlib is there, a picture of the losses, into the run's folder.

    Args:
        evaluated: what cross-validation found.
        command: words of the command line.
        bundle: that was written.
        seconds: wall time of the whole command.
        recorded: further sounds that detectors were trained on.

    Returns:
        the path of the record.
    """
    trainer = evaluated.trainer
    curves = curves_of(evaluated.found)
    plot_curves(curves, trainer.run.folder / "losses.png")
    tested, scores = evaluated.out_of_fold()
    write_out_of_fold(trainer.run.folder / "out_of_fold.csv", trainer.data, np.flatnonzero(tested), scores)
    record = {
        "schema": 1,
        **record_head(
            command,
            trainer.data.summary(),
            trainer.seed,
            trainer.recipe.to_dict(),
            trainer.recipe.digest,
            None if bundle is None else bundle.name,
        ),
        "device": trainer.device,
        "jobs": trainer.jobs,
        "recorded": (recorded or nothing_recorded(trainer.data)).summary(),
        "wall_time_s": {"cross_validation": round(evaluated.seconds, 1), "all": round(seconds, 1)},
        "results": evaluated.results(),
        "curves": curves,
    }
    return trainer.run.write_record(record)


def _training(
    evaluated: Evaluated, results: Mapping[str, MemberResult], recorded: RecordedData
) -> dict[str, Any]:
    """The training in the manifest: nothing that differs between two equal builds."""
    trainer = evaluated.trainer
    return {
        "data": trainer.data.summary(),
        "tracks": dict(trainer.data.digests),
        "recorded": recorded.summary(),
        "recipe": trainer.recipe.to_dict(),
        "seed": trainer.seed,
        "device": trainer.device,
        "versions": versions(),
        "commit": source_commit(),
        "epochs": {name: one.best_epoch for name, one in results.items() if one.best_epoch},
        "results": evaluated.results(),
    }


def _card(evaluated: Evaluated) -> dict[str, Any]:
    data, score, artists = evaluated.trainer.data, evaluated.score, evaluated.artists
    spread = "" if score.spread is None else f" ± {score.spread:.1%}"
    splits = "1 split" if len(score.splits) == 1 else f"{len(score.splits)} splits"
    return {
        "accuracy": f"{score.accuracy:.1%}{spread} over {splits}, {artists.sentence}",
        "interval": f"{score.low:.1%} to {score.high:.1%} (95 %, over {artists.unit})",
        "balanced_accuracy": f"{score.balanced:.1%}",
        "by_collection": {
            name: f"{one['accuracy']:.1%} of {one['tracks']} (balanced {one['balanced']:.1%})"
            for name, one in evaluated.by_collection().items()
        },
        "protocol": evaluated.protocol,
        "recipe": evaluated.trainer.recipe.name,
        "trained_on": f"{len(data.labels)} tracks of {data.name}",
        "tracks": data.summary()["genres"],
    }


def _encoders(
    recipe: Recipe, results: Mapping[str, MemberResult]
) -> tuple[tuple[Encoder, ...], dict[str, bytes]]:
    """The encoders of the members; in the bundle where the package has them or training made them."""
    tuned = {
        one.own_encoder: results[one.name].encoder for one in recipe.members if one.own_encoder is not None
    }
    names = dict.fromkeys(
        canonical_input(name).partition("/")[0]
        for name in recipe.input_names()
        if "/" in canonical_input(name)
    )
    entries, files = [], {}
    for name in names:
        spec = encoder_spec(name)
        if name in tuned or spec.upstream is None:
            file = f"encoders/{name}.onnx"
            entries.append(Encoder(name, spec.licence, file))
            files[file] = tuned.get(name) or read_model(name)
        else:
            entries.append(Encoder(name, spec.licence, upstream_sha256=spec.upstream.sha256))
    return tuple(entries), files


def _safe(name: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one in "._+-") else "_" for one in name)[:100]
