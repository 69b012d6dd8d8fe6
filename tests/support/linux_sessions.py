"""Which processes belong to another or to a session, as Linux tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def _processes() -> Iterator[tuple[int, list[str]]]:
    """The number of each process, and its state, parent, group, session and what else `stat` holds."""
    for entry in PROC.iterdir() if PROC.is_dir() else []:
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue


def in_session(session: int) -> list[int]:
    """Numbers of the processes that a session's leader or its children have started and that still run."""
    return [number for number, fields in _processes() if int(fields[3]) == session and fields[0] != "Z"]


def children_of(parent: int) -> set[int]:
    """Numbers of the processes that one has started, zombies included."""
    return {number for number, fields in _processes() if int(fields[1]) == parent}
