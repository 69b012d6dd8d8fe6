"""An excerpt's inputs: features of the paper, statistics, embeddings of encoders; each computed once.

Input names: one of the nine features (`mel`, ...) gives (frames, width); `averaged` and `signal` give
vectors; `ENCODER` or `ENCODER/embedding`, `ENCODER/tags` and `ENCODER/layers` give an encoder's vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Excerpt, Recording
from genrelens.audio.excerpts import EXCERPT_S
from genrelens.bundle import Conditioning
from genrelens.encoders import (
    ENCODERS,
    Encoder,
    encoder_names,
    encoder_spec,
    find_encoder,
    load_encoder,
    read_model,
)
from genrelens.errors import BundleError
from genrelens.features import (
    AVERAGED_WIDTH,
    FEATURES,
    HOP,
    N_FFT,
    SAMPLE_RATE,
    SIGNAL_WIDTH,
    Analysis,
    Feature,
    averaged_vector,
    compute_features,
    feature_names,
    find_feature,
    signal_statistics,
)
from genrelens.processes.checkpoints import checkpoint
from genrelens.recognition.preprocessing import Conditioned

AVERAGED, SIGNAL = "averaged", "signal"
VERSION = 1

Inputs = dict[str, NDArray[np.float32]]


def input_names() -> list[str]:
    """The full names of all inputs."""
    return [
        *feature_names(),
        AVERAGED,
        SIGNAL,
        *(f"{name}/{output}" for name in encoder_names() for output in encoder_spec(name).outputs),
    ]


def feature_of(name: str) -> Feature | None:
    """The feature that an input is, or None for vectors and outputs of networks.

    Names of our own vectors and networks need no look at other packages, so that a prediction makes none.
    """
    if name in (AVERAGED, SIGNAL) or name.partition("/")[0] in ENCODERS:
        return None
    return find_feature(name)


def canonical_input(name: str) -> str:
    """The full name of an input.

    Raises:
        BundleError: no input has that name.

    Example:
        >>> canonical_input("musicnn")
        'musicnn/embedding'
        >>> canonical_input("mel")
        'mel'
    """
    if name in (AVERAGED, SIGNAL) or feature_of(name):
        return name
    encoder, _, output = name.partition("/")
    output = output or "embedding"
    known = find_encoder(encoder)
    if known and output in known.outputs:
        return f"{encoder}/{output}"
    raise BundleError(f"no input is called {name!r}; this genrelens may be older than the bundle or recipe")


def describe_input(name: str) -> dict[str, Any]:
    """The parameters that an input is computed with, as in a bundle's manifest.

    Returns:
        kind (`feature`, `vector` or `encoder`), width, sample rate and, for features, window and hop.

    Raises:
        BundleError: no input has that name.
    """
    name = canonical_input(name)
    analysis = {"sample_rate": SAMPLE_RATE, "n_fft": N_FFT, "hop": HOP, "version": VERSION}
    feature = feature_of(name)
    if feature:
        own = {} if name in FEATURES else {"version": feature.version}
        return {"kind": "feature", "width": feature.width, **analysis, **own}
    if name in (AVERAGED, SIGNAL):
        return {"kind": "vector", "width": AVERAGED_WIDTH if name == AVERAGED else SIGNAL_WIDTH, **analysis}
    encoder, _, output = name.partition("/")
    spec = encoder_spec(encoder)
    return {
        "kind": "encoder",
        "width": spec.outputs[output],
        "sample_rate": spec.sample_rate,
        "version": VERSION,
    }


def fingerprint(name: str, conditioning: Conditioning, checksum_of: Callable[[str], str]) -> str:
    """All that an input depends on besides the recording, as text: parameters, preprocessing, weights.

    Args:
        name: of the input.
        conditioning: the preprocessing of each excerpt.
        checksum_of: gives the sha256 of a network's file by its name.

    Raises:
        BundleError: no input has that name.
    """
    facts = {**describe_input(name), "conditioning": asdict(conditioning)}
    if facts["kind"] == "encoder":
        facts["network"] = checksum_of(name.partition("/")[0])
    return json.dumps(facts, sort_keys=True, default=str)


def version_of(name: str, conditioning: Conditioning, checksum_of: Callable[[str], str]) -> str:
    """Twelve digits that change when an input is computed in another way: a digest of its `fingerprint`.

    Args:
        name: of the input, in full.
        conditioning: the preprocessing of each excerpt.
        checksum_of: gives the sha256 of a network's file by its name.

    Raises:
        BundleError: no input has that name.
    """
    facts = f"{name}: {fingerprint(name, conditioning, checksum_of)}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


class InputComputer:
    """Computes the named inputs of excerpts; intermediate results are computed once.

    Thread-safe: it keeps no state of a recording.

    Args:
        names: input names; an empty list is allowed and computes nothing.
        encoders: ONNX bytes of encoders in a bundle; others come from the local store.
        conditioning: the preprocessing of each excerpt.
        threads: threads of ONNX Runtime for each encoder.

    Raises:
        BundleError: a name is unknown.
        EncoderError: an encoder is not on this machine.
    """

    def __init__(
        self,
        names: Iterable[str],
        encoders: Mapping[str, bytes] | None = None,
        conditioning: Conditioning | None = None,
        threads: int = 1,
    ) -> None:
        self.names = tuple(dict.fromkeys(canonical_input(name) for name in names))
        self.conditioning = conditioning or Conditioning()
        self._features = tuple(name for name in self.names if feature_of(name))
        self._signal_inputs = any("/" not in name for name in self.names)
        wanted = dict.fromkeys(name.partition("/")[0] for name in self.names if "/" in name)
        carried = encoders or {}
        networks = {name: carried[name] if name in carried else read_model(name) for name in wanted}
        self._checksums = {name: hashlib.sha256(model).hexdigest() for name, model in networks.items()}
        self._encoders: dict[str, Encoder] = {
            name: load_encoder(name, model=model, threads=threads) for name, model in networks.items()
        }

    def version(self, name: str) -> str:
        """The version of one of its inputs; see `version_of`."""
        return version_of(canonical_input(name), self.conditioning, self._checksums.__getitem__)

    def __call__(self, excerpt: Excerpt) -> Inputs:
        """The inputs of one excerpt.

        Args:
            excerpt: at least one second of sound.

        Returns:
            name -> float32 (frames, width) for features, (width,) for vectors, all finite.
        """
        conditioned = Conditioned(excerpt, self.conditioning)
        result: dict[str, NDArray[np.float32]] = {}
        if self._signal_inputs:
            result.update(self._of_signal(Analysis(conditioned.at(SAMPLE_RATE))))
        for name, encoder in self._encoders.items():
            outputs = encoder(conditioned.at(encoder_spec(name).sample_rate))
            result.update(
                {f"{name}/{key}": value for key, value in outputs.items() if f"{name}/{key}" in self.names}
            )
        return result

    def _of_signal(self, analysis: Analysis) -> dict[str, NDArray[np.float32]]:
        """The features and vectors that need no encoder, from one shared spectrogram."""
        averaged = AVERAGED in self.names
        nine = tuple(FEATURES) if averaged else ()
        features = compute_features(analysis, (*nine, *self._features))
        result = {name: features[name] for name in self._features}
        if averaged:
            result[AVERAGED] = averaged_vector(features)
        if SIGNAL in self.names:
            result[SIGNAL] = signal_statistics(analysis)
        return result


def inputs_of_excerpts(
    recording: Recording, compute: Callable[[Excerpt], Inputs], count: int | Literal["all"]
) -> Iterator[tuple[Excerpt, Inputs | None]]:
    """The excerpts of a recording with the inputs computed from each; None for silent excerpts.

    Predictions and embeddings both use it, so that an embedding equals the inputs of members.

    Args:
        recording: open, at its beginning.
        compute: an `InputComputer`.
        count: 30-s excerpts of a recording longer than 90 s, or all.
    """
    for excerpt in recording.excerpts(count=count, length_s=EXCERPT_S):
        checkpoint()
        yield excerpt, None if excerpt.is_silent else compute(excerpt)
