"""Kernel machines that keep no training vector: radial functions around k-means centres, each of which is the
mean of several rows, spread by the Nyström method (Williams and Seeger, "Using the Nyström method to speed up
kernel machines", NIPS 2000).

Conventions as in `heads`: raw vectors (n, d), target probabilities (n, genres), weights of mean 1.
"""

from __future__ import annotations

import numpy as np

from genrelens.heads.head import Head, fit_softmax_regression, radial_functions, standardisation
from genrelens.heads.options import KernelOptions, RadialOptions

MEMBERS = 3
"""A centre is the mean of at least as many rows."""


def fit_radial(
    x: np.ndarray, targets: np.ndarray, weights: np.ndarray, seed: int, options: RadialOptions
) -> Head:
    """Logistic regression on the functions.

    Args:
        x, targets, weights, seed: as `heads.kinds.HeadKind.fit` has them.
        options: see there.
    """
    mean, scale = standardisation(x, weights)
    z = ((x - mean) * scale).astype(np.float32)
    middle = _centres_by_genre(z, targets.argmax(axis=1), options.centres, seed)
    squared_width = options.width * float(np.count_nonzero(scale))
    between = radial_functions(middle, middle.T, squared_width).astype(np.float64)
    values, vectors = np.linalg.eigh(between)
    spread = vectors / np.sqrt(np.maximum(values, 1e-4 * values.max()))
    basis = (radial_functions(z, middle.T, squared_width) @ spread).astype(np.float32)
    w, bias = fit_softmax_regression(basis, targets, weights, options.l2)
    output = (spread @ w).astype(np.float32)
    kernel = np.ascontiguousarray(middle.T)
    return Head(mean, scale, "radial", kernel, (middle**2).sum(axis=1), squared_width, output, bias)


def fit_kernel(
    x: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    seed: int,
    options: KernelOptions,
    tracks: np.ndarray | None = None,
) -> Head:
    """Kernel ridge regression: least squares on smooth functions, solved in closed form.

    Minimises the sum of weights · |f - targets|² + ridge · |f|² over f in the span of the functions (Rifkin
    and Lippert, "Notes on regularized least squares", MIT-CSAIL-TR-2007-025). Rows are standardised and
    projected on principal components first.

    Args:
        x, targets, weights, seed: as `heads.kinds.HeadKind.fit` has them.
        options: see there.
        tracks: (n,) which track each row is a variant of: see `wccn`. Left out, nothing is normalised so.
    """
    from scipy.linalg import solve
    from sklearn.utils.extmath import randomized_svd

    mean, scale = standardisation(x, weights)
    z = ((x - mean) * scale).astype(np.float32)
    projection = randomized_svd(z, min(options.components, *z.shape), n_iter=2, random_state=seed)[2].T
    if tracks is not None:
        projection = projection @ wccn(z @ projection, tracks, options.wccn_shrinkage)
    projection = _stored_exactly(projection)
    z = z @ projection
    middle = _stored_exactly(_centres_by_genre(z, targets.argmax(axis=1), options.centres, seed))
    squared_width = 2.0 * options.width * float((z**2).sum(axis=1, dtype=np.float64).mean())
    kernel = np.ascontiguousarray(middle.T)
    basis = radial_functions(z, kernel, squared_width).astype(np.float64)
    weighted = (basis * weights[:, None]).T
    system = weighted @ basis + options.ridge * radial_functions(middle, kernel, squared_width)
    # some centres lie close together: without this their weights are huge and cancel each other
    system[np.diag_indices(len(system))] += 1e-6 * len(z)
    usual = 1.0 / targets.shape[1]
    output = options.inverse_temperature * solve(system, weighted @ (targets - usual), assume_a="pos")
    return Head(
        mean,
        scale,
        "radial",
        kernel,
        (middle**2).sum(axis=1),
        squared_width,
        output.astype(np.float32),
        np.zeros(targets.shape[1], np.float32),
        projection,
    )


def wccn(z: np.ndarray, tracks: np.ndarray, shrinkage: float) -> np.ndarray:
    """A matrix (k, k) that gives a direction less weight the more the variants of one track differ in it.

    Within-class covariance normalisation (Hatch, Kajarekar and Stolcke, Interspeech 2006) with a track for a
    class: changes by a master, a codec or another part of the track do not change its genre. The scatter is
    blended with `shrinkage` times the mean variance; the larger, the less is changed.

    Args:
        z: (n, k) rows.
        tracks: (n,) which track each row is a variant of.
        shrinkage: above 0.

    Example:
        >>> rows = np.array([[4.0, 1.0], [4.0, -1.0], [-4.0, 1.0], [-4.0, -1.0]])
        >>> np.allclose(wccn(rows, np.array([0, 0, 1, 1]), 0.125), [[1, 0], [0, 0.7177]], atol=1e-4)
        True
    """
    of_row = np.unique(tracks, return_inverse=True)[1]
    sums = np.zeros((of_row.max() + 1, z.shape[1]))
    np.add.at(sums, of_row, z)
    within = z - (sums / np.bincount(of_row)[:, None])[of_row]
    scatter = within.T @ within / len(z)
    variance = shrinkage * float(z.var(axis=0).mean())
    values, vectors = np.linalg.eigh(scatter + variance * np.eye(z.shape[1]))
    normalised = (vectors / np.sqrt(values)) @ vectors.T
    # lengths stay about the same, so that float16 holds them well
    return np.asarray(normalised * np.sqrt(variance), np.float32)


def _stored_exactly(values: np.ndarray) -> np.ndarray:
    """The nearest float16 values, so that the head stored as float16 is the same head."""
    return np.ascontiguousarray(values.astype(np.float16), dtype=np.float32)


def _centres_by_genre(z: np.ndarray, y: np.ndarray, centres: int, seed: int) -> np.ndarray:
    """k-means centres, about as many of each genre; none is the mean of fewer than `MEMBERS` rows."""
    from sklearn.cluster import MiniBatchKMeans

    genres = np.unique(y)
    each = max(centres // genres.size, 1)
    found = []
    for genre in genres:
        rows = z[y == genre]
        count = min(each, max(len(rows) // MEMBERS, 1))
        nearest = MiniBatchKMeans(count, random_state=seed, n_init=1, max_iter=30).fit(rows).labels_
        means = [rows[nearest == cluster].mean(axis=0) for cluster in np.unique(nearest)]
        sizes = np.unique(nearest, return_counts=True)[1]
        kept = [mean for mean, size in zip(means, sizes, strict=True) if size >= MEMBERS]
        found += kept or [rows.mean(axis=0)]
    return np.asarray(found, np.float32)
