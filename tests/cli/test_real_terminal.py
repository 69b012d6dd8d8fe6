"""What people see and programs get: in a pseudo-terminal, a file, a pipe, a narrow screen."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from genrelens.cli.main import run; run()"]
STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _heeding_ctrl_c() -> None:
    """As a terminal starts it; what a shell starts in the background ignores Ctrl-C, tests included."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command whose stderr, and stdout unless it goes elsewhere, is a terminal of some width."""

    def __init__(
        self,
        *arguments: object,
        columns: int = 80,
        stdout: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        own = {"TERM": "xterm-256color", **(environment or {})}
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        self.file = stdout.open("wb") if stdout else None
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=follower,
            stdout=self.file or follower,
            stderr=follower,
            env=inherited | own,
            start_new_session=True,
            preexec_fn=_heeding_ctrl_c,
        )
        os.close(follower)
        self.screen = b""

    def read(self, until: str | None = None, seconds: float = 60.0) -> str:
        """What is on the screen when the command has ended, or shows a text; without colours."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if until is not None and until in self.text:
                return self.text
            if select.select([self.leader], [], [], 0.2)[0]:
                try:
                    read = os.read(self.leader, 65536)
                except OSError:
                    break
                if not read:
                    break
                self.screen += read
        else:
            self.process.kill()
            pytest.fail(f"nothing ended after {seconds} s; the screen shows {self.text[-500:]}")
        self.process.wait(30)
        if self.file:
            self.file.close()
        os.close(self.leader)
        return self.text

    @property
    def text(self) -> str:
        return STEERING.sub("", self.screen.decode("utf-8", "replace"))

    @property
    def lines(self) -> list[str]:
        """Of the screen, without those that a progress bar overwrote."""
        return [line.split("\r")[-1] for line in self.text.replace("\r\n", "\n").split("\n")]


@pytest.fixture(autouse=True)
def nobody_tells_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set it."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def two(music: list[Path]) -> list[Path]:
    return [path for path in music if path.suffix in (".ogg", ".mp3")][:2]


def rows_of(path: Path, format: str) -> list[dict[str, object]]:
    text = path.read_text(encoding="utf-8")
    if format == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    if format == "json":
        return list(json.loads(text))
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("format", ["jsonl", "json", "csv"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "{a}", "{b}"),
        ("features", "{a}", "{b}", "--out", "{place}/features"),
        ("info",),
        ("encoders", "list"),
        ("cache", "info"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]).split(" {")[0],
)
def test_rows_reach_a_file_while_a_terminal_shows_progress(
    two: list[Path], tmp_path: Path, arguments: tuple[str, ...], format: str
) -> None:
    filled = [one.format(a=two[0], b=two[1], place=tmp_path) for one in arguments]
    out = tmp_path / "rows"
    environment = {"GENRELENS_CACHE": str(tmp_path / "cache")}
    terminal = Terminal(*filled, "--format", format, stdout=out, environment=environment)
    terminal.read()
    assert terminal.process.returncode == 0
    rows = rows_of(out, format)
    assert len(rows) >= (2 if "{a}" in arguments else 1)
    assert "\x1b" not in out.read_text(encoding="utf-8")
    assert not any(line.startswith(("{", "[", "path,")) for line in terminal.lines)


def test_colours_that_are_forced_do_not_reach_rows(two: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "rows"
    forced = {"FORCE_COLOR": "1", "COLUMNS": "40"}
    terminal = Terminal("predict", *two, "--format", "jsonl", stdout=out, environment=forced)
    terminal.read()
    assert [row["path"] for row in rows_of(out, "jsonl")] == [str(path) for path in two]


def test_rows_in_a_terminal_are_whole_lines_above_the_bar(two: list[Path]) -> None:
    terminal = Terminal("predict", *two, "--format", "jsonl", columns=60)
    terminal.read()
    rows = [json.loads(line) for line in terminal.lines if line.startswith("{")]
    assert [row["path"] for row in rows] == [str(path) for path in two]


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_genre_and_percentage_are_whole_at_any_width(two: list[Path], columns: int) -> None:
    terminal = Terminal("predict", *two, "--always-answer", columns=columns)
    terminal.read()
    by_line = "\n".join(terminal.lines)
    for path in two:
        row = json.loads(
            subprocess.run(
                [*COMMAND, "predict", str(path), "--format", "jsonl", "--always-answer"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        assert re.search(rf"{row['genre']}\s.*{row['confidence']:.0%}", by_line)
    assert all(len(line) <= columns for line in terminal.lines if "recordings in" not in line)


@pytest.mark.parametrize("columns", ["", "0", "-5", "abc", "99999999999"])
def test_any_value_of_columns_prints_the_table(two: list[Path], columns: str) -> None:
    ran = subprocess.run(
        [*COMMAND, "predict", str(two[0])],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": columns},
        check=False,
    )
    assert ran.returncode == 0
    assert str(two[0]) in ran.stdout
    assert "%" in ran.stdout


def test_a_bar_shows_and_is_gone_at_the_end(two: list[Path]) -> None:
    terminal = Terminal("predict", *two)
    terminal.read()
    assert "recognising" in terminal.text
    assert "2/2" in terminal.text
    assert terminal.screen.rstrip().endswith(b"\x1b[0m")
    assert "2 recordings in" in terminal.lines[-2]


def test_interrupted_it_says_what_is_there(two: list[Path], tmp_path: Path) -> None:
    many = tmp_path / "music"
    many.mkdir()
    for number in range(300):
        shutil.copyfile(two[0], many / f"{number:03d}{two[0].suffix}")
    terminal = Terminal("predict", many, "--jobs", "1")
    terminal.read(until="002")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.read()
    assert terminal.process.returncode == 130
    found = re.search(r"interrupted; (\d+) of 300 recordings were done", terminal.text)
    assert found
    assert 1 <= int(found[1]) < 300
    assert "on disk" not in terminal.text
    assert "Traceback" not in terminal.text


def run_shell(line: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    quoted = line.replace(
        "genrelens", f"'{sys.executable}' -c 'from genrelens.cli.main import run; run()'", 1
    )
    return subprocess.run(
        ["bash", "-c", quoted],
        capture_output=True,
        encoding=(environment or {}).get("PYTHONIOENCODING", "utf-8"),
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("format", ["table", "jsonl", "json", "csv"])
def test_a_full_disk_behind_stdout_is_one_sentence(two: list[Path], format: str) -> None:
    ran = run_shell(f"genrelens predict '{two[0]}' --format {format} > /dev/full")
    assert ran.returncode == 2
    assert "standard output cannot be written" in ran.stderr
    assert "error of its own" not in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("format", ["table", "jsonl", "csv"])
def test_closed_streams(two: list[Path], tmp_path: Path, format: str) -> None:
    no_stdout = run_shell(f"genrelens predict '{two[0]}' --format {format} >&-")
    assert no_stdout.returncode == 2
    assert "standard output is closed" in no_stdout.stderr
    no_stderr = run_shell(f"genrelens predict '{two[0]}' '{two[1]}' --format {format} 2>&-")
    assert no_stderr.returncode == 0
    assert str(two[1]) in no_stderr.stdout
    no_stdin = run_shell(f"genrelens predict - --format {format} <&-")
    assert no_stdin.returncode == 2
    assert "standard input is closed" in no_stdin.stderr
    kept = run_shell(f"genrelens predict '{two[0]}' --out '{tmp_path}/rows.{format}.jsonl' >&- <&-")
    assert kept.returncode == 0
    assert len((tmp_path / f"rows.{format}.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("format", ["table", "jsonl", "csv"])
def test_a_reader_that_goes_is_no_fault(two: list[Path], format: str) -> None:
    ran = run_shell(
        f"genrelens predict '{two[0]}' '{two[1]}' '{two[0]}' --format {format} | head -n 1; "
        'echo "status ${PIPESTATUS[0]}"'
    )
    assert "status 0" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert "Broken" not in ran.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_stdout_without_unicode(two: list[Path], tmp_path: Path, encoding: str) -> None:
    song = tmp_path / f"Björk – 音楽{two[0].suffix}"
    song.write_bytes(two[0].read_bytes())
    for format in ("table", "jsonl", "csv"):
        ran = run_shell(f"genrelens predict '{song}' --format {format}", {"PYTHONIOENCODING": encoding})
        assert ran.returncode == 0, ran.stderr
        if format == "jsonl":
            assert json.loads(ran.stdout)["path"] == str(song)


def test_no_home_is_no_trouble(two: list[Path], tmp_path: Path) -> None:
    bare = {
        name: value for name, value in os.environ.items() if not name.startswith(("HOME", "XDG", "GENRE"))
    }
    ran = subprocess.run(
        [*COMMAND, "predict", str(two[0])],
        capture_output=True,
        text=True,
        env=bare,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 0
    assert list(tmp_path.iterdir()) == []


HOSTILE = "red][bold]x\x1b[31m\x9b31m\n=cmd()"  # within a folder "[", so that its path holds "[/red]"


@pytest.mark.parametrize("format", ["table", "jsonl", "json", "csv"])
def test_a_name_cannot_steer_the_terminal(two: list[Path], tmp_path: Path, format: str) -> None:
    (tmp_path / "[").mkdir()
    (tmp_path / "[" / f"{HOSTILE}{two[0].suffix}").write_bytes(two[0].read_bytes())
    (tmp_path / "[" / f"{HOSTILE}.flac").write_text("no sound " * 500)
    ran = subprocess.run(
        [*COMMAND, "predict", str(tmp_path), "--format", format], capture_output=True, check=False
    )
    assert ran.returncode == 1
    for printed in (ran.stdout, ran.stderr):
        assert b"\x1b" not in printed
        assert "\x9b" not in printed.decode()
    assert b"[/red][bold]x" in ran.stdout


def test_markup_and_emoji_codes_are_printed_as_they_are() -> None:
    from genrelens.cli.terminal import results

    console = results(80)
    with console.capture() as captured:
        console.print("[/x][red]:smile: \x1b[31m")
    assert captured.get() == "[/x][red]:smile: ␛[31m\n"


@pytest.mark.parametrize("command", ["predict", "features"])
def test_an_empty_path_is_not_the_current_folder(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [*COMMAND, command, "", *(["--out", "x"] if command == "features" else [])],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 2
    assert "is no path" in ran.stderr
