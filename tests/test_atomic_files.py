"""A file appears whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from genrelens.atomic_files import atomic_file, write_atomically
from genrelens.errors import OutputError


def test_the_old_content_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "song.txt"
    write_atomically(place, b"old")
    with atomic_file(place) as partial:
        partial.write_bytes(b"new")
        assert place.read_bytes() == b"old"
        assert partial.parent == place.parent
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_raised_meanwhile_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException]
) -> None:
    place = tmp_path / "song.txt"
    write_atomically(place, b"old")
    with pytest.raises(error), atomic_file(place) as partial:
        partial.write_bytes(b"half")
        raise error
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_full_disk_is_told_with_the_file_and_what_helps(tmp_path: Path) -> None:
    told = pytest.raises(OutputError, match=r"song\.txt cannot be written \(No space left.*\); make room")
    with told, atomic_file(tmp_path / "song.txt", "make room"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="choose another place"):
        write_atomically(tmp_path / "file" / "song.txt", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="folder cannot be written"):
        write_atomically(tmp_path / "folder", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_folders_are_made_and_the_longest_names_taken(tmp_path: Path) -> None:
    for name in ("ä" * 127, "x" * 255, os.fsdecode(b"caf\xe9")):
        write_atomically(tmp_path / "deep" / "down" / name, b"content")
    assert len(list((tmp_path / "deep" / "down").iterdir())) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600)])
def test_permissions_are_those_of_the_users_other_files(tmp_path: Path, umask: int, expected: int) -> None:
    program = (
        "import sys; from genrelens.atomic_files import write_atomically; write_atomically(sys.argv[1], b'')"
    )
    place = tmp_path / "song.txt"
    subprocess.run([sys.executable, "-c", program, str(place)], umask=umask, check=True)
    assert stat.S_IMODE(place.stat().st_mode) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_writer_leaves_the_old_content(tmp_path: Path) -> None:
    place = tmp_path / "song.txt"
    write_atomically(place, b"old")
    program = (
        "import os, signal, sys\n"
        "from genrelens.atomic_files import atomic_file\n"
        "with atomic_file(sys.argv[1]) as partial:\n"
        "    partial.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(place)], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert place.read_bytes() == b"old"
    write_atomically(place, b"new")
    assert place.read_bytes() == b"new"
