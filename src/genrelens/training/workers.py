"""Trainings spread over processes, one thread each.

Two threads in one process gain less than two processes of one thread, and lose up to ten times when a
neighbour keeps one core busy; and with one thread everywhere numbers do not depend on how many processes
there are. Processes are started afresh (spawn), die with their parent even when it is killed, and leave
Ctrl-C to it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from genrelens.errors import GenreLensError

Report = tuple[str, Any]


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
        RuntimeError: a process failed otherwise, or was killed.
    """
    if min(jobs, len(tasks)) <= 1:
        prepare_process()
        for number, task in enumerate(tasks):
            task.run(tick)
            done(number)
        return
    context = multiprocessing.get_context("spawn")
    waiting = list(enumerate(tasks))[::-1]
    workers: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(min(jobs, len(tasks))):
            here, there = context.Pipe()
            process: BaseProcess = context.Process(target=_work, args=(there,), daemon=True)
            process.start()
            there.close()
            workers[here] = process
            here.send(waiting.pop())
        _serve(workers, waiting, len(tasks), tick, done)
    finally:
        for process in workers.values():
            process.terminate()
        for process in workers.values():
            process.join()


def _serve(
    workers: dict[Connection, BaseProcess],
    waiting: list[tuple[int, Task]],
    left: int,
    tick: Callable[[int], None],
    done: Callable[[int], None],
) -> None:
    while left:
        for connection in wait(list(workers)):
            assert isinstance(connection, Connection)
            try:
                kind, content = connection.recv()
            except (EOFError, ConnectionError) as error:
                raise RuntimeError(
                    "a training process was killed (out of memory?); run the same command again with fewer "
                    "--jobs, finished parts are kept"
                ) from error
            if kind == "tick":
                tick(content)
            elif kind == "error":
                raise content
            else:
                left -= 1
                done(content)
                if waiting:
                    connection.send(waiting.pop())


def prepare_process() -> None:
    """One thread, and an allocator that keeps what a step frees."""
    import torch

    from genrelens.training.allocator import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)


def _work(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    prepare_process()
    while True:
        try:
            number, task = connection.recv()
        except EOFError:
            return
        try:
            task.run(lambda steps: connection.send(("tick", steps)))
            connection.send(("done", number))
        except GenreLensError as error:
            connection.send(("error", _picklable(error)))
        except Exception:
            connection.send(("error", RuntimeError(traceback.format_exc())))


def _picklable(error: GenreLensError) -> GenreLensError:
    plain = type(error).__new__(type(error))
    plain.args = (str(error),)
    return plain


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
