"""Extreme learning machines or a support-vector machine on moments of timbre and a histogram of pulses.

Baniya, Ghimire and Lee (2014). Their abstract states the inputs: MFCC and other spectral descriptors of
frames, central moments up to the fourth order, covariances between the descriptors, numbers of a beat
histogram, descriptors that tell little about the genre left out; and the classifier: extreme learning
machines with bagging. 87.9 % is what Ghosal and Kolekar (2018) quote.

What we could not look up, and chose: which spectral descriptors (centroid, bandwidth, rolloff, flatness,
flux, zero crossings, level, contrast in seven bands); that numbers are left out by mutual information, least
redundant first; units and ridge. How many numbers stay, and whether twenty extreme learning machines, each on
a bootstrap sample, or a support-vector machine classify them, is chosen inside the training part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.frame_moments import central_moments, covariances
from genrelens.baselines.analysis.frame_timbre import COLUMNS, frame_timbre
from genrelens.baselines.analysis.pulse_histogram import SUMMARY, onset_envelope, pulse_histogram, summary
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import SAMPLE_RATE, Analysis

WIDTH = 4 * COLUMNS + COLUMNS * (COLUMNS - 1) // 2 + SUMMARY
"""483: moments, covariances, pulse."""


def timbre_and_pulse(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Four moments and all covariances of the timbre, then the summary of the pulse, `(WIDTH,)`."""
    analysis = Analysis(samples)
    rows = frame_timbre(analysis)
    pulse = summary(pulse_histogram(onset_envelope(analysis)))
    return np.concatenate([central_moments(rows).ravel(), covariances(rows), pulse])


def bagged(**options: Any) -> Any:
    """Twenty extreme learning machines with these options, each on a bootstrap sample, answers averaged."""
    from sklearn.ensemble import BaggingClassifier

    from genrelens.baselines.classifiers.extreme_learning_machine import ExtremeLearningMachine

    return BaggingClassifier(ExtremeLearningMachine(**options), n_estimators=20, random_state=0)


def classifier() -> Any:
    """Standardised numbers, the chosen ones, and what classifies them."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from genrelens.baselines.classifiers.mutual_information import MutualInformationSelection

    return Pipeline(
        [("scale", StandardScaler()), ("select", MutualInformationSelection()), ("classify", bagged())]
    )


def machine(cost: float) -> Any:
    """A support-vector machine, genres alike, one machine a pair of genres."""
    from sklearn.svm import SVC

    return SVC(C=cost, class_weight="balanced", break_ties=True)


baniya = Baseline(
    name="baniya",
    meaning="moments and covariances of timbre, pulse; extreme learning or support-vector machine",
    inputs=(Descriptor("timbre_moments_and_pulse", (WIDTH,), SAMPLE_RATE, timbre_and_pulse),),
    classifier=classifier,
    grid={
        "select__count": (75, 150),
        "classify": (bagged(ridge=0.003), bagged(ridge=0.03), machine(1.0), machine(10.0)),
    },
    claimed=87.9,
    claimed_how="as Ghosal and Kolekar (2018) quote it",
    reference=Reference(
        key="baniya2014",
        authors="Baniya, Babu Kaji and Ghimire, Deepak and Lee, Joonwhoan",
        title="A novel approach of automatic music genre classification based on timbral texture and "
        "rhythmic content features",
        year=2014,
        venue="International Conference on Advanced Communication Technology (ICACT)",
    ),
)
