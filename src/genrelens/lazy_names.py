"""Names of a package that are imported when they are first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """What a package takes as its `__getattr__` and `__dir__`, so that importing it imports nothing else.

    Args:
        package: its `__name__`.
        homes: the module of the package in which each name is defined.

    Example:
        >>> find, names = lazy_names("genrelens", {"shown": "errors"})
        >>> find("shown")("song.mp3")
        'song.mp3'
        >>> find("nothing")
        Traceback (most recent call last):
        ...
        AttributeError: module 'genrelens' has no attribute 'nothing'
        >>> "shown" in names()
        True
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return find, names
