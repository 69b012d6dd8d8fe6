"""A support-vector machine on the embedding of musicnn, trained on the Million Song Dataset's tags.

Pons and Serra, *musicnn: pre-trained convolutional neural networks for music audio tagging* (2019) state
77.2 % on the fault-filtered split of GTZAN. Kernel and cost are chosen inside the training part here.

The encoder is given the excerpt as recognition prepares it; the mean over its windows is classified.
"""

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import GRID, support_vector_machine
from genrelens.baselines.reference import Reference

musicnn_svm = Baseline(
    name="musicnn_svm",
    meaning="embedding of musicnn (200 numbers); support-vector machine",
    inputs=("musicnn",),
    classifier=support_vector_machine,
    grid=GRID,
    claimed=77.2,
    claimed_how="the fault-filtered split",
    reference=Reference(
        key="pons2019",
        authors="Pons, Jordi and Serra, Xavier",
        title="musicnn: pre-trained convolutional neural networks for music audio tagging",
        year=2019,
        venue="Late-breaking session of the 20th ISMIR conference",
    ),
)
