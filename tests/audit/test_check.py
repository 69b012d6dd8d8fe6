"""`genrelens check` on a small made collection with planted faults, from files to exit status."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from genrelens.audit.check import Collection, check_collection
from genrelens.audit.feature_tables import read_feature_table
from genrelens.audit.file_scan import scan_file
from genrelens.cli import check as command
from genrelens.errors import DataError
from genrelens.evaluation.protocols import make_plan

_spec = importlib.util.spec_from_file_location("sounds", Path(__file__).with_name("sounds.py"))
sounds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sounds)
RATE = sounds.RATE


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Path:
    """Eight songs of two genres, a louder later copy across genres, a text file, a copy of bytes."""
    root = tmp_path_factory.mktemp("collection")
    for seed in range(8):
        folder = root / ("rock", "jazz")[seed % 2]
        folder.mkdir(exist_ok=True)
        soundfile.write(folder / f"song{seed}.wav", sounds.song(seed, 12.0), RATE, subtype="PCM_16")
    soundfile.write(root / "jazz" / "copy.flac", sounds.song(2, 12.0)[RATE:] * 1.4, RATE)
    (root / "rock" / "again.wav").write_bytes((root / "rock" / "song4.wav").read_bytes())
    (root / "rock" / "notes.mp3").write_text("no sound here, only words\n" * 50)
    return root


def run(*arguments: str):
    app = typer.Typer()
    command.register(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_planted_faults_are_all_found_and_nothing_else(planted: Path):
    result = run(planted, "--encoder", "none", "--format", "json", "--jobs", "1")
    assert result.exit_code == 1, result.output
    findings = json.loads(result.stdout)
    repeats = {tuple(sorted(f["tracks"])) for f in findings if f["check"] == "repeat"}
    assert repeats == {("copy", "song2"), ("again", "song4")}
    across = next(f for f in findings if "copy" in f["tracks"])
    assert across["evidence"]["same_genre"] is False
    assert abs(across["evidence"]["shift_s"]) == pytest.approx(1.0, abs=0.1)
    assert abs(across["evidence"]["gain_db"]) == pytest.approx(2.9, abs=0.3)
    assert next(f for f in findings if "again" in f["tracks"])["evidence"]["same_bytes"] is True
    assert [f["tracks"] for f in findings if f["check"] == "unreadable"] == [["notes"]]
    assert {f["check"] for f in findings} == {"repeat", "unreadable"}


def test_a_clean_collection_passes_with_exit_status_0(planted: Path, tmp_path: Path):
    for genre, seeds in (("rock", (0, 2, 4)), ("jazz", (1, 3, 5))):
        (tmp_path / genre).mkdir()
        for seed in seeds:
            (tmp_path / genre / f"{seed}.wav").write_bytes((planted / genre / f"song{seed}.wav").read_bytes())
    result = run(tmp_path, "--encoder", "none")
    assert result.exit_code == 0, result.output
    assert "nothing found" in result.stdout


def test_a_split_with_an_artist_and_a_repeat_on_both_sides_is_named(planted: Path):
    paths = sorted(planted.glob("*/*.wav"))
    artists = ["Queen" if p.stem in ("song0", "song6") else p.stem for p in paths]
    collection = Collection([p.stem for p in paths], paths, [p.parent.name for p in paths], artists)
    genres = collection.genres
    leaking = check_collection(collection, make_plan("paper", genres, seed=1))
    assert any(f.check == "artist" and "Queen" in f.summary for f in leaking)
    assert any(f.check == "repeat" and "both sides" in f.summary for f in leaking)
    linked = [(collection.ids.index("again"), collection.ids.index("song4"))]
    honest = check_collection(collection, make_plan("artist5", genres, artists, linked=linked))
    assert not any(f.check == "artist" or "both sides" in f.summary for f in honest)


def test_published_vectors_alone_can_be_checked(shared: Path):
    result = run(shared / "features" / "choi2017_published_160.npz", "--format", "json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)
    assert finding["check"] == "order"
    assert finding["evidence"]["batch"] == 256
    assert "256" in finding["summary"]


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "x.npz").write_text("no archive")
    np.savez(tmp_path / "y.npz", Z=np.zeros(3))
    np.savez(tmp_path / "z.npz", X=np.zeros((3, 2)), track=["a", "b"])
    for name in ("x", "y", "z"):
        with pytest.raises(DataError):
            read_feature_table(tmp_path / f"{name}.npz")


def test_patches_of_a_track_are_averaged(tmp_path: Path):
    np.savez(tmp_path / "p.npz", X=[[1.0], [3.0], [5.0]], track=["a.1", "a.1", "b.1"])
    table = read_feature_table(tmp_path / "p.npz")
    assert table.features.tolist() == [[2.0], [5.0]]
    assert table.genres == ("a", "b")


def test_the_chain_sees_a_low_pass_and_the_level(tmp_path: Path):
    noise = np.random.default_rng(0).standard_normal(44100 * 4) * 0.1
    spectrum = np.fft.rfft(noise)
    spectrum[int(len(spectrum) * 8000 / 22050) :] = 0
    soundfile.write(tmp_path / "dull.wav", np.fft.irfft(spectrum), 44100, subtype="FLOAT")
    soundfile.write(tmp_path / "bright.flac", noise, 44100)
    dull, bright = scan_file(tmp_path / "dull.wav").properties, scan_file(tmp_path / "bright.flac").properties
    assert dull.bandwidth_hz == pytest.approx(8000, abs=150)
    assert dull.cliff_hz == pytest.approx(8000, abs=250)
    assert dull.cliff_db > 40
    assert bright.bandwidth_hz > 21000
    assert bright.codec == "flac/flac"
    assert bright.level_db == pytest.approx(-20, abs=0.2)
