"""One vector a recording, computed from the same inputs as predictions."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Recording
from genrelens.bundle import Bundle, Manifest
from genrelens.encoders import read_model
from genrelens.errors import AllSilent, BundleError, InputError
from genrelens.features import feature_names
from genrelens.recognition.inputs import (
    InputComputer,
    canonical_input,
    describe_input,
    feature_of,
    input_names,
    inputs_of_excerpts,
    version_of,
)
from genrelens.recognition.prediction import RESULT_SCHEMA, Options

SILENT = "is silent wherever it was decoded, so there is nothing to compute a vector from"

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Embedding:
    """A recording as a vector, and the vectors of its excerpts that it is the mean of.

    It cannot be changed, nor can its arrays. Equal ones have equal contents. It can be hashed, and pickles.

    Attributes:
        path: the recording, as given.
        name: the full name of the input, such as `musicnn/embedding`.
        version: a digest of everything that the numbers depend on: the network's weights, its parameters,
            and the preprocessing. Vectors of different versions must not be compared.
        vector: (d,) float32, finite: the mean over `excerpts`.
        excerpts: (n, d) float32, n >= 1; silent excerpts are left out, as the members' inputs are.
        start_s: where each excerpt begins in the recording, in seconds.
        end_s: where each ends.
        duration_s: of the recording.
        bundle: name and first digits of the checksum of the bundle whose preprocessing was applied.
        options: how many excerpts were asked for.
        warnings: problems found in the recording.
    """

    path: str
    name: str
    version: str
    vector: Floats = field(repr=False)
    excerpts: Floats = field(repr=False)
    start_s: tuple[float, ...]
    end_s: tuple[float, ...]
    duration_s: float
    bundle: str
    options: Options
    warnings: tuple[str, ...] = ()
    status: ClassVar[Literal["ok"]] = "ok"

    def __post_init__(self) -> None:
        self._lock_arrays()

    def to_dict(self, excerpts: bool = False) -> dict[str, Any]:
        """A row, as JSON writers take it; numbers keep every digit that float32 has.

        Args:
            excerpts: with the vectors of excerpts.
        """
        places: list[dict[str, Any]] = [
            {"start_s": round(start, 3), "end_s": round(end, 3)}
            for start, end in zip(self.start_s, self.end_s, strict=True)
        ]
        if excerpts:
            for place, one in zip(places, self.excerpts, strict=True):
                place["vector"] = _numbers(one)
        return {
            "schema": RESULT_SCHEMA,
            "path": self.path,
            "status": self.status,
            "name": self.name,
            "version": self.version,
            "vector": _numbers(self.vector),
            "duration_s": round(self.duration_s, 3),
            "excerpts": places,
            "bundle": self.bundle,
            "options": self.options.to_dict(),
            "warnings": list(self.warnings),
        }

    def __eq__(self, other: object) -> bool:
        return self._content == other._content if isinstance(other, Embedding) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock_arrays()  # unpickling makes them writable

    @property
    def _content(self) -> tuple[Any, ...]:
        arrays = {"vector": self.vector.tobytes(), "excerpts": (self.excerpts.shape, self.excerpts.tobytes())}
        return tuple((vars(self) | arrays).values())

    def _lock_arrays(self) -> None:
        for name in ("vector", "excerpts"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            if array.flags.writeable:
                array = array.copy()
                array.flags.writeable = False
            object.__setattr__(self, name, array)


def _numbers(vector: Floats) -> list[float]:
    """The shortest decimals that give the same float32 values.

    Example:
        >>> _numbers(np.float32([0.1, 2.0]))
        [0.1, 2.0]
    """
    return [float(str(one)) for one in vector]


def vector_input(name: str) -> str:
    """The full name of an input that is a vector.

    Raises:
        InputError: there is no such input, or it is a sequence.

    Example:
        >>> vector_input("musicnn"), vector_input("averaged")
        ('musicnn/embedding', 'averaged')
        >>> vector_input("mel")
        Traceback (most recent call last):
        ...
        genrelens.errors.InputError: mel is a value a frame and no vector; averaged holds the means of all ...
    """
    try:
        full = canonical_input(name)
    except BundleError:
        raise InputError(
            f"no input is called {name!r}; there are {', '.join(vector_inputs())}, "
            "and a network's name alone means its embedding"
        ) from None
    if feature_of(full):
        raise InputError(
            f"{full} is a value a frame and no vector; averaged holds the means of all features, and "
            "`genrelens features` gives the frames"
        )
    return full


def vector_inputs() -> list[str]:
    """The full names of all inputs that are vectors."""
    return [name for name in input_names() if name not in feature_names()]


def network_of(name: str, manifest: Manifest) -> list[str]:
    """The network that an input needs, if it needs one that the bundle does not contain."""
    network, _, output = name.partition("/")
    carried = [one.name for one in manifest.encoders if one.file]
    return [network] if output and network not in carried else []


@dataclass(frozen=True)
class EmbeddingKind:
    """What the embeddings of a file have in common.

    Attributes:
        name: the full name of the input.
        version: as in `Embedding`.
        width: numbers of a vector.
    """

    name: str
    version: str
    width: int


def embedding_kind(name: str, bundle: Bundle) -> EmbeddingKind:
    """Name, version and width of a recogniser's embeddings, before any is computed.

    Args:
        name: of the input, full or short.
        bundle: of the recogniser.

    Raises:
        InputError: no vector has that name.
        EncoderError: its network is not on this machine.

    Example:
        >>> from genrelens.bundle import find_bundle, read_bundle
        >>> kind = embedding_kind("musicnn", read_bundle(find_bundle("default")))
        >>> kind.name, kind.width
        ('musicnn/embedding', 200)
    """
    full, manifest = vector_input(name), bundle.manifest
    carried = {one.name: bundle.files[one.file] for one in manifest.encoders if one.file}

    def checksum(network: str) -> str:
        return hashlib.sha256(carried[network] if network in carried else read_model(network)).hexdigest()

    version = version_of(full, manifest.conditioning, checksum)
    return EmbeddingKind(full, version, int(describe_input(full)["width"]))


class Embedder:
    """Computes embeddings with a bundle's preprocessing and the networks that it contains.

    Thread-safe. A network is loaded when it is first used.

    Args:
        bundle: read and checked.
        options: how many excerpts of a long recording.
    """

    def __init__(self, bundle: Bundle, options: Options) -> None:
        self._bundle = bundle
        self._options = options
        self._computers: dict[str, InputComputer] = {}
        self._lock = threading.Lock()

    def __call__(self, recording: Recording, name: str) -> Embedding:
        """The embedding of an open recording.

        Args:
            recording: at its beginning.
            name: the full name of an input that is a vector.

        Raises:
            AudioError: it cannot be decoded, or all decoded parts are silent.
            EncoderError: the network is not on this machine.
        """
        compute = self.computer(name)
        places, vectors = [], []
        for excerpt, inputs in inputs_of_excerpts(recording, compute, self._options.excerpts):
            if inputs is not None:
                places.append((excerpt.start_s, excerpt.end_s))
                vectors.append(inputs[name])
        if not vectors:
            raise AllSilent(recording.name, SILENT)
        order = sorted(range(len(places)), key=places.__getitem__)
        excerpts = np.stack([vectors[number] for number in order])
        return Embedding(
            path=recording.name,
            name=name,
            version=compute.version(name),
            vector=excerpts.mean(axis=0, dtype=np.float64).astype(np.float32),
            excerpts=excerpts,
            start_s=tuple(places[number][0] for number in order),
            end_s=tuple(places[number][1] for number in order),
            duration_s=recording.duration_s,
            bundle=self._bundle.identity,
            options=self._options,
            warnings=tuple(recording.warnings),
        )

    def computer(self, name: str) -> InputComputer:
        """The computer of an input; made once.

        Raises:
            EncoderError: its network is not on this machine.
        """
        with self._lock:
            if name not in self._computers:
                manifest = self._bundle.manifest
                carried = {one.name: self._bundle.files[one.file] for one in manifest.encoders if one.file}
                self._computers[name] = InputComputer([name], carried, manifest.conditioning)
            return self._computers[name]
