"""How many processes can run at the same time."""

from __future__ import annotations

import os
import sys


def usable_cores() -> int:
    """Cores that this process may run on.

    Example:
        >>> usable_cores() >= 1
        True
    """
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
