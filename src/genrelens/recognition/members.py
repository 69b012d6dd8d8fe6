"""The graphs of a bundle: members predict genres, out-of-distribution (OOD) detectors give OOD scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from genrelens.bundle import Bundle, Detector, Member
from genrelens.errors import BundleError
from genrelens.recognition.inputs import canonical_input
from genrelens.runtime import Session, UnusableGraph, load_session

Inputs = Mapping[str, NDArray[np.float32]]
ROUNDING = 0.01
"""Largest difference of the sum of probabilities from 1; with float16 matrices it is under a thousandth."""


def session_of(model: bytes, threads: int = 1) -> Session:
    """An ONNX Runtime session on the processor, from bytes alone.

    Raises:
        BundleError: the runtime cannot load the graph.
    """
    try:
        return load_session(model, threads)
    except UnusableGraph as error:
        raise BundleError(f"a graph in the bundle cannot be run ({error})") from error


class GraphRunner:
    """Runs one member or detector on the inputs of one excerpt."""

    def __init__(self, part: Member | Detector, model: bytes) -> None:
        self.part = part
        self._inputs = tuple(canonical_input(name) for name in part.inputs)
        self._session = session_of(model)
        names = [value.name for value in self._session.get_inputs()]
        if names != ["x"] or len(self._session.get_outputs()) != 1:
            raise BundleError(f"the graph of {part.name} has not the one input x and one output of a member")

    def __call__(self, inputs: Inputs) -> NDArray[np.float32]:
        """The graph's output for one excerpt, without the batch axis.

        Raises:
            BundleError: the graph does not fit the inputs, or gives no finite numbers.
        """
        arrays = [inputs[name] for name in self._inputs]
        x = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
        try:
            output = self._session.run(None, {"x": x[np.newaxis]})[0][0]
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise BundleError(f"{self.part.name} of the bundle cannot use its input ({reason})") from error
        if not np.all(np.isfinite(output)):
            raise BundleError(f"{self.part.name} of the bundle gives no finite answer")
        return np.asarray(output)


class Ensemble:
    """All members and detectors of a bundle, ready to predict."""

    def __init__(self, bundle: Bundle) -> None:
        manifest, files = bundle.manifest, bundle.files
        self.genres = manifest.genres
        self.members = [GraphRunner(member, files[member.file]) for member in manifest.members]
        self.detectors = [GraphRunner(one, files[one.file]) for one in manifest.detectors]

    def probabilities(self, inputs: Inputs) -> NDArray[np.float64]:
        """The probabilities that each member predicts for one excerpt.

        Returns:
            (members, genres), rows summing to 1.

        Raises:
            BundleError: the output of a member is no probability over the bundle's genres.
        """
        rows = []
        for runner in self.members:
            output = runner(inputs).astype(np.float64)
            if (
                output.shape != (len(self.genres),)
                or abs(output.sum() - 1) > ROUNDING
                or output.min() < -1e-6
            ):
                raise BundleError(f"{runner.part.name} of the bundle gives no probabilities over its genres")
            output = np.clip(output, 0.0, None)
            rows.append(output / output.sum())
        return np.stack(rows)

    def ood_scores(self, inputs: Inputs) -> NDArray[np.float64]:
        """The OOD score of each detector for one excerpt: (detectors,)."""
        return np.array([float(np.ravel(runner(inputs))[0]) for runner in self.detectors])
