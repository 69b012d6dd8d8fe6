"""A system that is compared with others: what it computes of a recording, and how it classifies that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.inputs import OWN
from genrelens.baselines.reference import Reference


@dataclass(frozen=True)
class Baseline:
    """A system.

    Attributes:
        name: as it is asked for.
        meaning: one line for lists: inputs and classifier.
        inputs: names of recognition's inputs that are vectors (`averaged`, `musicnn`, ...), or descriptors.
        classifier: makes a new scikit-learn estimator with `fit(x, labels)` and `predict_proba` or
            `decision_function`; x is (rows, numbers), or (rows, ...) for a single descriptor of more axes.
            Every parameter called `random_state` is set by the evaluation.
        grid: values of the estimator's parameters (`svc__C`); the best are chosen inside each training part.
        claimed: accuracy on GTZAN that its publication states, in percent; None where it states none.
        claimed_how: how that was measured.
        reference: its publication; None for what has none.
        libraries: what it imports beyond scikit-learn and scipy, by the names of modules.
        version: to be raised when its answers become others.
    """

    name: str
    meaning: str
    inputs: tuple[str | Descriptor, ...]
    classifier: Callable[[], Any]
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    claimed: float | None = None
    claimed_how: str = ""
    reference: Reference | None = None
    libraries: tuple[str, ...] = ()
    version: int = 1

    @property
    def input_names(self) -> tuple[str, ...]:
        """Of its inputs in the feature store."""
        return tuple(one if isinstance(one, str) else OWN + one.name for one in self.inputs)

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        """Its inputs that are not recognition's."""
        return tuple(one for one in self.inputs if isinstance(one, Descriptor))

    def identity(self) -> dict[str, Any]:
        """What its numbers depend on beside the data, as plain values."""
        settings = self.classifier().get_params()
        plain = (bool, int, float, str, tuple, type(None))
        return {
            "name": self.name,
            "version": self.version,
            "inputs": list(self.input_names),
            "grid": {name: [str(value) for value in values] for name, values in self.grid.items()},
            "classifier": {
                name: repr(value) for name, value in sorted(settings.items()) if type(value) in plain
            },
        }

    def matrix(self, inputs: Mapping[str, Sequence[NDArray[np.float32]]]) -> NDArray[np.float32]:
        """What the classifier is given: one row an excerpt, vectors of all inputs beside one another.

        Args:
            inputs: by name, an array a row.
        """
        parts = [np.stack(list(inputs[name])) for name in self.input_names]
        return parts[0] if len(parts) == 1 else np.concatenate([p.reshape(len(p), -1) for p in parts], axis=1)
