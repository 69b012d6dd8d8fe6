"""The results of `robustness` as one flat list of figures, for tables and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def rows_of(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every figure as a row: `measure`, `name`, `part`, `figure`, `value` in [0, 1], `low`, `high`, `n`.

    Args:
        results: of `robustness.measure_robustness`; parts that were not measured are absent.

    Returns:
        the rows; `low` and `high` are None where no interval was computed, `n` where nothing was counted.

    Example:
        >>> proportion = {"value": 0.5, "low": 0.4, "high": 0.6, "tracks": 9}
        >>> results = {"parts": {}, "genres": {"jazz": {"recall": proportion}}}
        >>> rows_of(results)[0]["name"], rows_of(results)[0]["value"]
        ('jazz', 0.5)
    """
    return list(_rows(results))


def _rows(results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part, figures in results["parts"].items():
        yield from _proportion_rows("answers", "ensemble", part, figures)
    for genre, figures in results["genres"].items():
        yield from _proportion_rows("genre", genre, "all", figures)
    for one in results.get("contributions", ()):
        for part, figures in one["parts"].items():
            proportions = {key: one for key, one in figures.items() if isinstance(one, Mapping)}
            yield from _proportion_rows(one["kind"], one["name"], part, proportions)
    for measure in ("degradation", "everyday"):
        for one in results.get(measure, ()):
            proportions = {key: value for key, value in one.items() if isinstance(value, Mapping)}
            yield from _proportion_rows(measure, one["condition"], one["collection"], proportions)
    for collection, figures in results.get("remastered", {}).items():
        for style, proportion in figures.items():
            yield from _proportion_rows("remastered", style, collection, {"changed": proportion})
    for collection, proportion in results.get("crops_called_thin", {}).items():
        yield from _proportion_rows("3-s crops", "called a thin genre", collection, {"share": proportion})
    for rows, scores in results.get("probe", {}).items():
        for genre, score in scores.items():
            yield _row("probe", genre, rows, "balanced", score)
    recorded = results.get("recorded", {})
    for one in recorded.get("kinds", ()):
        for figure in ("refused", "unsure", "given_a_genre"):
            proportion = one[figure] / one["sounds"]
            row = _row(f"recorded, {one['role']}", one["kind"], one["collection"], figure, proportion)
            low, high = one.get(f"{figure.partition('_')[0]}_interval", (None, None))
            yield {**row, "low": low, "high": high, "n": one["sounds"]}
    for one in recorded.get("lengths", ()):
        for length, counted in one["refused"].items():
            low, high = counted["interval"]
            proportion = counted["count"] / one["sounds"]
            row = _row(f"refused, {one['role']}", length, one["collection"], "refused", proportion)
            yield {**row, "low": low, "high": high, "n": one["sounds"]}
    for one in results.get("foreign", ()):
        proportion = one["unsure"] / one["sounds"]
        yield {**_row("foreign", one["kind"], one["source"], "unsure", proportion), "n": one["sounds"]}


def _proportion_rows(
    measure: str, name: str, part: str, proportions: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    for figure, proportion in proportions.items():
        row = _row(measure, name, part, figure, proportion["value"])
        yield {**row, "low": proportion["low"], "high": proportion["high"], "n": proportion["tracks"]}


def _row(measure: str, name: str, part: str, figure: str, value: float) -> dict[str, Any]:
    return {
        "measure": measure,
        "name": name,
        "part": part,
        "figure": figure,
        "value": value,
        "low": None,
        "high": None,
        "n": None,
    }
