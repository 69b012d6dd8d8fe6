"""What counts as done: the same file, recognised in the same way; and each recording keeps one row."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from result_rows import BUNDLE, paths, read, row

from genrelens.catalogue import FileIdentity, open_sink

Songs = Callable[..., list[Path]]
OPTIONS = {"excerpts": 3, "always_answer": False}


def write(out: Path, *songs: Path, **changed: str) -> None:
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        for song in songs:
            sink.write(row(str(song), **changed))


def test_a_file_that_was_replaced_is_not_done(out: Path, songs: Songs) -> None:
    a, b, c = songs("a.mp3", "b.mp3", "c.mp3")
    write(out, a, b, c)
    b.write_bytes(b"another song")
    os.utime(c, ns=(1, 1))
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert [song in sink.done for song in (a, b, c)] == [True, False, False]


def test_a_file_moved_over_another_of_the_same_size_is_not_done(out: Path, songs: Songs) -> None:
    a, b = songs("a.mp3", "b.mp3")
    os.utime(b, ns=(10**18, 10**18))
    write(out, a)
    os.replace(b, a)
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert a not in sink.done


@pytest.mark.parametrize(
    ("bundle", "options"),
    [
        ("other:ffffffffffff", OPTIONS),
        (BUNDLE, OPTIONS | {"excerpts": "all"}),
        (BUNDLE, OPTIONS | {"excerpts": 5}),
        (BUNDLE, OPTIONS | {"always_answer": True}),
    ],
)
def test_rows_made_in_another_way_do_not_count(
    out: Path, songs: Songs, bundle: str, options: dict[str, object]
) -> None:
    (a,) = songs("a.mp3")
    write(out, a)
    with open_sink(out, bundle, resume=True, options=options) as sink:
        assert a not in sink.done
        sink.write(row(str(a), bundle=bundle))
        assert len(paths(out)) == 2 or out.suffix in (".sqlite", ".parquet")
    assert [one["bundle"] for one in read(out)] == [bundle]
    with open_sink(out, bundle, resume=True, options=options) as sink:
        assert a in sink.done


def test_one_file_by_many_names_has_one_row(out: Path, songs: Songs, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = songs("a.mp3")
    link = a.with_name("link.mp3")
    link.symlink_to(a)
    monkeypatch.chdir(a.parent)
    names = [Path("a.mp3"), a, Path("../songs/./a.mp3"), link]
    write(out, *names[:1])
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert all(name in sink.done for name in names)
        assert all(os.fsencode(name) in sink.done for name in names)
        for name in names:
            sink.write(row(str(name)))
    assert paths(out) == [str(link)]


def test_the_row_shows_the_path_as_it_was_given(
    out: Path, songs: Songs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (a,) = songs("a.mp3")
    monkeypatch.chdir(a.parent)
    write(out, Path("a.mp3"))
    (found,) = read(out)
    assert found["path"] == "a.mp3"
    file = found["file"]["path"] if out.suffix == ".jsonl" else found["file_path"]
    assert file == os.path.realpath(a)


def test_failed_rows_are_tried_again_and_replaced(out: Path, songs: Songs) -> None:
    a, b, c = songs("a.mp3", "b.mp3", "c.mp3")
    write(out, a, b, c, status="error")
    write(out, b, status="error")
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert not any(song in sink.done for song in (a, b, c))
        sink.write(row(str(a)))
        sink.write(row(str(b), "error"))
    assert sorted((one["path"], one["status"]) for one in read(out)) == [
        (str(a), "ok"), (str(b), "error"), (str(c), "error")
    ]  # fmt: skip


def test_an_answer_that_later_failed_is_not_done(out: Path, songs: Songs) -> None:
    (a,) = songs("a.mp3")
    write(out, a)
    write(out, a, status="error")
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert a not in sink.done
    assert [one["status"] for one in read(out)] == ["error"]


def test_a_stream_is_never_done_and_never_replaces_another(out: Path) -> None:
    write(out, Path("-"))
    write(out, Path("-"), status="error")
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert "-" not in sink.done
        assert FileIdentity.of("-") not in sink.done
    assert [one["status"] for one in read(out)] == ["ok", "error"]


def test_names_that_look_alike_are_two_recordings(out: Path, songs: Songs) -> None:
    (folder,) = {song.parent for song in songs("x")}
    names = [os.fsencode(folder) + b"/caf\xe9.mp3", os.fsencode(folder) + rb"/caf\xe9.mp3"]
    try:
        for name in names:
            Path(os.fsdecode(name)).write_bytes(b"song")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    from genrelens.errors import shown

    with open_sink(out, BUNDLE, options=OPTIONS) as sink:
        sink.write(row(shown(names[0])), FileIdentity.of(names[0]))
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert [name in sink.done for name in names] == [True, False]
        sink.write(row(shown(names[1])), FileIdentity.of(names[1]))
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert all(name in sink.done for name in names)
    assert len(set(paths(out))) == 2


@pytest.mark.parametrize(
    "name", ["=cmd.mp3", "a\x1b[2J.mp3", r"a\x1b[2J.mp3", "a\tb.mp3", "-1.mp3", "\x9b.mp3"]
)
def test_odd_names_are_known_again(out: Path, songs: Songs, name: str) -> None:
    a, b = songs(name, "b.mp3")
    write(out, a)
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert a in sink.done
        assert b not in sink.done
        sink.write(row(str(a)))
        sink.write(row(str(b), "error"))
    assert len(read(out)) == 2


def test_a_row_says_which_options_made_it(out: Path) -> None:
    with open_sink(out, BUNDLE, options={"excerpts": "all", "always_answer": True}) as sink:
        sink.write(row("a.mp3"))
        sink.write(row("b.mp3", "error"))
    for found in read(out):
        if out.suffix == ".jsonl":
            assert found["options"] == {"excerpts": "all", "always_answer": True}
        else:
            assert found["option_excerpts"] == "all"
            assert found["option_always_answer"] in (True, 1, "true")


def test_a_file_that_is_gone_keeps_its_row(out: Path, songs: Songs) -> None:
    (a,) = songs("a.mp3")
    write(out, a)
    a.unlink()
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert a in sink.done
    assert paths(out) == [str(a)]


def test_going_on_with_nothing_to_do_changes_nothing(out: Path, songs: Songs) -> None:
    write(out, *songs("a.mp3", "b.mp3"))
    before = out.stat().st_mtime_ns, out.read_bytes()
    write(out)
    assert (out.stat().st_mtime_ns, out.read_bytes()) == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_values_over_the_limit_of_csv_readers_are_read_again(out: Path, songs: Songs) -> None:
    a, b = songs("a.mp3", "b.mp3")
    long = row(str(a)) | {"excerpts": [{"start_s": float(one)} for one in range(20_000)]}
    with open_sink(out, BUNDLE, options=OPTIONS) as sink:
        sink.write(long)
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert a in sink.done
        sink.write(row(str(b)))
    assert paths(out) == [str(a), str(b)]
