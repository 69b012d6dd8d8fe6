"""Rows as recognition gives them, and readers of their files that are not ours."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

BUNDLE = "default:0123456789ab"
SUFFIXES = (".jsonl", ".csv", ".sqlite", ".parquet")


def row(path: str, status: str = "ok", bundle: str = BUNDLE) -> dict[str, Any]:
    if status == "error":
        error = {"kind": "NotAudio", "message": f"{path}: holds text, not sound\nreally"}
        return {"schema": 1, "path": path, "status": status, "error": error, "bundle": bundle}
    return {
        "schema": 1, "path": path, "status": status, "genre": None, "confidence": 0.25,
        "scores": {"jazz": 0.25, "blues, too": 0.75}, "prediction_set": ["jazz", "blues, too"],
        "votes": {"jazz": 1}, "duration_s": 30.0, "excerpts": [], "members": [], "bundle": bundle,
        "warnings": ['says "hm"'],
    }  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a sink's file, by a reader that is not ours."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".csv":
        csv.field_size_limit(sys.maxsize)
        with path.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    if path.suffix == ".sqlite":
        database = sqlite3.connect(path)
        database.row_factory = sqlite3.Row
        found = [dict(one) for one in database.execute("SELECT * FROM results ORDER BY rowid")]
        database.close()
        return found
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pylist()


def paths(out: Path) -> list[str]:
    return [one["path"] for one in read(out)]
