"""Numbers that a system computes from the sound of an excerpt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import PluginError

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Descriptor:
    """An input of a system.

    Attributes:
        name: letters, digits and `_`; unique among all descriptors.
        shape: of the result, the same for every excerpt whatever its length.
        rate: Hz, at which the samples are given.
        compute: samples (n,) float32, mono, at their natural level, not silent, at least 1 s long, to an
            array of `shape`, finite. A function of a module, so that worker processes find it.
        version: to be raised when the numbers become others, so that stored ones are not used.
    """

    name: str
    shape: tuple[int, ...]
    rate: int
    compute: Callable[[NDArray[np.float32]], Floats]
    version: int = 1

    def of(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The numbers of these samples.

        Raises:
            PluginError: `compute` gave an array of another shape, or one that is not finite.

        Example:
            >>> peak = Descriptor("peak", (1,), 22050, lambda samples: np.abs(samples).max(keepdims=True))
            >>> peak.of(np.array([0.5, -0.25], np.float32))
            array([0.5], dtype=float32)
        """
        found = np.asarray(self.compute(samples), np.float32)
        if found.shape != self.shape or not np.isfinite(found).all():
            raise PluginError(
                f"the descriptor {self.name} gave values of shape {found.shape} where {self.shape} finite "
                "ones were announced; its module must be mended"
            )
        return found
