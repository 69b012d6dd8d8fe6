"""A worker process, used from the process that started it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from genrelens.errors import WorkerError
from genrelens.processes import wire
from genrelens.processes.limits import Limits, TaskEnded, crashed, held_by

LOADING_S = 300.0
"""Seconds after which a worker that is not ready is given up."""

ENDING_S = 5.0
"""Seconds that a process has to end by itself once it has closed its output."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "DUCC0_NUM_THREADS")
"""Numerical libraries read these when they are imported. Each process gets one core and one thread."""


@dataclass(frozen=True)
class Job:
    """What every worker of a pool is started with.

    Args:
        load: makes the function that does tasks; `module:name`, so that only workers import it, or pickled.
        arguments: of `load`, pickled.
        folder: where workers start, so that relative paths mean the same.
        quiet: whether what workers print is discarded.
        limits: of each task.
    """

    load: str | bytes
    arguments: bytes
    folder: str | None
    quiet: bool
    limits: Limits


class Worker:
    """One process. Used by one thread, except `watch` and `kill`.

    Args:
        job: what it is started with.

    Raises:
        WorkerError: the system starts no process.
    """

    def __init__(self, job: Job) -> None:
        self.limits = job.limits
        self._process = _started(job)
        self._streams = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        self._lock = threading.Lock()
        self._busy = False
        self._loaded = False
        self._spent_s = self._quiet_s = 0.0
        self._end: TaskEnded | WorkerError | None = None
        start = (job.load, job.arguments, wire.main_of_this_program(), os.getpid(), job.limits)
        with contextlib.suppress(OSError, ValueError):  # if it has ended, `load` raises
            wire.write_frame(self._streams[0], wire.dumps(start))

    def load(self) -> None:
        """Waits until the process is ready.

        Raises:
            Exception: what loading raised in the process.
            WorkerError: it ended instead.
        """
        with self._watched():
            kind, content = self._receive(_never_ready)
        if kind == "failed":
            raise content
        self._loaded = True

    def do(self, task: bytes, reported: Callable[[Any], None] | None = None) -> Any:
        """Does a task.

        Args:
            task: pickled.
            reported: called with what the task reports before it is done.

        Returns:
            its result.

        Raises:
            Exception: what the task raised.
            TaskEnded: the process ended instead.
        """
        with self._watched():
            with contextlib.suppress(OSError, ValueError):  # if it has ended, `_receive` raises
                wire.write_frame(self._streams[0], task)
            while True:
                kind, content = self._receive(crashed)
                self._quiet_s = 0.0
                if kind == "report" and reported is not None:
                    reported(content)
                elif kind == "done":
                    return content
                elif kind == "raised":
                    raise content

    def must_be_replaced(self) -> bool:
        """Whether the next task should have another worker."""
        ended = self._end is not None or self._process.poll() is not None
        return ended or self.limits.used_up(held_by(self._process.pid))

    def watch(self, seconds: float) -> None:
        """Counts time, and kills the process where it exceeds a limit."""
        with self._lock:
            if not self._busy or self._end is not None:
                return
            self._spent_s += seconds
            self._quiet_s += seconds
            if self._loaded:
                held = None if self.limits.memory_mb is None else held_by(self._process.pid)
                self._end = self.limits.exceeded(self._spent_s, self._quiet_s, held)
            elif self._spent_s > LOADING_S:
                self._end = WorkerError(f"a worker process was not ready after {LOADING_S:g} s; try again")
            if self._end is not None:
                self.kill()

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def close(self) -> None:
        """Ends it and closes its streams."""
        self.kill()
        self._process.wait()
        for stream in self._streams:
            with contextlib.suppress(OSError):
                stream.close()

    @contextlib.contextmanager
    def _watched(self) -> Any:
        with self._lock:
            self._spent_s = self._quiet_s = 0.0
            self._busy = True
        try:
            yield
        finally:
            with self._lock:
                self._busy = False

    def _receive(self, ended: Callable[[int | None], Exception]) -> tuple[str, Any]:
        try:
            kind, content = wire.loads(wire.read_frame(self._streams[1]))
        except EOFError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING_S)
            raise self._end or ended(self._process.poll()) from None
        return kind, content


def _never_ready(status: int | None) -> WorkerError:
    return WorkerError(
        f"a worker process ended before it was ready (exit status {status}); "
        "run again with GENRELENS_DEBUG=1 to see why"
    )


def _started(job: Job) -> subprocess.Popen[bytes]:
    if wire.importing_main:
        raise WorkerError(
            "no worker process could be started; a script must make this call below "
            "`if __name__ == '__main__':`, or with jobs=1"
        )
    if not sys.executable or getattr(sys, "frozen", False):
        raise WorkerError("worker processes need a Python interpreter, and this program is none; do without")
    code = f"import sys; sys.path[:] = {sys.path!a}; from genrelens.processes.worker_main import main; main()"
    quiet = job.quiet and not os.environ.get("GENRELENS_DEBUG")
    try:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            cwd=job.folder,
            env={**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1")},
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise WorkerError(
            f"no worker process could be started ({error.strerror or error}); "
            "run fewer at the same time, or free some memory"
        ) from error
