"""The folder of a run: every finished training is a file, so that a killed run goes on where it stopped.

A part's name ends in a digest of all that its numbers depend on (data, rows, recipe, seed, device), so that
an outdated part is never used. Files are written atomically: to a temporary file in the same folder,
which is flushed to the disk and then renamed. A part that cannot be read is trained again.

    RUN/parts/cnn_avg-mel/fold-00-1f3a9c0d2e4b5a67.npz
    RUN/inputs/...        rows of inputs for the workers, removed at the end
    RUN/record.json       the run record
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.atomic_files import atomic_file, write_atomically
from genrelens.errors import DataError, GenreLensError, shown
from genrelens.training.early_stopping import CurvePoint
from genrelens.training.matrix import Clips
from genrelens.training.members import MemberResult

FORMAT = 2
ELSEWHERE = "choose another folder"


def digest(*parts: Any) -> str:
    """A hash over JSON values and arrays.

    Example:
        >>> digest({"a": 1}, np.arange(3)) == digest({"a": 1}, np.arange(3)) != digest({"a": 2}, np.arange(3))
        True
    """
    total = hashlib.blake2b(str(FORMAT).encode(), digest_size=8)
    for part in parts:
        if isinstance(part, np.ndarray):
            total.update(f"{part.dtype.str}{part.shape}".encode())
            total.update(np.ascontiguousarray(part).data)
        else:
            total.update(json.dumps(part, sort_keys=True, default=str).encode())
        total.update(b"\0")
    return total.hexdigest()


class RunFolder:
    """A run's folder.

    Args:
        folder: made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def refuse_other_formats(self) -> None:
        """Refuses a folder of trainings in an older format, which cannot be used.

        Raises:
            DataError: it holds trainings as `genrelens reproduce` kept them before it had parts.
        """
        for path in self.folder.glob("*/*/*.npz"):
            if path.parents[1].name != "parts" and re.search("-[0-9a-f]{16}$", path.stem):
                raise DataError(
                    f"{shown(self.folder)} holds trainings of an earlier version of genrelens, which cannot "
                    "be taken up; delete that folder, or choose another"
                )

    def part_path(self, member: str, split: str, key: str) -> Path:
        """The file of one training's result."""
        return self.folder / "parts" / _file_name(member) / f"{_file_name(split)}-{key}.npz"

    def read_part(self, path: Path) -> MemberResult | None:
        """A result, or None where it is not there or cannot be read."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                points = [CurvePoint(**point) for point in json.loads(str(stored["curve"]))]
                return MemberResult(
                    stored["probabilities"],
                    tuple(points),
                    int(stored["best_epoch"]),
                    stored["model"].tobytes(),
                    stored["encoder"].tobytes(),
                    float(stored["seconds"]) if "seconds" in stored else 0.0,  # earlier ones are not timed
                )
        except (OSError, KeyError, ValueError, EOFError, TypeError, zipfile.BadZipFile):
            return None

    def kept_part(self, path: Path) -> MemberResult:
        """A result that this run wrote or found.

        Raises:
            GenreLensError: it is no longer there.
        """
        result = self.read_part(path)
        if result is None:
            raise GenreLensError(f"{shown(path)} vanished while the run went on; run the command again")
        return result

    def write_part(self, path: Path, result: MemberResult) -> None:
        """Writes a result.

        Raises:
            OutputError: the folder cannot be written.
        """
        with atomic_file(path, ELSEWHERE) as partial, partial.open("wb") as stream:
            np.savez(
                stream,
                probabilities=np.asarray(result.probabilities, np.float64),
                curve=np.array(json.dumps([asdict(point) for point in result.curve])),
                best_epoch=np.array(result.best_epoch),
                model=np.frombuffer(result.model, np.uint8),
                encoder=np.frombuffer(result.encoder, np.uint8),
                seconds=np.array(result.seconds),
            )

    def write_record(self, record: Mapping[str, Any]) -> Path:
        """Writes the run record and returns its path.

        Raises:
            OutputError: the folder cannot be written.
        """
        path = self.folder / "record.json"
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(path, text.encode("utf-8", "surrogateescape"), ELSEWHERE)
        return path

    def write_clips(self, key: str, clips: Clips) -> Path:
        """Rows of an input, for worker processes to map into memory.

        Raises:
            OutputError: the folder cannot be written.
        """
        folder = self.folder / "inputs" / key
        if (folder / "genres.npy").exists():  # the last to be written
            return folder
        arrays: dict[str, np.ndarray] = {"x": clips.x, "labels": clips.labels}
        if clips.lengths is not None:
            arrays["lengths"] = clips.lengths
        arrays["genres"] = np.array(clips.genres)
        for name, array in arrays.items():
            with atomic_file(folder / f"{name}.npy", ELSEWHERE) as partial, partial.open("wb") as stream:
                np.save(stream, array)
        return folder

    def remove_clips(self) -> None:
        """Removes what `write_clips` wrote."""
        for path in sorted((self.folder / "inputs").glob("**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        if (self.folder / "inputs").is_dir():
            (self.folder / "inputs").rmdir()


def read_clips(folder: Path) -> Clips:
    """What `RunFolder.write_clips` wrote, mapped into memory."""
    lengths = folder / "lengths.npy"
    return Clips(
        np.load(folder / "x.npy", mmap_mode="r"),
        np.load(lengths) if lengths.exists() else None,
        np.load(folder / "labels.npy"),
        int(np.load(folder / "genres.npy")),
    )


def _file_name(name: str) -> str:
    """A member's or split's name as a file's; names that differ stay different."""
    safe = re.sub(r"[^A-Za-z0-9._+-]", "_", name)[:80]
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
