"""The systems that the paper compares itself with, on the splits that its own models are measured on.

What is measured stands in the run's folder: splits of systems as `genrelens evaluate --system` keeps them,
answers of the recipe `full`, and costs. A second call reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from genrelens import __version__
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import FittingFailed
from genrelens.baselines.cost import clip_seconds, spread_over
from genrelens.baselines.inputs import BaselineInputs
from genrelens.baselines.registry import baseline_names, load_baseline
from genrelens.datasets import DataSet
from genrelens.errors import EncoderError, RecipeError
from genrelens.evaluation.results import SystemResults, compare, summarise
from genrelens.experiments.baseline_answers import baseline_rows, evaluate_on_rows
from genrelens.experiments.collections import join_collections
from genrelens.extras import MissingExtra
from genrelens.feature_store import FeatureStore
from genrelens.paper.recipe_answers import RecipeAnswers
from genrelens.paper.tables import RANDOM
from genrelens.provenance import machine
from genrelens.training.data import TrainingData
from genrelens.training.members import MemberResult
from genrelens.training.run_folder import RunFolder, digest

FULL = "full"
CROSS = "cross"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Rival:
    """What all systems are tested against.

    Args:
        results: by protocol.
        meaning: one line.
        seconds: of one training; None where it was not timed.
    """

    results: Mapping[str, SystemResults]
    meaning: str
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Setting:
    """What all systems have in common.

    Args:
        data: the data set.
        other: the collection that `cross` tests on; None where there is none.
        protocols: names; `cross` among them where there is another collection.
        folder: of finished splits.
        seed: of splits and classifiers.
        jobs: processes.
        device: `cpu` or `cuda`, for the recipe `full`.
        store: of computed inputs; None is the user's cache.
        progress: called with what is being done.
    """

    data: DataSet
    other: DataSet | None
    protocols: tuple[str, ...]
    folder: Path
    seed: int = 0
    jobs: int = 1
    device: str = "cpu"
    store: FeatureStore | None = None
    progress: Progress = field(default=lambda what, done, total: None)


def chosen_systems(names: Sequence[str] = ()) -> tuple[list[Baseline], list[str]]:
    """The systems of these names, or all that can be run here.

    Args:
        names: of systems; none for all.

    Returns:
        systems, and a sentence for each that is left out, which only happens where none were named.

    Raises:
        RecipeError: there is no system of a name.
        MissingExtra: a library that a named system needs is not installed.
        EncoderError: a network that a named system needs is not on this machine.

    Example:
        >>> [system.name for system in chosen_systems(["mfcc_svm", "mfcc_svm"])[0]]
        ['mfcc_svm']
    """
    systems, notes = [], []
    for name in dict.fromkeys(names or baseline_names()):
        try:
            system = load_baseline(name)
            source = BaselineInputs(system.descriptors)
            for one in system.input_names:
                source.fingerprint(one)
        except (MissingExtra, EncoderError) as error:
            if names:
                raise
            notes.append(f"{name} is left out: {error}")
            continue
        systems.append(system)
    if not systems:
        raise RecipeError(f"no system can be run here: {'; '.join(notes)}")
    return systems, notes


def compare_systems(
    systems: Sequence[Baseline],
    setting: Setting,
    rivals: Mapping[str, Rival],
    with_full: bool = False,
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Measures systems under every protocol, with what they cost, and tests them against the rivals.

    Args:
        systems: that are fitted anew on every split.
        setting: data, protocols, folder.
        rivals: by name, measured on the same splits.
        with_full: whether the recipe `full` is trained on the same splits, too, as a further rival.
        left_out: sentences on systems that cannot be run here.

    Returns:
        plain values: `systems` and `rivals` by name, each with `protocols`, and `notes`.

    Raises:
        DataError: a protocol cannot split the data.
        OutputError: the folder cannot be written.
    """
    notes = list(left_out)
    rows = _rows(systems, setting)
    opponents = dict(rivals)
    if with_full:
        answers = RecipeAnswers(FULL, setting.folder / FULL, setting.seed, setting.device, setting.jobs)
        try:
            found = answers.under(setting.protocols, setting.data, setting.other, rows, setting.progress)
        except EncoderError as error:
            notes.append(f"the recipe {FULL} is left out: {error}")
        else:
            opponents[FULL] = Rival(*found)
    measured = _Measured(setting, rows, opponents, notes)
    splits = {name: len(one.dataset.plan(name, setting.seed, True).splits) for name, one in rows.items()}
    total, begun = len(systems) * sum(splits.values()), 0
    found_systems: dict[str, dict[str, Any]] = {}
    for system in systems:
        entry = _described(system)
        for protocol in setting.protocols:
            measured.add(entry, system, protocol, _counted(setting.progress, system.name, begun, total))
            begun += splits[protocol]
        if entry["protocols"]:
            entry["train_seconds"] = _train_seconds(entry)
            entry["clip_seconds"] = measured.clip_seconds(system, next(iter(entry["protocols"])))
            found_systems[system.name] = entry
    return {
        "systems": found_systems,
        "rivals": {name: _of_rival(rival) for name, rival in opponents.items()},
        "notes": list(dict.fromkeys(notes)),
    }


def _counted(progress: Progress, name: str, begun: int, total: int) -> Callable[[int, int], None]:
    """Reports the splits of all systems together."""
    return lambda done, _: progress(f"systems: {name}", begun + done, total)


def _rows(systems: Sequence[Baseline], setting: Setting) -> dict[str, TrainingData]:
    """The inputs that each protocol divides: of the data, and for `cross` of both collections."""

    def progress(done: int, total: int) -> None:
        setting.progress(f"inputs: {len(systems)} systems", done, total)

    found: dict[str, TrainingData] = {}
    if setting.other is not None and CROSS in setting.protocols:  # first, so that the rest is in the store
        both = join_collections(setting.data, setting.other)
        found[CROSS] = baseline_rows(systems, both, setting.jobs, setting.store, progress)
    alone = [name for name in setting.protocols if name not in found]
    if alone:
        rows = baseline_rows(systems, setting.data, setting.jobs, setting.store, progress)
        found |= dict.fromkeys(alone, rows)
    return {name: found[name] for name in setting.protocols}


@dataclass(frozen=True, eq=False)
class _Measured:
    """Adds what is found of one system under one protocol."""

    setting: Setting
    rows: Mapping[str, TrainingData]
    rivals: Mapping[str, Rival]
    notes: list[str]

    def add(
        self, entry: dict[str, Any], system: Baseline, protocol: str, progress: Callable[[int, int], None]
    ) -> None:
        setting = self.setting
        try:
            found = evaluate_on_rows(
                system, self.rows[protocol], protocol, setting.folder, setting.seed, setting.jobs, progress
            )
        except FittingFailed as error:
            self.notes.append(f"{system.name} has no number under {protocol}: {error}")
            return
        entry["protocols"][protocol] = _numbers(found.results) | {
            "seconds": round(float(np.mean(found.seconds)), 3),
            "against": {
                name: _plain(compare(found.results, rival.results[protocol]))
                for name, rival in self.rivals.items()
                if protocol in rival.results
            },
        }

    def clip_seconds(self, system: Baseline, protocol: str) -> float | None:
        """Timed once in a run's folder on one machine; fitted on the first split of the protocol."""
        rows = self.rows[protocol]
        paths = spread_over([track.path for track in rows.dataset.tracks])
        split = rows.dataset.plan(protocol, self.setting.seed, True).splits[0]
        here = (__version__, machine()["processor"], [str(path) for path in paths])
        run = RunFolder(self.setting.folder)
        part = run.part_path("cost", system.name, digest(system.identity(), dict(rows.digests), *here))
        kept = run.read_part(part)
        if kept is not None:
            return round(kept.seconds, 3)
        self.setting.progress(f"systems: timing {system.name}", 0, 1)
        try:
            seconds = clip_seconds(system, rows, split.train, paths, self.setting.seed)
        except FittingFailed as error:
            self.notes.append(f"{system.name} was not timed: {error}")
            return None
        if seconds is None:
            return None
        run.write_part(part, MemberResult(np.zeros((0, 0)), (), 0, b"", b"", seconds))
        return round(seconds, 3)


def _described(system: Baseline) -> dict[str, Any]:
    """A system without its numbers."""
    reference = system.reference
    return {
        "meaning": system.meaning,
        "published": "" if reference is None else reference.short,
        "reference": None if reference is None else asdict(reference),
        "claimed": system.claimed,
        "claimed_how": system.claimed_how,
        "identity": system.identity(),
        "protocols": {},
    }


def _of_rival(rival: Rival) -> dict[str, Any]:
    return {
        "meaning": rival.meaning,
        "train_seconds": None if rival.seconds is None else round(rival.seconds, 1),
        "protocols": {protocol: _numbers(results) for protocol, results in rival.results.items()},
    }


def _numbers(results: SystemResults) -> dict[str, Any]:
    """Accuracy as in the paper's tables: the mean over splits, intervals over the tracks that were tested."""
    summary = summarise(results)
    return {
        "accuracy": summary["mean"]["accuracy"],
        "deviation": summary["deviation"]["accuracy"],
        "balanced_accuracy": summary["mean"]["balanced_accuracy"],
        "interval_tracks": summary["interval_tracks"],
        "interval_artists": summary["interval_artists"],
        "tracks": summary["tracks"],
    }


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """A comparison of two systems without their names."""
    return {
        **found["difference"],
        **found["mcnemar"],
        "tracks": found["tracks"],
        "interval_over": found["interval_over"],
    }


def _train_seconds(entry: Mapping[str, Any]) -> float:
    """Of one training under the paper's protocol, or the first that was measured."""
    protocols = entry["protocols"]
    return float(protocols.get(RANDOM, next(iter(protocols.values())))["seconds"])
