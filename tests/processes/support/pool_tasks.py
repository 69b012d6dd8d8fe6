"""What workers are made to do in tests of the pool; importable by worker processes."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genrelens.errors import DataError, NotAudio
from genrelens.processes import worker_main
from genrelens.processes.checkpoints import checkpoint


class Odd(Exception):
    """Cannot be pickled."""

    def __init__(self) -> None:
        self.lock = open(os.devnull)  # noqa: SIM115
        super().__init__("odd")


def act(task: tuple[str, Any]) -> Any:
    what, value = task
    if what == "give":
        return value
    if what == "process":
        return os.getpid()
    if what == "segfault":
        return ctypes.string_at(0)
    if what == "exit":
        os._exit(value)
    if what == "stand":  # in native code, as a decoder does: no other thread of the process runs either
        return ctypes.PyDLL(None).sleep(value)
    if what == "work":
        for _ in range(value):
            time.sleep(0.1)
            checkpoint()
        return "worked"
    if what == "eat":
        return _eat()
    if what == "ask":
        return len(bytearray(value))
    if what == "crash once":  # leaves a mark, so that the next attempt succeeds
        mark = Path(value)
        if mark.exists():
            return "at last"
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "report":
        for number in range(value):
            worker_main.report(number)
        return "reported"
    if what == "print":
        print("on stdout")
        print("on stderr", file=sys.stderr)
        os.write(1, b"on file descriptor 1\n")
        os.write(2, b"on file descriptor 2\n")
        return "printed"
    if what == "refuse":
        raise NotAudio(value, "holds text")
    if what == "odd":
        raise Odd
    if what == "unpicklable":
        return open(os.devnull)
    if what == "folder":
        return os.getcwd()
    if what == "threads":
        return os.environ["OMP_NUM_THREADS"]
    raise AssertionError(what)


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(b"x" * (16 << 20))


def actor() -> Callable[[tuple[str, Any]], Any]:
    return act


def impossible() -> Callable[[tuple[str, Any]], Any]:
    raise DataError("there is nothing to load")


def dying() -> Callable[[tuple[str, Any]], Any]:
    os._exit(9)


def teller() -> Callable[[tuple[str, int]], int]:
    """Squares numbers, and tells two steps of each."""

    def do(task: tuple[str, int]) -> int:
        name, number = task
        for step in (1, 2):
            worker_main.report(f"{name}: {step}")
        if number < 0:
            raise DataError(f"{name} cannot be done")
        return number * number

    return do


def never_loads() -> Callable[[Any], Any]:
    raise RuntimeError("must not be loaded")
