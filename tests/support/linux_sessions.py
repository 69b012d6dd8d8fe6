"""Which processes belong to a session, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def in_session(session: int) -> list[int]:
    """Numbers of the processes that a session's leader or its children have started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found
