"""The example music is made by its script, is in the files it says, and is what the bundles take it for.

The files lie in the repository, so nothing here needs the Debian packages that render them; where they are
installed, the tests marked `heavy` render every piece again and compare.
"""

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


def test_rendering_twice_gives_the_same_samples_of_the_length_asked_for() -> None:
    piece = next(p for p in PIECES if p.file_name == "jazz-late-set.m4a")
    first, second = piece.compose(3.0), piece.compose(3.0)
    assert np.array_equal(first, second)
    assert first.shape == (2, 3 * 44100)
    assert np.isfinite(first).all()
    assert np.abs(first).max() <= 0.95
    assert np.sqrt(np.mean(first**2)) > 0.01


def test_script_writes_the_piece_it_is_asked_for_and_nothing_else(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", ["render.py", "--out", str(tmp_path), "--only", "late-set"])
    RENDER.main()
    assert [p.name for p in tmp_path.iterdir()] == ["jazz-late-set.m4a"]
    assert "jazz-late-set.m4a" in capsys.readouterr().out
    assert_same_sound(tmp_path / "jazz-late-set.m4a", MUSIC / "jazz-late-set.m4a")


def assert_same_sound(fresh_path: Path, kept_path: Path) -> None:
    fresh, rate, _ = decoded(fresh_path)
    kept, kept_rate, _ = decoded(kept_path)
    assert rate == kept_rate
    assert abs(fresh.shape[1] - kept.shape[1]) <= 0.1 * rate
    shared_length = min(fresh.shape[1], kept.shape[1])
    assert np.corrcoef(fresh[0, :shared_length], kept[0, :shared_length])[0, 1] > 0.99


@pytest.mark.heavy
@pytest.mark.parametrize("piece", PIECES, ids=IDS)
def test_rendering_again_gives_the_committed_file(piece, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["render.py", "--out", str(tmp_path), "--only", piece.file_name])
    try:
        RENDER.main()
    except SystemExit as stopped:
        pytest.skip(str(stopped))
    assert_same_sound(tmp_path / piece.file_name, MUSIC / piece.file_name)


@pytest.mark.parametrize("name", ["classical-canon-in-d.ogg", "metal-war-of-freedom.mp3"])
def test_without_the_packages_the_script_says_what_to_install(name: str, tmp_path: Path, monkeypatch) -> None:
    import pieces.metal
    from studio import sampler

    monkeypatch.setattr(sampler.shutil, "which", lambda program: None)
    monkeypatch.setattr(pieces.metal, "FOLDER", tmp_path / "absent")
    monkeypatch.setattr(sys, "argv", ["render.py", "--out", str(tmp_path), "--only", name])
    with pytest.raises(SystemExit, match=rf"{name} cannot be rendered.*apt install .*fluidsynth"):
        RENDER.main()
    assert list(tmp_path.iterdir()) == []


def test_notes_reach_the_synthesiser_at_their_times() -> None:
    """Read back by a reader of standard MIDI files that shares nothing with the writer."""
    from studio.sampler import Preset, Struck, events_of, midi_file

    notes = [Struck(0.0, 0.5, 60, 1.0), Struck(0.25, 2.0, 67, 0.5), Struck(40.0, 1.0, 72, 0.25)]
    data = midi_file(Preset(5), events_of(notes))
    assert data[:4] == b"MThd"
    ticks_per_quarter = int.from_bytes(data[12:14], "big")
    body, at, tick, found = data[22:], 0, 0, []
    assert int.from_bytes(data[18:22], "big") == len(body)
    while body[at : at + 3] != b"\x00\xff\x2f":
        delta = 0
        while True:
            delta, more = delta << 7 | body[at] & 0x7F, body[at] & 0x80
            at += 1
            if not more:
                break
        tick += delta
        size = 2 if body[at] >> 4 == 0xC else 3
        if body[at] >> 4 in (8, 9):
            found.append((body[at] >> 4, body[at + 1], body[at + 2], tick * 0.5 / ticks_per_quarter))
        at += size
    expected = [(9, 60, 127, 0.0), (9, 67, 64, 0.25), (8, 60, 0, 0.5), (8, 67, 0, 2.25)]
    expected += [(9, 72, 32, 40.0), (8, 72, 0, 41.0)]
    assert [event[:3] for event in found] == [event[:3] for event in expected]
    assert [event[3] for event in found] == pytest.approx([event[3] for event in expected], abs=0.003)


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
    assert sum(p.stat().st_size for p in MUSIC.iterdir()) <= 6e6
    assert max(p.stat().st_size for p in MUSIC.iterdir()) <= 1.5e6
    assert {p.suffix for p in MUSIC.iterdir()} == {".wav", ".flac", ".ogg", ".mp3", ".m4a"}
    assert {piece.genre for piece in PIECES} <= GENRES


@pytest.mark.parametrize("piece", PIECES, ids=IDS)
def test_committed_file_is_the_piece_that_the_script_describes(piece) -> None:
    samples, rate, tags = decoded(MUSIC / piece.file_name)
    assert rate == piece.rate
    assert samples.shape[0] == piece.channels
    assert 12 <= piece.seconds <= 60
    assert abs(samples.shape[1] / rate - piece.seconds) < 0.12
    assert tags["title"] == piece.title
    assert tags["artist"] == piece.artist
    assert "genre" not in tags  # or it would seem that the demo reads it
    assert np.abs(samples).max() < 1.1  # a lossy copy may overshoot a little
    assert np.sqrt(np.mean(samples**2)) > 0.03
    clipped = np.mean(np.abs(samples) >= 0.999)
    assert clipped < 1e-4


@pytest.fixture(scope="module", params=["default", "full"])
def recognizer(request: pytest.FixtureRequest):
    from genrelens import Recognizer

    with pytest.MonkeyPatch.context() as patch:
        if request.param == "full":
            weights = request.getfixturevalue("shared") / "weights"
            patch.setenv("GENRELENS_WEIGHTS", str(weights))
        yield Recognizer(request.param)


@pytest.mark.parametrize("piece", PIECES, ids=IDS)
def test_both_bundles_name_the_genre(piece, recognizer) -> None:
    prediction = recognizer.recognize(MUSIC / piece.file_name)
    assert next(iter(prediction.scores)) == piece.genre
    assert prediction.genre == piece.genre


def test_readme_lists_every_piece() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in IDS if name not in text] == []
