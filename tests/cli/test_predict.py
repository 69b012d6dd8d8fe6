"""The command as a person types it: what it prints, where, and its exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from genrelens.cli.main import run


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def genrelens(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command in this process and says what a shell would see."""

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["genrelens", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        capfd.readouterr()
        try:
            run()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


def test_a_table_for_people(genrelens: Callable[..., Ran], music: list[Path]) -> None:
    ran = genrelens("predict", music[0])
    assert ran.code == 0
    assert "genre" in ran.out
    assert "%" in ran.out
    assert "\x1b" not in ran.out


def test_rows_for_programs(genrelens: Callable[..., Ran], music: list[Path]) -> None:
    ran = genrelens("predict", *music[:2], "--format", "jsonl")
    assert ran.code == 0
    assert [row["path"] for row in ran.rows] == [str(path) for path in music[:2]]
    together = json.loads(genrelens("predict", *music[:2], "--format", "json").out)
    assert together == ran.rows
    table = list(csv.DictReader(io.StringIO(genrelens("predict", music[0], "--format", "csv").out)))
    assert table[0]["path"] == str(music[0])
    assert "recordings in" in ran.err


def test_a_folder_is_walked_and_failures_have_rows(
    genrelens: Callable[..., Ran], music: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "song.ogg").write_bytes(music[0].read_bytes())
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.flac").write_text("no music\n" * 50)
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    ran = genrelens("predict", tmp_path, "--format", "jsonl")
    assert ran.code == 1
    by_name = {Path(str(row["path"])).name: row for row in ran.rows}
    assert set(by_name) == {"song.ogg", "empty.mp3", "text.flac"}
    assert by_name["song.ogg"]["status"] == "ok"
    assert by_name["empty.mp3"]["error"]["kind"] == "EmptyFile"  # type: ignore[index]
    assert by_name["text.flac"]["error"]["kind"] == "NotAudio"  # type: ignore[index]


def test_stdin_is_heard(
    genrelens: Callable[..., Ran], music: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with music[0].open("rb") as stream:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        ran = genrelens("predict", "-", "--format", "jsonl")
    assert ran.code == 0
    direct = genrelens("predict", music[0], "--format", "jsonl")
    assert ran.rows[0]["scores"] == direct.rows[0]["scores"]


def test_votes_and_timeline_are_shown(genrelens: Callable[..., Ran], music: list[Path]) -> None:
    ran = genrelens("predict", music[0], "--votes", "--timeline", "--set", "--top", 5, "--always-answer")
    assert ran.code == 0
    assert "votes:" in ran.out
    assert "0:00-" in ran.out
    assert "one of" in ran.out


def test_results_go_to_a_file_and_on(
    genrelens: Callable[..., Ran], music: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "rows.jsonl"
    first = genrelens("predict", music[0], "--out", out)
    assert (first.code, first.out) == (0, "")
    refused = genrelens("predict", *music[:2], "--out", out)
    assert refused.code == 2
    assert "--resume" in refused.err
    second = genrelens("predict", *music[:2], "--out", out, "--resume")
    assert second.code == 0
    assert "1 done before" in second.err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["path"] for row in rows] == [str(path) for path in music[:2]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict"], "PATH"),
        (["predict", "x.mp3", "--excerpts", "none"], "--excerpts"),
        (["predict", "x.mp3", "--resume"], "--out"),
        (["predict", "x.mp3", "--model", "no-such-bundle"], "no bundle is called"),
        (["predict", "x.mp3", "--model", __file__], "no usable bundle"),
        (["predict", "x.mp3", "--out", "rows.docx"], ".jsonl"),
        (["info", "no-such-bundle"], "no bundle is called"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(
    genrelens: Callable[..., Ran], arguments: list[str], said: str
) -> None:
    ran = genrelens(*arguments)
    assert ran.code == 2
    assert said in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_an_empty_folder_is_wrong_use(genrelens: Callable[..., Ran], tmp_path: Path) -> None:
    ran = genrelens("predict", tmp_path)
    assert ran.code == 2
    assert "no sound files" in ran.err


def test_a_folder_that_may_not_be_read_is_told(
    genrelens: Callable[..., Ran], music: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "song.ogg").write_bytes(music[0].read_bytes())
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    ran = genrelens("predict", tmp_path, "--format", "jsonl")
    assert ran.code == 1
    assert len(ran.rows) == 1
    assert "shut: cannot be read (Permission denied)" in ran.err


def test_a_name_that_is_not_utf8_is_no_trouble(
    genrelens: Callable[..., Ran], music: list[Path], tmp_path: Path
) -> None:
    strange = bytes(tmp_path) + b"/caf\xe9.ogg"
    Path(strange.decode("utf-8", "surrogateescape")).write_bytes(music[0].read_bytes())
    ran = genrelens("predict", tmp_path, "--format", "jsonl")
    assert ran.code == 0
    assert str(ran.rows[0]["path"]).endswith("caf\\xe9.ogg")
    assert genrelens("predict", tmp_path).code == 0


def test_info_tells_what_a_bundle_is(genrelens: Callable[..., Ran]) -> None:
    ran = genrelens("info", "--format", "json")
    assert ran.code == 0
    (told,) = json.loads(ran.out)
    assert told["name"] == "default"
    assert len(told["genres"]) == 10
    assert told["members"]
    table = genrelens("info")
    assert table.code == 0
    assert told["sha256"] in table.out


def test_version_and_help(genrelens: Callable[..., Ran]) -> None:
    assert genrelens("--version").out.startswith("genrelens ")
    helped = genrelens("predict", "--help")
    assert helped.code == 0
    assert "Examples" in helped.out
    assert genrelens("--help").code == 0


def test_a_truncated_file_is_heard_with_a_warning(
    genrelens: Callable[..., Ran], music: list[Path], tmp_path: Path
) -> None:
    samples, rate = soundfile.read(music[0])
    soundfile.write(tmp_path / "cut.wav", samples, rate)
    content = (tmp_path / "cut.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[: len(content) // 2])
    ran = genrelens("predict", tmp_path / "cut.wav", "--format", "jsonl")
    assert ran.code == 0
    assert any(str(warning).startswith("truncated") for warning in ran.rows[0]["warnings"])  # type: ignore[attr-defined]
