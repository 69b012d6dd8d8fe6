"""Threads of this process that do tasks and can be cancelled."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError, Future
from typing import Any

from genrelens.processes.checkpoints import Cancelled, checked_by

CLOSING_S = 0.5
"""Seconds that closing waits for cancelled tasks to come to a checkpoint."""

_Task = tuple[Callable[[Any], Any], Any, "Future[Any]"]


class Threads:
    """Daemon threads that do tasks, and stop at their next checkpoint when they are cancelled.

    Args:
        count: how many.

    Example:
        >>> threads = Threads(2)
        >>> threads.submit(str.upper, "song").result()
        'SONG'
        >>> threads.close()
    """

    def __init__(self, count: int) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._dropped: set[Future[Any]] = set()
        self._threads = [
            threading.Thread(target=self._work, name="genrelens", daemon=True) for _ in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, do: Callable[[Any], Any], task: Any) -> Future[Any]:
        """Submits `do(task)`; returns a future of its result or error."""
        future: Future[Any] = Future()
        self._tasks.put((do, task, future))
        return future

    def cancel(self, futures: Collection[Future[Any]]) -> None:
        """Cancels tasks: waiting ones are never begun, running ones end at their next checkpoint."""
        self._dropped.update(future for future in futures if not future.cancel())

    def close(self) -> None:
        """Ends the threads after the tasks that they have; waits up to `CLOSING_S` seconds."""
        for _ in self._threads:
            self._tasks.put(None)
        until = time.monotonic() + CLOSING_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            do, what, future = task
            if not future.set_running_or_notify_cancel():
                continue

            def stop(future: Future[Any] = future) -> None:
                if future in self._dropped:
                    raise Cancelled

            try:
                with checked_by(stop):
                    result = do(what)
            except Cancelled:
                future.set_exception(CancelledError())
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
