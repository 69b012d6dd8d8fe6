"""The features of a recording as named arrays, and the .npz file for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file
from genrelens.audio import Excerpt, Recording, open_recording, read_mono
from genrelens.bundle import Bundle
from genrelens.encoders import Encoder, encoder_spec, load_encoder
from genrelens.features import (
    FEATURES,
    HOP,
    SAMPLE_RATE,
    SIGNAL_NAMES,
    Analysis,
    averaged_vector,
    compute_features,
    signal_statistics,
)
from genrelens.recognition import InputComputer
from genrelens.recognition.preprocessing import Conditioned

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Extracted:
    """The arrays computed from one recording.

    Attributes:
        name: the recording's file name.
        start_s: where the part begins that it was computed from.
        duration_s: how long it is.
        arrays: the nine features `(frames, width)`, `averaged`, `signal`, and `ENCODER/OUTPUT` of networks.
        samples: that part, mono float32 at 22050 Hz, as the arrays were computed from it.
        warnings: of the decoder.
        preprocessing: of the samples, in words.
    """

    name: str
    start_s: float
    duration_s: float
    arrays: dict[str, NDArray[Any]]
    samples: NDArray[np.float32]
    warnings: list[str]
    preprocessing: str

    @property
    def frames(self) -> int:
        """Frames of every feature."""
        return len(self.arrays["mel"])


class Raw:
    """Computes from the samples as decoded: the features of the paper.

    Args:
        networks: names of pretrained networks to compute as well.

    Raises:
        EncoderError: a network is unknown or not on this machine.
    """

    described = "none: computed from the samples as decoded"

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = [load_encoder(name) for name in networks]

    def __call__(self, excerpt: Excerpt) -> tuple[Arrays, NDArray[np.float32]]:
        """The arrays of an excerpt, and its samples at 22050 Hz."""
        analysis = Analysis(excerpt.at(SAMPLE_RATE))
        arrays: Arrays = dict(compute_features(analysis))
        arrays["averaged"] = averaged_vector(arrays)
        arrays["signal"] = signal_statistics(analysis)
        for network in self._networks:
            arrays |= _outputs(network, excerpt)
        return arrays, analysis.samples


class Preprocessed:
    """Computes the inputs of a bundle's members, preprocessed as in recognition.

    Args:
        bundle: its preprocessing is applied, and its networks are used where it contains them.
        networks: names of pretrained networks to compute as well.

    Raises:
        EncoderError: a network is unknown or not on this machine.
    """

    def __init__(self, bundle: Bundle, networks: Sequence[str] = ()) -> None:
        self._conditioning = bundle.manifest.conditioning
        level = self._conditioning.level_dbfs
        parts = ["offset removed"] * self._conditioning.remove_dc
        parts += [f"level {level:g} dBFS"] if level is not None else []
        self.described = f"as in recognition by {bundle.identity}: {', '.join(parts) or 'nothing changed'}"
        names = [f"{name}/{output}" for name in networks for output in encoder_spec(name).outputs]
        carried = {one.name: bundle.files[one.file] for one in bundle.manifest.encoders if one.file}
        self._compute = InputComputer([*FEATURES, "averaged", "signal", *names], carried, self._conditioning)

    def __call__(self, excerpt: Excerpt) -> tuple[Arrays, NDArray[np.float32]]:
        """The arrays of an excerpt, and its samples at 22050 Hz."""
        return dict(self._compute(excerpt)), Conditioned(excerpt, self._conditioning).at(SAMPLE_RATE)


def _outputs(network: Encoder, excerpt: Excerpt) -> Arrays:
    outputs = network(excerpt.at(network.spec.sample_rate))
    return {f"{network.spec.name}/{output}": vector for output, vector in outputs.items()}


def extract(path: Path, compute: Raw | Preprocessed, whole: bool) -> Extracted:
    """Computes the arrays of a recording: of all of it, or of the 30 s that `predict --excerpts 1` would use.

    Raises:
        AudioError: it cannot be decoded.
    """
    with open_recording(path) as recording:
        excerpt = _all_of(path, recording) if whole else _middle_of(recording)
        arrays, samples = compute(excerpt)
        return Extracted(
            name=path.name,
            start_s=excerpt.start_s,
            duration_s=excerpt.end_s - excerpt.start_s,
            arrays=arrays,
            samples=samples,
            warnings=list(recording.warnings),
            preprocessing=compute.described,
        )


def _all_of(path: Path, recording: Recording) -> Excerpt:
    return Excerpt(read_mono(path, recording.sample_rate), recording.sample_rate)


def _middle_of(recording: Recording) -> Excerpt:
    """The middle excerpt of a recording up to 90 s, the one around the middle of a longer one."""
    excerpts = list(recording.excerpts(count=1))
    return excerpts[(len(excerpts) - 1) // 2]


def write(target: Path, extracted: Extracted) -> None:
    """Writes an .npz file atomically.

    Besides the arrays it holds `signal_names`, `start_s`, `sample_rate`, `hop` and `preprocessing`. The same
    recording gives the same bytes.

    Raises:
        OutputError: the file cannot be written.
    """
    facts = {
        "signal_names": np.array(SIGNAL_NAMES),
        "start_s": np.array(extracted.start_s),
        "sample_rate": np.array(SAMPLE_RATE),
        "hop": np.array(HOP),
        "preprocessing": np.array(extracted.preprocessing),
    }
    with atomic_file(target, "make room or choose another --out") as partial, open(partial, "wb") as file:
        np.savez(file, **extracted.arrays, **facts)  # type: ignore[arg-type]
