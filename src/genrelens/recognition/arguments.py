"""Checks that several sources are given where several are wanted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from genrelens.errors import SourceError, brief, shown


def refuse_single(sources: Iterable[Any]) -> None:
    """Raises where one source is given instead of several.

    Raises:
        SourceError: it is a path, a file object, a mapping, or it cannot be iterated; a `TypeError`.

    Example:
        >>> refuse_single(["song.mp3"])
        >>> refuse_single("a.mp3")
        Traceback (most recent call last):
        ...
        genrelens.errors.SourceError: 'a.mp3' is one source where several are wanted; give a list: ['a.mp3']
    """
    if isinstance(sources, str | bytes | os.PathLike):
        path = repr(brief(shown(sources)))
        raise SourceError(f"{path} is one source where several are wanted; give a list: [{path}]")
    if hasattr(sources, "read"):
        raise SourceError("a file object is one source where several are wanted; put it into a list")
    if isinstance(sources, Mapping) or not isinstance(sources, Iterable):
        raise SourceError(f"{type(sources).__name__} is no series of sources; give a list of paths")
