"""Keeps the C library's allocator from returning memory that the next step needs again.

A training step allocates and frees the same tens of megabytes each time. glibc maps blocks of that size
anew from the system and unmaps them at once, and the kernel zeroes every page again: on two cores that
costs 5 to 30 % of a step. Raising two thresholds (mallopt(3)) keeps the blocks in the process.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of the parameters in glibc's malloc.h."""
KEPT_BYTES = 2**31 - 1
LARGEST_KEPT_BLOCK = 2**30


def keep_freed_memory() -> bool:
    """Asks the allocator to keep freed blocks; only the process's own memory is affected.

    Returns:
        True where the C library took both values; False where it is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    took_trim = mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    took_map = mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BLOCK)
    return bool(took_trim and took_map)
