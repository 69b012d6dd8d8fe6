"""Several workers, replaced as they end.

A worker that dies ends neither the run nor other tasks. Where it was killed for a limit, its task fails.
Where it crashed, the task is tried once more in a new process, because the cause may be an earlier task or
the system; a second crash is an error of the task.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from genrelens.errors import DecoderCrashed, WorkerError
from genrelens.processes import wire
from genrelens.processes.limits import Limits, TaskEnded
from genrelens.processes.worker import Job, Worker

TICK_S = 0.1
"""Seconds between two checks of the workers."""

CLOSING_S = 2.0
"""Seconds that closing waits for the processes to end."""


@dataclass(eq=False)
class _Task:
    content: bytes
    reported: Callable[[Any], None] | None
    future: Future[Any] = field(default_factory=Future)
    worker: Worker | None = None
    dropped: bool = False


class Pool:
    """Worker processes that do tasks; thread-safe. A context manager.

    Args:
        load: called once in each worker to make the function that does tasks: a function that can be pickled,
            or its `module:name`, which this process then need not import.
        arguments: of `load`; can be pickled.
        workers: most of them; each is started when there is a task for it.
        limits: of each task.
        attempts: how often a task is begun, at most, whose process crashes.
        quiet: whether what workers print is discarded; decoders print messages that do not help users. With
            the environment variable GENRELENS_DEBUG it is printed.

    Example:
        >>> with Pool("functools:partial", (divmod, 7), workers=2) as pool:
        ...     pool.submit(2).result()
        (3, 1)
    """

    def __init__(
        self,
        load: str | Callable[..., Callable[[Any], Any]],
        arguments: tuple[Any, ...] = (),
        *,
        workers: int = 1,
        limits: Limits | None = None,
        attempts: int = 2,
        quiet: bool = True,
    ) -> None:
        self._job = Job(
            load if isinstance(load, str) else wire.dumps(load),
            wire.dumps(arguments),
            _folder(),
            quiet,
            limits or Limits(),
        )
        self._attempts = attempts
        self.workers = workers
        self._process = os.getpid()
        self._changed = threading.Condition()
        self._waiting: deque[_Task] = deque()
        self._running: dict[Future[Any], _Task] = {}
        self._drivers: list[threading.Thread] = []
        self._free = 0
        self._workers: set[Worker] = set()
        self._closed = threading.Event()
        atexit.register(self.close)

    def start(self) -> None:
        """Starts a first worker, which loads while the caller prepares its tasks.

        If it fails, the first task tries again, and raises the error if it fails again.
        """
        with self._changed:
            if not self._drivers:
                self._add_driver(at_once=True)

    def allow(self, workers: int) -> None:
        """Raises the number of workers to at least that."""
        with self._changed:
            self.workers = max(self.workers, workers)

    def submit(self, task: object, reported: Callable[[Any], None] | None = None) -> Future[Any]:
        """Submits a task.

        Args:
            task: can be pickled.
            reported: called, in another thread, with what the task reports (`worker_main.report`).

        Returns:
            a future of its result or error. The error is `TaskEnded` where its process ended early,
            `WorkerError` where no process could be started, `CancelledError` where it was cancelled.

        Raises:
            WorkerError: the pool is closed, or belongs to another process.
        """
        entry = _Task(wire.dumps(task), reported)
        with self._changed:
            if self._closed.is_set() or os.getpid() != self._process:
                raise WorkerError("these workers were closed, or belong to another process; make new ones")
            self._waiting.append(entry)
            if len(self._waiting) > self._free and len(self._drivers) < self.workers:
                self._add_driver(at_once=False)
            self._changed.notify()
        return entry.future

    def cancel(self, futures: Collection[Future[Any]]) -> None:
        """Cancels tasks: waiting ones are never begun, the processes of running ones are killed."""
        wanted = set(futures)
        with self._changed:
            for task in [task for task in self._waiting if task.future in wanted]:
                self._waiting.remove(task)
                task.future.cancel()
            for future in wanted & set(self._running):
                self._drop(self._running[future])

    def close(self) -> None:
        """Cancels all tasks and ends all workers, at once."""
        with self._changed:
            self._closed.set()
            for task in self._waiting:
                task.future.cancel()
            self._waiting.clear()
            for task in self._running.values():
                self._drop(task)
            for worker in self._workers:
                worker.kill()
            self._changed.notify_all()
        atexit.unregister(self.close)
        if os.getpid() == self._process:
            until = time.monotonic() + CLOSING_S
            for driver in self._drivers:
                driver.join(max(0.0, until - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # One thread a worker, and one that watches all

    def _add_driver(self, at_once: bool) -> None:
        if not self._drivers:
            threading.Thread(target=self._watch, name="genrelens-watch", daemon=True).start()
        # A worker ends with the thread that started it, so that thread stays with it
        driver = threading.Thread(target=self._drive, args=(at_once,), name="genrelens-worker", daemon=True)
        self._drivers.append(driver)
        self._free += 1
        driver.start()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._closed.wait(TICK_S):
            now = time.monotonic()
            # time in which this process was stopped (Ctrl-Z), or the machine slept, does not count
            seconds, before = min(now - before, 2 * TICK_S), now
            with self._changed:
                workers = list(self._workers)
            for worker in workers:
                worker.watch(seconds)

    def _drive(self, at_once: bool) -> None:
        if hasattr(signal, "pthread_sigmask"):  # inherited by workers: only this process handles Ctrl-C
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        worker = self._early_worker() if at_once else None
        try:
            while (task := self._taken()) is not None:
                worker = self._do(task, worker)
                with self._changed:
                    self._free += 1
        finally:
            if worker is not None:
                self._end(worker)

    def _early_worker(self) -> Worker | None:
        try:
            return self._new_worker(None)
        except Exception:
            return None

    def _taken(self) -> _Task | None:
        with self._changed:
            while True:
                while not self._waiting:
                    if self._closed.is_set():
                        return None
                    self._changed.wait()
                task = self._waiting.popleft()
                if task.future.set_running_or_notify_cancel():
                    self._running[task.future] = task
                    self._free -= 1
                    return task

    def _do(self, task: _Task, worker: Worker | None) -> Worker | None:
        """Does a task, in that worker or a new one; returns the worker, or None if it ended."""
        result: Any = None
        failure: BaseException | None = None
        for attempt in range(self._attempts):
            failure = None
            try:
                if worker is None:
                    worker = self._new_worker(task)
                self._attach(task, worker)
                result = worker.do(task.content, task.reported)
            except Exception as error:
                failure = error
            if worker is not None and (task.dropped or worker.must_be_replaced()):
                self._end(worker)
                worker = None
            crash = isinstance(failure, TaskEnded) and failure.kind is DecoderCrashed
            if not crash or task.dropped or attempt + 1 == self._attempts:
                break
        with self._changed:
            del self._running[task.future]
        if task.dropped:
            failure = CancelledError()
        if failure is None:
            task.future.set_result(result)
        else:
            task.future.set_exception(failure)
        return worker

    def _new_worker(self, task: _Task | None) -> Worker:
        worker = Worker(self._job)
        with self._changed:
            self._workers.add(worker)
            if self._closed.is_set():
                worker.kill()
        try:
            if task is not None:
                self._attach(task, worker)
            worker.load()
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _attach(self, task: _Task, worker: Worker) -> None:
        with self._changed:
            task.worker = worker
            if task.dropped:
                worker.kill()

    def _drop(self, task: _Task) -> None:
        task.dropped = True
        if task.worker is not None:
            task.worker.kill()

    def _end(self, worker: Worker) -> None:
        with self._changed:
            self._workers.discard(worker)
        worker.close()


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None
