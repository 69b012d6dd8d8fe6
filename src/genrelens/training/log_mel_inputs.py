"""Inputs for fine-tuning encoders: their log-mel spectrograms, stored like all other inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Excerpt
from genrelens.bundle import Conditioning
from genrelens.encoders import encoder_spec
from genrelens.feature_store import Computer, RecognitionInputs
from genrelens.models.tunable_encoders import LOG_MEL, TUNABLE, named_arrays
from genrelens.recognition.preprocessing import Conditioned

VERSION = 1


@dataclass(frozen=True)
class LogMelInputs:
    """All inputs of recognition, and `ENCODER/logmel` for encoders that can be fine-tuned.

    A log-mel input is (frames, 96): the windows that the encoder takes of an excerpt, one after another.

    Args:
        conditioning: what is done to each excerpt first.
    """

    conditioning: Conditioning = field(default_factory=Conditioning)

    @property
    def _others(self) -> RecognitionInputs:
        return RecognitionInputs(conditioning=self.conditioning)

    def canonical(self, name: str, /) -> str:
        """See `datasets.InputSource.canonical`."""
        return name if is_log_mel(name) else self._others.canonical(name)

    def fingerprint(self, name: str, /) -> str:
        """See `datasets.InputSource.fingerprint`."""
        if not is_log_mel(name):
            return self._others.fingerprint(name)
        filters = named_arrays(name.partition("/")[0])["mel/filters"]
        return f"{name} {VERSION} {self.conditioning} {hashlib.sha256(filters.tobytes()).hexdigest()}"

    def build(self, names: Sequence[str], /) -> Computer:
        """See `datasets.InputSource.build`."""
        rest = [name for name in names if not is_log_mel(name)]
        others = self._others.build(rest) if rest else None
        encoders = {name: name.partition("/")[0] for name in names if is_log_mel(name)}
        filters = {name: named_arrays(encoder)["mel/filters"] for name, encoder in encoders.items()}

        def compute(excerpt: Excerpt) -> Mapping[str, NDArray[np.float32]]:
            result = dict(others(excerpt)) if others else {}
            conditioned = Conditioned(excerpt, self.conditioning)
            for name, encoder in encoders.items():
                samples = conditioned.at(encoder_spec(encoder).sample_rate)
                result[name] = log_mel(encoder, samples, filters[name])
            return result

        return compute


def log_mel(encoder: str, samples: NDArray[np.float32], filters: NDArray[np.float32]) -> NDArray[np.float32]:
    """The input of an encoder for a signal at its rate: (windows * frames, 96)."""
    compress = TUNABLE[encoder].log_mel
    batches = encoder_spec(encoder).windows(samples, None)
    return np.concatenate([compress(window @ filters) for batch in batches for window in batch])


def is_log_mel(name: str) -> bool:
    """Whether the name is that of a log-mel input.

    Example:
        >>> is_log_mel("choi2017/logmel"), is_log_mel("choi2017")
        (True, False)
    """
    encoder, _, output = name.partition("/")
    return encoder in TUNABLE and output == LOG_MEL
