"""The kinds of classifier by name, of this package and of others, and the one way to fit any of them.

- `logistic`: multinomial logistic regression with a quadratic penalty;
- `radial`: logistic regression on radial basis functions around centres;
- `kernel`: kernel ridge regression on principal components, over such centres;
- `wide_mlp`: several multilayer perceptrons with one hidden layer each, their logits averaged, which makes
  them one wide network (needs torch).

Another package adds a kind by an entry point in the group `genrelens.heads` that names a `HeadKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from genrelens import plugins
from genrelens.errors import PluginError
from genrelens.heads.head import one_hot
from genrelens.heads.options import KernelOptions, LogisticOptions, RadialOptions, WideMlpOptions
from genrelens.options import filled, is_options_class


class FittedHead(Protocol):
    """What fitting gives: a classifier that also writes itself as ONNX; `Head` is one."""

    def logits(self, x: np.ndarray, /) -> np.ndarray:
        """Logits (n, genres) of raw vectors (n, d)."""
        ...

    def predict_proba(self, x: np.ndarray, /) -> np.ndarray:
        """Probabilities (n, genres) of raw vectors (n, d)."""
        ...

    def to_onnx(self, genres: Sequence[str], half: bool = True, name: str = "head") -> bytes:
        """ONNX bytes: `x` (n, d) in, `probabilities` (n, genres) out."""
        ...


@dataclass(frozen=True)
class HeadKind:
    """A kind of classifier.

    Attributes:
        name: in recipes.
        options: a frozen dataclass with defaults for all fields; see `genrelens.options`.
        fit: called with raw vectors (n, d) float32, target probabilities (n, genres), weights (n,) of mean 1,
            a seed of everything random, and an instance of `options`; with `uses_tracks` also with `tracks`.
        uses_tracks: `fit` takes a keyword `tracks`, (n,) or None: which track each row is a variant of.
    """

    name: str
    options: type
    fit: Callable[..., FittedHead]
    uses_tracks: bool = False


def _fit_logistic(*rows: Any) -> FittedHead:
    from genrelens.heads.logistic import fit_logistic

    return fit_logistic(*rows)


def _fit_radial(*rows: Any) -> FittedHead:
    from genrelens.heads.kernel import fit_radial

    return fit_radial(*rows)


def _fit_kernel(*rows: Any, **tracks: Any) -> FittedHead:
    from genrelens.heads.kernel import fit_kernel

    return fit_kernel(*rows, **tracks)


def _fit_wide_mlp(*rows: Any) -> FittedHead:
    from genrelens.heads.mlp import fit_wide_mlp

    return fit_wide_mlp(*rows)


HEAD_KINDS: Mapping[str, HeadKind] = {
    one.name: one
    for one in (
        HeadKind("logistic", LogisticOptions, _fit_logistic),
        HeadKind("radial", RadialOptions, _fit_radial),
        HeadKind("kernel", KernelOptions, _fit_kernel, uses_tracks=True),
        HeadKind("wide_mlp", WideMlpOptions, _fit_wide_mlp),
    )
}
"""The package's own. Libraries that a kind needs are imported when it is fitted."""


def head_names() -> tuple[str, ...]:
    """The package's own kinds, then those of other packages.

    Example:
        >>> head_names()[:2]
        ('logistic', 'radial')
    """
    return plugins.all_names(HEAD_KINDS, plugins.HEADS)


def head_kind(name: str) -> HeadKind | None:
    """The kind of that name, or None where there is none.

    Raises:
        PluginError: another package's kind cannot be loaded, or its options are no frozen dataclass.
    """
    found = plugins.find(HEAD_KINDS, plugins.HEADS, name, HeadKind)
    if found and not is_options_class(found.options):
        raise PluginError(f"the options of the head {name!r} are no frozen dataclass with defaults")
    return found


def fit_head(
    kind: str,
    x: np.ndarray,
    y: np.ndarray,
    options: object = None,
    *,
    weights: np.ndarray | None = None,
    seed: int = 0,
    genres: int | None = None,
    tracks: np.ndarray | None = None,
) -> FittedHead:
    """Trains a classifier.

    Args:
        kind: one of `head_names`.
        x: (n, d) raw vectors.
        y: genre indices (n,) or target probabilities (n, genres).
        options: an instance of the kind's options class, or a table of them; the defaults when left out.
        weights: (n,), positive; all rows count the same when left out.
        seed: of everything random; the same seed gives the same head.
        genres: the number of genres, where `y` holds indices and not all occur.
        tracks: (n,) which track each row is a variant of, for kinds that use it.

    Raises:
        ValueError: unknown kind, shapes that do not fit, values that are not finite.
        RecipeError: an unknown or impossible option.

    Example:
        >>> x = np.array([[0.0], [1.0], [4.0], [5.0]], np.float32)
        >>> fit_head("logistic", x, np.array([0, 0, 1, 1]), {"l2": 0.001}).predict_proba(x).shape
        (4, 2)
    """
    found = head_kind(kind)
    if found is None:
        raise ValueError(f"no kind of head is called {kind!r}; there are {', '.join(head_names())}")
    x = np.asarray(x, np.float32)
    if x.ndim != 2 or len(x) != len(y) or (weights is not None and len(weights) != len(x)):
        raise ValueError(f"vectors {x.shape} do not fit to labels {np.shape(y)} or their weights")
    if not np.isfinite(x).all():
        raise ValueError("vectors hold values that are not finite")
    targets = np.asarray(y, np.float32) if np.ndim(y) == 2 else one_hot(np.asarray(y), genres)
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, float)
    if not isinstance(options, found.options):
        options = filled(found.options(), options or {}, f"options of a {kind}")
    further = {"tracks": tracks} if found.uses_tracks else {}
    return found.fit(x, targets, weights / weights.mean(), seed, options, **further)
