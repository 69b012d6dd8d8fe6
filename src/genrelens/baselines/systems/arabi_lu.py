"""Chords, key and pulse together with timbre, those selected that separate genres; support-vector machine.

Arabi and Lu, *Enhanced polyphonic music genre classification using high level features* (ICSIPA 2009):
features of a higher level, chords among them, are put beside the usual low-level ones; 90.8 % on
GTZAN are claimed.

Ours: which numbers exactly (`high_level`, `timbre`), the chords, major and minor ones by template, and the
choice: the numbers with the greatest F of an analysis of variance; how many, and the cost of the machine, are
chosen inside the training part.
"""

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.analysis.chords import chord_changes, chord_histogram, chord_sequence, chord_use
from genrelens.baselines.analysis.musical_key import musical_key
from genrelens.baselines.analysis.pulse import FRAMES_A_SECOND, PULSE_WIDTH, pulse
from genrelens.baselines.analysis.timbre import TIMBRE_WIDTH, timbre_statistics
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.feature_selection import selecting_machine
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import SAMPLE_RATE, Analysis, compute_features

HIGH = 24 + 24 + 16 + 12 + 3 + PULSE_WIDTH
WIDTH = HIGH + TIMBRE_WIDTH
LEVEL = 0.1
"""Root mean square that a clip is brought to."""


def high_level(analysis: Analysis) -> NDArray[np.float64]:
    """Chords by name and relative to the key, their changes and use, the key's mode, the pulse: (89,)."""
    found = compute_features(analysis, ["chroma_cqt", "tempogram"])
    chords, clarity = chord_sequence(found["chroma_cqt"])
    key = musical_key(found["chroma_cqt"])
    return np.concatenate(
        [
            chord_histogram(chords),
            chord_histogram(chords, key.tonic),
            chord_changes(chords),
            chord_use(chords, clarity, FRAMES_A_SECOND),
            key[1:],
            pulse(analysis.onsets, found["tempogram"]),
        ]
    )


def features(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """All numbers, (169,)."""
    level = np.sqrt(np.square(samples).mean(dtype=np.float64))
    analysis = Analysis((samples * (LEVEL / level)).astype(np.float32))
    return np.concatenate([high_level(analysis), timbre_statistics(analysis)])


arabi_lu = Baseline(
    name="arabi_lu",
    meaning="chords, key, pulse and timbre, those that separate; support-vector machine",
    inputs=(Descriptor("chords_pulse_timbre", (WIDTH,), SAMPLE_RATE, features),),
    classifier=selecting_machine,
    grid={"selectkbest__k": (40, 80, WIDTH), "svc__C": (1.0, 10.0, 100.0)},
    claimed=90.8,
    claimed_how="as printed",
    reference=Reference(
        key="arabi2009",
        authors="Arabi, Arijit and Lu, Guojun",
        title="Enhanced polyphonic music genre classification using high level features",
        year=2009,
        venue="IEEE International Conference on Signal and Image Processing Applications",
    ),
)
