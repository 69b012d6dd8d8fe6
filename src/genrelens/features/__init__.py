"""The nine features of the paper, the averaged vector and a wide vector of statistics, in NumPy.

signal       what a signal must be, rate, hop, frame count
spectrum     frames, power spectra, mel filters (encoders use them too)
products     matrix products on one thread
scaling      decibels, normalisation
cepstrum     MFCC and their deltas
tuning       how far from A = 440 Hz
constantq    the constant-Q transform
chroma       pitch classes, CENS, tonnetz
rhythm       onset strength, tempogram
analysis     one signal with what its features share
registry     `FEATURES`, `compute_features`, `averaged_vector`
descriptors  centroid, contrast and other shapes of a spectrum, loudness
statistics   `signal_statistics`: one wide vector for a classifier
"""

from genrelens.features.analysis import Analysis
from genrelens.features.registry import (
    AVERAGED_WIDTH,
    FEATURES,
    Feature,
    averaged_vector,
    compute_features,
    feature_names,
    find_feature,
)
from genrelens.features.signal import HOP, N_FFT, SAMPLE_RATE
from genrelens.features.statistics import SIGNAL_NAMES, SIGNAL_WIDTH, signal_statistics

__all__ = [
    "AVERAGED_WIDTH",
    "FEATURES",
    "HOP",
    "N_FFT",
    "SAMPLE_RATE",
    "SIGNAL_NAMES",
    "SIGNAL_WIDTH",
    "Analysis",
    "Feature",
    "averaged_vector",
    "compute_features",
    "feature_names",
    "find_feature",
    "signal_statistics",
]
