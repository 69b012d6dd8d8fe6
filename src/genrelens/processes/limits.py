"""Limits of time and memory for a task, and the errors where they are exceeded.

Time is measured in two ways: since the task began, and since its last checkpoint. The second distinguishes a
decoder that hangs from a recording of ten hours.

Memory is what a worker holds for itself (resident and private). It is measured ten times a second from
outside, because libraries reserve much more address space than they use, and files that are mapped count as
address space too. Where the system has them, a bound on private data (`RLIMIT_DATA`, Linux) well above the
limit makes one huge allocation fail at once.
"""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass

from genrelens.errors import AudioError, DecoderCrashed, GenreLensError, TookTooLong, TookTooMuchMemory

STALL_S = 120.0
"""Seconds without a checkpoint. Opening takes long without one: files on a slow network, and formats that are
read completely first; ten hours of MP3 from a disk of 10 MB/s need 45 s."""

DATA_RESERVE = 1 << 30
"""Bytes of private data, in addition to twice the limit, that libraries may reserve and not use."""

_MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one task may take.

    Args:
        total_s: seconds from its beginning to its end; None for no limit.
        stall_s: seconds from one checkpoint to the next; None for no limit.
        memory_mb: megabytes (2**20 bytes) that its process may hold; None for no limit.
    """

    total_s: float | None = None
    stall_s: float | None = STALL_S
    memory_mb: int | None = None

    def __post_init__(self) -> None:
        for name in ("total_s", "stall_s", "memory_mb"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value!r}; give a number above 0, or None for no limit")

    @property
    def data_bytes(self) -> int | None:
        """The bound on private data that belongs to the limit of memory."""
        return None if self.memory_mb is None else 2 * self.memory_mb * _MB + DATA_RESERVE

    def exceeded(self, spent_s: float, quiet_s: float, held: int | None) -> TaskEnded | None:
        """Which limit a task exceeds, if any.

        Args:
            spent_s: seconds since it began.
            quiet_s: seconds since its last checkpoint.
            held: bytes that its process holds; None where that cannot be known.

        Example:
            >>> print(Limits(total_s=60).exceeded(61.0, 0.1, None))
            was not done after 60 s; allow it more time, or check the file
        """
        if self.total_s is not None and spent_s > self.total_s:
            reason = f"was not done after {self.total_s:g} s; allow it more time, or check the file"
            return TaskEnded(TookTooLong, reason)
        if self.stall_s is not None and quiet_s > self.stall_s:
            reason = f"stood still for {self.stall_s:g} s; check the file, and the disk or network it is on"
            return TaskEnded(TookTooLong, reason)
        if self.memory_mb is not None and held is not None and held > self.memory_mb * _MB:
            return TaskEnded(TookTooMuchMemory, too_much_memory(self.memory_mb))
        return None

    def used_up(self, held: int | None) -> bool:
        """Whether the process holds so much between two tasks that too little is left for the next one."""
        return self.memory_mb is not None and held is not None and held > self.memory_mb * _MB // 2


class TaskEnded(GenreLensError):
    """The process that did a task ended before the task did.

    Args:
        kind: the error to raise where the task was about a recording.
        reason: the message without the name of the recording.
    """

    def __init__(self, kind: type[AudioError], reason: str) -> None:
        self.kind = kind
        self.reason = reason
        super().__init__(reason)

    def about(self, path: object) -> AudioError:
        """The error of the recording that the task was about.

        Example:
            >>> crashed(-11).about("a.mp3")
            DecoderCrashed('a.mp3: crashed its decoder (SIGSEGV); get it again or convert it')
        """
        return self.kind(path, self.reason)


def too_much_memory(memory_mb: int | None) -> str:
    """The reason for a file that needs more memory than is allowed, or than there is."""
    most = "there is" if memory_mb is None else f"{memory_mb} MB"
    return f"needed more memory than {most}; allow it more, run fewer at the same time, or convert it"


def crashed(status: int | None) -> TaskEnded:
    """The error of a process that ended by itself, from its exit status.

    Args:
        status: as `subprocess` gives it: negative for a signal.
    """
    if status is not None and status == -getattr(signal, "SIGKILL", 9):
        why = "was being read when its process was killed, as systems do when memory runs out"
        return TaskEnded(DecoderCrashed, f"{why}; run fewer at the same time, or convert it")
    return TaskEnded(DecoderCrashed, f"crashed its decoder ({_named(status)}); get it again or convert it")


def _named(status: int | None) -> str:
    if status is None:
        return "no exit status"
    try:
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"
    except ValueError:
        return f"signal {-status}"


def held_by(process: int) -> int | None:
    """Bytes that a process holds for itself: resident, and not of files; None where that cannot be known.

    On Linux it is read from /proc; elsewhere by the package psutil, which is installed with genrelens there.

    Example:
        >>> import os
        >>> (held_by(os.getpid()) or 1 << 20) >= 1 << 20
        True
    """
    if sys.platform == "linux":
        try:
            with open(f"/proc/{process}/statm", encoding="ascii") as file:
                _, resident, shared, *_ = map(int, file.read().split())
        except (OSError, ValueError):
            return None
        return (resident - shared) * _page_size()
    return held_by_psutil(process)


def held_by_psutil(process: int) -> int | None:
    """The same by psutil, on any system."""
    try:
        import psutil

        held = psutil.Process(process).memory_info()
    except Exception:  # psutil is absent, or the process is gone
        return None
    return int(getattr(held, "private", held.rss))


def _page_size() -> int:
    import mmap

    return mmap.PAGESIZE
