"""The front end of networks that take a whole stretch of music at once: a power spectrum per window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genrelens.encoders.windows import tiled, window_starts
from genrelens.features.signal import Floats


def spectra_of_windows(
    samples: Floats,
    spectrum: Callable[[Floats], Floats],
    shortest: int,
    window: int,
    hop: int | None,
) -> Iterator[Floats]:
    """The power spectrum of each window, one at a time: (1, frames, bins).

    Args:
        samples: (n,) mono.
        spectrum: of one window's samples, (frames, bins).
        shortest: samples that the network needs; a shorter signal is repeated.
        window: samples in a window; a signal shorter than that is one window.
        hop: samples from one window to the next; None for no overlap (see `windows`).

    Example:
        >>> import numpy as np
        >>> front = spectra_of_windows(np.zeros(70, np.float32), lambda w: w.reshape(10, -1), 20, 30, None)
        >>> [batch.shape for batch in front]
        [(1, 10, 3), (1, 10, 3), (1, 10, 3)]
    """
    signal = tiled(samples, shortest)
    length = min(window, signal.size)
    for start in window_starts(signal.size, length, hop):
        yield spectrum(signal[start : start + length])[None]
