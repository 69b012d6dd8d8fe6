"""Pickling of a recogniser: it sends what another process needs to load the same one."""

from __future__ import annotations

import os
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

from genrelens.bundle import Bundle, bundle_names, find_bundle
from genrelens.errors import BundleError, shown

LOADED = 2
"""Unpickled recognisers that a process keeps loaded: a pool sends the same one with every task."""

Origin = tuple[str, str] | bytes
"""The source of a bundle: the name or path of its file and its sha256; or the bundle, pickled."""


def origin_of(bundle: Bundle) -> Origin:
    """The name or path of the file that a bundle was read from, for another process."""
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
        BundleError: the bundle's file no longer exists, or has changed.
    """
    if isinstance(origin, bytes):
        return kind(pickle.loads(origin), **dict(settings))
    place, sha256 = origin
    path = find_bundle(place) if place in bundle_names() else Path(place)
    recognizer = kind(path, **dict(settings))
    if recognizer.bundle.sha256 != sha256:
        raise BundleError(f"{shown(path)} was changed after this recogniser was made; make a new one from it")
    return recognizer
