"""Rows survive an interruption, and a run goes on where it stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from result_rows import BUNDLE, read, row

from genrelens.catalogue import open_sink
from genrelens.errors import OutputError


def test_rows_are_read_back(out: Path) -> None:
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("ä/song, one.mp3"))
        sink.write(row("b.mp3", "error"))
    rows = read(out)
    assert [one["path"] for one in rows] == ["ä/song, one.mp3", "b.mp3"]
    assert [one["status"] for one in rows] == ["ok", "error"]
    scores = rows[0]["scores"]
    assert (json.loads(scores) if isinstance(scores, str) else scores) == {"jazz": 0.25, "blues, too": 0.75}


def test_a_second_run_hears_what_is_missing_or_failed(out: Path) -> None:
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
        sink.write(row("b.mp3", "error"))
        sink.write(row("c.mp3", bundle="other:ffff"))
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert [name for name in "abcd" if f"{name}.mp3" in sink.done] == ["a"]
        sink.write(row("d.mp3"))
    assert {one["path"] for one in read(out)} == {"a.mp3", "b.mp3", "c.mp3", "d.mp3"}


def test_an_existing_file_is_not_overwritten_unasked(out: Path) -> None:
    out.parent.mkdir()
    out.write_text("precious")
    with pytest.raises(OutputError, match="exists; add --resume"):
        open_sink(out, BUNDLE)
    assert out.read_text() == "precious"


@pytest.mark.parametrize("content", ["precious things\nof another kind\n", "precious", "{}\nprecious"])
def test_a_file_of_another_kind_is_not_touched(out: Path, content: str) -> None:
    out.parent.mkdir()
    out.write_text(content)
    with pytest.raises(OutputError, match="choose another"):
        open_sink(out, BUNDLE, resume=True)
    assert out.read_text() == content


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_line_cut_short_is_written_anew(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"rows{suffix}"
    with open_sink(out, BUNDLE) as sink:
        sink.write(row("a.mp3"))
        sink.write(row("b.mp3"))
    out.write_bytes(out.read_bytes()[:-20])
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert [name for name in "ab" if f"{name}.mp3" in sink.done] == ["a"]
        sink.write(row("b.mp3"))
    assert [one["path"] for one in read(out)] == ["a.mp3", "b.mp3"]


@pytest.mark.parametrize("name", ["a\rb.mp3", "a\r\nb.mp3", "a\nb.mp3", 'a"\n"b, c.mp3', "a\n"])
def test_line_breaks_in_a_path_break_no_row(out: Path, name: str) -> None:
    with open_sink(out, BUNDLE) as sink:
        sink.write(row(name))
        sink.write(row("next.mp3", "error"))
    assert [one["path"] for one in read(out)] == [name, "next.mp3"]
    with open_sink(out, BUNDLE, resume=True) as sink:
        assert name in sink.done
        assert "next.mp3" not in sink.done
        sink.write(row("last.mp3"))
    assert [one["path"] for one in read(out)] == [name, "next.mp3", "last.mp3"]


def test_a_csv_cut_anywhere_goes_on_from_its_last_whole_row(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    names = ["a.mp3", 'b"\n"\r\nb.mp3', "c\n.mp3"]
    with open_sink(out, BUNDLE) as sink:
        for name in names:
            sink.write(row(name))
    content = out.read_bytes()
    for end in range(len(content) + 1):
        out.write_bytes(content[:end])
        with open_sink(out, BUNDLE, resume=True) as sink:
            left = [name for name in names if name not in sink.done]
            assert left == names[len(names) - len(left) :]
            for name in left:
                sink.write(row(name))
        assert out.read_bytes() == content


def test_a_parquet_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "deep" / "rows.parquet"
    sink = open_sink(out, BUNDLE)
    sink.write(row("a.mp3"))
    out.mkdir()
    with pytest.raises(OutputError, match=r"rows\.parquet cannot be written"):
        sink.close()
    assert sorted(path.name for path in out.parent.iterdir()) == ["rows.parquet", "rows.parquet.journal"]
    out.rmdir()
    with open_sink(out, BUNDLE, resume=True):
        pass
    assert [one["path"] for one in read(out)] == ["a.mp3"]
    assert [path.name for path in out.parent.iterdir()] == ["rows.parquet"]


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.jsonl"):
        open_sink(tmp_path / "rows.xls", BUNDLE)


def test_formats_are_imported_only_when_they_are_asked_for() -> None:
    program = "import sys, genrelens.catalogue; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"pyarrow", "sqlite3", "numpy", "rich"} & set(ran.stdout.split())
