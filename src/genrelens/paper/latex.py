r"""The tables as LaTeX with booktabs, to be included by `\input`; citations are those of `references`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genrelens.baselines.reference import Reference
from genrelens.paper.comparison_tables import (
    RIVAL,
    claim_text,
    compared_protocols,
    comparison_rows,
    has_comparison,
    p_text,
    rivals_of,
    seconds_text,
)
from genrelens.paper.published import BEST
from genrelens.paper.references import PAPER, key_of, references_of
from genrelens.paper.tables import RANDOM, Results, Row, drawn_units, printed_number, table_1, table_2

HEAD = r"""% Made by genrelens reproduce. It needs \usepackage{booktabs} and \bibliography{references}.
% Tables span both columns of a two-column class; a narrower text needs \usepackage{graphicx} and \resizebox.
"""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
} | {one: "\\" + one for one in "&%$#_{}"}


def escaped(text: str) -> str:
    r"""Any text as LaTeX that prints it; characters that control terminals, and lines, become spaces.

    Example:
        >>> print(escaped("mfcc_svm: 50 % & more"))
        mfcc\_svm: 50 \% \& more
    """
    return "".join(_SPECIAL.get(one, one if one.isprintable() else " ") for one in text)


def tables_tex(results: Results) -> str:
    """Table 1, Table 2 and the comparison, as far as they are there."""
    protocols = list(results["protocols"])
    parts = [HEAD + _single(results, protocols)]
    if table_2(results):
        parts.append(_ensembles(results, protocols))
    if has_comparison(results):
        parts.append(_comparison(results))
        parts += [_tests(results, rival, meaning) for rival, meaning in rivals_of(results).items()]
    return "\n".join(parts)


def _single(results: Results, protocols: Sequence[str]) -> str:
    rows = [
        [_code(row["cell"]), printed_number(row), *(_number(row, name) for name in protocols), _signed(row)]
        for row in table_1(results)
    ]
    header = ["Model", _printed(), *map(_code, protocols), "Diff."]
    caption = (
        f"Single models: accuracy in percent with its 95\\,\\% interval, {escaped(_intervals(results))}, on "
        f"{_data(results)}. \\emph{{Diff.}}: under {_code(RANDOM)} minus the paper's number."
    )
    return _table(header, rows, caption, "tab:single")


def _ensembles(results: Results, protocols: Sequence[str]) -> str:
    rows = [
        [
            _code(row["ensemble"]),
            escaped(row["rule"]),
            str(row["members"]),
            printed_number(row),
            *(_number(row, name) for name in protocols),
            _signed(row),
        ]
        for row in table_2(results)
    ]
    header = ["Ensemble", "Rule", "Members", _printed(), *map(_code, protocols), "Diff."]
    return _table(
        header, rows, f"Ensembles on {_data(results)}; as Table~\\ref{{tab:single}}.", "tab:ensembles", 2
    )


def _comparison(results: Results) -> str:
    protocols, kept = compared_protocols(results), references_of(results)
    entries = results["comparison"]["systems"]
    rows = []
    for row in comparison_rows(results):
        reference = entries.get(row["system"], {}).get("reference")
        works = [Reference(**reference)] if reference else [PAPER] if row["system"] == BEST else []
        cited = "".join(f"~\\cite{{{key_of(work, kept)}}}" for work in works)
        rows.append(
            [
                _code(row["system"]) + cited,
                claim_text(row),
                *(_number(row, name) for name in protocols),
                seconds_text(row["train_seconds"]),
                seconds_text(row["clip_seconds"]),
            ]
        )
    header = ["System", "Claimed", *map(_code, protocols), "Train, s", "Clip, s"]
    caption = (
        f"Claimed accuracy, and accuracy on the same splits of {_data(results)}, in percent with its "
        "95\\,\\% interval. Seconds of processor time for one training with the choice of settings, and for "
        "one recording from file to answer."
    )
    return _table(header, rows, caption, "tab:comparison")


def _tests(results: Results, rival: str, meaning: str) -> str:
    protocols = compared_protocols(results)
    rows = []
    for row in comparison_rows(results):
        if row["kind"] != RIVAL:
            rows.append([_code(row["system"]), *(_difference(row, name, rival) for name in protocols)])
            rows.append(["", *(_chance(row, name, rival) for name in protocols)])
    caption = (
        f"Difference from {_code(rival)} ({escaped(meaning)}) in points, with its 95\\,\\% interval and the "
        "p-value of the exact McNemar test over tracks."
    )
    return _table(["System", *map(_code, protocols)], rows, caption, f"tab:against-{rival.replace('_', '-')}")


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], caption: str, label: str, texts: int = 1
) -> str:
    columns = "l" * texts + "r" * (len(header) - texts)
    lines = [
        r"\begin{table*}",
        r"\centering\scriptsize\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{caption}}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"\toprule",
        " & ".join(header) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _code(name: str) -> str:
    return rf"\texttt{{{escaped(name)}}}"


def _printed() -> str:
    return rf"\cite{{{PAPER.key}}}"


def _number(row: Mapping[str, float], protocol: str) -> str:
    if protocol not in row:
        return ""
    return f"{row[protocol]:.1f} ({row[f'{protocol}_low']:.1f}--{row[f'{protocol}_high']:.1f})"


def _difference(row: Row, protocol: str, rival: str) -> str:
    key = f"{protocol}_minus_{rival}"
    if key not in row:
        return ""
    return f"${row[key]:+.1f}$ (${row[f'{key}_low']:+.1f}$ to ${row[f'{key}_high']:+.1f}$)"


def _chance(row: Row, protocol: str, rival: str) -> str:
    key = f"{protocol}_minus_{rival}_p"
    return f"${p_text(row[key]).replace(' ', '')}$" if key in row else ""


def _signed(row: Row) -> str:
    return f"${row['difference']:+.1f}$" if "difference" in row else ""


def _data(results: Results) -> str:
    return f"{results['data']['tracks']} tracks of {len(results['data']['genres'])} genres"


def _intervals(results: Results) -> str:
    return drawn_units(results).replace("`", "")
