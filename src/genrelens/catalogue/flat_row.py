"""A result row without nesting: the same columns in CSV, SQLite and Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

COLUMNS: dict[str, type] = {
    "path": str,
    "status": str,
    "genre": str,
    "confidence": float,
    "duration_s": float,
    "prediction_set": str,
    "scores": str,
    "votes": str,
    "excerpts": str,
    "members": str,
    "warnings": str,
    "error_kind": str,
    "error_message": str,
    "bundle": str,
    "schema": int,
}


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's values in the order of `COLUMNS`; nested ones as JSON text, absent ones None.

    Example:
        >>> flat = flat_row({"path": "a.mp3", "error": {"kind": "NotAudio", "message": "text"}})
        >>> flat["error_kind"], flat["genre"]
        ('NotAudio', None)
    """
    error = row.get("error") or {}
    values = {**row, "error_kind": error.get("kind"), "error_message": error.get("message")}
    return {name: _flat(values.get(name)) for name in COLUMNS}


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
