"""What `genrelens evaluate` can measure: a recipe, a bundle, a baseline, another tool's predictions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from genrelens.datasets import DataSet
    from genrelens.experiments.bundle_answers import Evaluation, Progress


@dataclass(frozen=True)
class Question:
    """What a system is asked: which tracks, divided how."""

    data: DataSet
    protocol: str
    other: DataSet | None
    seed: int
    jobs: int
    report: Progress


class System(Protocol):
    """One of these, read and checked before any track is decoded."""

    def evaluate(self, asked: Question, /) -> Evaluation:
        """Its results."""
        ...

    def identity(self) -> dict[str, Any]:
        """What a run record says of it."""
        ...


class RecipeSystem:
    """A recipe, read and checked before any track is decoded."""

    def __init__(self, name: str, epochs: int | None, device: str, runs: Path) -> None:
        from genrelens.extras import TRAINING, require

        require(*TRAINING)
        from genrelens.recipes.load import load_recipe
        from genrelens.training.fit import chosen_device

        chosen = load_recipe(name)
        self.recipe = chosen if epochs is None else chosen.with_training(epochs=epochs)
        self.device, self.runs = chosen_device(device), runs

    def evaluate(self, asked: Question) -> Evaluation:
        """Its results; see `System`."""
        from genrelens.experiments.evaluate import evaluate_under_protocol
        from genrelens.training.options import TrainerOptions

        return evaluate_under_protocol(
            self.recipe,
            asked.data,
            asked.protocol,
            self.runs,
            asked.other,
            TrainerOptions(asked.seed, self.device, asked.jobs),
            progress=asked.report,
        )

    def identity(self) -> dict[str, Any]:
        """What a run record says of it."""
        return {"recipe": self.recipe.to_dict(), "recipe_digest": self.recipe.digest}


class BundleSystem:
    """A bundle, opened before any track is decoded."""

    def __init__(self, name: str, allow_training_tracks: bool) -> None:
        from genrelens.recognition import Recognizer

        self.recognizer, self.allow = Recognizer(name), allow_training_tracks

    def evaluate(self, asked: Question) -> Evaluation:
        """Its results; see `System`."""
        from genrelens.datasets.trained_tracks import TrainedTracks
        from genrelens.experiments.bundle_answers import evaluate_bundle

        return evaluate_bundle(
            self.recognizer,
            asked.data,
            asked.protocol,
            other=asked.other,
            seed=asked.seed,
            jobs=asked.jobs,
            progress=asked.report,
            trained=TrainedTracks.of(self.recognizer.bundle.manifest.training),
            allow_training_tracks=self.allow,
        )

    def identity(self) -> dict[str, Any]:
        """What a run record says of it."""
        return {"bundle": self.recognizer.bundle.identity}


class TableSystem:
    """Another tool's predictions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def evaluate(self, asked: Question) -> Evaluation:
        """Its results; see `System`."""
        from genrelens.experiments.predictions import evaluate_predictions

        return evaluate_predictions(self.path, asked.data, asked.protocol, asked.other, asked.seed)

    def identity(self) -> dict[str, Any]:
        """What a run record says of it."""
        return {}


class BaselineSystem:
    """A baseline, found before any track is decoded."""

    def __init__(self, name: str, runs: Path) -> None:
        from genrelens.baselines.registry import load_baseline

        self.system, self.runs = load_baseline(name), runs

    def evaluate(self, asked: Question) -> Evaluation:
        """Its results; see `System`."""
        from genrelens.experiments.baseline_answers import evaluate_baseline

        return evaluate_baseline(
            self.system,
            asked.data,
            asked.protocol,
            self.runs,
            asked.other,
            asked.seed,
            asked.jobs,
            progress=asked.report,
        )

    def identity(self) -> dict[str, Any]:
        """What a run record says of it."""
        return {"baseline": self.system.identity()}


def is_recipe(name: str) -> bool:
    """Whether `--against` names a recipe in the package or a TOML file."""
    from genrelens.recipes.load import recipe_names

    return name in recipe_names() or name.endswith(".toml")


def is_baseline(name: str) -> bool:
    """Whether `--against` names a baseline."""
    from genrelens.baselines.registry import baseline_names

    return name in baseline_names()
