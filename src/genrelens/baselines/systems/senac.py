"""A convolutional network on eight maps of dynamics, timbre and tonality over time.

Sénac, Pellegrini, Mouret and Pinquier, *Music feature maps with convolutional neural networks for music genre
classification* (CBMI 2017). Their abstract states that the eight maps do better than a spectrogram of 513
frequencies, and 91 % for the late fusion of networks on both. Here is the network on the eight maps alone.

What we could not look up, and chose: the network (two convolutions over time of all maps, the mean and the
maximum over time of what they find), its training, and that windows of 5.9 s answer for a clip together.
How many epochs it is trained is found inside the training part.
"""

from __future__ import annotations

from typing import Any

from genrelens.baselines.analysis.music_feature_maps import FRAMES, MAPS, music_feature_maps
from genrelens.baselines.baseline import Baseline
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.reference import Reference
from genrelens.features import SAMPLE_RATE


def network() -> Any:
    """The network, untrained."""
    from genrelens.baselines.classifiers.feature_map_network import FeatureMapNetwork

    return FeatureMapNetwork()


senac = Baseline(
    name="senac",
    meaning="eight maps of dynamics, timbre and tonality over time; convolutional network",
    inputs=(Descriptor("music_feature_maps", (len(MAPS), FRAMES), SAMPLE_RATE, music_feature_maps),),
    classifier=network,
    claimed=91.0,
    claimed_how="fusion with a network on a spectrogram, which is left out here",
    reference=Reference(
        key="senac2017",
        authors="Sénac, Christine and Pellegrini, Thomas and Mouret, Florian and Pinquier, Julien",
        title="Music feature maps with convolutional neural networks for music genre classification",
        year=2017,
        venue="Proceedings of the 15th International Workshop on Content-Based Multimedia Indexing",
        doi="10.1145/3095713.3095733",
    ),
    libraries=("torch",),
)
