"""A system's inputs as the feature store computes and keeps them: its own, and those of recognition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.excerpts import Excerpt
from genrelens.baselines.descriptor import Descriptor
from genrelens.errors import DataError, PluginError
from genrelens.feature_store import Computer, RecognitionInputs

if TYPE_CHECKING:
    from genrelens.baselines.baseline import Baseline

OWN = "descriptor/"
"""Before a descriptor's name in the store, so that it is not taken for an input of recognition."""


@dataclass(frozen=True)
class BaselineInputs:
    """An `InputSource`: descriptors of baselines, and all inputs of recognition.

    Args:
        descriptors: of the systems that are to be computed.
    """

    descriptors: tuple[Descriptor, ...]

    @classmethod
    def of(cls, systems: Iterable[Baseline]) -> BaselineInputs:
        """The inputs of several systems.

        Raises:
            PluginError: two of them have different descriptors of one name.
        """
        found: dict[str, Descriptor] = {}
        for system in systems:
            for one in system.descriptors:
                if found.setdefault(one.name, one) != one:
                    raise PluginError(
                        f"{system.name} and another system have different descriptors called {one.name}; "
                        "leave one of the two out"
                    )
        return cls(tuple(found.values()))

    def canonical(self, name: str, /) -> str:
        """See `InputSource.canonical`."""
        return name if name.startswith(OWN) else RecognitionInputs().canonical(name)

    def fingerprint(self, name: str, /) -> str:
        """See `InputSource.fingerprint`."""
        if not name.startswith(OWN):
            return RecognitionInputs().fingerprint(name)
        one = self._find(name)
        return f"{name} {one.version} {one.shape} {one.rate}"

    def build(self, names: Sequence[str], /) -> Computer:
        """See `InputSource.build`."""
        own = {name: self._find(name) for name in names if name.startswith(OWN)}
        rest = [name for name in names if name not in own]
        others = RecognitionInputs().build(rest) if rest else None

        def compute(excerpt: Excerpt) -> Mapping[str, NDArray[np.float32]]:
            found = dict(others(excerpt)) if others else {}
            return found | {name: one.of(excerpt.at(one.rate)) for name, one in own.items()}

        return compute

    def _find(self, name: str) -> Descriptor:
        for one in self.descriptors:
            if OWN + one.name == name:
                return one
        raise DataError(f"no baseline here has the descriptor {name.removeprefix(OWN)}")
