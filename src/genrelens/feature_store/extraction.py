"""From one recording to the arrays of its variants and inputs: what a worker process does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.excerpts import Excerpt
from genrelens.augmentation.protocol import Variant, pieces_of
from genrelens.datasets.checksums import Signature, changed, signature, unreadable
from genrelens.errors import AudioError, DataError, DecodeFailed, SignalError
from genrelens.feature_store.input_source import Computer, InputSource
from genrelens.processes.checkpoints import checkpoint
from genrelens.processes.limits import Limits, TaskEnded


@dataclass(frozen=True)
class Plan:
    """How a recording is cut: see `genrelens.audio`. Excerpts that are silent are left out.

    Args:
        count: excerpts of a recording longer than 90 s, or "all".
        length_s: of an excerpt, in seconds.
    """

    count: int | Literal["all"] = 3
    length_s: float = 30.0

    @property
    def key(self) -> str:
        """Names the plan in the cache's key."""
        return f"{self.count}x{self.length_s:g}s sounding"


@dataclass(frozen=True)
class Job:
    """One recording and what is still to be computed of it.

    Args:
        number: the caller's.
        path: the file.
        signature: what the file looked like when its checksum was taken.
        plan: how it is cut.
        wanted: the variants to compute and, for each, the full names of inputs.
    """

    number: int
    path: Path
    signature: Signature
    plan: Plan
    wanted: tuple[tuple[Variant, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Extract:
    """All arrays of one input of one variant, in the order of excerpts; none where all of it is silent."""

    variant: str
    input: str
    times: tuple[tuple[float, float], ...]
    arrays: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class JobResult:
    """The result of a job: extracts, or why there are none."""

    number: int
    extracts: tuple[Extract, ...] = ()
    failure: AudioError | None = None


LIMITS = Limits(stall_s=600.0, memory_mb=4096)
"""Of a job in a process of its own. High, because sources of inputs may come from other packages, and all
inputs of a recording are held until it is done."""


def result_of(job: Job, future: Future[JobResult]) -> JobResult:
    """The result of a job, also where its process ended early.

    Raises:
        GenreLensError: what a job raises that is not about its recording.
    """
    try:
        return future.result()
    except TaskEnded as end:
        return JobResult(job.number, failure=end.about(job.path))


class Extractor:
    """Does jobs, one after another; networks and tables are built once for each set of inputs.

    Args:
        source: where inputs come from.
    """

    def __init__(self, source: InputSource) -> None:
        self.source = source
        self._computers: dict[tuple[str, ...], Computer] = {}

    def __call__(self, job: Job) -> JobResult:
        """The job's result.

        Raises:
            GenreLensError: something that has nothing to do with the recording (a network is absent).
        """
        try:
            extracts = self._extracts(job)
            if self._signature(job) != job.signature:
                raise changed(job.path)
        except AudioError as error:
            return JobResult(job.number, failure=error)
        except SignalError as error:
            return JobResult(job.number, failure=DecodeFailed(job.path, str(error)))
        return JobResult(job.number, extracts)

    def _extracts(self, job: Job) -> tuple[Extract, ...]:
        from genrelens.audio import open_recording

        times: dict[tuple[str, str], list[tuple[float, float]]] = {}
        arrays: dict[tuple[str, str], list[NDArray[np.float32]]] = {}
        for variant, names in job.wanted:
            for name in names:
                times[variant.key, name], arrays[variant.key, name] = [], []
        with open_recording(job.path) as recording:
            for excerpt in recording.excerpts(job.plan.count, job.plan.length_s):
                for variant, names in job.wanted:
                    for piece in pieces_of(excerpt, variant):
                        checkpoint()
                        if piece.is_silent:
                            continue  # as recognition does: nothing is learnt from silence, or measured on it
                        for name, array in self._inputs(piece, names).items():
                            times[variant.key, name].append((piece.start_s, piece.end_s))
                            arrays[variant.key, name].append(array)
        return tuple(
            Extract(variant, name, tuple(times[variant, name]), tuple(arrays[variant, name]))
            for variant, name in times
        )

    def _inputs(self, piece: Excerpt, names: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        key = tuple(names)
        if key not in self._computers:
            self._computers[key] = self.source.build(key)
        computed = self._computers[key](piece)
        absent = [name for name in names if name not in computed]
        if absent:
            raise DataError(
                f"the input {absent[0]!r} was asked for and not computed; is its source the right one?"
            )
        return {name: np.ascontiguousarray(computed[name], dtype=np.float32) for name in names}

    @staticmethod
    def _signature(job: Job) -> Signature:
        try:
            return signature(Path(os.fspath(job.path)))
        except OSError as error:
            raise unreadable(job.path, error) from error
