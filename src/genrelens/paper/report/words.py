"""What the report calls protocols, and the colours it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genrelens.paper.published import TABLE_2
from genrelens.paper.tables import Results, Row

COLOURS = {
    "paper": "s1",
    "artist": "s2",
    "artist5": "s2",
    "fault-filtered": "s3",
    "fault-filtered-3": "s3",
    "cross": "s4",
}
TITLES = {
    "paper": "random splits, as the paper",
    "kfold10": "ten random folds",
    "artist": "splits by artist",
    "artist5": "splits by artist",
    "fault-filtered": "fault-filtered split",
    "fault-filtered-3": "fault-filtered split",
    "cross": "another collection",
}
COLUMNS = {
    "paper": ("random", "splits"),
    "kfold10": ("ten", "folds"),
    "artist": ("artists", "apart"),
    "artist5": ("artists", "apart"),
    "fault-filtered": ("fault-", "filtered"),
    "fault-filtered-3": ("fault-", "filtered"),
    "cross": ("other", "songs"),
}
"""Over the columns of a chart, on two lines."""


def column_title(protocol: str) -> tuple[str, str]:
    """Two short lines for a protocol."""
    return COLUMNS.get(protocol, (protocol[:10], ""))


def colour(protocol: str) -> str:
    """The class of its marks in charts.css."""
    return COLOURS.get(protocol, "s5")


def title_of(protocol: str) -> str:
    """What a reader calls it."""
    return TITLES.get(protocol, protocol)


def apart(results: Results) -> str | None:
    """The protocol that keeps artists apart and is otherwise like the paper's."""
    return next((name for name in ("artist", "artist5") if name in results["protocols"]), None)


def best_ensemble(results: Results, protocol: str) -> tuple[str, Mapping[str, Any]] | None:
    """The paper's best, where it was run with all members, or else the one with most members."""
    found = results["protocols"].get(protocol, {}).get("ensembles", {})
    order = sorted(found, key=lambda name: (-len(found[name]["members"]), -TABLE_2[name]))
    return (order[0], found[order[0]]) if order else None


def signed_difference(row: Row) -> str:
    """Ours minus the printed number, where both are there."""
    return f"{row['difference']:+.1f}" if "difference" in row else ""
