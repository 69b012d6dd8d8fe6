"""A signal cut into the windows that a network is applied to.

Windows follow one another without overlap. What is left after the last goes into one more window that ends
at the signal's end, unless it is less than a tenth of a window: 30 s make ten windows of 187
frames, and six frames are not worth an eleventh.
"""

from __future__ import annotations

import numpy as np

from genrelens.features.signal import Floats

NEGLIGIBLE = 0.1
"""Part of a window that may stay unused at the end of a signal."""


def tiled(samples: Floats, shortest: int) -> Floats:
    """The signal, repeated from its start until it has `shortest` samples if it is shorter.

    Example:
        >>> tiled(np.array([1, 2, 3], np.float32), 7).tolist()
        [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0]
    """
    return samples if samples.size >= shortest else np.resize(samples, shortest)


def window_starts(total: int, window: int, hop: int | None = None) -> list[int]:
    """Where the windows begin.

    Args:
        total: length of the signal, at least `window`.
        window: length of a window.
        hop: from one window to the next. None: no overlap, and a last one that reaches back where needed;
            a number: that grid exactly, whole windows only.

    Example:
        >>> window_starts(1000, 300), window_starts(1000, 333), window_starts(1000, 300, hop=200)
        ([0, 300, 600, 700], [0, 333, 666], [0, 200, 400, 600])
    """
    starts = list(range(0, total - window + 1, hop or window))
    unused = total - starts[-1] - window
    if hop is None and unused > NEGLIGIBLE * window:
        starts.append(total - window)
    return starts
