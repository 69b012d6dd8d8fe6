"""A loaded network: a signal in, one vector per output out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from genrelens.encoders.spec import EncoderSpec
from genrelens.errors import EncoderError, GraphError
from genrelens.features.signal import Floats, checked_signal
from genrelens.graphs import check_graph
from genrelens.runtime import UnusableGraph, load_session

POOLED_FROM = ("means", "maxima")
"""Per-window results that `layers` is put together from."""


class Encoder:
    """A pretrained network in one ONNX Runtime session; any number of threads may call it at once.

    Args:
        spec: its entry in the registry.
        model: the ONNX file's content. Nothing outside these bytes is read.
        threads: how many processor cores one call may use.

    Raises:
        EncoderError: the bytes are no network of that kind.
    """

    def __init__(self, spec: EncoderSpec, model: bytes, threads: int = 1) -> None:
        self.spec = spec
        try:
            checked = check_graph(model, {"power": spec.largest})
            self._session = load_session(checked.model, threads)
        except (GraphError, UnusableGraph) as error:
            raise EncoderError(
                f"The file of the network {spec.name} is no ONNX file that can be run "
                f"({error}); fetch it again."
            ) from error
        names = {output.name for output in self._session.get_outputs()}
        layers = POOLED_FROM if "layers" in spec.outputs else ()
        wanted = [*(name for name in spec.outputs if name != "layers"), *layers]
        if missing := [name for name in wanted if name not in names]:
            raise EncoderError(
                f"The file of the network {spec.name} lacks its output {missing[0]}; "
                f"it was made by another version of genrelens or is no such network."
            )
        self._wanted = wanted

    def __call__(self, samples: npt.ArrayLike) -> dict[str, Floats]:
        """The network's outputs for a whole signal.

        Args:
            samples: (n,) mono floats within -1..1 at `spec.sample_rate`. A signal shorter than the network
                needs is repeated; a longer one is processed window by window.

        Returns:
            For each name in `spec.outputs` a float32 vector of that width. `embedding` and `tags`
            (probabilities, 0..1) are means over windows; `layers` is the mean of every layer's map, then its
            maximum.

        Raises:
            SignalError: the array is empty, not one-dimensional, not of floats, or holds NaN or infinity.
        """
        pooled = self.spec.pool(self.per_window(samples))
        return {name: pooled[name] for name in self.spec.outputs}

    def per_window(self, samples: npt.ArrayLike, hop: int | None = None) -> dict[str, Floats]:
        """The network's outputs for each window of a signal.

        Args:
            samples: as for a call.
            hop: frames of the network's own spectrogram from one window to the next. None: windows follow
                one another, and the last reaches back if more than a tenth of a window would stay unused.

        Returns:
            (windows, width) float32 arrays: `embedding`, `tags`, further outputs but `layers`, and the
            `means` and `maxima` of the layers' maps.

        Raises:
            SignalError: as for a call.
        """
        signal = checked_signal(samples)
        batches = [
            self._session.run(self._wanted, {"power": power}) for power in self.spec.windows(signal, hop)
        ]
        return {
            name: np.concatenate(parts)
            for name, parts in zip(self._wanted, zip(*batches, strict=True), strict=True)
        }
