"""What a protocol is: a name, what it promises, and a function from tracks to splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genrelens.evaluation.artists_apart import Promise
from genrelens.evaluation.splits import Indices, Split


@dataclass(frozen=True)
class Tracks:
    """What a protocol sees of a data set, as integers counted from 0; made by `make_plan` alone."""

    labels: Indices
    genres: tuple[str, ...]
    groups: Indices | None
    collections: tuple[str, ...] | None
    track_ids: tuple[str, ...] | None


@dataclass(frozen=True)
class Protocol:
    """One way to split.

    Args:
        name: what `--protocol` takes.
        description: one line for tables and help.
        make: from tracks and a generator to splits and notes.
        artists: what it does about artists; see `artists_apart.Promise`.
        needs: which optional argument of `make_splits` it cannot do without.
    """

    name: str
    description: str
    make: Callable[[Tracks, np.random.Generator], tuple[list[Split], list[str]]]
    artists: Promise
    needs: tuple[str, ...] = ()

    @property
    def artists_apart(self) -> bool:
        """Whether it promises that no artist whom it is told of is on both sides."""
        return self.artists != "none"
