"""Options of the out-of-distribution detectors, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genrelens.options import NoOptions, option


@dataclass(frozen=True)
class NoMusicOptions:
    """Of the detector `foreign`, logistic regression between music and sounds that are no music.

    Attributes:
        l2: penalty on the coefficients.
    """

    l2: float = option(0.01, least=0)


@dataclass(frozen=True)
class DistanceOptions:
    """Of the detector `distance`, probabilistic principal components.

    Attributes:
        directions: with a variance of their own; all others share one.
    """

    directions: int = option(60, least=1)


DETECTOR_OPTIONS: Mapping[str, type] = {
    "foreign": NoMusicOptions,
    "distance": DistanceOptions,
    "music": NoOptions,
}
