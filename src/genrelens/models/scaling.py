"""What is done to an input before it enters a network: a transform of its values, then standardisation.

Conventions: raw inputs are float32 (frames, width) or (width,). A transform looks at one clip alone; a
`Scaling` holds statistics of the training split and nothing of any other track.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from genrelens.graphs import Graph

SMALLEST_POWER = 1e-10
FLOOR_DB = -80.0
SMALLEST_DEVIATION = 1e-6


def decibels(x: np.ndarray) -> np.ndarray:
    """Power in decibels relative to the clip's maximum, floored at -80 dB.

    Equals `librosa.power_to_db(x, ref=np.max)`. Spectral power spans eight decades: standardised as it is,
    a few loud frames would hide all others.

    Example:
        >>> decibels(np.array([[1.0, 0.1], [1e-3, 0.0]], np.float32)).round(3).tolist()
        [[0.0, -10.0], [-30.0, -80.0]]
    """
    level = 10.0 * np.log10(np.maximum(x, SMALLEST_POWER))
    return np.asarray(np.maximum(level - level.max(), FLOOR_DB), np.float32)


def unchanged(x: np.ndarray) -> np.ndarray:
    """The input itself, as float32."""
    return np.asarray(x, np.float32)


def _decibels_in_graph(graph: Graph, x: str, axes: list[int]) -> str:
    power = graph.node("Max", x, graph.constant("smallest_power", SMALLEST_POWER))
    level = graph.node("Mul", graph.node("Log", power), graph.constant("to_decibels", 10.0 / np.log(10.0)))
    loudest = graph.node("ReduceMax", level, axes=axes, keepdims=1)
    return graph.node("Max", graph.node("Sub", level, loudest), graph.constant("floor_db", FLOOR_DB))


def _unchanged_in_graph(graph: Graph, x: str, axes: list[int]) -> str:
    return x


@dataclass(frozen=True)
class Transform:
    """A transform of values, in NumPy and as nodes of a graph.

    Attributes:
        apply: from one clip's raw input to what is standardised.
        in_graph: the same for a graph's value, whose `axes` are those of one clip; returns the result's name.
    """

    apply: Callable[[np.ndarray], np.ndarray]
    in_graph: Callable[[Graph, str, list[int]], str]


TRANSFORMS: dict[str, Transform] = {
    "none": Transform(unchanged, _unchanged_in_graph),
    "log": Transform(decibels, _decibels_in_graph),
}
"""By the name that recipes use."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Standardisation by column: (x - mean) * scale.

    Attributes:
        mean: (width,).
        scale: (width,), 1 / deviation; 0 for a column that does not vary.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, clips: Iterable[np.ndarray]) -> Scaling:
        """The statistics of all frames of these clips together, each (frames, width) or (width,).

        Raises:
            ValueError: there is no clip.

        Example:
            >>> scaling = Scaling.of([np.array([[1.0, 5.0]]), np.array([[3.0, 5.0]])])
            >>> scaling.mean.tolist(), scaling.scale.tolist()
            ([2.0, 5.0], [1.0, 0.0])
        """
        count, total, squares = 0, np.zeros(0), np.zeros(0)
        for clip in clips:
            rows = np.atleast_2d(np.asarray(clip, np.float64))
            if count == 0:
                total, squares = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
                shift = rows.mean(axis=0)
            rows = rows - shift
            count += len(rows)
            total += rows.sum(axis=0)
            squares += np.einsum("fw,fw->w", rows, rows)
        if count == 0:
            raise ValueError("no clip to take statistics of")
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
        varies = deviation > SMALLEST_DEVIATION * np.maximum(np.abs(mean + shift), 1e-3)
        scale = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
        return cls((mean + shift).astype(np.float32), scale.astype(np.float32))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Standardised, float32, the same shape."""
        return np.asarray((np.asarray(x, np.float32) - self.mean) * self.scale, np.float32)
