"""Support-vector machines in layers on rhythm, linear prediction, zero crossings, power and MFCC.

Xu, Maddage, Shao, Cao and Tian, *Musical genre classification using support vector machines* (2003): pop
and classic are told from rock and jazz by one machine, then the genres of either pair by another; machines
are given different ones of five kinds of numbers: beat spectrum, cepstrum from linear prediction, zero
crossings, spectrum power, MFCC. The paper's tree is of four genres and made by hand. Here the tree of ten,
and the kinds at each joint, are derived inside the training part (`layered_machines`); how many kinds is
chosen with the cost; the radial kernel has scikit-learn's width (ours).

Left open, or unknown to us, and our choice: the paper classifies short pieces of sound; here a clip is three
segments of equal length, each described by means and deviations over its frames of 23 ms (half overlap) and
by its beat spectrum, and the clip's answer is the mean over segments. Order 12, twelve coefficients of
either cepstrum, 40 mel bands. The beat spectrum is of MFCC without their mean, which would hide the changes,
and averaged over 24 bands of lags from 0.1 to 3 s.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.beat_spectrum import beat_spectrum, lag_bands
from genrelens.baselines.analysis.linear_prediction import cepstrum, predictors
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.layered_machines import LayeredMachines
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import SAMPLE_RATE
from genrelens.features.cepstrum import mfcc
from genrelens.features.products import product
from genrelens.features.scaling import POWER_FLOOR, decibels
from genrelens.features.spectrum import hann, mel_filters, power_frames

FRAME, HOP = 512, 256
ORDER = COEFFICIENTS = 12
MEL_BANDS = 40
SEGMENTS = 3
LAG_EDGES = np.rint(np.geomspace(0.1, 3.0, 25) * SAMPLE_RATE / HOP).astype(np.intp)
WIDTHS = (len(LAG_EDGES) - 1, 2 * COEFFICIENTS, 2, 2, 2 * COEFFICIENTS)
"""Numbers of each kind: beat spectrum, cepstrum from linear prediction, zero crossings, power, MFCC."""


def segment_numbers(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """The five kinds of numbers of each segment, (3, 76)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    power = power_frames(samples, FRAME, HOP, hann(FRAME), center_pad=None)
    mel = product(power, np.ascontiguousarray(mel_filters(SAMPLE_RATE, FRAME, MEL_BANDS).T))
    predicted = cepstrum(predictors(frames * np.float64(hann(FRAME)), ORDER), COEFFICIENTS)
    crossings = np.diff(frames < 0, axis=1).mean(axis=1, keepdims=True)
    level = 10 * np.log10(np.maximum(power.mean(axis=1, keepdims=True), POWER_FLOOR))
    coefficients = mfcc(decibels(mel))[:, 1 : 1 + COEFFICIENTS].astype(np.float64)
    columns = np.concatenate([predicted, crossings, level, coefficients], axis=1)
    return np.stack([_segment(part) for part in np.array_split(columns, SEGMENTS)])


def _segment(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    timbre = frames[:, -COEFFICIENTS:]
    rhythm = lag_bands(beat_spectrum(timbre - timbre.mean(axis=0)), LAG_EDGES)
    kinds = np.split(frames, np.cumsum(np.array(WIDTHS[1:-1]) // 2), axis=1)
    statistics = [statistic for kind in kinds for statistic in (kind.mean(axis=0), kind.std(axis=0))]
    return np.concatenate([rhythm, *statistics])


def classifier() -> Any:
    """Machines in layers that know which columns are of a kind."""
    return LayeredMachines(widths=WIDTHS)


xu_svm = Baseline(
    name="xu_svm",
    meaning="beat spectrum, linear-prediction cepstrum, zero crossings, power, MFCC; layered machines",
    inputs=(Descriptor("xu_segments", (SEGMENTS, sum(WIDTHS)), SAMPLE_RATE, segment_numbers),),
    classifier=classifier,
    grid={"C": (1.0, 10.0), "kinds": (5, 2)},
    claimed_how="states none on GTZAN: the authors' own recordings of four genres",
    reference=Reference(
        key="xu2003",
        authors="Xu, Changsheng and Maddage, Namunu C. and Shao, Xi and Cao, Fang and Tian, Qi",
        title="Musical genre classification using support vector machines",
        year=2003,
        venue="Proceedings of the IEEE International Conference on Acoustics, Speech, and Signal Processing",
    ),
)
