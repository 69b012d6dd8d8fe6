"""`genrelens features` as a user meets it: files, rows, pictures, exit status."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from genrelens.audio import Excerpt
from genrelens.cli import features
from genrelens.errors import DataError, EncoderError, OutputError
from genrelens.features import FEATURES, SIGNAL_NAMES, compute_features, signal_statistics

RATE = 22050


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer(rich_markup_mode="rich")
    app.callback()(lambda: None)
    features.register(app)
    return app


def run(app: typer.Typer, *arguments: object) -> tuple[int, str, str]:
    told = CliRunner().invoke(app, ["features", *map(str, arguments)])
    if told.exception and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told.exit_code, told.stdout, told.stderr


def chord(seconds: float, hertz: float = 220.0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * hertz * ratio * times) for ratio in (1, 1.25, 1.5))).astype(
        np.float32
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "live").mkdir(parents=True)
    soundfile.write(folder / "one.wav", chord(3), RATE, subtype="FLOAT")
    soundfile.write(folder / "two.flac", chord(40, 330), RATE)
    soundfile.write(folder / "live" / "one.wav", chord(2, 440), RATE)
    return folder


def test_a_file_holds_what_the_library_computes(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    code, _, _ = run(app, folder / "one.wav", "--out", tmp_path / "out")
    assert code == 0
    held = np.load(tmp_path / "out" / "one.wav.npz")
    for name, rows in compute_features(chord(3)).items():
        np.testing.assert_array_equal(held[name], rows, err_msg=name)
    np.testing.assert_array_equal(held["signal"], signal_statistics(chord(3)))
    assert tuple(held["signal_names"]) == SIGNAL_NAMES
    assert held["averaged"].shape == (358,)
    assert (int(held["sample_rate"]), int(held["hop"]), float(held["start_s"])) == (22050, 1024, 0.0)


def test_a_file_says_which_samples_it_was_computed_from(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    for flags, words in (
        ([], "as decoded"),
        (["--raw"], "as decoded"),
        (["--preprocessed"], "as in recognition"),
    ):
        code, printed, _ = run(
            app, folder / "one.wav", "--out", tmp_path / "out", *flags, "--format", "jsonl"
        )
        assert code == 0
        assert words in json.loads(printed)["preprocessing"]
        assert words in str(np.load(tmp_path / "out" / "one.wav.npz")["preprocessing"])
        _, printed, _ = run(app, folder / "one.wav", "--out", tmp_path / "out", *flags)
        assert words in " ".join(printed.split())


def test_preprocessed_arrays_are_what_the_members_get_also_of_a_quiet_file(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    from genrelens import Recognizer

    sound = chord(3)
    soundfile.write(folder / "quiet.wav", 0.002 * sound + 0.1, RATE, subtype="FLOAT")
    soundfile.write(folder / "plain.wav", sound, RATE, subtype="FLOAT")
    lens = Recognizer(excerpts=1)
    held = {}
    for name in ("quiet.wav", "plain.wav"):
        run(app, folder / name, "--out", tmp_path, "--preprocessed", "--encoders", "musicnn")
        with np.load(tmp_path / f"{name}.npz") as arrays:
            held[name] = dict(arrays)
        for array in ("musicnn/layers", "musicnn/embedding", "musicnn/tags", "signal", "averaged"):
            np.testing.assert_array_equal(held[name][array], lens.embed(folder / name, array).vector)
        np.testing.assert_allclose(
            held[name]["mel"].mean(axis=0), held[name]["averaged"][:128], rtol=1e-4, atol=1e-6
        )
    run(app, folder / "quiet.wav", "--out", tmp_path, "--encoders", "musicnn")
    raw = np.load(tmp_path / "quiet.wav.npz")
    loud, quiet = held["plain.wav"]["mel"], held["quiet.wav"]["mel"]
    assert np.abs(quiet.mean() / loud.mean() - 1) < 0.01
    moving = np.s_[10:-10, 4:]  # without the ends, where the offset jumps, and the bands that it lies in
    assert raw["mel"][moving].mean() < 0.001 * quiet[moving].mean()
    far = np.linalg.norm(raw["musicnn/layers"] - held["quiet.wav"]["musicnn/layers"])
    assert far > 0.1 * np.linalg.norm(held["quiet.wav"]["musicnn/layers"])


def test_folders_are_walked_and_rows_say_what_was_written(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    code, printed, _ = run(app, folder, "--out", tmp_path / "out", "--format", "jsonl")
    assert code == 0
    rows = [json.loads(line) for line in printed.splitlines()]
    assert {os.path.relpath(row["out"], tmp_path / "out") for row in rows} == {
        "one.wav.npz",
        "two.flac.npz",
        os.path.join("live", "one.wav.npz"),
    }
    for row in rows:
        held = np.load(row["out"])
        assert row["arrays"]["mel"] == list(held["mel"].shape) == [row["frames"], 128]
    assert sorted(round(row["duration_s"]) for row in rows) == [2, 3, 30]


def test_the_whole_recording_when_asked(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    run(app, folder / "two.flac", "--out", tmp_path, "--whole")
    assert len(np.load(tmp_path / "two.flac.npz")["mfcc"]) == 1 + 40 * RATE // 1024


def test_two_recordings_of_one_name_are_both_kept(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    run(app, folder / "one.wav", folder / "live" / "one.wav", "--out", tmp_path / "out")
    lengths = {path.name: len(np.load(path)["mel"]) for path in (tmp_path / "out").iterdir()}
    assert lengths == {"one.wav.npz": 1 + 3 * RATE // 1024, "one.wav-2.npz": 1 + 2 * RATE // 1024}


def test_twice_gives_the_same_bytes_and_leaves_nothing_else(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    run(app, folder / "one.wav", "--out", tmp_path / "out")
    before = (tmp_path / "out" / "one.wav.npz").read_bytes()
    run(app, folder / "one.wav", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "one.wav.npz").read_bytes() == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one.wav.npz"]


def test_a_bad_file_has_its_row_and_the_others_go_on(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    (folder / "a text.mp3").write_text("no sound here\n" * 100)
    code, printed, complaints = run(app, folder, "--out", tmp_path / "out", "--format", "json")
    assert code == 1
    rows = json.loads(printed)
    assert [row["status"] for row in rows].count("ok") == 3
    (bad,) = [row for row in rows if row["status"] == "error"]
    assert bad["error"]["kind"] == "NotAudio"
    assert "a text.mp3" in complaints.replace("\n", "")


def test_a_fault_of_our_own_is_a_row_and_the_others_go_on(
    app: typer.Typer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genrelens.cli.features_files import Raw

    real = Raw.__call__

    def compute(self: Raw, excerpt: Excerpt) -> object:
        if round(excerpt.end_s - excerpt.start_s) == 2:
            raise KeyError("a table of ours")
        return real(self, excerpt)

    monkeypatch.setattr(Raw, "__call__", compute)
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "cache"))
    code, printed, complaints = run(app, folder, "--out", tmp_path / "out", "--format", "jsonl")
    assert code == 1
    rows = [json.loads(line) for line in printed.splitlines()]
    assert [row["error"]["kind"] for row in rows if row["status"] == "error"] == ["InternalError"]
    assert len(rows) == 3
    assert "internal-errors.log" in complaints.replace("\n", "")
    assert "in compute" in (tmp_path / "cache" / "internal-errors.log").read_text()


def test_csv_has_a_row_a_recording(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    _, printed, _ = run(app, folder, "--out", tmp_path / "out", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert len(rows) == 3
    assert all(row["status"] == "ok" and json.loads(row["arrays.mel"])[1] == 128 for row in rows)


def test_the_table_names_each_recording(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    _, printed, _ = run(app, folder, "--out", tmp_path / "out")
    assert {"one.wav", "two.flac"} < set(printed.split())


def test_embeddings_of_networks_are_kept_under_their_names(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    run(app, folder / "one.wav", "--out", tmp_path, "--encoders", "musicnn")
    held = np.load(tmp_path / "one.wav.npz")
    assert held["musicnn/embedding"].shape == (200,)
    assert held["musicnn/tags"].shape == (50,)


def test_an_unknown_network_is_refused_before_anything_is_written(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(EncoderError):
        run(app, folder, "--out", tmp_path / "out", "--encoders", "nonesuch")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("count", [1, 2])
def test_the_picture_shows_every_feature_of_one_or_two(
    count: int, app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    image = pytest.importorskip("matplotlib.image", reason="needs matplotlib, of the eval extra")
    picture = tmp_path / "both.png"
    paths = [folder / "one.wav", folder / "two.flac"][:count]
    code, _, _ = run(app, *paths, "--plot", picture)
    assert code == 0
    pixels = image.imread(picture)[..., :3]
    assert pixels.shape[1] > 600 * count
    # Each of the nine rows is a strip that is not blank, between strips of white.
    inked = (pixels[:, -pixels.shape[1] // (2 * count) :] < 0.99).any(axis=(1, 2))
    strips = np.count_nonzero(np.diff(inked.astype(int)) == 1)
    assert strips >= 1 + len(FEATURES)


def test_a_picture_of_three_is_refused(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    code, _, complaints = run(app, folder, "--plot", tmp_path / "all.png")
    assert code == 2
    assert "one recording or two" in complaints


def test_an_unknown_picture_format_is_an_error_of_one_sentence(
    app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib, of the eval extra")
    with pytest.raises(OutputError, match=r"all\.tune cannot be drawn"):
        run(app, folder / "one.wav", "--plot", tmp_path / "all.tune")


def test_without_matplotlib_a_picture_says_what_to_install(
    app: typer.Typer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(OutputError, match=r"genrelens\[eval\]"):
        run(app, folder / "one.wav", "--plot", tmp_path / "one.png")


def test_nowhere_to_write_is_wrong_use(app: typer.Typer, folder: Path) -> None:
    code, _, complaints = run(app, folder)
    assert code == 2
    assert "--plot" in complaints


def test_a_folder_that_cannot_be_made_is_said(app: typer.Typer, folder: Path) -> None:
    with pytest.raises(OutputError, match="choose another --out"):
        run(app, folder, "--out", folder / "one.wav" / "out")


def test_a_folder_without_sound_is_said(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no sound files"):
        run(app, tmp_path, "--out", tmp_path / "out")


def test_help_shows_two_examples(app: typer.Typer) -> None:
    _, printed, _ = run(app, "--help")
    assert printed.count("genrelens features ") >= 2


def test_no_picture_is_drawn_of_half_a_pair(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib, of the eval extra")
    (folder / "text.mp3").write_text("no sound here\n" * 100)
    code, _, complaints = run(app, folder / "one.wav", folder / "text.mp3", "--plot", tmp_path / "both.png")
    assert code == 1
    assert "was not drawn" in complaints.replace("\n", " ")
    assert not (tmp_path / "both.png").exists()
