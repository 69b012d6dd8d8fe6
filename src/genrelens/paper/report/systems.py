"""The report's comparison with other systems: how far each claim falls, what each costs, paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import cycle

from genrelens.paper.comparison_tables import (
    PLAIN,
    RIVAL,
    claim,
    claim_text,
    compared_protocols,
    comparison_rows,
    comparison_sentences,
    has_comparison,
    p_text,
    rivals_of,
    seconds_text,
)
from genrelens.paper.published import BEST
from genrelens.paper.report import charts
from genrelens.paper.report.slopes import Slope, slope_chart, standalone
from genrelens.paper.report.words import column_title
from genrelens.paper.tables import Results, Row

NAME = "Accuracy of each system, in percent, from what was claimed to protocols that keep artists apart"
COLOURS = ("s1", "s2", "s3", "s4")
NARROW, BROAD = 400.0, 1000.0
"""Widths in units of the text's height, for a telephone and for a screen."""


def _label(row: Row, short: bool) -> str:
    """What a reader knows it by: its publication, or the first author's name and the year."""
    if row["system"] == BEST and row["kind"] == RIVAL:
        return "the paper" if short else "the paper's ensemble"
    words = str(row["published"] or row["system"]).split()
    return f"{words[0]} {words[-1]}" if short and len(words) > 1 else " ".join(words)


def _labels(rows: Sequence[Row], short: bool) -> list[str]:
    """Each once; where a publication has two systems, their own names."""
    found = [_label(row, short) for row in rows]
    return [str(row["system"]) if found.count(one) > 1 else one for one, row in zip(found, rows, strict=True)]


def slopes(results: Results, short: bool = False) -> list[Slope]:
    """A line a system: claim, then accuracy by protocol from the mildest to the strictest.

    Args:
        results: of `reproduce`.
        short: whether labels are short.
    """
    rows, protocols = comparison_rows(results), compared_protocols(results)
    ends = {row["system"]: [row[name] for name in protocols if name in row] for row in rows}
    rows = sorted(rows, key=lambda row: -ends[row["system"]][-1])
    colours = cycle(COLOURS)
    found = []
    for row, label in zip(rows, _labels(rows, short), strict=True):
        kind = "ink" if row["kind"] == RIVAL else "s5 plain" if row["kind"] == PLAIN else next(colours)
        values = (claim(row), *(row.get(name) for name in protocols))
        found.append(Slope(label, kind, values if _has_claims(results) else values[1:]))
    return found


def _has_claims(results: Results) -> bool:
    return any(claim(row) is not None for row in comparison_rows(results))


def _chart(results: Results, width: float, kind: str = "", short: bool = False) -> str:
    claims = _has_claims(results)
    columns = [column_title(name) for name in compared_protocols(results)]
    heads = [("as", "claimed"), *columns] if claims else columns
    return slope_chart(heads, slopes(results, short), width, NAME, claims, kind)


def comparison_svg(results: Results) -> str:
    """The figure as a file of its own."""
    return standalone(_chart(results, 460.0, short=True), NAME)


def systems_section(results: Results) -> str:
    """Everything about the systems; empty where none were compared."""
    if not has_comparison(results):
        return ""
    protocols = compared_protocols(results)
    sentences = "".join(f"<li>{escape(one.replace('`', ''))}</li>" for one in comparison_sentences(results))
    claims = " Dotted: from the claim, as its authors measured it." if _has_claims(results) else ""
    return (
        "<h2>Other systems, and what is left of their claims</h2>"
        "<p>Each is fitted anew on the same splits, its settings chosen inside the training part. From left "
        "to right less and less of what is tested was seen in training. Lines in colour are published "
        f"systems, dashed grey ones plain, thick ones are what they are tested against.{claims}</p>"
        + (f"<ul>{sentences}</ul>" if sentences else "")
        + _chart(results, BROAD, "broad")
        + _chart(results, NARROW, "narrow", short=True)
        + "<h3>Accuracy and cost</h3><p>Percent, mean over splits, with 95 % intervals. Seconds of processor "
        "time: one training with the choice of settings, and one recording from file to answer.</p>"
        + _table(results, protocols)
        + "".join(_tests(results, rival, meaning, protocols) for rival, meaning in rivals_of(results).items())
    )


def _title(protocol: str) -> str:
    return " ".join(column_title(protocol)).replace("- ", "-").strip()


def _number(row: Row, protocol: str) -> str:
    if protocol not in row:
        return ""
    return f"{row[protocol]:.1f} ({row[f'{protocol}_low']:.0f}–{row[f'{protocol}_high']:.0f})"


def _difference(row: Row, protocol: str, rival: str) -> str:
    key = f"{protocol}_minus_{rival}"
    if key not in row:
        return ""
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    return f"{row[key]:+.1f} ({low:+.0f} to {high:+.0f})\n{p_text(row[f'{key}_p'])}"


def _table(results: Results, protocols: Sequence[str]) -> str:
    listed = comparison_rows(results)
    rows = [
        [
            row["system"],
            claim_text(row),
            *(_number(row, name) for name in protocols),
            seconds_text(row["train_seconds"]),
            seconds_text(row["clip_seconds"]),
        ]
        for row in listed
    ]
    header = ["system", "claimed", *map(_title, protocols), "training, s", "a clip, s"]
    published = "; ".join(f"{row['system']}: {row['published']}" for row in listed if row["published"])
    return charts.table(header, rows) + f'<p class="note">{escape(published)}</p>'


def _tests(results: Results, rival: str, meaning: str, protocols: Sequence[str]) -> str:
    rows = [
        [row["system"], *(_difference(row, name, rival) for name in protocols)]
        for row in comparison_rows(results)
        if row["kind"] != RIVAL
    ]
    return (
        f"<h3>Against {escape(rival)}</h3><p>{escape(meaning[:1].upper() + meaning[1:])}. By how many points "
        "a system is better, each track counted once, with the 95 % interval of the difference and the "
        "p-value of the exact McNemar test.</p>" + charts.table(["system", *map(_title, protocols)], rows)
    )
