"""Trainings as tasks for processes: one on a processor, all folds of a member on a GPU.

Two threads in one process gain less than two processes of one thread, and are up to ten times slower when
another program keeps one core busy; and with one thread everywhere numbers do not depend on how many
processes there are. The processes are those of `genrelens.processes`: started afresh, ended with their parent
even when it is killed; Ctrl-C is left to it. Each writes what it finished into the run's folder itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from genrelens.processes import worker_main
from genrelens.processes.limits import Limits, TaskEnded
from genrelens.processes.parallel_tasks import Work, run_tasks
from genrelens.recipes.load import MemberRecipe
from genrelens.training.early_stopping import Tick
from genrelens.training.matrix import Clips
from genrelens.training.members import MemberJob, MemberSetting, train_member
from genrelens.training.run_folder import RunFolder, read_clips


@dataclass(frozen=True, eq=False)
class Part:
    """One training, and the file of its result."""

    job: MemberJob
    path: Path


@dataclass(frozen=True, eq=False)
class PartsTask:
    """Trainings of one member that are done together.

    Attributes:
        run: the run's folder.
        clips: where the rows of the member's input lie.
        setting: what the trainings have in common.
        parts: the trainings.
        cost: roughly how long an epoch of one takes, relative to others.
    """

    run: Path
    clips: Path
    setting: MemberSetting
    parts: tuple[Part, ...]
    cost: float

    @property
    def total_cost(self) -> float:
        """Roughly how long it takes, relative to others."""
        return self.cost * epochs_of(self.setting.member) * len(self.parts)

    def train(self, tick: Tick) -> None:
        """Trains, and writes the results."""
        began = time.perf_counter()
        jobs = [part.job for part in self.parts]
        results = train_member(self.setting, _mapped_clips(self.clips), jobs, tick)
        seconds = (time.perf_counter() - began) / len(jobs)
        run = RunFolder(self.run)
        for part, result in zip(self.parts, results, strict=True):
            run.write_part(part.path, replace(result, seconds=seconds))


def train_parts(tasks: Sequence[PartsTask], processes: int, tick: Tick) -> None:
    """Does all tasks; which process takes which does not matter to them.

    Args:
        tasks: the longest are begun first, so that no process is left alone with one at the end.
        processes: 1 does them here.
        tick: called with epochs done, whoever did them, one call at a time.

    Raises:
        GenreLensError: a training failed in a way that the user can mend; others are stopped.
        Exception: one failed otherwise.
        RuntimeError: a process was killed.
    """
    calling = threading.Lock()

    def reported(epochs: int) -> None:
        with calling:
            tick(epochs)

    work = Work(_Runner, limits=Limits(stall_s=None), attempts=1, quiet=False)
    longest_first = sorted(tasks, key=lambda task: -task.total_cost)
    try:
        for _ in run_tasks(work, longest_first, processes, _finished, reported):
            pass
    finally:
        _mapped_clips.cache_clear()


class _Runner:
    """What a process loads: one thread, and an allocator that keeps what a step frees."""

    def __init__(self) -> None:
        import torch

        from genrelens.training.allocator import keep_freed_memory

        keep_freed_memory()
        torch.set_num_threads(1)

    def __call__(self, task: PartsTask) -> None:
        task.train(worker_main.report)


def _finished(task: PartsTask, future: Future[Any]) -> None:
    try:
        future.result()
    except TaskEnded as end:
        raise RuntimeError(
            "a training process was killed (out of memory?); run the same command again with fewer "
            "--jobs, finished parts are kept"
        ) from end


@lru_cache(maxsize=1)
def _mapped_clips(folder: Path) -> Clips:
    return read_clips(folder)


def epochs_of(member: MemberRecipe) -> int:
    """Epochs of a training as they are counted for the user: a head is one."""
    return 1 if member.is_head else member.training.epochs


def cost_of(member: MemberRecipe, width: int) -> float:
    """Roughly how long an epoch of a member takes on an input of that width, as measured on one core.

    Example:
        >>> mlp, lstm = (MemberRecipe("a", name, ("mel",)) for name in ("mlp", "cnn_avg_lstm"))
        >>> cost_of(mlp, 128) < cost_of(lstm, 12) < cost_of(lstm, 128)
        True
    """
    if member.own_encoder is not None:
        return 100.0
    if not member.architecture.startswith("cnn"):
        return 1.0
    return 12 + width / 12 + (8 if member.architecture.endswith("lstm") else 0)


Progress = Callable[[int, int], None]
"""Called with epochs done and epochs in all."""
