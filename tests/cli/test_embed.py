"""`genrelens embed` as a user meets it: the library's numbers in a file, errors beside them, gone on with."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from genrelens import Embedding, Recognizer
from genrelens.catalogue.embedding_files import Content, EmbeddingFile
from genrelens.cli import embed
from genrelens.errors import DataError, InputError, OutputError

RATE = 22050
SCHEMA = json.loads(resources.files("genrelens.recognition").joinpath("result.schema.json").read_text())
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer(rich_markup_mode="rich")
    app.callback()(lambda: None)
    embed.register(app)
    return app


def run(app: typer.Typer, *arguments: object) -> tuple[int, str, str]:
    told = CliRunner().invoke(app, ["embed", *map(str, arguments), "--jobs", "1"])
    if told.exception and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told.exit_code, told.stdout, told.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short recording, a quiet one of which half is silent, one of several excerpts, and a text."""
    folder = tmp_path_factory.mktemp("music")
    random = np.random.default_rng(0)
    time_s = np.arange(100 * RATE) / RATE
    long = (0.1 * np.sin(2 * np.pi * 330 * time_s) + 0.03 * random.normal(size=len(time_s))).astype(
        np.float32
    )
    soundfile.write(folder / "a short.wav", long[: 3 * RATE], RATE)
    quiet = 0.002 * long[: 70 * RATE]
    quiet[: 35 * RATE] = 0
    soundfile.write(folder / "b quiet.flac", quiet, RATE, subtype="PCM_24")
    soundfile.write(folder / "c long.flac", long, RATE)
    (folder / "d text.mp3").write_text("no music\n" * 99)
    return folder


@pytest.fixture(scope="module")
def library(folder: Path) -> dict[str, Embedding]:
    lens = Recognizer()
    rows = lens.embed_many(sorted(folder.iterdir()))
    return {Path(row.path).name: row for row in rows if isinstance(row, Embedding)}


def tracks(path: Path) -> dict[str, dict[str, Any]]:
    """What a file holds, as its page in the documentation says to read it."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as held:
            parts = np.cumsum(held["excerpt_count"])[:-1]
            ok = [
                {"vector": vector, "excerpts": excerpts, "start_s": start_s, "duration_s": duration_s}
                for vector, excerpts, start_s, duration_s in zip(
                    held["vector"],
                    np.split(held["excerpt_vector"], parts),
                    np.split(held["excerpt_start_s"], parts),
                    held["duration_s"],
                    strict=True,
                )
            ]
            names = [*held["path"], *held["error_path"]]
            rows = [*ok, *({"error": kind} for kind in held["error_kind"])]
            assert str(held["name"]) == "musicnn/embedding"
            version = str(held["version"])
    else:
        table = pytest.importorskip("pyarrow.parquet").read_table(path)
        rows = [
            {"error": row["error_kind"]}
            if row["status"] == "error"
            else {
                "vector": np.float32(row["vector"]),
                "excerpts": np.float32(row["excerpt_vector"]),
                "start_s": row["excerpt_start_s"],
                "duration_s": row["duration_s"],
            }
            for row in table.to_pylist()
        ]
        names = table["path"].to_pylist()
        assert set(table["name"].to_pylist()) == {"musicnn/embedding"}
        (version,) = set(table["version"].to_pylist())
    assert len(set(names)) == len(names)
    return {Path(name).name: row | {"version": version} for name, row in zip(names, rows, strict=True)}


def assert_as_library(held: dict[str, dict[str, Any]], library: dict[str, Embedding]) -> None:
    for name, expected in library.items():
        one = held[name]
        # but for the last digits, which depend on how many threads add numbers up
        np.testing.assert_allclose(one["vector"], expected.vector, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one["excerpts"], expected.excerpts, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one["start_s"], expected.start_s, atol=1e-3)
        assert one["duration_s"] == pytest.approx(expected.duration_s, abs=1e-3)
        assert one["version"] == expected.version


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_a_file_holds_what_the_library_gives_and_is_gone_on_with(
    suffix: str, app: typer.Typer, folder: Path, library: dict[str, Embedding], tmp_path: Path
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="needs the parquet extra")
    out = tmp_path / f"music{suffix}"
    code, printed, told = run(app, folder, "--out", out, "--excerpt-vectors")
    assert (code, printed) == (1, "")
    assert "d text.mp3: holds text" in told
    held = tracks(out)
    assert held.pop("d text.mp3")["error"] == "NotAudio"
    assert_as_library(held, library)
    assert len(held["c long.flac"]["excerpts"]) == 3
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    before = out.read_bytes()
    with pytest.raises(OutputError, match="add --resume"):
        run(app, folder, "--out", out, "--excerpt-vectors")
    added = tmp_path / "more"
    added.mkdir()
    os.link(folder / "a short.wav", added / "z new.wav")
    code, _, told = run(
        app,
        folder / "a short.wav",
        folder / "b quiet.flac",
        added,
        "--out",
        out,
        "--excerpt-vectors",
        "--resume",
    )
    assert code == 0
    assert "1 recordings" in told
    assert "2 done before" in told
    held = tracks(out)
    np.testing.assert_allclose(
        held["z new.wav"]["vector"], held["a short.wav"]["vector"], rtol=1e-4, atol=1e-5
    )
    assert_as_library(held, library)
    assert out.read_bytes() != before


def test_other_embeddings_do_not_come_into_a_file(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "music.npz"
    run(app, folder / "a short.wav", "--out", out)
    before = out.read_bytes()
    for other in (["--input", "averaged"], ["--excerpt-vectors"]):
        with pytest.raises(OutputError, match="holds embeddings musicnn/embedding:.*choose another file"):
            run(app, folder / "a short.wav", "--out", out, "--resume", *other)
    assert out.read_bytes() == before
    run(app, folder / "a short.wav", "--out", out, "--resume", "--excerpts", "all")
    assert str(np.load(out)["option_excerpts"]) == "['all']"


@pytest.mark.parametrize("content", [b"", b"no archive", None])
@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_a_file_of_something_else_is_left_alone(
    suffix: str, content: bytes | None, app: typer.Typer, folder: Path, tmp_path: Path
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="needs the parquet extra")
    out = tmp_path / f"mine{suffix}"
    if content is not None:
        out.write_bytes(content)
    elif suffix == ".npz":
        np.savez(out, mine=np.arange(3))
    else:
        from pyarrow import parquet, table

        parquet.write_table(table({"mine": [1, 2]}), out)
    before = out.read_bytes()
    with pytest.raises(OutputError, match="is no file of embeddings; choose another"):
        run(app, folder / "a short.wav", "--out", out, "--resume")
    assert out.read_bytes() == before


def test_rows_are_printed_where_no_file_is_named(
    app: typer.Typer, folder: Path, library: dict[str, Embedding]
) -> None:
    code, printed, _ = run(app, folder, "--format", "jsonl", "--excerpt-vectors")
    assert code == 1
    rows = [json.loads(line) for line in printed.splitlines()]
    for row in rows:
        jsonschema.validate(row, SCHEMA)
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "error"]
    for row, expected in zip(rows, library.values(), strict=False):
        np.testing.assert_allclose(row["vector"], expected.vector, rtol=1e-4, atol=1e-5)
        assert len(row["excerpts"]) == len(expected.excerpts)
    _, printed, _ = run(app, folder / "a short.wav", "--format", "csv", "--input", "averaged")
    (cells,) = csv.DictReader(io.StringIO(printed))
    assert len(json.loads(cells["vector"])) == 358


def test_wrong_use_is_told_before_any_work(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    song = folder / "a short.wav"
    for arguments, sentence in (
        ([song], "name a file to write to"),
        ([song, "--out", tmp_path / "a.npz", "--format", "json"], "goes without --out"),
        ([song, "--format", "json", "--resume"], "goes with --out"),
        ([song, "--format", "json", "--excerpts", "0"], "neither a number"),
    ):
        code, _, told = run(app, *arguments)
        assert code == 2
        assert sentence in " ".join(told.replace("│", " ").split())
    for arguments, error, sentence in (
        ([song, "--format", "json", "--input", "mel"], InputError, "no vector"),
        ([song, "--format", "json", "--input", "nonesuch"], InputError, "musicnn/layers"),
        ([song, "--out", tmp_path / "a.txt"], OutputError, ".npz or .parquet"),
        ([tmp_path, "--out", tmp_path / "a.npz"], DataError, "no sound files"),
    ):
        with pytest.raises(error, match=sentence):
            run(app, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_what_was_done_when_it_was_killed_is_not_done_again(
    suffix: str, folder: Path, tmp_path: Path, library: dict[str, Embedding]
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="needs the parquet extra")
    out = tmp_path / f"music{suffix}"
    for number in range(6):
        os.link(folder / "c long.flac", tmp_path / f"{number:02}.flac")
    command = [sys.executable, "-c", "from genrelens.cli.main import run; run()", "embed"]
    arguments = [str(tmp_path), "--out", str(out), "--excerpt-vectors", "--jobs", "1"]
    killed = subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE)
    journal = out.with_name(out.name + ".journal")
    until = time.monotonic() + 120
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= 2):
        assert killed.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    killed.kill()
    killed.communicate()
    done = journal.read_bytes().count(b"\n")
    assert 2 <= done < 6
    assert not out.exists()
    went_on = subprocess.run([*command, *arguments, "--resume"], capture_output=True, text=True, check=True)
    assert f"{done} done before" in went_on.stderr
    held = tracks(out)
    assert len(held) == 6
    assert not journal.exists()
    for one in held.values():
        np.testing.assert_allclose(one["vector"], library["c long.flac"].vector, rtol=1e-4, atol=1e-5)


def test_a_journal_of_other_embeddings_is_not_taken_over(tmp_path: Path) -> None:
    row = {
        "schema": 2,
        "path": "a.wav",
        "status": "ok",
        "vector": [1.0, 2.0],
        "duration_s": 1.0,
        "excerpts": [],
    }
    left = EmbeddingFile(tmp_path / "a.npz", Content("averaged", "0" * 12, 2))
    left.write(row)
    left.release()
    assert left._lock is not None
    left._lock.release()
    with pytest.raises(
        OutputError, match=r"journal, which an interrupted run left, holds embeddings averaged"
    ):
        EmbeddingFile(tmp_path / "a.npz", Content("signal", "0" * 12, 2), resume=True)
    with EmbeddingFile(tmp_path / "a.npz", Content("averaged", "0" * 12, 2), resume=True):
        pass
    assert np.load(tmp_path / "a.npz")["vector"].tolist() == [[1.0, 2.0]]


def test_the_command_is_there_with_examples(shell: Shell, tmp_path: Path) -> None:
    told = shell(tmp_path, "embed", "--help")
    assert told.returncode == 0
    assert told.stdout.count("genrelens embed ") >= 2
    assert "genrelens embed" not in shell(tmp_path, "embed", "missing.mp3", "--format", "jsonl").stdout
