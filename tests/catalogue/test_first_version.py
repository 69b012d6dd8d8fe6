"""Files of the first version, whose rows do not name their file and options, are gone on with."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from result_rows import BUNDLE, paths, read, row

from genrelens.catalogue import open_sink

OPTIONS = {"excerpts": 3, "always_answer": False}
COLUMNS = [
    "path", "status", "genre", "confidence", "duration_s", "prediction_set", "scores", "votes", "excerpts",
    "members", "warnings", "error_kind", "error_message", "bundle", "schema",
]  # fmt: skip


def write_first_version(out: Path, rows: list[dict[str, Any]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".jsonl":
        out.write_text("".join(json.dumps(one) + "\n" for one in rows))
        return
    flat = []
    for one in rows:
        error = one.get("error") or {}
        values = {**one, "error_kind": error.get("kind"), "error_message": error.get("message")}
        flat.append({name: values.get(name) for name in COLUMNS})
        for name, value in flat[-1].items():
            if isinstance(value, dict | list):
                flat[-1][name] = json.dumps(value)
    if out.suffix == ".csv":
        with out.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(flat)
    elif out.suffix == ".sqlite":
        database = sqlite3.connect(out)
        kinds = {"confidence": "REAL", "duration_s": "REAL", "schema": "INTEGER"}
        declared = [f"{name} {kinds.get(name, 'TEXT')}" for name in COLUMNS]
        declared[0] += " PRIMARY KEY"
        database.execute(f"CREATE TABLE results ({', '.join(declared)})")
        database.executemany(
            f"INSERT INTO results VALUES ({','.join('?' * len(COLUMNS))})", [[*one.values()] for one in flat]
        )
        database.commit()
        database.close()
    else:
        import pyarrow.parquet

        kinds = {"confidence": pyarrow.float64(), "duration_s": pyarrow.float64(), "schema": pyarrow.int64()}
        schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(flat, schema), out)


@pytest.fixture
def old(
    out: Path, songs: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[Path]]:
    """A file of the first version with rows for a (done), b (failed), c (done, later replaced)."""
    made = songs("a.mp3", "b.mp3", "c.mp3", "d.mp3")
    monkeypatch.chdir(made[0].parent)
    time.sleep(0.02)
    write_first_version(out, [row("a.mp3"), row("b.mp3", "error"), row("c.mp3")])
    later = out.stat().st_mtime_ns + 10**9
    made[2].write_bytes(b"replaced")
    os.utime(made[2], ns=(later, later))
    return out, made


def test_it_goes_on_where_that_stopped(old: tuple[Path, list[Path]]) -> None:
    out, made = old
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert [song in sink.done for song in made] == [True, False, False, False]
        for song in made[1:]:
            sink.write(row(str(song)))
    assert sorted(Path(path).name for path in paths(out)) == ["a.mp3", "b.mp3", "c.mp3", "d.mp3"]
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        assert all(song in sink.done for song in made)
    assert len({tuple(one) for one in read(out)}) <= 2


def test_it_has_all_columns_then(old: tuple[Path, list[Path]]) -> None:
    out, made = old
    with open_sink(out, BUNDLE, resume=True, options=OPTIONS) as sink:
        sink.write(row(str(made[3])))
    first = read(out)[0]
    if out.suffix == ".jsonl":
        assert first["file"]["path"] == str(made[0])
    else:
        assert list(first)[: len(COLUMNS)] == COLUMNS
        assert first["file_path"] == str(made[0])
        assert first["scores"] == '{"jazz": 0.25, "blues, too": 0.75}'


@pytest.mark.parametrize(
    "options", [{"excerpts": "all", "always_answer": False}, OPTIONS | {"always_answer": True}]
)
def test_other_options_than_the_default_are_not_taken_for_done(
    old: tuple[Path, list[Path]], options: dict[str, object]
) -> None:
    out, made = old
    with open_sink(out, BUNDLE, resume=True, options=options) as sink:
        assert made[0] not in sink.done


def test_a_header_alone_is_brought_up_to_date(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    write_first_version(out, [])
    with open_sink(out, BUNDLE, resume=True) as sink:
        sink.write(row("a.mp3"))
    (found,) = read(out)
    assert found["path"] == "a.mp3"
    assert found["file_path"].endswith("a.mp3")


def test_streams_of_the_first_version_stay_apart(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    write_first_version(out, [row("<stdin>"), row("-"), row("<stdin>", "error"), row("a.mp3")])
    with open_sink(out, BUNDLE, resume=True) as sink:
        sink.write(row("<stdin>"))
    with open_sink(out, BUNDLE, resume=True):
        pass
    assert paths(out) == ["<stdin>", "-", "<stdin>", "a.mp3", "<stdin>"]
