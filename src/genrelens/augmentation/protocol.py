"""Variants: changes of a recording (cut shorter, remastered), each cached under its own key.

A variant is any object of this shape; it travels to worker processes, so it must be picklable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.excerpts import Excerpt

Sound = tuple[NDArray[np.float32], int]
Changed = NDArray[np.float32] | Sound | Sequence[Sound]


class Variant(Protocol):
    """A way to change sound, by name."""

    @property
    def key(self) -> str:
        """Names the change and its parameters; two variants of one key must do the same."""
        ...

    def apply(self, samples: NDArray[np.float32], rate: int, /) -> Changed:
        """The changed sound: an array at the same rate, (samples, rate), or a list of such pairs.

        Must depend on nothing but its arguments, or what is cached depends on the order of work. A list may
        be empty where the sound is too short for the change; it then has no rows.
        """
        ...


@dataclass(frozen=True)
class Clean:
    """The recording as it is."""

    key: str = "clean"

    def apply(self, samples: NDArray[np.float32], rate: int, /) -> NDArray[np.float32]:
        """The same samples."""
        return samples


CLEAN = Clean()


def pieces_of(excerpt: Excerpt, variant: Variant) -> list[Excerpt]:
    """The excerpts that a variant makes of one excerpt. Their times count from where it starts.

    Example:
        >>> excerpt = Excerpt(np.zeros(8000, np.float32), 8000, start_s=5.0)
        >>> [(piece.start_s, piece.end_s) for piece in pieces_of(excerpt, CLEAN)]
        [(5.0, 6.0)]
    """
    changed = variant.apply(excerpt.samples, excerpt.sample_rate)
    if changed is excerpt.samples:
        return [excerpt]
    sounds: Sequence[Sound]
    if isinstance(changed, np.ndarray):
        sounds = [(changed, excerpt.sample_rate)]
    elif isinstance(changed, tuple) and len(changed) == 2 and isinstance(changed[1], int | np.integer):
        sounds = [changed]
    else:
        sounds = changed
    return [
        Excerpt(np.ascontiguousarray(samples, dtype=np.float32), int(rate), start_s=excerpt.start_s)
        for samples, rate in sounds
    ]
