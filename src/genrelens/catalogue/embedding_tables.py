"""Embeddings in `.npz` and `.parquet` files: the same rows, written and read back.

A row is a dict: `path`, `status`, `vector` (d numbers, None for an error), `duration_s`, `excerpt_start_s`
and `excerpt_end_s` (n), `excerpt_vector` (n of d, or none), `warnings` (JSON), `error_kind`, `error_message`,
`option_excerpts`, `file_path`, `file_size`, `file_modified_ns`. What all have in common (`name`, `version`,
`width`, `excerpt_vectors`) is written once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.atomic_files import atomic_file

TableRow = dict[str, Any]
Common = Mapping[str, Any]

_FILE = ("option_excerpts", "file_path", "file_size", "file_modified_ns")
_OK = ("path", "duration_s", "warnings", *_FILE)
_FAILED = ("path", "error_kind", "error_message", *_FILE)
_NUMBERS: dict[str, type] = {"duration_s": np.float64, "file_size": np.int64, "file_modified_ns": np.int64}
_ABSENT = -1
_PARQUET_KEY = b"genrelens"


def write_npz(path: Path, rows: Sequence[TableRow], common: Common) -> None:
    """Writes an `.npz`: `path` (n,) and `vector` (n, d) of tracks with an embedding, errors in other arrays.

    `excerpt_count` (n,) is how many rows of `excerpt_start_s`, `excerpt_end_s` and `excerpt_vector` (m, d)
    belong to each track; `error_path`, `error_kind` and `error_message` are of tracks without an
    embedding. None holds objects, so `numpy.load` reads all with `allow_pickle=False`.

    Raises:
        OutputError: the place cannot be written.
    """
    ok = [row for row in rows if row["status"] == "ok"]
    failed = [row for row in rows if row["status"] != "ok"]
    width = common["width"]
    arrays: dict[str, Any] = {
        "vector": np.array([row["vector"] for row in ok], np.float32).reshape(len(ok), width),
        "excerpt_count": np.array([len(row["excerpt_start_s"]) for row in ok], np.int64),
    }
    for name in ("excerpt_start_s", "excerpt_end_s"):
        arrays[name] = np.array([one for row in ok for one in row[name]], np.float64)
    if common["excerpt_vectors"]:
        vectors = [one for row in ok for one in row["excerpt_vector"]]
        arrays["excerpt_vector"] = np.array(vectors, np.float32).reshape(len(vectors), width)
    for prefix, names, which in (("", _OK, ok), ("error_", _FAILED, failed)):
        arrays |= {prefix + name.removeprefix("error_"): _column(name, which) for name in names}
    facts = {name: np.array(value) for name, value in common.items()}
    with atomic_file(path, "make room or choose another --out") as partial, open(partial, "wb") as file:
        np.savez(file, **arrays, **facts)  # type: ignore[arg-type]


def read_npz(path: Path) -> tuple[dict[str, Any], list[TableRow]]:
    """What `write_npz` wrote: what all rows have in common, and the rows.

    Raises:
        OSError, ValueError, KeyError, EOFError, BadZipFile: it is no such file.
    """
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    common = {name: arrays[name].item() for name in ("name", "version", "width", "excerpt_vectors")}
    ends = np.cumsum(arrays["excerpt_count"])
    rows = []
    for number, row in enumerate(_rows("", _OK, arrays)):
        which = slice(int(ends[number] - arrays["excerpt_count"][number]), int(ends[number]))
        places = {name: arrays[name][which].tolist() for name in ("excerpt_start_s", "excerpt_end_s")}
        vectors = arrays["excerpt_vector"][which] if common["excerpt_vectors"] else []
        rows.append(
            _EMPTY | row | places | {"vector": arrays["vector"][number], "excerpt_vector": list(vectors)}
        )
    failed = [_EMPTY | {"status": "error"} | row for row in _rows("error_", _FAILED, arrays)]
    return common, rows + failed


def _column(name: str, rows: Sequence[TableRow]) -> Any:
    if name in _NUMBERS:
        return np.array([_ABSENT if row[name] is None else row[name] for row in rows], _NUMBERS[name])
    return np.array([row[name] or "" for row in rows], np.str_)


def _rows(prefix: str, names: Sequence[str], arrays: Mapping[str, Any]) -> list[TableRow]:
    columns = [arrays[prefix + name.removeprefix("error_")].tolist() for name in names]
    return [
        {name: None if value == _ABSENT else value for name, value in zip(names, values, strict=True)}
        for values in zip(*columns, strict=True)
    ]


_EMPTY: TableRow = {
    "status": "ok",
    "vector": None,
    "duration_s": None,
    "excerpt_start_s": [],
    "excerpt_end_s": [],
    "excerpt_vector": [],
    "warnings": "[]",
    "error_kind": None,
    "error_message": None,
}


def write_parquet(path: Path, rows: Sequence[TableRow], common: Common) -> None:
    """Writes a Parquet file: a row for each track, errors included; vectors are lists of float32.

    Raises:
        OutputError: the place cannot be written.
    """
    import pyarrow
    import pyarrow.parquet

    schema = _parquet_schema(common)
    constant = {"name": common["name"], "version": common["version"]}
    table = pyarrow.Table.from_pylist([row | constant for row in rows], schema)
    table = table.replace_schema_metadata({_PARQUET_KEY: json.dumps(dict(common))})
    with atomic_file(path, "make room or choose another --out") as partial:
        pyarrow.parquet.write_table(table, partial)


def read_parquet(path: Path) -> tuple[dict[str, Any], list[TableRow]]:
    """What `write_parquet` wrote: what all rows have in common, and the rows.

    Raises:
        OSError, ValueError, KeyError, TypeError: it is no such file.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
        common = json.loads((table.schema.metadata or {})[_PARQUET_KEY])
        names = _parquet_schema(common).names
        rows = table.select([name for name in names if not name.endswith("vector")]).to_pylist()
        for row, vector in zip(rows, table["vector"], strict=True):
            row["vector"] = None if vector.values is None else vector.values.to_numpy()
        if common["excerpt_vectors"]:
            for row, vectors in zip(rows, table["excerpt_vector"], strict=True):
                row["excerpt_vector"] = [one.values.to_numpy() for one in vectors.values]
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error
    return common, [_EMPTY | row for row in rows]


def _parquet_schema(common: Common) -> Any:
    import pyarrow

    text, numbers, vector = (
        pyarrow.string(),
        pyarrow.list_(pyarrow.float64()),
        pyarrow.list_(pyarrow.float32()),
    )
    fields = [
        ("path", text), ("status", text), ("name", text), ("version", text), ("vector", vector),
        ("duration_s", pyarrow.float64()), ("excerpt_start_s", numbers), ("excerpt_end_s", numbers),
    ]  # fmt: skip
    if common["excerpt_vectors"]:
        fields.append(("excerpt_vector", pyarrow.list_(vector)))
    fields += [
        ("warnings", text), ("error_kind", text), ("error_message", text), ("option_excerpts", text),
        ("file_path", text), ("file_size", pyarrow.int64()), ("file_modified_ns", pyarrow.int64()),
    ]  # fmt: skip
    return pyarrow.schema(fields)
