"""The report's view of one protocol's best ensemble: where genres go, members, confidence, errors."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from genrelens.paper.published import COLUMNS
from genrelens.paper.report import charts
from genrelens.paper.report.words import apart, best_ensemble, colour, title_of
from genrelens.paper.tables import RANDOM, Results, percent


def detailed_protocols(results: Results) -> list[str]:
    """Protocols whose best ensemble is shown in detail: random splits and one with artists apart."""
    names = [name for name in (apart(results), RANDOM) if name in results["protocols"]]
    names += [name for name in ("fault-filtered", "cross") if name in results["protocols"]]
    return [name for name in names if name and best_ensemble(results, name)]


def protocol_section(results: Results, protocol: str) -> str:
    """Everything about the best ensemble under one protocol."""
    best = best_ensemble(results, protocol)
    assert best is not None
    column, ensemble = best
    summary, genres = ensemble["rules"]["majority"], results["genres"]
    soft = ensemble["rules"]["soft"]
    curve = soft["calibration"]
    points = [(100 * c, 100 * a) for c, a in zip(curve["confidence"], curve["accuracy"], strict=True)]
    kind = colour(protocol)
    reliability = charts.line_chart(
        {"": (f"{kind} points", points)}, (0, 100), (0, 100), "confidence of the soft vote, %",
        "accuracy by confidence", [0, 25, 50, 75, 100], [0, 25, 50, 75, 100], diagonal=True, label_ends=False,
    )  # fmt: skip
    coverage = soft["coverage"]
    kept = [
        (100 * c, 100 * a)
        for c, a in zip(coverage["coverage"], coverage["accuracy"], strict=True)
        if c >= 0.1
    ]
    answered = charts.line_chart(
        {"": (kind, kept)}, (0, 100), (0, 100), "proportion of tracks answered, most confident first, %",
        "accuracy by proportion answered", [0, 25, 50, 75, 100], [0, 25, 50, 75, 100], label_ends=False,
    )  # fmt: skip
    genre_bars = [
        (
            row["genre"],
            [
                (kind, 100 * row["recall"], f"{row['genre']}: {row['recall']:.0%} of it found"),
                ("s5", 100 * row["precision"], f"{row['genre']}: {row['precision']:.0%} of answers right"),
            ],
        )
        for row in summary["genres"]
        if row["tests"]
    ]
    title = title_of(protocol)
    accuracy, (low, high) = summary["accuracy"], summary["interval"]
    return (
        f"<h2>{escape(title[0].upper() + title[1:])}: {escape(COLUMNS[column])} and MLP</h2>"
        f"<p>{percent(accuracy)} % of {summary['tracks']} tracks by majority, each counted once "
        f"({percent(low)} to {percent(high)}, 95 % over {summary['interval_over']}); "
        f"balanced {percent(summary['mean']['balanced_accuracy'])} %, "
        f"macro F1 over {summary['genres_tested']} genres "
        f"{percent(summary['mean']['macro_f1'])} %, calibration error of the soft vote "
        f"{percent(soft['pooled']['calibration_error'])} points.</p>"
        '<div class="pair"><div><h3>Where each genre goes, % of a row</h3>'
        f"{charts.confusion_table(genres, summary['confusion'])}</div><div><h3>Genre by genre</h3>"
        f"{charts.legend([(kind, 'recall: of its tracks found'), ('s5', 'precision: of its answers right')])}"
        f"{charts.bars(genre_bars)}</div></div>"
        f'<div class="many"><div><h3>Is it right as often as it is sure?</h3>{reliability}</div>'
        f"<div><h3>If it may abstain</h3>{answered}</div></div>{_members(ensemble, kind)}{_worst(ensemble)}"
    )


def _members(ensemble: Mapping[str, Any], kind: str) -> str:
    rows = [
        (
            view["name"].split("/")[1],
            [
                (kind, 100 * view["accuracy"], f"right in {view['accuracy']:.1%}"),
                ("s5", 100 * view["rescues"], f"right where the majority is wrong, in {view['rescues']:.1%}"),
            ],
        )
        for view in sorted(ensemble["views"], key=lambda view: -view["accuracy"])
    ]
    votes = [
        [str(v["right"]), f"{percent(v['share']):.1f}", f"{percent(v['majority_right']):.0f}"]
        for v in ensemble["votes"]
    ]
    names = [view["name"].split("/")[1] for view in ensemble["views"]]
    return (
        '<div class="pair"><div><h3>Members</h3>'
        f"{charts.legend([(kind, 'right, % of tests'), ('s5', 'right where the majority is wrong')])}"
        f"{charts.bars(rows)}</div><div><h3>Disagreement of members, % of tests</h3>"
        f"{charts.heat_table(names, ensemble['disagreement'])}</div></div>"
        "<h3>How many members are right, and whether the vote then is</h3>"
        f"{charts.table(['members right', '% of tests', 'vote right, %'], votes)}"
    )


def _worst(ensemble: Mapping[str, Any]) -> str:
    rows = [
        [w["track"], w["genre"], w["heard"], f"{w['probability']:.2f}", f"{w['own_probability']:.2f}"]
        for w in ensemble["worst"][:12]
    ]
    if not rows:
        return ""
    header = ["track", "filed as", "predicted as", "score", "score of its own genre"]
    return f"<h3>Most confident errors, to be listened to</h3>{charts.table(header, rows, texts=3)}"
