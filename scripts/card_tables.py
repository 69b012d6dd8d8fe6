"""Tables of the model card: Markdown, and figures with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PARTS = {
    "gtzan": "GTZAN, whole tracks",
    "gtzan, excerpts": "GTZAN, excerpts of 2 to 3 s",
    "wild": "songs from outside (`wild`)",
}


def by_condition(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by condition, then by collection."""
    found: dict[str, dict[str, Any]] = {}
    for one in rows:
        found.setdefault(one["condition"], {})[one["collection"]] = one
    return found


def interval(proportion: dict[str, Any] | None) -> str:
    if proportion is None:
        return "–"
    return f"{100 * proportion['value']:.1f}% ({100 * proportion['low']:.0f}–{100 * proportion['high']:.0f})"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    titles = list(head)
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]
