"""The trainer against the plain way, on the same rows, splits and epochs: seconds and accuracies.

All ways are timed in turn, several times, each from data in memory to the accuracy on the tested rows of all
splits; the trainer's time includes starting its processes and writing its parts to disk.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.benchmarks.plain_loops import keras_version, train_plain_keras, train_plain_torch
from genrelens.datasets import DataSet, Track
from genrelens.evaluation.splits import Split
from genrelens.models.networks import ARCHITECTURES, Shape
from genrelens.recipes.load import MemberRecipe, Recipe, Training
from genrelens.training.cross_validation import Trainer
from genrelens.training.data import TrainingData
from genrelens.training.matrix import Fold, clips_of
from genrelens.training.options import TrainerOptions
from genrelens.training.results import member_scores
from genrelens.training.run_folder import RunFolder

Done = Callable[[str, int, float], None]
"""Called with a way's name, the round, and its seconds."""


@dataclass(frozen=True)
class Timed:
    """One way of training.

    Attributes:
        name: for tables.
        seconds: of each round.
        accuracies: of each split.
    """

    name: str
    seconds: tuple[float, ...]
    accuracies: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """Mean over splits."""
        return statistics.fmean(self.accuracies)

    @property
    def deviation(self) -> float:
        """Standard deviation over splits; 0 for a single one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def made_up_data(tracks: int, width: int, frames: int = 646, genres: int = 10, seed: int = 0) -> TrainingData:
    """Tracks of noise of which each genre moves some columns more: data of a size, not of music.

    Example:
        >>> data = made_up_data(20, width=8, frames=30)
        >>> len(data.labels), data.inputs["made_up"][0].shape
        (20, (30, 8))
    """
    random = np.random.default_rng(seed)
    labels = np.arange(tracks) % genres
    clips = random.standard_normal((tracks, frames, width), np.float32)
    tilt = random.standard_normal((genres, width), np.float32)
    clips += 0.05 * tilt[labels][:, None] * random.lognormal(0, 0.5, (tracks, 1, 1)).astype(np.float32)
    names = tuple(f"genre{n}" for n in range(genres))
    listed = [Track(f"track{n}", Path(f"track{n}"), names[label]) for n, label in enumerate(labels)]
    return TrainingData(
        DataSet("made up", tuple(listed), names),
        track=np.arange(tracks),
        as_it_is=np.ones(tracks, bool),
        inputs={"made_up": list(clips)},
    )


@dataclass(frozen=True)
class Course:
    """What all ways train alike.

    Attributes:
        architecture: one of the paper's five.
        input_name: its input.
        training: epochs, batch, rate; genres are not weighed, nothing is set apart.
        rounds: how often each way is timed.
        jobs: processes of the trainer.
        device: of the trainer.
        transform: of the input's values.
    """

    architecture: str
    input_name: str
    training: Training
    rounds: int = 3
    jobs: int = 1
    device: str = "cpu"
    transform: str = "none"


def race(
    data: TrainingData,
    splits: Sequence[Split],
    course: Course,
    done: Done = lambda name, number, seconds: None,
) -> list[Timed]:
    """Times every way that is installed, in turn.

    Args:
        data: holds the input.
        splits: what is trained and tested.
        course: what is trained, and how often.
        done: called after each timing.

    Returns:
        The trainer first (in float32, then in the machine's best precision where that is another), then the
        plain ways.
    """
    training = replace(course.training, balance="none", validation=0.0, patience=0, precision="float32")
    ways: dict[str, Callable[[], Sequence[float]]] = {
        "genrelens, float32": lambda: _ours(data, splits, replace(course, training=training))
    }
    if _has_faster_precision(course.device):
        best = replace(training, precision="auto")
        ways["genrelens, bfloat16 products"] = lambda: _ours(data, splits, replace(course, training=best))
    clips = clips_of(data.inputs[course.input_name], data.row_labels, len(data.genres), course.transform)
    shape = Shape(width=clips.width, genres=len(data.genres))

    def plain(train: Callable[..., float]) -> Sequence[float]:
        return [
            train(
                ARCHITECTURES[course.architecture],
                shape,
                training,
                clips,
                Fold(data.learnt_rows(split.train), seed=(number,)),
                data.tested_rows(split.test),
            )
            for number, split in enumerate(splits)
        ]

    ways["PyTorch, DataLoader"] = lambda: plain(train_plain_torch)
    if version := keras_version():
        ways[f"Keras {version}"] = lambda: plain(train_plain_keras)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    accuracies: dict[str, Sequence[float]] = {}
    for number in range(course.rounds):
        for name, way in ways.items():
            begun = time.perf_counter()
            accuracies[name] = way()
            seconds[name].append(time.perf_counter() - begun)
            done(name, number, seconds[name][-1])
    return [Timed(name, tuple(seconds[name]), tuple(accuracies[name])) for name in ways]


def rows_of(timed: Sequence[Timed]) -> list[dict[str, Any]]:
    """One row a way, with how many times longer it takes than the trainer in float32."""
    return [
        {
            "way": one.name,
            "median_s": round(one.median, 3),
            "ratio": round(one.median / timed[0].median, 3),
            "accuracy": round(one.accuracy, 4),
            "deviation": round(one.deviation, 4),
            "seconds": [round(value, 3) for value in one.seconds],
        }
        for one in timed
    ]


def _has_faster_precision(device: str) -> bool:
    import torch

    return device == "cuda" or bool(torch.cpu._is_amx_tile_supported())


def _ours(data: TrainingData, splits: Sequence[Split], course: Course) -> Sequence[float]:
    member = MemberRecipe("timed", course.architecture, (course.input_name,), course.training)
    recipe = Recipe("timed", (member,), transforms={course.input_name: course.transform})
    with tempfile.TemporaryDirectory(prefix="genrelens-bench-") as folder:
        options = TrainerOptions(device=course.device, jobs=course.jobs)
        trainer = Trainer(recipe, data, RunFolder(Path(folder)), options)
        return member_scores(data, trainer.cross_validate(splits))["timed"].splits
