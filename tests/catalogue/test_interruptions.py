"""Killed runs, two runs at a time, full disks, files taken away: no row is lost, none is there twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from result_rows import BUNDLE, paths, row

from genrelens.catalogue import open_sink
from genrelens.errors import OutputError

Songs = Callable[..., list[Path]]
PROGRAM = Path(__file__).parent / "support" / "write_rows.py"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")


def start(out: Path, folder: Path, pause_s: float, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(out), str(folder), str(pause_s), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@posix
def test_a_run_killed_again_and_again_ends_with_every_row_once(out: Path, songs: Songs) -> None:
    made = songs(*(f"{number:03}.mp3" for number in range(150)))
    moments = random.Random(out.suffix)
    killed = 0
    for _ in range(4):
        run = start(out, made[0].parent, 0.004, "--resume")
        assert run.stdout is not None
        run.stdout.readline()
        time.sleep(moments.uniform(0, 0.2))
        run.kill()
        killed += run.wait() == -signal.SIGKILL
        run.communicate()
    assert killed >= 3
    last = start(out, made[0].parent, 0, "--resume")
    _, complaint = last.communicate()
    assert (last.returncode, complaint) == (0, "")
    assert sorted(paths(out)) == [str(song) for song in made]
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@posix
def test_rows_of_a_killed_run_are_not_made_again(out: Path, songs: Songs) -> None:
    made = songs(*"abcd")
    run = start(out, made[0].parent, 30)
    assert run.stdout is not None
    run.stdout.readline()
    place = out if out.suffix in (".jsonl", ".csv") else out.with_name(f"{out.name}.journal")
    while not place.exists() or str(made[0]) not in place.read_text():
        time.sleep(0.01)
    run.kill()
    run.communicate()
    with pytest.raises(OutputError, match="exists; add --resume"):
        open_sink(out, BUNDLE)
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert [song in sink.done for song in made] == [True, False, False, False]
    assert paths(out) == [str(made[0])]


def test_a_second_run_is_refused_and_nothing_is_lost(out: Path, songs: Songs) -> None:
    made = songs(*"ab")
    with open_sink(out, BUNDLE) as sink:
        sink.write(row(str(made[0])))
        second = start(out, made[0].parent, 0, "--resume")
        _, complaint = second.communicate()
        assert second.returncode == 2
        assert complaint.count("\n") == 1
        assert f"{out} is being written by another run of genrelens (process {os.getpid()} on" in complaint
        assert "wait until it ends, or choose another file" in complaint
        sink.write(row(str(made[1])))
    assert paths(out) == [str(song) for song in made]
    with open_sink(out, BUNDLE, resume=True):
        pass


def test_two_names_of_one_file_are_one_file(out: Path, tmp_path: Path) -> None:
    link = tmp_path / f"link{out.suffix}"
    link.symlink_to(out)
    with open_sink(out, BUNDLE), pytest.raises(OutputError, match="is being written by another run"):
        open_sink(link, BUNDLE, resume=True)
    with open_sink(link, BUNDLE, resume=True) as sink:
        sink.write(row("a.mp3"))
    assert link.is_symlink()
    assert paths(out) == ["a.mp3"]


@pytest.mark.parametrize("deed", ["deleted", "replaced"])
def test_a_file_taken_away_meanwhile_is_told_and_its_rows_are_kept(out: Path, deed: str) -> None:
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("before.mp3"))
    sink = open_sink(out, BUNDLE, resume=True)
    sink.write(row("a.mp3"))
    if deed == "deleted":
        out.unlink()
    else:
        out.with_name("other").write_text("other")
        out.with_name("other").replace(out)
    with pytest.raises(OutputError, match=r"(deleted|replaced).* (safe in|now in) .*--resume"):
        sink.close()
    if deed == "replaced":
        assert out.read_text() == "other"
    (kept,) = [path for path in out.parent.iterdir() if path != out]
    assert "a.mp3" in kept.read_text()
    if out.suffix in (".jsonl", ".csv"):
        kept.replace(out)
    else:
        out.unlink(missing_ok=True)
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert "a.mp3" in sink.done
    assert "a.mp3" in paths(out)


def test_a_file_that_another_program_cut_is_told(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    sink = open_sink(out, BUNDLE)
    sink.write(row("a.mp3"))
    out.write_bytes(b"")
    with pytest.raises(OutputError, match="was changed by another program"):
        sink.close()


@posix
@pytest.mark.parametrize("rows_that_fit", [0, 25])
def test_a_disk_that_fills_up_stops_the_run_and_resuming_goes_on(
    out: Path, songs: Songs, rows_that_fit: int
) -> None:
    """A limit on the size of files stands for the disk: the system refuses further bytes in the same way."""
    made = songs(*(f"{number:03}.mp3" for number in range(120)))
    out.parent.mkdir()
    length = len(str(row(str(made[0])))) + 250
    limit = max(rows_that_fit * length, 20_000 * (out.suffix == ".sqlite") * (rows_that_fit > 0))
    limited = (
        "import resource, runpy, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", limited.replace("sys.argv[1]", repr(str(PROGRAM))), out, made[0].parent, "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.count("\n") == 1
    assert f"{out} cannot be written" in ran.stderr
    if rows_that_fit:
        assert "rows are safe in" in ran.stderr
        assert "make room, then run the same command again with --resume" in ran.stderr
    rerun = start(out, made[0].parent, 0, "--resume")
    _, complaint = rerun.communicate()
    assert (rerun.returncode, complaint) == (0, "")
    assert sorted(paths(out)) == [str(song) for song in made]
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_locked_database_is_waited_for_and_its_rows_are_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genrelens.catalogue import sqlite_sink

    monkeypatch.setattr(sqlite_sink, "PATIENCE_S", 0.2)
    monkeypatch.setattr(sqlite_sink, "UPDATE_EVERY_S", 0.0)
    out = tmp_path / "rows.sqlite"
    sink = open_sink(out, BUNDLE)
    sink.write(row("a.mp3"))
    assert paths(out) == ["a.mp3"], "the table follows while the run goes on"
    other = sqlite3.connect(out, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for name in "bcd":
        sink.write(row(f"{name}.mp3"))
    with pytest.raises(OutputError, match=r"locked by another program; .* safe in .*journal.*--resume"):
        sink.close()
    with pytest.raises(OutputError, match="locked by another program"):
        open_sink(out, BUNDLE, resume=True)
    other.execute("ROLLBACK")
    other.close()
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert "d.mp3" in sink.done
    assert paths(out) == ["a.mp3", "b.mp3", "c.mp3", "d.mp3"]
    assert list(tmp_path.iterdir()) == [out]


def test_an_interrupted_run_leaves_a_finished_file(out: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
        raise KeyboardInterrupt
    assert paths(out) == ["a.mp3"]
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_what_a_killed_writer_left_beside_is_cleared_away(out: Path) -> None:
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    out.with_name(f".{out.name}.0123abcd.partial").write_bytes(b"half")
    other = out.with_name(f".other{out.suffix}.0123abcd.partial")
    other.write_bytes(b"somebody else's")
    with open_sink(out, BUNDLE, resume=True):
        pass
    assert sorted(out.parent.iterdir()) == sorted([out, other])
