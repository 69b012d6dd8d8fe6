"""A system on every split of a plan; every finished split is kept in the run's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.choosing import FittingFailed, fit_chosen
from genrelens.errors import GenreLensError
from genrelens.evaluation.splits import Split
from genrelens.processes.limits import Limits, TaskEnded
from genrelens.processes.parallel_tasks import Work, run_tasks
from genrelens.training.data import TrainingData
from genrelens.training.inner_folds import learnt_tracks
from genrelens.training.members import MemberResult
from genrelens.training.run_folder import RunFolder, digest

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SplitResult:
    """What one fitted classifier answered.

    Attributes:
        probabilities: (tested tracks, genres), the mean over each track's excerpts; NaN where it is silent.
        seconds: of processor time for fitting, the choice of settings included.
    """

    probabilities: Floats
    seconds: float


def cross_validate(
    system: Baseline,
    data: TrainingData,
    splits: Sequence[Split],
    run: RunFolder,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[SplitResult]:
    """Fits a system on every split and asks it about the rest.

    Args:
        system: that is fitted.
        data: tracks, with the system's inputs.
        splits: of the tracks; what a protocol sets apart for validation is learnt from.
        run: where finished splits are kept.
        seed: of everything random.
        jobs: processes; the numbers do not depend on it.
        progress: called with splits done, and how many there are.

    Raises:
        OutputError: the folder cannot be written.
        FittingFailed: the classifier cannot be fitted on a split; finished ones are kept.
    """
    matrix = system.matrix(data.inputs)
    content = digest(system.identity(), seed, matrix, data.track, data.labels, data.groups)
    tasks = [
        _Task(
            split,
            run.part_path(system.name, split.name, digest(content, split.train, split.valid, split.test)),
        )
        for split in splits
    ]
    found = {task.path: run.read_part(task.path) for task in tasks}
    missing = [task for task in tasks if found[task.path] is None]
    done = len(tasks) - len(missing)
    progress(done, len(tasks))
    rows = _Rows(system, matrix, replace(data, inputs={}), run.folder, seed)
    work = Work(_Fitter, (rows,), Limits(stall_s=None), attempts=1, quiet=False)
    for _ in run_tasks(work, missing, jobs, _finished):
        done += 1
        progress(done, len(tasks))
    results = [found[task.path] or run.kept_part(task.path) for task in tasks]
    return [SplitResult(one.probabilities, one.seconds) for one in results]


@dataclass(frozen=True, eq=False)
class _Task:
    """One split, and the file of its result."""

    split: Split
    path: Path


@dataclass(frozen=True, eq=False)
class _Rows:
    """What all splits have in common."""

    system: Baseline
    matrix: NDArray[np.float32]
    data: TrainingData
    folder: Path
    seed: int


class _Fitter:
    """What a process loads."""

    def __init__(self, rows: _Rows) -> None:
        self.rows = rows

    def __call__(self, task: _Task) -> None:
        data, matrix = self.rows.data, self.rows.matrix
        learnt = data.learnt_rows(learnt_tracks(task.split))
        tested = data.tested_rows(task.split.test)
        began = time.process_time()
        groups = data.groups[data.track]
        try:
            fitted = fit_chosen(
                self.rows.system,
                matrix[learnt],
                data.row_labels[learnt],
                groups[learnt],
                len(data.genres),
                self.rows.seed,
            )
            seconds = time.process_time() - began
            predicted = fitted.predict(matrix[tested])
        except Exception as error:  # whatever a classifier can raise, of another package or given few tracks
            raise FittingFailed.of(self.rows.system, task.split.name, error) from error
        answers = data.by_track(tested, predicted)[task.split.test]
        RunFolder(self.rows.folder).write_part(task.path, MemberResult(answers, (), 0, b"", b"", seconds))


def _finished(task: _Task, future: Future[None]) -> None:
    try:
        future.result()
    except TaskEnded as end:
        raise GenreLensError(
            f"the process that fitted {task.path.parent.name} on {task.split.name} was killed (out of "
            "memory?); run the same command again with fewer --jobs, finished splits are kept"
        ) from end
