"""Runs a list of tasks in this process or in worker processes; for training and for computing inputs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from genrelens.processes import worker_main
from genrelens.processes.gathering import gathered
from genrelens.processes.limits import Limits
from genrelens.processes.pool import Pool

Task = TypeVar("Task")
Result = TypeVar("Result")
TASKS_PER_PROCESS = 2
"""Tasks that are submitted at the same time, for each process."""


@dataclass(frozen=True)
class Work:
    """How tasks are done: `load(*arguments)` is called once in a process and returns the function for them.

    Args:
        load: can be pickled, as its arguments can, where there are several processes.
        arguments: of `load`.
        limits: of each task in a process of its own.
        attempts: how often a task is begun, at most, whose process crashes.
        quiet: whether what processes print is discarded.
    """

    load: Callable[..., Callable[[Any], Any]]
    arguments: tuple[Any, ...] = ()
    limits: Limits | None = None
    attempts: int = 2
    quiet: bool = True


def run_tasks(
    work: Work,
    tasks: Sequence[Task],
    processes: int,
    finish: Callable[[Task, Future[Any]], Result],
    reported: Callable[[Any], None] | None = None,
) -> Generator[Result, None, None]:
    """Runs tasks and yields each result as soon as it is ready.

    Tasks are begun in their order. However it ends, unfinished tasks are cancelled and all processes are
    ended.

    Args:
        work: how tasks are done.
        tasks: can be pickled where there are several processes.
        processes: how many; 1 does all tasks in this process.
        finish: makes the result of a task that is done, or raises what it raised.
        reported: called with what tasks report by `worker_main.report`; from another thread, and from several
            at the same time, where there are several processes.

    Raises:
        Exception: what `finish` raises; with one process what a task raises.

    Example:
        >>> work = Work(partial, (divmod, 7))
        >>> list(run_tasks(work, [2, 3], 1, lambda task, future: future.result()))
        [(3, 1), (2, 1)]
    """
    processes = min(processes, len(tasks))
    if processes <= 1:
        do = work.load(*work.arguments) if tasks else None
        for task in tasks:
            assert do is not None
            future: Future[Any] = Future()
            with worker_main.reporting_to(reported):
                future.set_result(do(task))
            yield finish(task, future)
        return
    pool = Pool(
        work.load,
        work.arguments,
        workers=processes,
        limits=work.limits,
        attempts=work.attempts,
        quiet=work.quiet,
    )
    with pool:
        submit = partial(pool.submit, reported=reported)
        yield from gathered(tasks, submit, finish, pool.cancel, TASKS_PER_PROCESS * processes, ordered=False)
