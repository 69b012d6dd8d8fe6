"""A recipe's answers under several protocols, kept, so that a second run need not read its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genrelens import __version__
from genrelens.datasets import DataSet
from genrelens.evaluation.results import Answers, SystemResults
from genrelens.evaluation.splits import SplitPlan
from genrelens.experiments.evaluate import evaluate_under_protocol
from genrelens.experiments.split_answers import split_results
from genrelens.feature_store import FeatureStore
from genrelens.recipes.load import Recipe, load_recipe
from genrelens.training.data import TrainingData
from genrelens.training.inputs import input_store
from genrelens.training.members import MemberResult
from genrelens.training.options import TrainerOptions
from genrelens.training.run_folder import RunFolder, digest

Progress = Callable[[str, int, int], None]
FUSED = "fused"
"""What the fused answers of a split are filed as, beside the trainings of the members."""


@dataclass(frozen=True)
class RecipeAnswers:
    """A recipe that is trained anew on every split.

    Args:
        name: of the recipe, or its file.
        folder: of finished trainings and answers.
        seed: of splits and trainings.
        device: `cpu` or `cuda`.
        jobs: processes.
        store: of computed inputs; None is the user's cache.
    """

    name: str
    folder: Path
    seed: int = 0
    device: str = "cpu"
    jobs: int = 1
    store: FeatureStore | None = None

    def under(
        self,
        protocols: Sequence[str],
        data: DataSet,
        other: DataSet | None,
        rows: Mapping[str, TrainingData],
        progress: Progress = lambda what, done, total: None,
    ) -> tuple[dict[str, SystemResults], str, float | None]:
        """Its results by protocol, what it is, and the mean seconds of one training on a split.

        Args:
            protocols: names.
            data: the data set.
            other: the collection that `cross` tests on.
            rows: by protocol, the tracks that could be decoded, with their digests.
            progress: called as work is done.

        Raises:
            EncoderError: a network is not on this machine.
        """
        recipe = load_recipe(self.name)
        source = (self.store or input_store(recipe)).source
        inputs = [source.fingerprint(source.canonical(name)) for name in recipe.learnt_from()]
        about = [recipe.digest, inputs, self.seed, self.device, __version__]
        found: dict[str, SystemResults] = {}
        seconds: list[float] = []
        for protocol in protocols:
            found[protocol], own = self._under(
                recipe,
                protocol,
                data,
                other if protocol == "cross" else None,
                rows[protocol],
                about,
                progress,
            )
            seconds += own
        meaning = f"the recipe {recipe.name}: {recipe.description}" if recipe.description else recipe.name
        return found, meaning, float(np.mean(seconds)) if seconds else None

    def _under(
        self,
        recipe: Recipe,
        protocol: str,
        data: DataSet,
        other: DataSet | None,
        rows: TrainingData,
        about: Sequence[Any],
        progress: Progress,
    ) -> tuple[SystemResults, list[float]]:
        plan = rows.dataset.plan(protocol, self.seed, one_way=True)
        key = digest(*about, protocol, rows.track_ids, rows.labels, rows.groups, dict(rows.digests))
        run = RunFolder(self.folder)
        paths = [
            run.part_path(f"{FUSED}-{protocol}", one.name, digest(key, one.train, one.valid, one.test))
            for one in plan.splits
        ]
        kept = [run.read_part(path) for path in paths]
        if any(one is None for one in kept):
            options = TrainerOptions(self.seed, self.device, self.jobs)
            evaluated = evaluate_under_protocol(
                recipe,
                data,
                protocol,
                self.folder,
                other,
                options,
                self.store,
                lambda what, done, total: progress(f"{recipe.name}: {what}, {protocol}", done, total),
            )
            if _same(evaluated.plan, plan):
                seconds = evaluated.seconds or (0.0,) * len(paths)
                for path, one, taken in zip(paths, evaluated.results.answers, seconds, strict=True):
                    run.write_part(path, MemberResult(one.probabilities, (), 0, b"", b"", taken))
            return evaluated.results, list(evaluated.seconds)
        there = [one for one in kept if one is not None]
        answers = [
            Answers(split.name, split.test, one.probabilities)
            for split, one in zip(plan.splits, there, strict=True)
        ]
        return split_results(recipe.name, answers, plan, rows.dataset), [
            one.seconds for one in there if one.seconds
        ]


def _same(first: SplitPlan, second: SplitPlan) -> bool:
    """Whether two plans divide the same tracks; not where only one computation could decode a track."""
    return len(first.splits) == len(second.splits) and all(
        np.array_equal(a.train, b.train) and np.array_equal(a.test, b.test)
        for a, b in zip(first.splits, second.splits, strict=True)
    )
