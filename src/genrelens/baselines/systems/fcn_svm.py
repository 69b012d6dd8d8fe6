"""A support-vector machine on the embedding of the fully convolutional tagger of Choi et al. (2016).

Ours: published as a tagger, not as an input to a genre classifier.

The encoder is given the excerpt as recognition prepares it; the mean over its windows is classified.
"""

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import GRID, support_vector_machine

fcn_svm = Baseline(
    name="fcn_svm",
    meaning="embedding of fcn (512 numbers); support-vector machine",
    inputs=("fcn",),
    classifier=support_vector_machine,
    grid=GRID,
)
