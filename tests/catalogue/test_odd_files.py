"""Whatever lies where results should go: one sentence with what to do, and it stays as it was."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from result_rows import BUNDLE, paths, read, row

from genrelens.catalogue import open_sink
from genrelens.errors import OutputError

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
WHOLE = json.dumps(row("a.mp3")).encode()


def refused(out: Path, told: str) -> None:
    before = out.read_bytes()
    with pytest.raises(OutputError, match=told) as caught:
        open_sink(out, BUNDLE, resume=True)
    assert out.name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize(
    "line",
    [
        b"[1,2]", b"3", b"null", b'"text"', b"{}", b'{"path": "a.mp3"}', b'{"path": 3, "status": "ok"}',
        b'{"path": "a.mp3", "status": "good"}', b"[" * 5000, b"\xff\xfe", b"9" * 5000, b"NaN",
        b'{"schema": 1,',
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["first", "middle"])
def test_json_lines_that_are_no_rows(tmp_path: Path, line: bytes, where: str) -> None:
    out = tmp_path / "rows.jsonl"
    before = b"" if where == "first" else WHOLE + b"\n"
    out.write_bytes(before + line + b"\n" + WHOLE + b"\n")
    refused(out, "choose another file")


def test_the_journal_of_a_table_is_looked_at_alike(tmp_path: Path) -> None:
    journal = tmp_path / "rows.sqlite.journal"
    journal.write_bytes(WHOLE + b"\n3\n")
    with pytest.raises(OutputError, match=r"rows\.sqlite\.journal .* line 2 is no row .* choose another"):
        open_sink(tmp_path / "rows.sqlite", BUNDLE, resume=True)
    assert journal.read_bytes() == WHOLE + b"\n3\n"
    assert list(tmp_path.iterdir()) == [journal]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_files_saved_anew_by_other_programs(tmp_path: Path, suffix: str, mark: bytes) -> None:
    out = tmp_path / f"rows{suffix}"
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark, "utf-8")
    out.write_bytes(mark + out.read_text().encode(encoding))
    refused(out, "byte-order mark.*choose another file, or save it as UTF-8")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text.replace(",", ";"), "first line does not name the columns"),
        (lambda text: text.replace("status", "state", 1), "first line does not name the columns"),
        (lambda text: text.replace("b.mp3,ok", "b.mp3,fine"), "record 3 is no row"),
        (lambda text: text.replace("b.mp3,ok", "ok"), "record 3 is no row"),
        (lambda text: text.replace("b.mp3,ok", 'b".mp3,ok'), "record 3.* (never closed|no row)"),
        (lambda text: text.replace("b.mp3,ok", '"b.mp3,ok'), "record 3.* (never closed|no row)"),
    ],
)
def test_damaged_csv(tmp_path: Path, damage, told: str) -> None:
    out = tmp_path / "rows.csv"
    with open_sink(out, BUNDLE) as sink:
        for name in "abcdef":
            sink.write(row(f"{name}.mp3"))
    out.write_text(damage(out.read_text()))
    refused(out, told)


def test_a_csv_whose_lines_end_as_on_windows_is_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    out.write_bytes(out.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert "a.mp3" in sink.done
        sink.write(row("b.mp3"))
    assert paths(out) == ["a.mp3", "b.mp3"]


def test_a_last_line_without_a_line_end_is_a_row(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    out.write_bytes(WHOLE + b"\n" + WHOLE.replace(b"a.mp3", b"b.mp3"))
    with open_sink(out, BUNDLE, resume=True) as sink:
        sink.write(row("c.mp3"))
    assert paths(out) == ["a.mp3", "b.mp3", "c.mp3"]


def test_zeros_after_a_power_cut_are_taken_away(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    out.write_bytes(WHOLE + b"\n" + bytes(4000))
    with open_sink(out, BUNDLE, resume=True) as sink:
        sink.write(row("c.mp3"))
    assert paths(out) == ["a.mp3", "c.mp3"]


def test_a_foreign_database(tmp_path: Path) -> None:
    out = tmp_path / "rows.sqlite"
    database = sqlite3.connect(out)
    database.execute("CREATE TABLE results (id INTEGER PRIMARY KEY, score REAL)")
    database.commit()
    database.close()
    refused(out, "a table results with other columns; choose another file")


@pytest.mark.parametrize("content", [b"no database, but long enough to be taken for one" * 20, b"x"])
def test_no_database_at_all(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "rows.sqlite"
    out.write_bytes(content)
    refused(out, "is no database of results.*choose another file")


def test_other_tables_and_own_columns_of_a_database_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "rows.sqlite"
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    database = sqlite3.connect(out)
    database.execute("CREATE TABLE mine (x)")
    database.execute("ALTER TABLE results ADD COLUMN stars INTEGER")
    database.execute("UPDATE results SET stars = 5")
    database.commit()
    database.close()
    with open_sink(out, BUNDLE, resume=True) as sink:
        sink.write(row("b.mp3"))
    assert [(one["path"], one["stars"]) for one in read(out)] == [("a.mp3", 5), ("b.mp3", None)]


@pytest.mark.parametrize("extra", [{}, {"mine": [1]}])
def test_a_foreign_parquet_file(tmp_path: Path, extra: dict[str, list[int]]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    out = tmp_path / "rows.parquet"
    if extra:
        with open_sink(out, BUNDLE) as sink:
            sink.write(row("a.mp3"))
        table = parquet.read_table(out).append_column("mine", [extra["mine"]])
    else:
        table = pyarrow.table({"path": ["a.mp3"], "stars": [5]})
    parquet.write_table(table, out)
    refused(out, "has other columns than results have; choose another file")


def test_a_cut_parquet_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "rows.parquet"
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    out.write_bytes(out.read_bytes()[:-50])
    refused(out, "no Parquet file; choose another")


def test_a_folder_in_the_place_of_the_file(out: Path) -> None:
    out.mkdir(parents=True)
    for resume in (False, True):
        with pytest.raises(OutputError, match="is a folder; give --out the name of a file in it"):
            open_sink(out, BUNDLE, resume=resume)


@posix
def test_pipes_and_devices(out: Path) -> None:
    out.parent.mkdir()
    os.mkfifo(out)
    pipe = out.with_name(f"null{out.suffix}")
    pipe.symlink_to("/dev/full" if Path("/dev/full").exists() else os.devnull)
    for place in (out, pipe):
        for resume in (False, True):
            with pytest.raises(
                OutputError, match="is no regular file; print with --format jsonl or csv instead"
            ):
                open_sink(place, BUNDLE, resume=resume)


@posix
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder where nobody may write")
def test_a_folder_where_nobody_may_write(out: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written .*; choose another file"):
        open_sink(Path("/proc") / out.name, BUNDLE)


def test_a_file_in_the_place_of_the_folder(out: Path) -> None:
    out.parent.write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written .*; choose another file"):
        open_sink(out, BUNDLE)
    assert out.parent.read_text() == "in the way"


def test_names_as_long_as_the_system_allows(out: Path) -> None:
    longest = out.with_name("x" * (200 - len(out.suffix)) + out.suffix)
    with open_sink(longest, BUNDLE) as sink:
        sink.write(row("a.mp3"))
    assert paths(longest) == ["a.mp3"]
    with pytest.raises(OutputError, match="cannot be written"):
        open_sink(out.with_name("x" * 300 + out.suffix), BUNDLE)
