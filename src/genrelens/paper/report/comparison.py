"""The report's comparisons with the paper: ensembles, single models, learning curves, the two tables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from genrelens.paper.comparable import other_task
from genrelens.paper.explanations import explanations
from genrelens.paper.published import CEILING, COLUMNS, OTHERS
from genrelens.paper.report import charts
from genrelens.paper.report.words import apart, colour, signed_difference, title_of
from genrelens.paper.tables import (
    RANDOM,
    Results,
    Row,
    drawn_units,
    epoch_rule,
    printed_number,
    table_1,
    table_2,
)

HIGH = 100.0


def _legend(results: Results, optimistic: bool) -> str:
    rows = [*table_1(results), *table_2(results)]
    entries = [("paper", "the paper")] if any(row["comparable"] for row in rows) else []
    entries += [(colour(p), title_of(p)) for p in results["protocols"]]
    if optimistic:
        entries.append((f"{colour(RANDOM)} hollow", "best epoch on the tested tracks"))
    return charts.legend(entries)


def _dots(row: Row, protocols: Sequence[str], optimistic: bool) -> list[Any]:
    dots: list[Any] = []
    for protocol in protocols:
        if protocol not in row:
            continue
        interval = (row[f"{protocol}_low"], row[f"{protocol}_high"])
        tip = f"{title_of(protocol)}: {row[protocol]} ({interval[0]} to {interval[1]})"
        dots.append((colour(protocol), row[protocol], interval, tip))
        if optimistic and protocol == RANDOM:
            best = row[f"{protocol}_optimistic"]
            dots.append(
                (f"{colour(protocol)} hollow", best, None, f"best epoch on the tested tracks: {best}")
            )
    if printed_number(row):
        dots.append(("paper", row["printed"], None, f"the paper: {row['printed']}"))
    return dots


def ensemble_section(results: Results) -> str:
    """Table 2 as dots on a line."""
    rows = table_2(results)
    if not rows:
        return ""
    protocols = list(results["protocols"])
    parts = [
        "<h2>Ensembles</h2><p>Nine networks of one kind, one a feature, and two perceptrons vote. Next to "
        "the paper's majority: the mean of their probabilities (soft), and a logistic regression fitted "
        "inside each training part (stacked)."
        + ("" if other_task(results) else f" A perfect system would reach about {CEILING} on GTZAN's labels.")
        + "</p>",
        _legend(results, optimistic=False),
    ]
    low = _floor(rows, protocols)
    for column, title in COLUMNS.items():
        own = [row for row in rows if row["ensemble"] == column]
        if not own:
            continue
        parts.append(f'<p class="group">{escape(title)} and MLP, {own[0]["members"]} members</p>')
        parts += [
            charts.dot_row(row["rule"], _dots(row, protocols, False), low, HIGH, signed_difference(row))
            for row in own
        ]
    parts.append(charts.axis_row(low, HIGH, _steps(low)))
    return "".join(parts)


def single_section(results: Results) -> str:
    """Table 1 as dots on a line, and what the differences come from."""
    rows = table_1(results)
    protocols = list(results["protocols"])
    low = _floor(rows, protocols)
    parts = [
        "<h2>Single models</h2><p>The bar around a dot is its 95 % interval, "
        f"{escape(drawn_units(results).replace('`', ''))}. "
        + (
            ""
            if other_task(results)
            else "The number is the difference from the paper. Where the paper's tick lies right of bar and "
            "open circle, neither chance nor the choice of the epoch explains it."
        )
        + "</p>",
        _legend(results, optimistic=True),
    ]
    for architecture, title in (*COLUMNS.items(), ("mlp", "Multilayer Perceptron")):
        own = [row for row in rows if row["cell"].startswith(f"{architecture}/")]
        if own:
            parts.append(f'<p class="group">{escape(title)}</p>')
        parts += [
            charts.dot_row(
                row["cell"].split("/")[1], _dots(row, protocols, True), low, HIGH, signed_difference(row)
            )
            for row in own
        ]
    parts.append(charts.axis_row(low, HIGH, _steps(low)))
    sentences = explanations(results)
    if sentences:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        parts.append(f"<h3>Where the distance may come from</h3><ul>{items}</ul>")
    return "".join(parts)


def _floor(rows: Sequence[Row], protocols: Sequence[str]) -> float:
    """The left end of a scale: the lowest number that is drawn, rounded down to tens."""
    drawn = [row[f"{p}_low"] for row in rows for p in protocols if p in row]
    drawn += [row["printed"] for row in rows if printed_number(row)]
    return float(10 * (min(drawn) // 10))


def _steps(low: float) -> list[float]:
    width = 10 if low >= 40 else 20
    return [float(step) for step in range(int(low), int(HIGH) + 1) if step % width == 0]


def curve_section(results: Results) -> str:
    """Accuracy by epoch of every cell."""
    found = []
    for protocol in (RANDOM, apart(results)):
        cells = results["protocols"].get(protocol, {}).get("cells", {}) if protocol else {}
        for architecture, title in (*COLUMNS.items(), ("mlp", "Multilayer Perceptron")):
            names = [n for n in cells if n.startswith(f"{architecture}/") and len(cells[n]["curve"]) > 1]
            if not names:
                continue
            lines = {
                name.split("/")[1]: (
                    f"s{1 + i % 5}",
                    [(epoch + 1.0, 100 * v) for epoch, v in enumerate(cells[name]["curve"])],
                )
                for i, name in enumerate(names)
            }
            epochs = float(max(len(cells[name]["curve"]) for name in names))
            highest = max(100 * max(cells[name]["curve"]) for name in names)
            chart = charts.line_chart(
                lines, (1, epochs), (0, 10 * (highest // 10 + 1)), "epoch", f"{title}: accuracy by epoch",
                [s for s in (0, 20, 40, 60, 80, 100) if s <= highest + 10], _epoch_steps(epochs),
            )  # fmt: skip
            found.append(f"<div><h3>{escape(title)}, {escape(title_of(str(protocol)))}</h3>{chart}</div>")
    if not found:
        return ""
    return (
        "<h2>Learning curves</h2><p>Accuracy on the tested tracks after every epoch, mean over splits. "
        f"{escape(epoch_rule(results))} Nothing was chosen by these curves.</p>"
        f'<div class="many">{"".join(found)}</div>'
    )


def _epoch_steps(epochs: float) -> list[float]:
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100) if epochs / s <= 6), 200)
    return [1.0, *(float(s) for s in range(step, int(epochs) + 1, step) if s > 1)]


def table_section(results: Results) -> str:
    """Both tables in numbers, and the systems that the paper quotes."""
    protocols = list(results["protocols"])

    def number(row: Row, protocol: str) -> str:
        if protocol not in row:
            return ""
        spread = row[f"{protocol}_deviation"]
        return f"{row[protocol]:.1f}" if spread is None else f"{row[protocol]:.1f} ± {spread:.1f}"

    def optimistic(row: Row) -> str:
        return f"{row[f'{RANDOM}_optimistic']:.1f}" if f"{RANDOM}_optimistic" in row else ""

    header = ["the paper", *(title_of(p) for p in protocols), "difference"]
    single = [
        [
            r["cell"],
            printed_number(r),
            *(number(r, p) for p in protocols),
            optimistic(r),
            signed_difference(r),
        ]
        for r in table_1(results)
    ]
    rows_of_table_2 = [
        [r["ensemble"], r["rule"], printed_number(r),
         *(number(r, p) for p in protocols), signed_difference(r)]
        for r in table_2(results)
    ]  # fmt: skip
    others = [] if other_task(results) else [[name, f"{value:.1f}"] for name, value in OTHERS.items()]
    parts = [
        "<h2>The tables</h2><p>Accuracy in percent, mean and standard deviation over splits.</p>",
        "<h3>Table 1</h3>",
        charts.table(["model", *header[:-1], "best epoch, random splits", header[-1]], single),
    ]
    if rows_of_table_2:
        parts.append(
            f"<h3>Table 2</h3>{charts.table(['ensemble', 'rule', *header], rows_of_table_2, texts=2)}"
        )
    if others:
        parts.append(
            f"<h3>Others, as the paper quotes them</h3>{charts.table(['system', 'accuracy'], others)}"
        )
    return "".join(parts)
