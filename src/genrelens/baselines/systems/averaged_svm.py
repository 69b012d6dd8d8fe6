"""A support-vector machine on the means of the paper's nine features: what is easiest to try.

Ours, published nowhere; 358 numbers a clip, `features.averaged_vector`. The paper's own classifier of this
vector is a multilayer perceptron, for which it prints 77.1 %.
"""

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.classifiers.support_vector_machine import GRID, support_vector_machine

averaged_svm = Baseline(
    name="averaged_svm",
    meaning="means of the paper's nine features; support-vector machine",
    inputs=("averaged",),
    classifier=support_vector_machine,
    grid=GRID,
)
