"""Errors in genrelens itself among many recordings: an error row each, and a traceback in a log.

For a single recording such an error is raised unchanged. Among many recordings it must not end the run, so
its row has the kind `InternalError` and names the file of the traceback.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from genrelens.errors import InternalError, OutputError, brief, shown

LOG = "internal-errors.log"
LARGEST_LOG = 1 << 20
"""Bytes from which a new log is begun; the former one is kept with `.old` added to its name."""

DEBUG_VARIABLE = "GENRELENS_DEBUG"


def internal_error(path: object, error: BaseException) -> InternalError:
    """The error of a recording at which genrelens itself failed; the traceback is written to the log.

    With the environment variable GENRELENS_DEBUG the traceback is written to stderr, too.

    Args:
        path: the recording.
        error: what was raised.
    """
    trace = "".join(traceback.format_exception(error))
    if os.environ.get(DEBUG_VARIABLE):
        print(trace, file=sys.stderr, flush=True)  # noqa: T201
    what = f"{type(error).__name__}: {brief(' '.join(str(error).split()))}"
    try:
        where = f"the traceback is in {shown(_logged(shown(path), trace))}"
    except (OSError, OutputError):
        where = f"set {DEBUG_VARIABLE}=1 to see where"
    return InternalError(path, f"met an error of genrelens itself ({what}); {where}, please report it")


def log_path() -> Path:
    """Where tracebacks are written, in the folder of the cache.

    Raises:
        OutputError: there is no cache folder.
    """
    from genrelens.cache_folder import cache_folder

    return cache_folder() / LOG


def _logged(path: str, trace: str) -> Path:
    """Appends an entry in one write, so that entries of several processes do not mix."""
    log = log_path()
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        os.replace(log, log.with_name(f"{LOG}.old"))
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    entry = f"{when} genrelens {_version()}, process {os.getpid()}: {path!r}\n{trace}\n"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, entry.encode("utf-8", "backslashreplace"))
    finally:
        os.close(descriptor)
    return log.absolute()


def _version() -> str:
    from genrelens import __version__

    return __version__
