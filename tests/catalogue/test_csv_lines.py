"""CSV that a spreadsheet opens without running anything, and that reads back as it was."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from result_rows import row

from genrelens.catalogue.columns import COLUMNS, columns_of, flat_row
from genrelens.catalogue.csv_lines import CsvWriter, read_records, read_text, written_text
from genrelens.recognition.prediction import Failure, Options, Prediction

ODD = st.text(st.sampled_from("'=+-@\t\r\n\\x1bu009b7f\x1b\x9b\x00\x7f5,\";a é＝"), max_size=12)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", "''@"])
def test_a_text_that_a_spreadsheet_would_run_is_kept_from_it(sign: str) -> None:
    cell = written_text(f"{sign}HYPERLINK(1)")
    assert cell.startswith("'")
    assert read_text(cell) == f"{sign}HYPERLINK(1)"


@pytest.mark.parametrize("value", [-1, -0.25, "-5", "+3.5", "-1e-05", 0.1, 12])
def test_numbers_stay_numbers(value: object) -> None:
    assert CsvWriter(["n"]).line({"n": value}) == str(value)  # type: ignore[dict-item]


@given(st.one_of(st.text(), ODD))
@example(r"\x1b")
@example("\\\x1b")
@example("\\\\x1b\x1b")
def test_any_text_reads_back_and_steers_no_terminal(text: str) -> None:
    cell = written_text(text)
    assert read_text(cell) == text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", cell)


@given(ODD, ODD)
def test_two_texts_never_look_alike(one: str, other: str) -> None:
    assert (written_text(one) == written_text(other)) == (one == other)


@given(st.lists(st.tuples(ODD, ODD), min_size=1, max_size=5))
def test_records_read_back_by_this_reader_and_by_others(rows: list[tuple[str, str]]) -> None:
    writer = CsvWriter(["a", "b"])
    lines = [writer.line({"a": a, "b": b}) for a, b in rows]
    content = "".join(f"{line}\n" for line in lines)
    records = list(read_records(io.BytesIO(content.encode())))
    assert [tuple(map(read_text, one.values)) for one in records] == rows
    assert [one.whole for one in records] == [True] * len(rows)
    assert records[-1].end == len(content.encode())
    others = list(csv.reader(io.StringIO(content, newline="")))
    assert [[written_text(cell) for cell in cells] for cells in rows] == others


def test_json_in_a_cell_stays_json() -> None:
    odd = row("a.mp3") | {"warnings": ["\x1b\x9b", r"\x1b", "=1", "\u2028"]}
    (record,) = read_records(io.BytesIO(CsvWriter(COLUMNS).line(flat_row(odd)).encode()))
    assert json.loads(dict(zip(COLUMNS, record.values, strict=True))["warnings"]) == odd["warnings"]


def test_the_columns_do_not_depend_on_the_first_row() -> None:
    rows = [row("a.mp3", "error"), row("b.mp3")]
    lines = [CsvWriter(COLUMNS).line(flat_row(one)) for one in rows]
    first, second = csv.reader(lines[0].splitlines(keepends=True)), csv.reader([lines[1]])
    assert len(next(first)) == len(next(second)) == len(COLUMNS)


def test_columns_of_other_rows_are_all_that_any_row_has() -> None:
    rows = [
        {"path": "a", "error": {"kind": "NotAudio"}},
        {"path": "b", "arrays": {"mel": [1, 2]}, "error": None},
    ]
    columns = columns_of(rows)
    assert list(columns) == ["path", "error.kind", "arrays.mel", "error"]
    assert flat_row(rows[0], columns) == {
        "path": "a", "error.kind": "NotAudio", "arrays.mel": None, "error": '{"kind": "NotAudio"}'
    }  # fmt: skip


def test_every_value_of_a_result_has_a_column() -> None:
    """A key that recognition adds must get a column, or CSV, SQLite and Parquet lose it silently."""
    from genrelens.errors import NotAudio

    answer = Prediction(
        path="a",
        genre="jazz",
        confidence=0.5,
        scores={"jazz": 1.0},
        prediction_set=("jazz",),
        votes={"jazz": 1},
        duration_s=1.0,
        excerpts=(),
        bundle="b:0",
        likeliest="jazz",
        unsure=False,
        reason=None,
        threshold=0.4,
        options=Options(),
    )
    failure = Failure("a", NotAudio("a", "is text"), "b:0", Options())
    outer = {column.place[0] for column in COLUMNS.values()}
    assert set(answer.to_dict()) | set(failure.to_dict()) <= outer
