"""Arrays as small pictures: a PNG writer for tables of numbers, and figure 1 of the paper in pictures."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.features.scaling import decibels

_ANCHORS = np.array(
    [(8, 6, 32), (66, 15, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 180)],
    dtype=np.float64,
)
"""From dark to light through purple and orange, even in lightness."""
LOWEST, HIGHEST = 1.0, 99.0
MOST_COLUMNS = 323


def png(values: NDArray[Any]) -> bytes:
    """A table `(rows, columns)` as a PNG picture of so many pixels, dark to light, the first row on top.

    Values are spread between their 1st and 99th percentile.

    Example:
        >>> png(np.eye(3))[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """
    low, high = np.percentile(values, [LOWEST, HIGHEST])
    proportion = np.clip((values - low) / (high - low if high > low else 1.0), 0, 1)
    index = np.round(proportion * 255).astype(np.uint8)
    rows, columns = index.shape
    place = np.linspace(0, len(_ANCHORS) - 1, 256)
    palette = np.stack(
        [np.interp(place, np.arange(len(_ANCHORS)), channel) for channel in _ANCHORS.T], axis=1
    )
    scanlines = np.concatenate([np.zeros((rows, 1), np.uint8), index], axis=1).tobytes()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", np.round(palette).astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(scanlines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def feature_pictures(features: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    """Each feature `(frames, width)` of one recording as the base64 text of a PNG, time to the right.

    Mel power is drawn in decibels; cepstra by column deviations, since the first would hide the others.
    """
    pictures = {}
    for name, rows in features.items():
        shown = np.asarray(rows, dtype=np.float64)
        if name == "mel":
            shown = np.asarray(decibels(np.asarray(rows, np.float32)), dtype=np.float64)
        elif name.startswith("mfcc"):
            shown = (shown - shown.mean(axis=0)) / (shown.std(axis=0) + 1e-9)
        step = -(-len(shown) // MOST_COLUMNS)
        whole = shown[: len(shown) // step * step]
        averaged = whole.reshape(-1, step, shown.shape[1]).mean(axis=1)
        pictures[name] = base64.b64encode(png(averaged.T[::-1])).decode("ascii")
    return pictures
