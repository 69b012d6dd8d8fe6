"""Trainings spread over processes, one thread each.

Two threads in one process gain less than two processes of one thread, and lose up to ten times when a
neighbour keeps one core busy; and with one thread everywhere numbers do not depend on how many processes
there are. The processes are those of `genrelens.processes`: started afresh, ended with their parent even when
it is killed; Ctrl-C is left to it.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from genrelens.processes import inside
from genrelens.processes.limits import Limits, TaskEnded
from genrelens.processes.pool import Pool

POLL_S = 0.5
"""Seconds after which waiting is taken up again: on Windows Ctrl-C does not end a wait."""


News = int | Future[Any]
"""Of a task: steps done, or that it is over."""


class Task(Protocol):
    """Something to be done in a process; must be picklable."""

    def run(self, tick: Callable[[int], None], /) -> None:
        """Does it, calling `tick` with the steps done."""
        ...


def run_tasks(
    tasks: Sequence[Task],
    jobs: int,
    tick: Callable[[int], None] = lambda steps: None,
    done: Callable[[int], None] = lambda number: None,
) -> None:
    """Runs all tasks; which process takes which does not matter to them.

    Args:
        tasks: in the order in which they are begun.
        jobs: processes; 1 runs them here.
        tick: called here with steps done, whoever did them.
        done: called here with a finished task's number.

    Raises:
        GenreLensError: one of them failed in a way that the user can mend; others are stopped.
        Exception: one failed otherwise.
        RuntimeError: a process was killed.
    """
    if min(jobs, len(tasks)) <= 1:
        prepare_process()
        for number, task in enumerate(tasks):
            task.run(tick)
            done(number)
        return
    news: queue.SimpleQueue[tuple[int, News]] = queue.SimpleQueue()
    limits = Limits(stall_s=None)
    with Pool(_Runner, workers=min(jobs, len(tasks)), limits=limits, attempts=1, quiet=False) as pool:
        for number, task in enumerate(tasks):
            future = pool.submit(task, partial(_tell, news, number))
            future.add_done_callback(partial(_tell, news, number))
        left = len(tasks)
        while left:
            try:
                number, one = news.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if isinstance(one, Future):
                _raise_what_ended(one)
                left -= 1
                done(number)
            else:
                tick(one)


def _tell(news: queue.SimpleQueue[tuple[int, News]], number: int, one: News) -> None:
    news.put((number, one))


def _raise_what_ended(future: Future[Any]) -> None:
    try:
        future.result()
    except TaskEnded as end:
        raise RuntimeError(
            "a training process was killed (out of memory?); run the same command again with fewer "
            "--jobs, finished parts are kept"
        ) from end


class _Runner:
    """What a worker process loads."""

    def __init__(self) -> None:
        prepare_process()

    def __call__(self, task: Task) -> None:
        task.run(inside.report)


def prepare_process() -> None:
    """One thread, and an allocator that keeps what a step frees."""
    import torch

    from genrelens.training.allocator import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)
