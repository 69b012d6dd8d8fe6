"""Folders give their sound files, sorted, once; what is named is given as it is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genrelens.audio import find_audio
from genrelens.errors import MissingFile, NoPermission


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


def test_folders_that_link_to_one_another_are_walked_once(tmp_path: Path) -> None:
    for number in range(10):
        touch(tmp_path, f"{number}/song.mp3")
    for one in range(10):
        for other in range(10):
            (tmp_path / str(one) / f"to{other}").symlink_to(tmp_path / str(other))
    assert len(found(tmp_path)) == 10


def test_a_chain_with_two_links_each_gives_its_file_once(tmp_path: Path) -> None:
    touch(tmp_path, "12/song.mp3")
    for number in range(12):
        (tmp_path / str(number)).mkdir()
        for name in "ab":
            (tmp_path / str(number) / name).symlink_to(tmp_path / str(number + 1))
    assert len(found(tmp_path / "0")) == 1


def test_links_to_one_file_give_it_once_and_hard_links_are_files(tmp_path: Path) -> None:
    touch(tmp_path, "m.mp3")
    (tmp_path / "a.mp3").symlink_to("m.mp3")
    (tmp_path / "z.mp3").symlink_to("m.mp3")
    assert found(tmp_path) == ["a.mp3"]
    os.link(tmp_path / "m.mp3", tmp_path / "own.ogg")
    (tmp_path / "a.mp3").unlink()
    assert found(tmp_path) == ["m.mp3", "own.ogg"]


@pytest.fixture
def nest(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Makes a folder that holds folders in folders; other tools than this one fail to remove them."""
    top = tmp_path / "nest"

    def make(name: str, deep: int) -> Path:
        top.mkdir()
        here = os.getcwd()
        os.chdir(top)
        try:
            for _ in range(deep):
                os.mkdir(name)
                os.chdir(name)
            Path("song.mp3").touch()
        finally:
            os.chdir(here)
        return top

    yield make
    subprocess.run(["rm", "-rf", top], check=True)


def test_folders_nested_deeper_than_any_stack(nest: Callable[[str, int], Path]) -> None:
    assert len(list(find_audio(nest("d", 1500)))) == 1


def test_deeper_than_the_system_can_name_is_told(nest: Callable[[str, int], Path]) -> None:
    top = nest("d" * 200, 30)
    touch(top, "song.mp3")
    problems: list[NoPermission] = []
    assert list(find_audio(top, problems.append)) == [top / "song.mp3"]
    assert len(problems) == 1


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a/song.mp3", "b/song.mp3", "song.mp3")
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    problems: list[NoPermission] = []
    assert len(list(find_audio(tmp_path, problems.append))) == 2
    assert [str(one).split(" (")[0] for one in problems] == [f"{tmp_path / 'a'}: cannot be read"]
    with pytest.raises(NoPermission, match="Permission denied"):
        list(find_audio(tmp_path))


def test_an_empty_path_is_not_the_current_folder() -> None:
    with pytest.raises(MissingFile, match="is no path"):
        list(find_audio(""))
