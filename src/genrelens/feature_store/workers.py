"""Jobs over processor cores, one process a core, one thread a process.

A worker that dies (a decoder that crashes on a hostile file, no memory left) takes down neither the run nor
the other recordings: see `genrelens.processes`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future

from genrelens.feature_store.extraction import Extractor, Job, Outcome
from genrelens.feature_store.input_source import InputSource
from genrelens.processes.gathering import gathered
from genrelens.processes.limits import Limits, TaskEnded
from genrelens.processes.pool import Pool

IN_HAND = 2

LIMITS = Limits(stall_s=600.0, memory_mb=4096)
"""Wide, for sources of inputs may be anybody's, and all inputs of a recording are held until it is done."""


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
    with Pool(Extractor, (source,), workers=processes, limits=LIMITS) as pool:
        yield from gathered(jobs, pool.submit, _outcome, pool.cancel, IN_HAND * processes, ordered=False)


def _outcome(job: Job, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except TaskEnded as end:
        return Outcome(job.number, failure=end.about(job.path))
