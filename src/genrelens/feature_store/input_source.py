"""What the store computes: inputs by name, with a fingerprint that changes whenever their numbers would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.excerpts import Excerpt

Computer = Callable[[Excerpt], Mapping[str, NDArray[np.float32]]]


class InputSource(Protocol):
    """Where inputs come from. It travels to worker processes, so it must be picklable."""

    def canonical(self, name: str, /) -> str:
        """The full name of an input; raises a `GenreLensError` for a name that there is not."""
        ...

    def fingerprint(self, name: str, /) -> str:
        """Parameters and version of an input, as text: a part of the cache's key."""
        ...

    def build(self, names: Sequence[str], /) -> Computer:
        """What computes these inputs of an excerpt: (frames, k) or (d,) float32 by name."""
        ...


@dataclass(frozen=True)
class RecognitionInputs:
    """The inputs of `genrelens.recognition.inputs`, as recognition itself computes them.

    Args:
        encoders: ONNX bytes of encoders by name; others come from the local store of networks.
        conditioning: what is done to each excerpt first; None is the default of recognition.
    """

    encoders: Mapping[str, bytes] | None = None
    conditioning: Any = None
    _checksums: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def canonical(self, name: str, /) -> str:
        """See `InputSource.canonical`."""
        from genrelens.recognition.inputs import canonical_input

        return canonical_input(name)

    def fingerprint(self, name: str, /) -> str:
        """See `InputSource.fingerprint`; encoders count by the checksum of their network."""
        from genrelens.bundle import Conditioning
        from genrelens.recognition.inputs import fingerprint

        return fingerprint(name, self.conditioning or Conditioning(), self._checksum)

    def build(self, names: Sequence[str], /) -> Computer:
        """See `InputSource.build`."""
        from genrelens.recognition.inputs import InputComputer

        return InputComputer(names, self.encoders, self.conditioning)

    def _checksum(self, encoder: str) -> str:
        from genrelens.encoders import read_model

        if encoder not in self._checksums:
            network = (self.encoders or {}).get(encoder) or read_model(encoder)
            self._checksums[encoder] = hashlib.sha256(network).hexdigest()
        return self._checksums[encoder]
