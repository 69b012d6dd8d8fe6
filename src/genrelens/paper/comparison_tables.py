"""The comparison of systems as rows of plain values and as Markdown, from the results of `reproduce` alone.

Conventions: as in `tables`; accuracies in percent. A claim stands beside our numbers only where the data are
GTZAN's ten genres, as with the paper's own numbers (`comparable`). `P_minus_RIVAL` is the system's accuracy
under the protocol P minus that of the rival on the tracks that both were tested on, each counted once, with
its 95 % interval and the p-value of the exact McNemar test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genrelens.paper.comparable import other_ensemble, other_task
from genrelens.paper.published import TABLE_2
from genrelens.paper.tables import RANDOM, Results, Row, interval_of, markdown_line, number_text, percent

ORDER = ("paper", "kfold10", "artist", "artist5", "fault-filtered", "fault-filtered-3", "cross")
"""Protocols from the mildest to the strictest."""
PUBLISHED, PLAIN, RIVAL = "published", "plain", "rival"


def has_comparison(results: Results) -> bool:
    """Whether systems were compared."""
    return bool(results.get("comparison"))


def compared_protocols(results: Results) -> list[str]:
    """Protocols of the run from the mildest to the strictest; those of other packages before `cross`."""
    names = list(results["protocols"])
    last = ORDER.index("cross")
    return sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else last - 0.5)


def comparison_rows(results: Results) -> list[Row]:
    """One row a system: published ones by year, then plain ones, then what they are tested against."""
    if not has_comparison(results):
        return []
    found = results["comparison"]
    comparable = not other_task(results)
    rows = [_row(results, name, entry, comparable) for name, entry in found["systems"].items()]
    years = {name: (entry["reference"] or {}).get("year", 0) for name, entry in found["systems"].items()}
    rows.sort(key=lambda row: (row["kind"] == PLAIN, years[row["system"]], row["system"]))
    return rows + [_rival_row(results, name, entry, comparable) for name, entry in found["rivals"].items()]


def _row(results: Results, name: str, entry: Mapping[str, Any], comparable: bool) -> Row:
    row: Row = {
        "system": name,
        "kind": PLAIN if entry["reference"] is None else PUBLISHED,
        "meaning": entry["meaning"],
        "published": entry["published"],
        "claimed": entry["claimed"],
        "claimed_how": entry["claimed_how"],
        "comparable": comparable,
    }
    _add_numbers(row, results, entry)
    row["train_seconds"], row["clip_seconds"] = entry["train_seconds"], entry["clip_seconds"]
    for protocol in compared_protocols(results):
        for rival, test in entry["protocols"].get(protocol, {}).get("against", {}).items():
            key = f"{protocol}_minus_{rival}"
            row[key] = percent(test["difference"])
            row[f"{key}_low"], row[f"{key}_high"] = percent(test["low"]), percent(test["high"])
            row[f"{key}_p"] = float(f"{test['p_value']:.3g}")
    return row


def _rival_row(results: Results, name: str, entry: Mapping[str, Any], comparable: bool) -> Row:
    members = [
        len(one["ensembles"][name]["members"])
        for one in results["protocols"].values()
        if name in one["ensembles"]
    ]
    whole = bool(members) and not other_ensemble(members[0])
    row: Row = {
        "system": name,
        "kind": RIVAL,
        "meaning": entry["meaning"],
        "published": "Ghosal and Kolekar 2018" if name in TABLE_2 else "",
        "claimed": TABLE_2.get(name),
        "claimed_how": "ten random 80/20 splits" if name in TABLE_2 else "",
        "comparable": comparable and whole,
    }
    _add_numbers(row, results, entry)
    row["train_seconds"], row["clip_seconds"] = entry["train_seconds"], None
    return row


def _add_numbers(row: Row, results: Results, entry: Mapping[str, Any]) -> None:
    for protocol in compared_protocols(results):
        numbers = entry["protocols"].get(protocol)
        if numbers is None:
            continue
        row[protocol] = percent(numbers["accuracy"])
        low, high = interval_of(protocol, numbers)
        row[f"{protocol}_low"], row[f"{protocol}_high"] = percent(low), percent(high)
        row[f"{protocol}_deviation"] = None if numbers["deviation"] is None else percent(numbers["deviation"])


def claim(row: Row) -> float | None:
    """The claimed accuracy of a row; None where there is none, or it is of another task."""
    return row["claimed"] if row["comparable"] else None


def claim_text(row: Row) -> str:
    """The claim for tables."""
    value = claim(row)
    return "" if value is None else f"{value:.1f}"


def seconds_text(value: float | None) -> str:
    """Seconds for tables.

    Example:
        >>> seconds_text(0.0512), seconds_text(3.14), seconds_text(1263.4), seconds_text(None)
        ('0.05', '3.1', '1263', '')
    """
    if value is None:
        return ""
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def p_text(value: float) -> str:
    """A p-value for tables.

    Example:
        >>> p_text(0.0004), p_text(0.0123), p_text(1.0)
        ('p < 0.001', 'p = 0.012', 'p = 1.000')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def difference_text(row: Row, protocol: str, rival: str) -> str:
    """A difference from a rival with its interval and p-value; empty where it was not tested."""
    key = f"{protocol}_minus_{rival}"
    if key not in row:
        return ""
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    return f"{row[key]:+.1f} ({low:+.1f} to {high:+.1f}), {p_text(row[f'{key}_p'])}"


def rivals_of(results: Results) -> dict[str, str]:
    """What systems are tested against: name and meaning."""
    return {name: entry["meaning"] for name, entry in results["comparison"]["rivals"].items()}


def comparison_sentences(results: Results) -> list[str]:
    """What the claims become: means over the systems that have one, and what could not be measured."""
    rows = [row for row in comparison_rows(results) if claim(row) is not None]
    protocols = compared_protocols(results)
    rows = [row for row in rows if all(protocol in row for protocol in protocols)]
    sentences = []
    if len(rows) > 1:
        claimed = _mean(rows, "claimed")
        here = ", ".join(f"{_mean(rows, name):.1f} under `{name}`" for name in protocols)
        sentences.append(f"The {len(rows)} claims are {claimed:.1f} % on average; here {here}.")
        apart = next((name for name in ("artist", "artist5") if name in protocols), None)
        if RANDOM in protocols and apart is not None:
            falls = sum(row[apart] < row[RANDOM] for row in rows)
            sentences.append(
                f"{falls} of {len(rows)} fall where artists are kept apart, by "
                f"{_mean(rows, RANDOM) - _mean(rows, apart):.1f} points on average."
            )
    return [*sentences, *results["comparison"]["notes"]]


def _mean(rows: Sequence[Row], key: str) -> float:
    return float(sum(row[key] for row in rows) / len(rows))


def comparison_markdown(results: Results) -> str:
    """A section for `tables.md`; empty where no systems were compared."""
    if not has_comparison(results):
        return ""
    rows, protocols = comparison_rows(results), compared_protocols(results)
    sentences = comparison_sentences(results)
    header = ["system", "published", "claimed", *protocols, "training, s", "a clip, s"]
    lines = [
        "",
        "## Comparison with other systems",
        "",
        "Claimed and our accuracy in percent, with 95 % intervals as above; settings chosen inside each "
        "training part. Seconds are of processor time: one training with the choice of settings, and one "
        "recording from file to answer.",
        "",
        *(f"- {sentence}" for sentence in sentences),
        *([""] if sentences else []),
        markdown_line(header),
        markdown_line(["---", "---"] + ["---:"] * (len(header) - 2)),
        *(markdown_line(_cells(row, protocols)) for row in rows),
    ]
    measured = [row for row in rows if row["kind"] != RIVAL]
    for rival, meaning in rivals_of(results).items():
        lines += [
            "",
            f"Difference from `{rival}` ({meaning}) in points, each track counted once, with its 95 % "
            "interval and the p-value of the exact McNemar test over tracks:",
            "",
            markdown_line([f"minus `{rival}`", *protocols]),
            markdown_line(["---"] + ["---:"] * len(protocols)),
        ]
        for row in measured:
            cells = [difference_text(row, protocol, rival) for protocol in protocols]
            lines.append(markdown_line([row["system"], *cells]))
    return "\n".join(lines) + "\n"


def _cells(row: Row, protocols: Sequence[str]) -> list[str]:
    return [
        row["system"],
        row["published"],
        claim_text(row),
        *(number_text(row, protocol) for protocol in protocols),
        seconds_text(row["train_seconds"]),
        seconds_text(row["clip_seconds"]),
    ]
