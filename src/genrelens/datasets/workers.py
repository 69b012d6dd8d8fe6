"""Jobs over processor cores, one process a core, one thread a process.

A worker that dies (a decoder that crashes on a hostile file, no memory left) takes down neither the run nor
the other recordings: those in hand are tried again one at a time, and the one that kills again is a failure.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for

from genrelens.datasets.extraction import Extractor, Failure, Job, Outcome
from genrelens.datasets.input_source import InputSource
from genrelens.errors import DataError, shown

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "DUCC0_NUM_THREADS")
IN_HAND = 2

_extractor: Extractor | None = None


def do_jobs(jobs: Sequence[Job], source: InputSource, processes: int) -> Generator[Outcome, None, None]:
    """Does jobs and gives each outcome as it comes.

    Args:
        jobs: what to do.
        source: where inputs come from; picklable where `processes` is more than 1.
        processes: 1 works in this process.

    Raises:
        GenreLensError: what a job raises that is not about its recording.
    """
    processes = min(processes, len(jobs))
    if processes <= 1:
        yield from map(Extractor(source), jobs)
        return
    remaining = list(reversed(jobs))
    while remaining:
        suspects: list[Job] = []
        yield from _until_broken(remaining, source, processes, suspects)
        for job in suspects:
            yield _alone(job, source)


def _until_broken(
    remaining: list[Job], source: InputSource, processes: int, suspects: list[Job]
) -> Generator[Outcome, None, None]:
    """Takes jobs from the end of `remaining`; where a worker dies, those in hand become `suspects`."""
    in_hand: dict[Future[Outcome], Job] = {}
    with _pool(source, processes) as pool:
        while remaining or in_hand:
            while remaining and len(in_hand) < IN_HAND * processes:
                job = remaining.pop()
                try:
                    in_hand[pool.submit(_do, job)] = job
                except BrokenProcessPool:
                    suspects.append(job)
                    break
            done, _ = wait(in_hand, return_when=FIRST_COMPLETED)
            for future in done:
                job = in_hand.pop(future)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    suspects.append(job)
                else:
                    yield outcome
            if suspects:
                suspects += in_hand.values()
                return


def _alone(job: Job, source: InputSource) -> Outcome:
    """The job's outcome in a process of its own.

    Raises:
        DataError: no process can be started at all.
    """
    with _pool(source, 1) as pool:
        try:
            pool.submit(_ready).result()
        except BrokenProcessPool as error:
            raise DataError(
                "no worker process could be started; a script must make this call below "
                "`if __name__ == '__main__':`, or with jobs=1"
            ) from error
        try:
            return pool.submit(_do, job).result()
        except BrokenProcessPool:
            reason = "the process that read it died, twice; the file is damaged or needs more memory"
            return Outcome(job.number, failure=Failure("DecodeFailed", shown(job.path), reason))


@contextmanager
def _pool(source: InputSource, processes: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    with _one_thread_each():
        pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(source,))
        try:
            yield pool
        except BaseException:
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Numerical libraries read these variables when a worker starts, before any of our code runs there."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin(source: InputSource) -> None:
    """A worker's first steps: Ctrl-C is the parent's affair, and without a parent there is nothing to do."""
    global _extractor
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _extractor = Extractor(source)


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


def _ready() -> None:
    """Shows that a worker lives."""


def _do(job: Job) -> Outcome:
    assert _extractor is not None
    return _extractor(job)
