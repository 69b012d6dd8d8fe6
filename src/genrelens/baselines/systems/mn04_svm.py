"""A support-vector machine on the embedding of the MobileNet mn04, trained on AudioSet.

Ours. The network is of Schmid, Koutini and Widmer, *Efficient large-scale audio tagging via
transformer-to-CNN knowledge distillation* (ICASSP 2023); it was trained for tagging sounds of all kinds.

The encoder is given the excerpt as recognition prepares it; the mean over its windows is classified.
"""

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import GRID, support_vector_machine

mn04_svm = Baseline(
    name="mn04_svm",
    meaning="embedding of mn04 (384 numbers); support-vector machine",
    inputs=("mn04",),
    classifier=support_vector_machine,
    grid=GRID,
)
