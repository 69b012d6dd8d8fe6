"""One vector from those of a signal's windows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from genrelens.features.signal import Floats


def mean_over_windows(results: Mapping[str, Floats]) -> dict[str, Floats]:
    """The mean of every result over the windows.

    `layers`, of networks that give `means` and `maxima`, is all layers' means, then all their maxima. A
    maximum is taken inside each window and averaged over windows, so that it does not grow with the length
    of the signal.

    Example:
        >>> two = {"embedding": np.float32([[1], [3]]), "means": np.float32([[1], [3]]),
        ...        "maxima": np.float32([[5], [7]])}
        >>> {name: pooled.tolist() for name, pooled in mean_over_windows(two).items()}
        {'embedding': [2.0], 'layers': [2.0, 6.0]}
    """
    means = {name: values.mean(axis=0, dtype=np.float32) for name, values in results.items()}
    if "means" in means:
        means["layers"] = np.concatenate([means.pop("means"), means.pop("maxima")])
    return means
