"""How a recogniser comes into another process: not itself, but what it takes to load the same one there."""

from __future__ import annotations

import os
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

from genrelens.bundle import Bundle, bundle_names, find_bundle
from genrelens.errors import BundleError, shown

LOADED = 2
"""Recognisers that a process keeps of those that came to it: a pool sends the same one with every task."""

Origin = tuple[str, str] | bytes
"""Where a bundle comes from: the name or path of its file and its sha256; or the bundle, pickled."""


def origin_of(bundle: Bundle) -> Origin:
    """Where another process finds the file that a bundle was read from."""
    name = bundle.path.stem
    if name in bundle_names() and find_bundle(name) == bundle.path:
        return name, bundle.sha256
    return os.path.abspath(bundle.path), bundle.sha256


@lru_cache(maxsize=LOADED)
def load_pickled(kind: type[Any], origin: Origin, settings: tuple[tuple[str, Any], ...]) -> Any:
    """The recogniser that was pickled.

    Args:
        kind: its class.
        origin: of its bundle.
        settings: keywords of its class.

    Raises:
        BundleError: the bundle's file is gone, or is not the one any more that it was.
    """
    if isinstance(origin, bytes):
        return kind(pickle.loads(origin), **dict(settings))
    place, sha256 = origin
    path = find_bundle(place) if place in bundle_names() else Path(place)
    lens = kind(path, **dict(settings))
    if lens.bundle.sha256 != sha256:
        raise BundleError(f"{shown(path)} was changed after this recogniser was made; make a new one from it")
    return lens
