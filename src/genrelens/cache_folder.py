"""Where what was computed or fetched once is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from genrelens.errors import OutputError

CACHE_VARIABLE = "GENRELENS_CACHE"


def cache_folder() -> Path:
    """The folder that `GENRELENS_CACHE` names, or the system's usual place; it need not exist.

    Raises:
        OutputError: nothing names one, and the user has no home folder.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    try:
        folder = Path(platformdirs.user_cache_dir("genrelens", appauthor=False))
    except RuntimeError:  # newer versions raise this; older ones leave "~" as it is
        folder = Path()
    if not folder.is_absolute():
        raise OutputError(f"there is no home folder to keep files in; set {CACHE_VARIABLE} to a folder")
    return folder
