"""Thousands of damaged recordings in worker processes with tight limits: each has its row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.recognition import Recognizer

MUTATIONS = 3000
MEMORY_MB, SECONDS = 1024, 30.0


def originals(music: list[Path], folder: Path) -> list[bytes]:
    """Short recordings of several kinds: pieces cut after 120 kB, and noise in lossless formats."""
    noise = np.random.default_rng(0).normal(0, 0.2, (33075, 2))
    made = []
    for suffix in ("wav", "flac", "ogg", "aiff", "au", "w64", "rf64", "caf"):
        path = folder / f"noise.{suffix}"
        soundfile.write(path, noise, 22050, format=suffix.upper())
        made.append(path)
    return [path.read_bytes()[:120_000] for path in [*music, *made]]


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """The content with some bytes changed, a stretch doubled, filled or left out, or its end cut off."""
    data = bytearray(content)
    for _ in range(random.integers(1, 4)):
        start = int(random.integers(0, min(len(data), 4096 if random.random() < 0.7 else len(data))))
        length = int(random.integers(1, 64))
        match random.integers(0, 5):
            case 0:
                data[start : start + length] = random.bytes(len(data[start : start + length]))
            case 1:
                data[start : start + length] = b"\xff" * len(data[start : start + length])
            case 2:
                data[start:start] = data[start : start + length] * int(random.integers(1, 200))
            case 3:
                del data[start : start + length]
            case _:
                del data[max(64, start) :]
        if not data:
            return b"\0"
    return bytes(data)


def recognised(folder: Path, music: list[Path], count: int) -> Counter[str]:
    """How many mutated recordings got which kind of row."""
    random = np.random.default_rng(26)
    sources = originals(music, folder)
    lens = Recognizer(isolate=True, timeout_s=SECONDS, memory_mb=MEMORY_MB)
    kinds: Counter[str] = Counter()

    def files() -> list[Path]:
        paths = []
        for number in range(count):
            path = folder / f"{number:05d}.bin"
            path.write_bytes(mutated(sources[number % len(sources)], random))
            paths.append(path)
        return paths

    paths = files()
    for path, row in zip(paths, lens.recognize_many(paths, jobs=2), strict=True):
        assert row.path == str(path)
        kinds["ok" if row.status == "ok" else row.to_dict()["error"]["kind"]] += 1
    return kinds


def test_every_damaged_recording_has_its_row(music: list[Path], tmp_path: Path) -> None:
    kinds = recognised(tmp_path, music, 60)
    assert kinds.total() == 60
    assert kinds["ok"] > 10


@pytest.mark.heavy
def test_thousands_of_damaged_recordings_have_their_rows(music: list[Path], tmp_path: Path) -> None:
    kinds = recognised(tmp_path, music, MUTATIONS)
    assert kinds.total() == MUTATIONS
    assert not {"TookTooMuchMemory", "TookTooLong", "DecoderCrashed"} & set(kinds), kinds
