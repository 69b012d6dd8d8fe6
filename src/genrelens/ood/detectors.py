"""Out-of-distribution (OOD) detectors: small models that make a bundle answer `unsure`.

Three kinds; none keeps a training vector:

- `foreign`: logistic regression between music and sounds that are no music: recorded ones where
  `genrelens train` was given some, and synthetic ones (`synthetic_sounds`); its score is the logit of being
  no music;
- `distance`: how unlikely a sound is under a Gaussian with few directions (probabilistic principal
  components: Tipping and Bishop 1999) fitted to music; its score is the squared Mahalanobis distance over
  the number of columns. It needs no example of what is no music;
- `music`: the tag `Music` of mn04, which was trained on two million recordings of 527 kinds of sound; its
  score is one minus the probability of that tag. Nothing is fitted here.

A threshold is a quantile of OOD scores: the proportion `rejected` of the music's rows lies above it. The
scores are those of detectors that have seen neither the row's artist nor its source in training. Where a
recipe has `rejected_per_genre`, at most that proportion of every kind of music (genre) with `ENOUGH`
recordings or more lies above it, too. `x` are raw vectors (n, d) float32, `groups` (n,) numbers of artists.
The module `training.detector_rows` chooses the rows that a recipe's detectors are trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.encoders.tags import audioset_tags
from genrelens.evaluation.splits import Indices
from genrelens.graphs import Graph
from genrelens.heads.head import fit_softmax_regression, standardisation
from genrelens.ood.options import DETECTOR_OPTIONS, DistanceOptions, NoMusicOptions
from genrelens.options import filled

FOLDS = 5
NO_GROUP = -1
"""The group of synthetic sounds, which have no artist or source: they are in every fold."""
NO_KIND = -1
"""The kind of music with too few recordings for a proportion of it."""
ENOUGH = 10
"""The fewest recordings of a kind of music for which a proportion is limited."""
MUSIC = "Music"
"""AudioSet's name of the tag."""
Weights = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Of rows of music and of rows of no music; relative within each, and rows of weight 0 are not trained on."""


@dataclass(frozen=True, eq=False)
class FittedDetector:
    """A fitted detector: score = bias + z·w + |z @ v|² + floor·|z|², with z = (x - mean) * scale.

    Attributes:
        mean, scale: (d,).
        w: (d,); zero for `distance`.
        v: (d, k), columns scaled by (1/eigenvalue - floor) ** 0.5, negative under the root kept in `sign`.
        sign: (k,) 1 or -1.
        floor: weight of |z|².
        bias: number.
    """

    mean: np.ndarray
    scale: np.ndarray
    w: np.ndarray
    v: np.ndarray
    sign: np.ndarray
    floor: float
    bias: float

    def score(self, x: np.ndarray) -> np.ndarray:
        """OOD scores (n,) of raw vectors (n, d)."""
        z = (np.asarray(x, np.float32) - self.mean) * self.scale
        return np.asarray(
            z @ self.w + ((z @ self.v) ** 2) @ self.sign + self.floor * (z**2).sum(axis=1) + self.bias
        )

    def to_onnx(self, name: str = "guard") -> bytes:
        """As ONNX: `x` (n, d) in, `strangeness` (n,) out."""
        graph = Graph(name)
        x = graph.input("x", ("n", self.mean.size))
        centred = graph.node("Sub", x, graph.constant("mean", self.mean))
        z = graph.node("Mul", centred, graph.constant("scale", self.scale))
        total = graph.node("MatMul", z, graph.constant("w", self.w[:, None]))
        if self.v.size:
            along = graph.node("MatMul", z, graph.constant("v", self.v, half=True))
            squares = graph.node("Mul", along, along)
            part = graph.node("MatMul", squares, graph.constant("sign", self.sign[:, None]))
            total = graph.node("Add", total, part)
        if self.floor:
            norm = graph.node("ReduceSumSquare", z, axes=[1], keepdims=1)
            total = graph.node("Add", total, graph.node("Mul", norm, graph.constant("floor", self.floor)))
        total = graph.node("Add", total, graph.constant("bias", self.bias))
        flat = graph.node("Reshape", total, graph.constant("flat", np.array([-1], np.int64)))
        graph.output(flat, "strangeness", ("n",))
        return graph.to_bytes()


def fit_distance(x: np.ndarray, options: DistanceOptions | None = None) -> FittedDetector:
    """A detector of the kind `distance`.

    Args:
        x: (n, d) raw vectors of music.
        options: the defaults when left out.

    Example:
        >>> random = np.random.default_rng(0)
        >>> detector = fit_distance(random.normal(size=(500, 5)).astype(np.float32), DistanceOptions(2))
        >>> near, far = detector.score(np.array([[0.0] * 5, [9.0] * 5], np.float32))
        >>> bool(near < 0.1 and far > 50)
        True
    """
    mean, scale = standardisation(x, np.ones(len(x)))
    z = ((x - mean) * scale).astype(np.float64)
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    used = int(np.count_nonzero(scale))
    directions = min((options or DistanceOptions()).directions, used - 1)
    top, rest = values[::-1][:directions], values[::-1][directions:used]
    floor = 1.0 / max(float(rest.mean()), 1e-6)
    weight = 1.0 / np.maximum(top, 1e-6) - floor
    v = vectors[:, ::-1][:, :directions] * np.sqrt(np.abs(weight) / used)
    return FittedDetector(
        mean,
        scale,
        np.zeros(mean.size, np.float32),
        v.astype(np.float32),
        np.sign(weight).astype(np.float32),
        floor / used,
        0.0,
    )


def fit_no_music(
    x: np.ndarray,
    no_music: np.ndarray,
    weights: Weights | None = None,
    options: NoMusicOptions | None = None,
) -> FittedDetector:
    """A detector of the kind `foreign`: both classes have the same weight.

    Args:
        x: (n, d) raw vectors of music.
        no_music: (m, d) raw vectors of other sounds.
        weights: of the rows of each; equal by default.
        options: the defaults when left out.

    Example:
        >>> random = np.random.default_rng(0)
        >>> detector = fit_no_music(random.normal(0, 1, (300, 4)), random.normal(3, 1, (30, 4)))
        >>> detector.score(np.array([[0.0] * 4, [3.0] * 4])).round().tolist()[0] < 0
        True
    """
    both = np.concatenate([x, no_music]).astype(np.float32)
    own, other = weights or (np.ones(len(x)), np.ones(len(no_music)))
    row_weights = np.concatenate([0.5 * own / own.sum(), 0.5 * other / other.sum()])
    mean, scale = standardisation(x, own)
    targets = np.zeros((len(both), 2), np.float32)
    targets[: len(x), 0] = targets[len(x) :, 1] = 1.0
    w, bias = fit_softmax_regression(
        (both - mean) * scale, targets, row_weights, (options or NoMusicOptions()).l2
    )
    nothing = np.zeros((mean.size, 0), np.float32)
    return FittedDetector(
        mean, scale, w[:, 1] - w[:, 0], nothing, np.zeros(0, np.float32), 0.0, float(bias[1] - bias[0])
    )


def music_detector(width: int) -> FittedDetector:
    """A detector of the kind `music`, on mn04's `width` tags.

    Example:
        >>> tags = np.zeros((2, 527), np.float32)
        >>> tags[:, audioset_tags().index("Music")] = 0.9, 0.1
        >>> music_detector(527).score(tags).astype(float).round(1).tolist()
        [0.1, 0.9]
    """
    of_music = np.zeros(width, np.float32)
    of_music[audioset_tags().index(MUSIC)] = -1.0
    nothing = np.zeros((width, 0), np.float32)
    return FittedDetector(
        np.zeros(width, np.float32),
        np.ones(width, np.float32),
        of_music,
        nothing,
        np.zeros(0, np.float32),
        0.0,
        1.0,
    )


def fit_detector(
    kind: str,
    x: np.ndarray,
    no_music: np.ndarray,
    options: object = None,
    weights: Weights | None = None,
) -> FittedDetector:
    """A detector of a kind: `distance`, `foreign` or `music`; see those for `x`, `no_music` and `weights`.

    Args:
        options: an instance of the kind's class of them, or a table; the defaults when left out.

    Raises:
        ValueError: there is no such kind.
        RecipeError: an unknown or impossible option.
    """
    if kind not in DETECTOR_OPTIONS:
        raise ValueError(f"no detector is called {kind!r}; there are {', '.join(DETECTOR_OPTIONS)}")
    default = DETECTOR_OPTIONS[kind]()
    if not isinstance(options, type(default)):
        options = filled(default, options or {}, f"options of the detector {kind}")
    if isinstance(options, DistanceOptions):
        return fit_distance(x if weights is None else x[weights[0] > 0], options)
    if isinstance(options, NoMusicOptions):
        return fit_no_music(x, no_music, weights, options)
    return music_detector(x.shape[1])


def thresholds_of(
    kind: str,
    x: np.ndarray,
    groups: np.ndarray,
    no_music: np.ndarray,
    rejected: Sequence[float],
    options: object = None,
    seed: int = 0,
    no_music_groups: np.ndarray | None = None,
    weights: Weights | None = None,
    kinds: Indices | None = None,
    per_genre: Sequence[float] = (),
) -> list[float]:
    """For each proportion `rejected`, the score that this proportion of unseen artists' rows lies above.

    With `per_genre` at most such a proportion of every kind of music lies above it, too: a small proportion
    of all music may be most of a rare kind.

    Args:
        kind, x, no_music, options, weights: of the detector.
        groups: (n,) artists of `x`.
        rejected: the proportions, each between 0 and 1.
        seed: of the division of groups into `FOLDS` parts.
        no_music_groups: (m,) sources of `no_music`, which are held out likewise; those of `NO_GROUP` never
            are.
        kinds: (n,) numbers of the kinds of music of `x`; rows of `NO_KIND` belong to none.
        per_genre: a proportion for each of `rejected`, or none.
    """
    others = np.full(len(no_music), NO_GROUP) if no_music_groups is None else no_music_groups
    folds = inner_folds(np.concatenate([groups, others]), seed)
    own, other = folds[: len(x)], folds[len(x) :]
    own_weights, other_weights = weights or (np.ones(len(x)), np.ones(len(no_music)))
    found = np.empty(len(x))
    for fold in np.unique(own):
        seen, unseen = own != fold, own == fold
        kept = other != fold
        weights_here = own_weights[seen], other_weights[kept]
        detector = fit_detector(kind, x[seen], no_music[kept], options, weights_here)
        found[unseen] = detector.score(x[unseen])
    thresholds = [float(np.quantile(found, 1.0 - one)) for one in rejected]
    if kinds is None or not per_genre:
        return thresholds
    by_kind = [found[kinds == one] for one in np.unique(kinds[kinds != NO_KIND])]
    return [
        max([threshold, *(float(np.quantile(scores, 1.0 - proportion)) for scores in by_kind)])
        for threshold, proportion in zip(thresholds, per_genre, strict=True)
    ]


def threshold_of(
    kind: str,
    x: np.ndarray,
    groups: np.ndarray,
    no_music: np.ndarray,
    rejected: float,
    options: object = None,
    seed: int = 0,
) -> float:
    """`thresholds_of` one proportion, of rows of equal weight and other sounds without groups."""
    return thresholds_of(kind, x, groups, no_music, (rejected,), options, seed)[0]


def inner_folds(groups: np.ndarray, seed: int = 0, folds: int = FOLDS) -> Indices:
    """(n,) the fold of each row, one for all rows of a group; -1 for those of `NO_GROUP`.

    Example:
        >>> parts = inner_folds(np.array([4, 4, 7, NO_GROUP]), folds=2)
        >>> bool(parts[0] == parts[1]), sorted(parts[1:3].tolist()), int(parts[3])
        (True, [0, 1], -1)
    """
    numbers = np.unique(groups[groups != NO_GROUP])
    drawn = np.random.default_rng(seed).permutation(len(numbers)) % folds
    part = dict(zip(numbers.tolist(), drawn.tolist(), strict=True))
    return np.array([part.get(one, -1) for one in groups.tolist()], np.intp)


REASONS = {
    "foreign": "it sounds like speech or another sound that is no music",
    "distance": "it is unlike the music that it was trained on",
    "music": "there seems to be no music in it",
}
"""What a user reads in the warning, by kind."""
