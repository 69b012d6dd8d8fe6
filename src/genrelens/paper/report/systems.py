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
    difference_text,
    has_comparison,
    rivals_of,
    seconds_text,
)
from genrelens.paper.published import BEST
from genrelens.paper.report import charts
from genrelens.paper.report.slopes import Slope, slope_chart, standalone
from genrelens.paper.report.words import column_title, title_of
from genrelens.paper.tables import Results, Row, number_text

NAME = "Accuracy of each system, in percent, from what was claimed to protocols that keep artists apart"
COLOURS = ("s1", "s2", "s3", "s4")
NARROW, BROAD = 400.0, 1000.0
"""Widths in units of the text's height, for a telephone and for a screen."""


def _label(row: Row, rows: Sequence[Row]) -> str:
    """The publication, where it is that of one system only; else the system's name."""
    if row["kind"] == RIVAL:
        return "the paper's ensemble" if row["system"] == BEST else row["system"]
    same = [one for one in rows if one["published"] == row["published"]]
    return str(row["published"] if row["published"] and len(same) == 1 else row["system"])


def slopes(results: Results) -> list[Slope]:
    """A line a system: claim, then accuracy by protocol from the mildest to the strictest."""
    rows, protocols = comparison_rows(results), compared_protocols(results)
    ends = {row["system"]: [row[name] for name in protocols if name in row] for row in rows}
    rows = sorted(rows, key=lambda row: -ends[row["system"]][-1])
    colours = cycle(COLOURS)
    found = []
    for row in rows:
        kind = "ink" if row["kind"] == RIVAL else "s5 plain" if row["kind"] == PLAIN else next(colours)
        values = (claim(row), *(row.get(name) for name in protocols))
        found.append(Slope(_label(row, rows), kind, values if _has_claims(results) else values[1:]))
    return found


def _has_claims(results: Results) -> bool:
    return any(claim(row) is not None for row in comparison_rows(results))


def _chart(results: Results, width: float, kind: str = "") -> str:
    claims = _has_claims(results)
    columns = [column_title(name) for name in compared_protocols(results)]
    heads = [("as", "claimed"), *columns] if claims else columns
    return slope_chart(heads, slopes(results), width, NAME, claims, kind)


def comparison_svg(results: Results) -> str:
    """The figure as a file of its own."""
    return standalone(_chart(results, 560.0), NAME)


def systems_section(results: Results) -> str:
    """Everything about the systems; empty where none were compared."""
    if not has_comparison(results):
        return ""
    protocols = compared_protocols(results)
    sentences = "".join(f"<li>{escape(one.replace('`', ''))}</li>" for one in comparison_sentences(results))
    marks = [("s1", "a published system"), ("s5", "a plain one"), ("ink", "what they are tested against")]
    dotted = " Dotted: from the claim, measured by its authors." if _has_claims(results) else ""
    return (
        "<h2>Other systems, and what is left of their claims</h2>"
        "<p>Each is fitted anew on the same splits, its settings chosen inside the training part. From left "
        f"to right less and less of what is tested was seen in training.{dotted}</p>"
        + (f"<ul>{sentences}</ul>" if sentences else "")
        + charts.legend(marks)
        + _chart(results, BROAD, "broad")
        + _chart(results, NARROW, "narrow")
        + "<h3>Accuracy and cost</h3><p>Percent, mean over splits, with 95 % intervals. Seconds of processor "
        "time: one training with the choice of settings, and one recording from file to answer.</p>"
        + _table(results, protocols)
        + "".join(_tests(results, rival, meaning, protocols) for rival, meaning in rivals_of(results).items())
    )


def _table(results: Results, protocols: Sequence[str]) -> str:
    rows = [
        [
            row["system"],
            row["published"],
            claim_text(row),
            *(number_text(row, name) for name in protocols),
            seconds_text(row["train_seconds"]),
            seconds_text(row["clip_seconds"]),
        ]
        for row in comparison_rows(results)
    ]
    header = ["system", "published", "claimed", *map(title_of, protocols), "training, s", "a clip, s"]
    return charts.table(header, rows, texts=2)


def _tests(results: Results, rival: str, meaning: str, protocols: Sequence[str]) -> str:
    rows = [
        [row["system"], *(difference_text(row, name, rival) for name in protocols)]
        for row in comparison_rows(results)
        if row["kind"] != RIVAL
    ]
    return (
        f"<h3>Against {escape(rival)}</h3><p>{escape(meaning[:1].upper() + meaning[1:])}. By how many points "
        "a system is better, each track counted once, with the 95 % interval of the difference and the "
        "p-value of the exact McNemar test.</p>" + charts.table(["system", *map(title_of, protocols)], rows)
    )
