"""Results of tasks done at the same time, in the order of the tasks, with a bounded look ahead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

LOOK_AHEAD = 4
"""Tasks in hand for each worker: enough that all workers are busy while one task in six is slow, and few
enough that few sources are held in memory."""

_POLL_S = 0.5
"""Longest wait in seconds, because on Windows Ctrl-C does not end one."""


def gathered(
    tasks: Iterable[Task],
    submit: Callable[[Task], Future[Any]],
    finish: Callable[[Task, Future[Any]], Result],
    cancel: Callable[[Collection[Future[Any]]], None],
    ahead: int,
    ordered: bool = True,
) -> Generator[Result, None, None]:
    """Runs tasks and yields their results.

    However it ends, unfinished tasks are cancelled. On Ctrl-C while it waits, it cancels them, yields the
    results that are ready, and then raises `KeyboardInterrupt`.

    Args:
        tasks: taken one by one as results are consumed; may be endless.
        submit: starts a task.
        finish: makes the result of a task that is done, or raises.
        cancel: cancels tasks.
        ahead: most tasks that are submitted and not yet consumed.
        ordered: in the order of `tasks`; otherwise each as soon as it is done.

    Example:
        >>> from genrelens.processes.threads import Threads
        >>> threads = Threads(2)
        >>> list(gathered("abc", lambda one: threads.submit(str.upper, one),
        ...               lambda one, future: future.result(), threads.cancel, ahead=2))
        ['A', 'B', 'C']
        >>> threads.close()
    """
    in_hand: dict[Future[Any], Task] = {}
    try:
        try:
            for task in tasks:
                in_hand[submit(task)] = task
                while (done := _done(in_hand, ordered, wait_for_one=len(in_hand) >= ahead)) is not None:
                    yield finish(in_hand.pop(done), done)
            while (done := _done(in_hand, ordered, wait_for_one=True)) is not None:
                yield finish(in_hand.pop(done), done)
        except KeyboardInterrupt:
            finished = {future: task for future, task in in_hand.items() if future.done()}
            cancel(in_hand)
            in_hand = {}
            for future, task in finished.items():
                yield finish(task, future)
            raise
    finally:
        cancel(in_hand)


def _done(in_hand: Collection[Future[Any]], ordered: bool, wait_for_one: bool) -> Future[Any] | None:
    """The future whose result is next; None where there is none, or none is done yet."""
    candidates = list(islice(in_hand, 1 if ordered else None))
    while candidates:
        for future in candidates:
            if future.done():
                return future
        if not wait_for_one:
            break
        wait(candidates, _POLL_S, FIRST_COMPLETED)
    return None
