"""Textures of the spectrogram's picture, one support-vector machine a zone of frequency, sum rule.

Costa, Oliveira, Koerich and Gouyon, *Music genre recognition using spectrograms* (IWSSIP 2011). Grey-level
co-occurrence in linear zones of the spectrogram, a machine with probabilities for each zone, combined by a
fixed rule. They measured on the Latin Music Database, of whole songs, and state nothing for GTZAN.

Ours: one picture of the whole clip; ten zones; the seven measures of `texture`, of neighbours at one pixel
in four directions; the decibel range; cost of the machines chosen inside the training part; probabilities as
`combined_machines` describes.
"""

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.texture import DIRECTIONS, MEASURES, spectrogram_picture, zone_textures
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.combined_machines import CombinedMachines
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import SAMPLE_RATE

ZONES = 10


def textures(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """(10, 28), the zone of the lowest frequencies first."""
    return zone_textures(spectrogram_picture(samples), ZONES)


costa_texture = Baseline(
    name="costa_texture",
    meaning="textures of the spectrogram in ten zones; a support-vector machine a zone, sum rule",
    inputs=(Descriptor("zone_textures", (ZONES, len(MEASURES) * len(DIRECTIONS)), SAMPLE_RATE, textures),),
    classifier=CombinedMachines,
    grid={"C": (1.0, 10.0)},
    claimed=None,
    claimed_how="evaluated on the Latin Music Database, not on GTZAN",
    reference=Reference(
        key="costa2011",
        authors="Costa, Yandre and Oliveira, Luiz and Koerich, Alessandro and Gouyon, Fabien",
        title="Music genre recognition using spectrograms",
        year=2011,
        venue="Proceedings of the 18th International Conference on Systems, Signals and Image Processing",
    ),
    libraries=("skimage",),
)
