"""A support-vector machine on means and deviations of twenty MFCC: the plainest system in use.

Ours; MFCC as `features.cepstrum` computes them (librosa 0.11 at a window of 2048 and a hop of 1024 samples),
of the clip as it is.
"""

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import GRID, support_vector_machine
from genrelens.baselines.descriptor import Descriptor
from genrelens.features import SAMPLE_RATE, compute_features


def mean_and_deviation(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean, then standard deviation of each coefficient over frames, (40,)."""
    mfcc = compute_features(samples, ["mfcc"])["mfcc"]
    return np.concatenate([mfcc.mean(axis=0), mfcc.std(axis=0)])


mfcc_svm = Baseline(
    name="mfcc_svm",
    meaning="means and deviations of 20 MFCC; support-vector machine",
    inputs=(Descriptor("mfcc_statistics", (40,), SAMPLE_RATE, mean_and_deviation),),
    classifier=support_vector_machine,
    grid=GRID,
)
