"""Artists come from the files' tags, whichever library reads them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.datasets import load_dataset
from genrelens.datasets.tags import read_tags


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    for genre in ("jazz", "rock"):
        for n in range(3):
            path = tmp_path / genre / f"{genre}{n}.{'flac' if n else 'ogg'}"
            path.parent.mkdir(exist_ok=True)
            with soundfile.SoundFile(path, "w", 8000, 1) as file:
                if n < 2:
                    file.artist, file.title = "Björk", f"Song {n}"
                file.write(np.zeros(8000, np.float32))
    return tmp_path


@pytest.mark.parametrize("library", ["mutagen", "ffmpeg"])
def test_tags_tell_the_artist(tagged: Path, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "mutagen":
        pytest.importorskip("mutagen")
    else:
        monkeypatch.setitem(sys.modules, "mutagen", None)
    data = load_dataset(tagged)
    assert [track.artist for track in data.tracks] == ["Björk", "Björk", None] * 2
    assert [track.title for track in data.tracks][:2] == ["Song 0", "Song 1"]
    assert data.group_numbers.tolist() == [0, 0, 1, 0, 0, 2]
    assert load_dataset(tagged, tags=False).tracks[0].artist is None


@pytest.mark.parametrize("content", [b"", b"text\n" * 50, b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"\xff" * 99])
def test_a_file_without_sense_has_no_tags(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(content)
    assert read_tags(path) == {}
    assert read_tags(tmp_path / "gone.mp3") == {}
