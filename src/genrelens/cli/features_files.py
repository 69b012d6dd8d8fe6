"""All that is known of a recording as named arrays, and the .npz that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import beside
from genrelens.audio import Excerpt, Recording, open_recording, read_mono
from genrelens.encoders import Encoder
from genrelens.features import (
    HOP,
    SAMPLE_RATE,
    SIGNAL_NAMES,
    Analysis,
    averaged_vector,
    compute_features,
    signal_statistics,
)


@dataclass(frozen=True)
class Extracted:
    """What was measured of one recording.

    Attributes:
        name: the recording's file name.
        start_s: where the measured part begins.
        duration_s: how long it is.
        arrays: the nine features `(frames, width)`, `averaged`, `signal`, and `ENCODER/OUTPUT` of networks.
        samples: the measured part, mono float32 at 22050 Hz.
        warnings: what the decoder had to say.
    """

    name: str
    start_s: float
    duration_s: float
    arrays: dict[str, NDArray[Any]]
    samples: NDArray[np.float32]
    warnings: list[str]

    @property
    def frames(self) -> int:
        """Frames of every feature."""
        return len(self.arrays["mel"])


def extract(path: Path, networks: Sequence[Encoder], whole: bool) -> Extracted:
    """Measures a recording: all of it, or the 30 s that `predict --excerpts 1` would hear.

    Raises:
        AudioError: it cannot be heard.
    """
    with open_recording(path) as recording:
        excerpt = _all_of(path, recording) if whole else _middle_of(recording)
        analysis = Analysis(excerpt.at(SAMPLE_RATE))
        arrays: dict[str, NDArray[Any]] = dict(compute_features(analysis))
        arrays["averaged"] = averaged_vector(arrays)
        arrays["signal"] = signal_statistics(analysis)
        for network in networks:
            outputs = network(excerpt.at(network.spec.sample_rate))
            arrays.update({f"{network.spec.name}/{output}": vector for output, vector in outputs.items()})
        return Extracted(
            name=path.name,
            start_s=excerpt.start_s,
            duration_s=excerpt.end_s - excerpt.start_s,
            arrays=arrays,
            samples=analysis.samples,
            warnings=list(recording.warnings),
        )


def _all_of(path: Path, recording: Recording) -> Excerpt:
    return Excerpt(read_mono(path, recording.sample_rate), recording.sample_rate)


def _middle_of(recording: Recording) -> Excerpt:
    """The middle excerpt of a recording up to 90 s, the one around the middle of a longer one."""
    excerpts = list(recording.excerpts(count=1))
    return excerpts[(len(excerpts) - 1) // 2]


def write(target: Path, extracted: Extracted) -> None:
    """Writes an .npz beside its name and renames it, so that no half file is ever there.

    Besides the arrays it holds `signal_names`, `start_s`, `sample_rate` and `hop`. The same recording gives
    the same bytes.

    Raises:
        OutputError: the file cannot be written.
    """
    facts = {
        "signal_names": np.array(SIGNAL_NAMES),
        "start_s": np.array(extracted.start_s),
        "sample_rate": np.array(SAMPLE_RATE),
        "hop": np.array(HOP),
    }
    with beside(target, "make room or choose another --out") as partial, open(partial, "wb") as file:
        np.savez(file, **extracted.arrays, **facts)  # type: ignore[arg-type]
