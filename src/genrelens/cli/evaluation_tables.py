"""The tables that `genrelens evaluate` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def evaluation_table(summary: Any) -> RenderableType:
    """A title, and tables of the numbers, genres, most confident errors and a comparison."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def empty(title: str, *columns: str) -> Table:
        table = Table(
            title=title,
            title_justify="left",
            box=None,
            pad_edge=False,
            padding=(0, 2, 0, 0),
            header_style="dim",
        )
        for number, column in enumerate(columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        return table

    low, high = summary["interval"]
    title = (
        f"{summary['system']} under {summary['protocol']}: {summary['accuracy']:.1%} of "
        f"{summary['tracks']} tracks (95 % interval {low:.1%} to {high:.1%}, "
        f"over {summary['interval_over']}), {summary['artists']['sentence']}"
    )
    if summary["training_tracks"]["count"]:
        title = f"MEASURED ON TRAINING TRACKS ({summary['training_tracks']['count']}): {title}"
    numbers = empty("", "", "mean over splits", "deviation", "pooled")
    counted = {"macro_f1": "macro F1", "balanced_accuracy": "balanced accuracy"}
    for name, value in summary["mean"].items():
        values = (value, summary["deviation"][name], summary["pooled"][name])
        words = counted.get(name, name.replace("_", " "))
        words += f", over {summary['genres_tested']} genres" if name in counted else ""
        numbers.add_row(words, *("" if v is None else f"{v:.3f}" for v in values))
    there = [row for row in summary["genres"] if row["tests"]]
    absent = [row["genre"] for row in summary["genres"] if not row["tests"]]
    heading = "\nby genre" + (f" ({len(absent)} known genres are not in the data)" if absent else "")
    genres = empty(heading, "genre", "precision", "recall", "F1", "tests")
    for row in there:
        shares = (f"{row[k]:.2f}" for k in ("precision", "recall", "f1"))
        genres.add_row(row["genre"], *shares, str(row["tests"]))
    worst = empty("\nmost confident errors, worth listening to", "track", "filed as", "predicted as", "score")
    for row in summary["worst"][:10]:
        worst.add_row(Text(row["track"]), row["genre"], row["heard"], f"{row['probability']:.2f}")
    parts: list[RenderableType] = [Text(title, style="italic"), numbers, genres, worst]
    if "comparison" in summary:
        comparison = summary["comparison"]
        gain, test = comparison["difference"], comparison["mcnemar"]
        sentences = (
            f"\n{comparison['first']} minus {comparison['second']} on {comparison['tracks']} tracks: "
            f"{gain['difference']:+.1%} (95 % interval {gain['low']:+.1%} to {gain['high']:+.1%}, over "
            f"{comparison['interval_over']});",
            f"only the first right {test['only_first']}, only the second {test['only_second']}, "
            f"{comparison['test']}: p = {test['p_value']:.4f}",
        )
        parts.append(Text(" ".join(sentences)))
    return Group(*parts)


def baselines_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The systems that `--system` takes."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("system", "what it is", "published", "claimed"):
        table.add_column(column, justify="right" if column == "claimed" else "left")
    for row in rows:
        claimed = "" if row["claimed"] is None else f"{row['claimed']:.1f} %"
        table.add_row(row["system"], row["meaning"], row["published"], claimed)
    return table
