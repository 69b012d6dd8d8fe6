"""The example music is made by its script: the same each time, audible, unclipped, in the files it says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
MUSIC = EXAMPLES / "music"
GENRES = {"blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("render_examples", EXAMPLES / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RENDER = load_script()
PIECES = RENDER.all_pieces()
IDS = [piece.file_name for piece in PIECES]


def decoded(path: Path) -> tuple[np.ndarray, int, dict[str, str]]:
    """Samples (channels, n), rate and tags by FFmpeg, whatever the container."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        tags = {**container.metadata, **stream.metadata}
        resampler = av.AudioResampler("fltp")
        parts = [
            part.to_ndarray() for frame in container.decode(stream) for part in resampler.resample(frame)
        ]
        return np.concatenate(parts, axis=1), stream.rate, {k.lower(): v for k, v in tags.items()}


@pytest.mark.parametrize("name", ["hiphop-basement-tape.wav", "classical-prelude-in-c.flac"])
def test_rendering_twice_gives_the_same_samples_of_the_length_asked_for(name: str) -> None:
    piece = next(p for p in PIECES if p.file_name == name)
    first, second = piece.compose(3.0), piece.compose(3.0)
    assert np.array_equal(first, second)
    assert first.shape == (2, 3 * 44100)
    assert np.isfinite(first).all()
    assert np.abs(first).max() <= 0.95
    assert np.sqrt(np.mean(first**2)) > 0.01


def test_script_writes_the_piece_it_is_asked_for_and_nothing_else(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", ["render.py", "--out", str(tmp_path), "--only", "prelude"])
    RENDER.main()
    assert [p.name for p in tmp_path.iterdir()] == ["classical-prelude-in-c.flac"]
    assert "classical-prelude-in-c.flac" in capsys.readouterr().out
    fresh, rate, _ = decoded(tmp_path / "classical-prelude-in-c.flac")
    kept, kept_rate, _ = decoded(MUSIC / "classical-prelude-in-c.flac")
    assert (rate, fresh.shape) == (kept_rate, kept.shape)
    assert np.corrcoef(fresh[0], kept[0])[0, 1] > 0.999


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "m4a"])
def test_every_container_keeps_the_sound_and_its_tags(suffix: str, tmp_path: Path) -> None:
    from studio.files import write

    t = np.arange(2 * 44100) / 44100
    sound = np.stack([0.5 * np.sin(2 * np.pi * 330 * t), 0.3 * np.sin(2 * np.pi * 550 * t)])
    path = tmp_path / f"tone.{suffix}"
    write(path, sound, {"title": "A Tone", "artist": "genrelens", "genre": "jazz"})
    samples, rate, tags = decoded(path)
    assert rate == 44100
    assert samples.shape[0] == 2
    assert abs(samples.shape[1] - 2 * 44100) < 0.1 * 44100
    middle = samples[:, 44100 : 44100 + 22050]
    peaks = np.abs(np.fft.rfft(middle)).argmax(axis=1) * 2
    assert peaks.tolist() == [330, 550]
    assert {k: tags.get(k) for k in ("title", "artist", "genre")} == {
        "title": "A Tone",
        "artist": "genrelens",
        "genre": "jazz",
    }
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_folder_of_music_holds_exactly_what_the_script_makes() -> None:
    assert sorted(p.name for p in MUSIC.iterdir()) == sorted(IDS)
    assert sum(p.stat().st_size for p in MUSIC.iterdir()) < 3.5e6
    assert {p.suffix for p in MUSIC.iterdir()} == {".wav", ".flac", ".ogg", ".mp3", ".m4a"}
    assert {piece.genre for piece in PIECES} <= GENRES


@pytest.mark.parametrize("piece", PIECES, ids=IDS)
def test_committed_file_is_the_piece_that_the_script_describes(piece) -> None:
    samples, rate, tags = decoded(MUSIC / piece.file_name)
    assert rate == piece.rate
    assert samples.shape[0] == piece.channels
    assert 20 <= piece.seconds <= 30
    assert abs(samples.shape[1] / rate - piece.seconds) < 0.12
    assert tags["title"] == piece.title
    assert tags["artist"] == "genrelens"
    assert tags["genre"] == piece.genre
    assert np.abs(samples).max() < 1.1  # a lossy copy may overshoot a little
    assert np.sqrt(np.mean(samples**2)) > 0.03
    clipped = np.mean(np.abs(samples) >= 0.999)
    assert clipped < 1e-4


def test_readme_lists_every_piece() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in IDS if name not in text] == []
