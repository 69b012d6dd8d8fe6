"""Auditory temporal modulations, reduced, and a classifier by sparse representation.

Panagakis, Kotropoulos and Arce, *Music genre classification via sparse representations of auditory temporal
modulations* (EUSIPCO 2009), states 91.0 % on GTZAN. Sturm and Noorzad, *On automatic music genre recognition
by sparse representation classification using auditory temporal modulations* (CMMR 2012), came near that only
with half of the genres.

A clip is the mean magnitude of the modulations at eight rates, 2 to 256 Hz, in 96 channels of an auditory
spectrogram; every number is scaled to 0 to 1 over the training part. The authors compare reductions
(non-negative factorisation, principal components, random projections) and their dimensions: which one, and
how sparse the classifier's sums are, is chosen inside the training part. Ours are the channels' range (that
of the NSL toolbox, 180 to 7000 Hz), the lasso in place of the smallest sum of magnitudes under a constraint,
100 numbers after the reduction, and principal components without centring, since sparse representation
scales vectors to length 1 about the origin.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.auditory_spectrogram import FINEST, RATE, Channels, auditory_spectrogram
from genrelens.baselines.analysis.modulation_spectrum import temporal_modulations
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference

CHANNELS = Channels(lowest=180.0, count=96, per_octave=18)
RATES = (2, 4, 8, 16, 32, 64, 128, 256)


def modulations(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rate by rate the modulation of every channel, (768,)."""
    spectrogram = auditory_spectrogram(samples, CHANNELS, FINEST)
    return temporal_modulations(spectrogram, FINEST, RATES).ravel()


def classifier() -> Any:
    """Scaling, a reduction, sparse representation."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler

    from genrelens.baselines.classifiers.linear_reduction import LinearReduction
    from genrelens.baselines.classifiers.sparse_representation import SparseRepresentationClassifier

    steps = [("scaling", MinMaxScaler(clip=True)), ("reduction", LinearReduction())]
    return Pipeline([*steps, ("src", SparseRepresentationClassifier())])


panagakis_2009 = Baseline(
    name="panagakis_2009",
    meaning="auditory temporal modulations (8 rates, 96 channels), reduced; sparse representation",
    inputs=(Descriptor("auditory_temporal_modulations", (768,), RATE, modulations, version=2),),
    classifier=classifier,
    grid={"reduction__kind": ("non-negative", "principal", "random"), "src__sparsity": (0.01, 0.1)},
    claimed=91.0,
    claimed_how="cross-validation",
    reference=Reference(
        key="panagakis2009",
        authors="Panagakis, Yannis and Kotropoulos, Constantine and Arce, Gonzalo R.",
        title="Music genre classification via sparse representations of auditory temporal modulations",
        year=2009,
        venue="Proceedings of the 17th European Signal Processing Conference",
    ),
)
