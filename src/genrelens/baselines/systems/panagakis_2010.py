"""Auditory cortical representations, reduced by a factorisation of tensors, and sparse representation.

Panagakis and Kotropoulos, *Music genre classification via topology preserving non-negative tensor
factorization and sparse representations* (ICASSP 2010), states 93.7 % on GTZAN.

A clip is the mean magnitude of ripples of six scales (0.25 to 8 cycles an octave) and five rates (2 to 32 Hz,
upwards and downwards) around each of 128 channels of an auditory spectrogram, after the cortical
representations of Panagakis, Benetos and Kotropoulos, *Music genre classification: a multilinear approach*
(ISMIR 2008); every number is scaled to 0 to 1 over the training part. Ours are the exact rates and scales
(those common with the NSL toolbox), the penalty (a graph's Laplacian, see `tensor_factorisation`), 50
components, which keeps fitting cheap, coefficients of least squares, and the lasso and its weight. How strong
the penalty is, is chosen inside the training part.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.auditory_spectrogram import RATE, Channels, auditory_spectrogram
from genrelens.baselines.analysis.modulation_spectrum import cortical_modulations
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference

CHANNELS = Channels(lowest=180.0, count=128, per_octave=24)
FRAME_RATE = 128
RATES = (2, 4, 8, 16, 32)
SCALES = (0.25, 0.5, 1, 2, 4, 8)
SPARSITY = 0.01
SHAPE = (len(SCALES), 2 * len(RATES), CHANNELS.count)


def ripples(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale by scale and rate by rate the ripples around every channel, (7680,)."""
    spectrogram = auditory_spectrogram(samples, CHANNELS, FRAME_RATE)
    return cortical_modulations(spectrogram, FRAME_RATE, CHANNELS.per_octave, RATES, SCALES).ravel()


def classifier() -> Any:
    """Scaling, the factorisation, sparse representation."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler

    from genrelens.baselines.classifiers.sparse_representation import SparseRepresentationClassifier
    from genrelens.baselines.classifiers.tensor_factorisation import TopologyPreservingNTF

    steps = [("scaling", MinMaxScaler(clip=True)), ("reduction", TopologyPreservingNTF(SHAPE))]
    return Pipeline([*steps, ("src", SparseRepresentationClassifier(SPARSITY))])


panagakis_2010 = Baseline(
    name="panagakis_2010",
    meaning="auditory cortical representation (6 x 10 x 128), topology-preserving NTF; sparse representation",
    inputs=(
        Descriptor("auditory_cortical_representation", (int(np.prod(SHAPE)),), RATE, ripples, version=2),
    ),
    classifier=classifier,
    grid={"reduction__strength": (1.0, 10.0)},
    claimed=93.7,
    claimed_how="cross-validation",
    reference=Reference(
        key="panagakis2010",
        authors="Panagakis, Yannis and Kotropoulos, Constantine",
        title="Music genre classification via topology preserving non-negative tensor factorization and "
        "sparse representations",
        year=2010,
        venue="Proceedings of ICASSP",
    ),
)
