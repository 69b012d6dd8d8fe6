"""Guards: small models that tell how foreign a sound is to the genres, so that a bundle says `unsure` of it.

Three kinds, all without any training vector inside:

- `foreign`: logistic regression between the training tracks and `foreign_sounds` (speech, noise, bells, ...);
  its strangeness is the logit of being foreign;
- `distance`: how unlikely a sound is under a Gaussian with few directions (probabilistic principal
  components: Tipping and Bishop 1999) fitted to the training tracks; its strangeness is the squared
  Mahalanobis distance over the number of columns. It needs no example of what is foreign;
- `music`: what mn04, which has heard two million recordings of 527 kinds of sound, says against `Music`; its
  strangeness is one minus that probability. It learns nothing here, and so nothing of how sounds were made.

A threshold is the value that all but `rejected` of the training tracks, judged by guards that have not heard
their artists, stay under. `x` are raw vectors (n, d) float32, `groups` (n,) numbers of artists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genrelens.audio.excerpts import Excerpt
from genrelens.bundle import Guard
from genrelens.encoders.tags import audioset_tags
from genrelens.graphs import Graph
from genrelens.recognition.inputs import InputComputer, canonical_input
from genrelens.training.data import TrainingData
from genrelens.training.foreign_sounds import foreign_sounds
from genrelens.training.heads import fit_softmax_regression, standardisation
from genrelens.training.recipes import Recipe

RATE = 22050
FOLDS = 5
MUSIC = "Music"
"""AudioSet's name of the tag."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class FittedGuard:
    """A guard: strangeness = bias + z·w + |z @ v|² + floor·|z|², with z = (x - mean) * scale.

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

    def strangeness(self, x: np.ndarray) -> np.ndarray:
        """(n,) of raw vectors (n, d)."""
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


def fit_distance(x: np.ndarray, directions: int = 60) -> FittedGuard:
    """A guard of the kind `distance`.

    Args:
        x: (n, d) raw vectors of what is not foreign.
        directions: with a variance of their own; all others share one.

    Example:
        >>> random = np.random.default_rng(0)
        >>> guard = fit_distance(random.normal(size=(500, 5)).astype(np.float32), directions=2)
        >>> near, far = guard.strangeness(np.array([[0.0] * 5, [9.0] * 5], np.float32))
        >>> bool(near < 0.1 and far > 50)
        True
    """
    mean, scale = standardisation(x, np.ones(len(x)))
    z = ((x - mean) * scale).astype(np.float64)
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    used = int(np.count_nonzero(scale))
    directions = min(directions, used - 1)
    top, rest = values[::-1][:directions], values[::-1][directions:used]
    floor = 1.0 / max(float(rest.mean()), 1e-6)
    weight = 1.0 / np.maximum(top, 1e-6) - floor
    v = vectors[:, ::-1][:, :directions] * np.sqrt(np.abs(weight) / used)
    return FittedGuard(
        mean,
        scale,
        np.zeros(mean.size, np.float32),
        v.astype(np.float32),
        np.sign(weight).astype(np.float32),
        floor / used,
        0.0,
    )


def fit_foreign(x: np.ndarray, foreign: np.ndarray, l2: float = 0.01) -> FittedGuard:
    """A guard of the kind `foreign`: both sides count alike.

    Args:
        x: (n, d) raw vectors of what is not foreign.
        foreign: (m, d) raw vectors of what is.
        l2: penalty on the coefficients.

    Example:
        >>> random = np.random.default_rng(0)
        >>> guard = fit_foreign(random.normal(0, 1, (300, 4)), random.normal(3, 1, (30, 4)))
        >>> guard.strangeness(np.array([[0.0] * 4, [3.0] * 4])).round().tolist()[0] < 0
        True
    """
    both = np.concatenate([x, foreign]).astype(np.float32)
    weights = np.concatenate([np.full(len(x), 0.5 / len(x)), np.full(len(foreign), 0.5 / len(foreign))])
    mean, scale = standardisation(x, np.ones(len(x)))
    targets = np.zeros((len(both), 2), np.float32)
    targets[: len(x), 0] = targets[len(x) :, 1] = 1.0
    w, bias = fit_softmax_regression((both - mean) * scale, targets, weights, l2)
    nothing = np.zeros((mean.size, 0), np.float32)
    return FittedGuard(
        mean, scale, w[:, 1] - w[:, 0], nothing, np.zeros(0, np.float32), 0.0, float(bias[1] - bias[0])
    )


def music_guard(width: int) -> FittedGuard:
    """A guard of the kind `music`, on mn04's `width` tags.

    Example:
        >>> tags = np.zeros((2, 527), np.float32)
        >>> tags[:, audioset_tags().index("Music")] = 0.9, 0.1
        >>> music_guard(527).strangeness(tags).astype(float).round(1).tolist()
        [0.1, 0.9]
    """
    of_music = np.zeros(width, np.float32)
    of_music[audioset_tags().index(MUSIC)] = -1.0
    nothing = np.zeros((width, 0), np.float32)
    return FittedGuard(
        np.zeros(width, np.float32),
        np.ones(width, np.float32),
        of_music,
        nothing,
        np.zeros(0, np.float32),
        0.0,
        1.0,
    )


def fit_guard(
    kind: str, x: np.ndarray, foreign: np.ndarray, options: Mapping[str, Any] | None = None
) -> FittedGuard:
    """A guard of a kind: `distance`, `foreign` or `music`.

    Raises:
        ValueError: there is no such kind or option.
    """
    fitters: dict[str, Callable[..., FittedGuard]] = {
        "distance": lambda **chosen: fit_distance(x, **chosen),
        "foreign": lambda **chosen: fit_foreign(x, foreign, **chosen),
        "music": lambda: music_guard(x.shape[1]),
    }
    if kind not in fitters:
        raise ValueError(f"no guard is called {kind!r}; there are {', '.join(fitters)}")
    try:
        return fitters[kind](**(options or {}))
    except TypeError as error:
        if "unexpected keyword" in str(error):
            raise ValueError(f"a {kind} guard does not know the option: {error}") from error
        raise


def threshold_of(
    kind: str,
    x: np.ndarray,
    groups: np.ndarray,
    foreign: np.ndarray,
    rejected: float,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> float:
    """The strangeness that all but a share `rejected` of unheard artists' rows stay under."""
    artists = np.unique(groups)
    fold_of = dict(zip(artists, np.random.default_rng(seed).permutation(len(artists)) % FOLDS, strict=True))
    folds = np.array([fold_of[group] for group in groups])
    found = np.empty(len(x))
    for fold in range(FOLDS):
        guard = fit_guard(kind, x[folds != fold], foreign, options)
        found[folds == fold] = guard.strangeness(x[folds == fold])
    return float(np.quantile(found, 1.0 - rejected))


def foreign_inputs(
    recipe: Recipe, names: Sequence[str], each: int, progress: Progress = lambda what, done, total: None
) -> dict[str, np.ndarray]:
    """Inputs of `each` foreign sounds of every kind, as recognition has them: name to (sounds, width)."""
    computer = InputComputer(names, conditioning=recipe.conditioning)
    sounds = list(foreign_sounds(each, RATE))
    rows: list[dict[str, np.ndarray]] = []
    for number, (_, samples) in enumerate(sounds):
        rows.append(computer(Excerpt(samples, RATE)))
        progress("hearing foreign sounds", number + 1, len(sounds))
    return {name: np.stack([row[canonical_input(name)] for row in rows]) for name in names}


def build_guards(
    recipe: Recipe, data: TrainingData, progress: Progress = lambda what, done, total: None
) -> tuple[tuple[Guard, ...], dict[str, bytes]]:
    """The guards of a recipe, fitted on all rows of the data, and their files.

    Raises:
        RecipeError: a guard's option is unknown.
    """
    if not recipe.guards:
        return (), {}
    names = tuple(dict.fromkeys(name for one in recipe.guards for name in one.inputs))
    heard = foreign_inputs(recipe, names, max(one.each for one in recipe.guards), progress)
    guards, files = [], {}
    groups = data.groups[data.track]
    for number, one in enumerate(recipe.guards):
        x = np.concatenate([np.stack(list(data.inputs[name])) for name in one.inputs], axis=1)
        foreign = np.concatenate([heard[name] for name in one.inputs], axis=1)
        file = f"guards/{number:02d}-{one.kind}.onnx"
        threshold = threshold_of(one.kind, x, groups, foreign, one.rejected, one.options)
        files[file] = fit_guard(one.kind, x, foreign, one.options).to_onnx(one.kind)
        guards.append(Guard(one.kind, one.inputs, file, round(threshold, 5), REASONS[one.kind]))
        progress("fitting guards", number + 1, len(recipe.guards))
    return tuple(guards), files


REASONS = {
    "foreign": "it sounds like speech, noise or another sound that is none of the genres",
    "distance": "it is unlike anything among the genres that were learnt",
    "music": "there seems to be no music in it",
}
"""What a user reads, by kind."""
