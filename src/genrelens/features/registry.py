"""The nine features of Ghosal and Kolekar (2018), section 2.1.1, each as librosa 0.11 defines it, and others.

Other packages add features through the entry points `genrelens.features`; each names a `Feature`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from genrelens import plugins
from genrelens.errors import PluginError, SignalError
from genrelens.features import cepstrum, chroma, rhythm
from genrelens.features.analysis import N_MELS, Analysis
from genrelens.features.signal import Floats


@dataclass(frozen=True)
class Feature:
    """A sequence of vectors that describes a signal frame by frame.

    Attributes:
        name: how recipes, bundles and stores call it.
        width: values a frame.
        meaning: what the values are, in one line.
        compute: `Analysis` to `(frames, width)` float32.
        version: to be raised when the values become others; bundles trained on former ones are then refused.
    """

    name: str
    width: int
    meaning: str
    compute: Callable[[Analysis], Floats]
    version: int = 1


_ALL = (
    Feature("mel", N_MELS, "power in 128 mel bands", lambda a: a.mel),
    Feature("mfcc", cepstrum.N_MFCC, "cepstral coefficients of the mel bands in dB", lambda a: a.mfcc),
    Feature("mfcc_delta", cepstrum.N_MFCC, "slope of mfcc a frame", lambda a: cepstrum.delta(a.mfcc, 1)),
    Feature("mfcc_delta2", cepstrum.N_MFCC, "curvature of mfcc", lambda a: cepstrum.delta(a.mfcc, 2)),
    Feature(
        "chroma_cens",
        chroma.PITCH_CLASSES,
        "pitch classes, quantised and smoothed",
        lambda a: chroma.chroma_cens(a.chroma_energy),
    ),
    Feature(
        "chroma_cqt",
        chroma.PITCH_CLASSES,
        "pitch classes of the constant-Q transform",
        lambda a: a.chroma_cqt,
    ),
    Feature(
        "chroma_stft",
        chroma.PITCH_CLASSES,
        "pitch classes of the power spectrogram",
        lambda a: chroma.chroma_stft(a.power, a.semitone_tuning),
    ),
    Feature(
        "tonnetz", 6, "place on the circles of fifths and thirds", lambda a: chroma.tonnetz(a.chroma_cqt)
    ),
    Feature(
        "tempogram",
        rhythm.TEMPOGRAM_LAGS,
        "autocorrelation of the onsets at 128 lags",
        lambda a: rhythm.tempogram(a.onsets),
    ),
)

FEATURES: Mapping[str, Feature] = MappingProxyType({feature.name: feature for feature in _ALL})
"""The nine features by name, in the paper's order."""


def find_feature(name: str) -> Feature | None:
    """The feature of that name, of this package or another, or None where there is none.

    Raises:
        PluginError: another package's feature cannot be loaded.

    Example:
        >>> find_feature("mfcc").width, find_feature("colour")
        (20, None)
    """
    return plugins.find(FEATURES, plugins.FEATURES, name, Feature)


def feature_names() -> tuple[str, ...]:
    """The paper's nine, then those of other packages."""
    return plugins.all_names(FEATURES, plugins.FEATURES)


def compute_features(samples: object | Analysis, names: Iterable[str] = tuple(FEATURES)) -> dict[str, Floats]:
    """The named features of a signal, each `(1 + n // 1024, width)` float32, finite, frames first.

    Args:
        samples: mono samples at 22050 Hz, shape (n,) floats; or an `Analysis`, whose spectra are then reused.
        names: which features, of `feature_names`.

    Raises:
        SignalError: the samples are no mono signal of finite floats, or a name is unknown.
        PluginError: another package's feature gives values of another shape, or that are not finite.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(44100)).astype(np.float32)
        >>> {name: rows.shape for name, rows in compute_features(tone, ["mfcc", "tonnetz"]).items()}
        {'mfcc': (44, 20), 'tonnetz': (44, 6)}
    """
    chosen = {name: find_feature(name) for name in names}
    for name, feature in chosen.items():
        if feature is None:
            raise SignalError(f"there is no feature {name!r}; there are {', '.join(feature_names())}")
    analysis = samples if isinstance(samples, Analysis) else Analysis(samples)
    return {name: _computed(feature, analysis) for name, feature in chosen.items() if feature}


def _computed(feature: Feature, analysis: Analysis) -> Floats:
    values = feature.compute(analysis)
    if feature.name in FEATURES:
        return values
    wanted = (analysis.frames, feature.width)
    found = np.asarray(values, np.float32)
    if found.shape != wanted or not np.isfinite(found).all():
        raise PluginError(
            f"the feature {feature.name} gave values of shape {found.shape} where {wanted} finite ones were "
            "announced; update or uninstall the package that it comes from"
        )
    return found


def averaged_vector(features: Mapping[str, Floats], names: Iterable[str] = tuple(FEATURES)) -> Floats:
    """The paper's averaged signal vector: every feature's mean over frames, concatenated, `(358,)` float32.

    Args:
        features: what `compute_features` gave.
        names: which features are averaged, in this order.

    Example:
        >>> averaged_vector({"mfcc": np.ones((646, 20), np.float32)}, ["mfcc"]).shape
        (20,)
    """
    means = [features[name].mean(axis=0, dtype=np.float64) for name in names]
    return np.concatenate(means).astype(np.float32)


AVERAGED_WIDTH = sum(feature.width for feature in FEATURES.values())
"""358. The paper prints 342, which no sum of the widths that it prints gives."""
