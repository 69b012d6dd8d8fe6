"""Folders give their sound files, sorted, once; what is named is given as it is."""

from __future__ import annotations

import os
from pathlib import Path

from genrelens.audio import find_audio


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_audio(folder)]


def test_sound_files_only_and_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp3", "a.FLAC", "c/d.ogg", "c/e.txt", "cover.jpg", "a/z.m4a", "noise", "x.webm")
    assert found(tmp_path) == ["a/z.m4a", "a.FLAC", "b.mp3", "c/d.ogg", "x.webm"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.mp3", "._song.mp3", ".git/a.mp3", "song.mp3")
    assert found(tmp_path) == ["song.mp3"]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    touch(tmp_path, "album/song.mp3")
    (tmp_path / "album" / "again").symlink_to(tmp_path)
    (tmp_path / "album" / "self").symlink_to(tmp_path / "album" / "self")
    assert found(tmp_path) == ["album/song.mp3"]


def test_links_to_other_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/song.mp3", "music/a.mp3")
    (tmp_path / "music" / "more").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "music") == ["a.mp3", "more/song.mp3"]


def test_what_is_named_is_given_whatever_it_is_called(tmp_path: Path) -> None:
    touch(tmp_path, "song.xyz", ".hidden")
    named = [tmp_path / "song.xyz", tmp_path / ".hidden", tmp_path / "gone.mp3"]
    assert list(find_audio(named)) == named


def test_a_hidden_folder_that_is_named_is_walked(tmp_path: Path) -> None:
    touch(tmp_path, ".music/a.mp3")
    assert found(tmp_path / ".music") == ["a.mp3"]


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.mp3"
    with open(name, "wb"):
        pass
    assert [os.fsencode(path) for path in find_audio(os.fsencode(tmp_path))] == [name]
    assert [os.fsencode(path) for path in find_audio([name])] == [name]


def test_pipes_in_a_folder_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    assert found(tmp_path) == []
