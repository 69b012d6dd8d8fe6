"""The paper's tables next to ours: rows of plain values, CSV and Markdown.

Conventions: accuracies in percent, as the paper prints them. The protocol of the paper is called `paper`, so
the number that it prints is called `printed`; `comparable` is whether it was measured on the same task with
the same members (see `comparable`). Only then there is a `difference`, ours under the paper's protocol minus
the printed one, and `within`, whether the printed number lies inside our interval.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from genrelens.ensemble.fusion import Rule
from genrelens.paper.comparable import other_ensemble, other_task, remarks
from genrelens.paper.published import TABLE_1, TABLE_2

Results = Mapping[str, Any]
Row = dict[str, Any]
RANDOM = "paper"
PRINTED_RULE: Rule = "majority"
"""By which the paper fuses members."""


def table_1(results: Results) -> list[Row]:
    """One row a cell: the paper's number, ours under each protocol, the optimistic one."""
    protocols = results["protocols"]
    comparable = not other_task(results)
    rows = []
    for name, printed in TABLE_1.items():
        row: Row = {"cell": name, "printed": printed, "comparable": comparable}
        for protocol, result in protocols.items():
            cell = result["cells"].get(name)
            if cell is None:
                continue
            row[protocol] = percent(cell["accuracy"])
            row[f"{protocol}_low"], row[f"{protocol}_high"] = (
                percent(v) for v in interval_of(protocol, cell)
            )
            row[f"{protocol}_deviation"] = _percent(cell["deviation"])
            row[f"{protocol}_optimistic"] = percent(cell["optimistic"])
        if len(row) > 3:
            rows.append(_with_difference(row))
    return rows


def table_2(results: Results) -> list[Row]:
    """One row an ensemble and rule."""
    rows = []
    for column, printed in TABLE_2.items():
        found = {
            p: r["ensembles"][column] for p, r in results["protocols"].items() if column in r["ensembles"]
        }
        for rule in dict.fromkeys(rule for one in found.values() for rule in one["rules"]):
            row: Row = {"ensemble": column, "rule": rule, "members": 0, "printed": printed}
            row["comparable"] = False
            for protocol, one in found.items():
                summary = one["rules"].get(rule)
                if summary is None:
                    continue
                row["members"] = len(one["members"])
                row["comparable"] = not other_task(results) and not other_ensemble(row["members"])
                row[protocol] = percent(summary["mean"]["accuracy"])
                row[f"{protocol}_low"], row[f"{protocol}_high"] = (
                    percent(v) for v in interval_of(protocol, summary)
                )
                row[f"{protocol}_deviation"] = _percent(summary["deviation"]["accuracy"])
            rows.append(_with_difference(row) if rule == PRINTED_RULE else row)
    return rows


def percent(proportion: float) -> float:
    """A proportion as percent with one decimal.

    Example:
        >>> percent(0.8234)
        82.3
    """
    return round(100 * proportion, 1)


def _percent(proportion: float | None) -> float | None:
    return None if proportion is None else percent(proportion)


def interval_of(protocol: str, cell: Mapping[str, Any]) -> Sequence[float]:
    """Over tracks under the paper's random splits and where no artist is known, else over artists."""
    over_artists = None if protocol == RANDOM else cell["interval_artists"]
    interval: Sequence[float] = over_artists or cell["interval_tracks"]
    return interval


def drawn_units(results: Results) -> str:
    """What intervals are over, in words."""
    others = {
        result.get("artists", {}).get("intervals_over", "artists")
        for protocol, result in results["protocols"].items()
        if protocol != RANDOM
    }
    if others <= {"tracks"}:
        return "over tracks"
    return f"over tracks under `{RANDOM}`, over {' or '.join(sorted(others))} elsewhere"


def _with_difference(row: Row) -> Row:
    if RANDOM in row and row["comparable"]:
        row["difference"] = round(row[RANDOM] - row["printed"], 1)
        row["within"] = bool(row[f"{RANDOM}_low"] <= row["printed"] <= row[f"{RANDOM}_high"])
    return row


def to_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV with a header; columns in order of first mention."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_markdown(results: Results, sentences: Sequence[str] = ()) -> str:
    """Both tables with a heading, the data, what the numbers mean, and sentences about them."""
    protocols = list(results["protocols"])
    data = results["data"]
    counts = ", ".join(f"{genre} {count}" for genre, count in data["genres"].items())
    lines = [
        "# The paper's tables, made again",
        "",
        f"{data['tracks']} tracks of {data['name']} ({counts}); genrelens {results['version']}, "
        f"{results['date']}; recipe {results['recipe']['name']}, seed {results['seed']}. "
        f"{epoch_rule(results)}",
        "",
        f"Accuracy in percent with its 95 % interval ({drawn_units(results)}). "
        "*Best epoch* is the optimistic number: the epoch chosen on the tested tracks themselves.",
        "",
    ]
    for protocol, result in results["protocols"].items():
        lines += [f"- `{protocol}`: {note}" for note in result["notes"]]
    lines += [f"- {sentence}" for sentence in remarks(results)]
    lines += ["", "## Table 1: single models", "", *_markdown_1(table_1(results), protocols)]
    if sentences:
        lines += ["", *(f"- {sentence}" for sentence in sentences)]
    second = table_2(results)
    if second:
        lines += ["", "## Table 2: ensembles", "", *_markdown_2(second, protocols)]
    return "\n".join(lines) + "\n"


def _markdown_1(rows: Sequence[Row], protocols: Sequence[str]) -> list[str]:
    header = ["model", "the paper"]
    for protocol in protocols:
        header += [protocol, "best epoch"]
    header.append("difference")
    lines = [markdown_line(header), markdown_line(["---"] + ["---:"] * (len(header) - 1))]
    for row in rows:
        cells = [row["cell"], printed_number(row)]
        for protocol in protocols:
            cells += [number_text(row, protocol), _plain(row.get(f"{protocol}_optimistic"))]
        lines.append(markdown_line([*cells, _signed(row)]))
    return lines


def _markdown_2(rows: Sequence[Row], protocols: Sequence[str]) -> list[str]:
    header = ["ensemble", "rule", "members", "the paper", *protocols, "difference"]
    lines = [markdown_line(header), markdown_line(["---", "---"] + ["---:"] * (len(header) - 2))]
    for row in rows:
        cells = [row["ensemble"], row["rule"], str(row["members"]), printed_number(row)]
        lines.append(
            markdown_line([*cells, *(number_text(row, protocol) for protocol in protocols), _signed(row)])
        )
    return lines


def markdown_line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def number_text(row: Row, protocol: str) -> str:
    """Accuracy under a protocol with its interval; empty where it was not measured."""
    if protocol not in row:
        return ""
    return f"{row[protocol]:.1f} ({row[f'{protocol}_low']:.1f} to {row[f'{protocol}_high']:.1f})"


def printed_number(row: Row) -> str:
    """The paper's number of a row; empty where it is not comparable, or is of another rule."""
    return (
        f"{row['printed']:.1f}" if row["comparable"] and row.get("rule", PRINTED_RULE) == PRINTED_RULE else ""
    )


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _signed(row: Row) -> str:
    return f"{row['difference']:+.1f}" if "difference" in row else ""


def drops(results: Results) -> list[Row]:
    """How far each cell falls from random splits when artists are kept apart, largest first."""
    protocols = results["protocols"]
    apart = next((name for name in ("artist", "artist5") if name in protocols), None)
    if RANDOM not in protocols or apart is None:
        return []
    rows = [
        {
            "cell": row["cell"],
            "random": row[RANDOM],
            "apart": row[apart],
            "fall": round(row[RANDOM] - row[apart], 1),
        }
        for row in table_1(results)
        if RANDOM in row and apart in row
    ]
    return sorted(rows, key=lambda row: -row["fall"])


def optimism(results: Results) -> dict[str, float]:
    """Mean points that choosing the epoch on the tested tracks adds, under each protocol."""
    added: dict[str, float] = {}
    for protocol, result in results["protocols"].items():
        gains = [100 * (cell["optimistic"] - cell["accuracy"]) for cell in result["cells"].values()]
        if gains:
            added[protocol] = round(sum(gains) / len(gains), 1)
    return added


def epoch_rule(results: Results) -> str:
    """How the epoch of the reported numbers is chosen, in one sentence."""
    epochs = results["recipe"]["training"]["epochs"]
    if results.get("inner_folds"):
        return (
            f"The honest numbers take the epoch, of {epochs}, at which {results['inner_folds']} models "
            "trained and tested inside the training part, artists kept apart, were right most often."
        )
    return f"The honest numbers take the last of {epochs} epochs, as fixed before."
