"""One page of HTML from the results of `reproduce`: no script, no network, good in light, dark and print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from genrelens.reproduction import charts
from genrelens.reproduction.paper import CEILING, COLUMNS, FEATURE_NAMES, OTHERS, TABLE_2
from genrelens.reproduction.tables import RANDOM, Results, Row, drops, optimism, percent, table_1, table_2

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
    "artist": "artists kept apart",
    "artist5": "artists kept apart",
    "fault-filtered": "fault-filtered split",
    "fault-filtered-3": "fault-filtered split",
    "cross": "another collection",
}
LOW, HIGH = 0.0, 100.0


def html_report(results: Results) -> str:
    """The whole page."""
    css = (files("genrelens.reproduction") / "report.css").read_text(encoding="utf-8")
    parts = [
        _head(results),
        _ensemble_section(results),
        _single_section(results),
        _curve_section(results),
        *(_protocol_section(results, name) for name in _sections(results)),
        _picture_section(results),
        _table_section(results),
        _foot(results),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>The paper's tables, made again</title><style>{css}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _colour(protocol: str) -> str:
    return COLOURS.get(protocol, "s5")


def _title(protocol: str) -> str:
    return TITLES.get(protocol, protocol)


def _apart(results: Results) -> str | None:
    return next((name for name in ("artist", "artist5") if name in results["protocols"]), None)


def _best_ensemble(results: Results, protocol: str) -> tuple[str, Mapping[str, Any]] | None:
    """The paper's best, where it was run with all members, or else the one with most members."""
    found = results["protocols"].get(protocol, {}).get("ensembles", {})
    order = sorted(found, key=lambda name: (-len(found[name]["members"]), -TABLE_2[name]))
    return (order[0], found[order[0]]) if order else None


def _head(results: Results) -> str:
    data, training = results["data"], results["recipe"]["training"]
    counts = ", ".join(f"{genre} {count}" for genre, count in data["genres"].items())
    figures = []
    for protocol in results["protocols"]:
        best = _best_ensemble(results, protocol)
        if best is None:
            continue
        column, ensemble = best
        accuracy = percent(ensemble["rules"]["majority"]["mean"]["accuracy"])
        members = len(ensemble["members"])
        figures.append(
            (f"{accuracy:.1f} %", f"{_title(protocol)}: {COLUMNS[column]} and MLP, {members} members")
        )
        if protocol == RANDOM:
            figures.insert(0, (f"{TABLE_2[column]:.1f} %", "the paper's number for this ensemble"))
    added = optimism(results)
    if RANDOM in added:
        figures.append(
            (f"+{added[RANDOM]:.1f}", "points, if the epoch is chosen on the tested tracks themselves")
        )
    cards = "".join(f"<div><strong>{escape(v)}</strong><span>{escape(t)}</span></div>" for v, t in figures)
    return (
        "<h1>What is left of 94 percent</h1>"
        "<p>Ghosal and Kolekar (Interspeech 2018) recognise music genres with an ensemble of small "
        "networks. Their tables are made again here, beside the same models under splits that keep artists "
        "apart.</p>"
        f'<p class="meta">{data["tracks"]} tracks of {escape(data["name"])} ({escape(counts)}) · '
        f"{training['epochs']} epochs fixed beforehand · genrelens {escape(results['version'])} · "
        f"{escape(results['date'][:10])}</p>"
        f'<div class="figures">{cards}</div>{_notes(results)}'
    )


def _notes(results: Results) -> str:
    notes = [(p, note) for p, result in results["protocols"].items() for note in result["notes"]]
    if not notes:
        return ""
    items = "".join(f"<li>{escape(_title(p))}: {escape(note)}</li>" for p, note in notes)
    return f'<ul class="note">{items}</ul>'


def _legend(results: Results, optimistic: bool) -> str:
    entries = [("paper", "the paper")]
    entries += [(_colour(p), _title(p)) for p in results["protocols"]]
    if optimistic:
        entries.append((f"{_colour(RANDOM)} hollow", "best epoch on the tested tracks"))
    return charts.legend(entries)


def _dots(row: Row, protocols: Sequence[str], optimistic: bool) -> list[Any]:
    dots: list[Any] = []
    for protocol in protocols:
        if protocol not in row:
            continue
        interval = (row[f"{protocol}_low"], row[f"{protocol}_high"])
        tip = f"{_title(protocol)}: {row[protocol]} ({interval[0]} to {interval[1]})"
        dots.append((_colour(protocol), row[protocol], interval, tip))
        if optimistic and protocol == RANDOM:
            best = row[f"{protocol}_optimistic"]
            dots.append(
                (f"{_colour(protocol)} hollow", best, None, f"best epoch on the tested tracks: {best}")
            )
    if row.get("rule", "majority") == "majority":
        dots.append(("paper", row["printed"], None, f"the paper: {row['printed']}"))
    return dots


def _ensemble_section(results: Results) -> str:
    rows = table_2(results)
    if not rows:
        return ""
    protocols = list(results["protocols"])
    parts = [
        "<h2>Ensembles</h2><p>Nine networks of one kind, one a feature, and two perceptrons vote. Beside the "
        "paper's majority: the mean of their probabilities (soft), and a logistic regression fitted inside "
        f"each training part (stacked). A perfect system would reach about {CEILING} on GTZAN's labels.</p>",
        _legend(results, optimistic=False),
    ]
    low = _floor(rows, protocols)
    for column, title in COLUMNS.items():
        own = [row for row in rows if row["ensemble"] == column]
        if not own:
            continue
        parts.append(f'<p class="group">{escape(title)} and MLP, {own[0]["members"]} members</p>')
        parts += [
            charts.dot_row(row["rule"], _dots(row, protocols, False), low, HIGH, _value(row)) for row in own
        ]
    parts.append(charts.axis_row(low, HIGH, _steps(low)))
    return "".join(parts)


def _single_section(results: Results) -> str:
    rows = table_1(results)
    protocols = list(results["protocols"])
    low = _floor(rows, protocols)
    parts = [
        "<h2>Single models</h2><p>The bar around a dot is its 95 % interval: over tracks for random splits, "
        "over artists elsewhere. The number is the difference from the paper. Where the paper's tick lies "
        "right of bar and open circle, neither chance nor the choice of the epoch explains it.</p>",
        _legend(results, optimistic=True),
    ]
    for architecture, title in (*COLUMNS.items(), ("mlp", "Multilayer Perceptron")):
        own = [row for row in rows if row["cell"].startswith(f"{architecture}/")]
        if own:
            parts.append(f'<p class="group">{escape(title)}</p>')
        parts += [
            charts.dot_row(row["cell"].split("/")[1], _dots(row, protocols, True), low, HIGH, _value(row))
            for row in own
        ]
    parts.append(charts.axis_row(low, HIGH, _steps(low)))
    fallen, added = drops(results), optimism(results)
    sentences = []
    if fallen and sum(row["fall"] for row in fallen) > 0:
        mean = sum(row["fall"] for row in fallen) / len(fallen)
        sentences.append(
            f"With artists kept apart, models lose {mean:.1f} points on average, "
            f"most {fallen[0]['cell']} ({fallen[0]['random']} to {fallen[0]['apart']})."
        )
    sentences += [
        f"Choosing the epoch on the tested tracks adds {points:.1f} points ({_title(protocol)})."
        for protocol, points in added.items()
    ]
    parts.append(f"<p>{escape(' '.join(sentences))}</p>")
    return "".join(parts)


def _value(row: Row) -> str:
    return f"{row['difference']:+.1f}" if "difference" in row else ""


def _floor(rows: Sequence[Row], protocols: Sequence[str]) -> float:
    """The left end of a scale: the lowest number that is drawn, rounded down to tens."""
    drawn = [row[f"{p}_low"] for row in rows for p in protocols if p in row] + [r["printed"] for r in rows]
    return float(10 * (min(drawn) // 10))


def _steps(low: float) -> list[float]:
    width = 10 if low >= 40 else 20
    return [float(step) for step in range(int(low), int(HIGH) + 1) if step % width == 0]


def _curve_section(results: Results) -> str:
    found = []
    for protocol in (RANDOM, _apart(results)):
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
            found.append(f"<div><h3>{escape(title)}, {escape(_title(str(protocol)))}</h3>{chart}</div>")
    if not found:
        return ""
    return (
        "<h2>Learning curves</h2><p>Accuracy on the tested tracks after every epoch, mean over splits. The "
        "honest numbers take the last epoch, which was fixed before; nothing was chosen by these curves.</p>"
        f'<div class="many">{"".join(found)}</div>'
    )


def _epoch_steps(epochs: float) -> list[float]:
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100) if epochs / s <= 6), 200)
    return [1.0, *(float(s) for s in range(step, int(epochs) + 1, step) if s > 1)]


def _sections(results: Results) -> list[str]:
    """Protocols whose best ensemble is shown in detail: random splits and one with artists apart."""
    names = [name for name in (_apart(results), RANDOM) if name in results["protocols"]]
    names += [name for name in ("fault-filtered", "cross") if name in results["protocols"]]
    return [name for name in names if name and _best_ensemble(results, name)]


def _protocol_section(results: Results, protocol: str) -> str:
    best = _best_ensemble(results, protocol)
    assert best is not None
    column, ensemble = best
    summary, genres = ensemble["rules"]["majority"], results["genres"]
    soft = ensemble["rules"]["soft"]
    curve = soft["calibration"]
    points = [(100 * c, 100 * a) for c, a in zip(curve["confidence"], curve["accuracy"], strict=True)]
    kind = _colour(protocol)
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
        {"": (kind, kept)}, (0, 100), (0, 100), "share of tracks answered, the surest first, %",
        "accuracy by share answered", [0, 25, 50, 75, 100], [0, 25, 50, 75, 100], label_ends=False,
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
    title = _title(protocol)
    accuracy, (low, high) = summary["accuracy"], summary["interval_artists"]
    return (
        f"<h2>{escape(title[0].upper() + title[1:])}: {escape(COLUMNS[column])} and MLP</h2>"
        f"<p>{percent(accuracy)} % of {summary['tracks']} tracks by majority, each counted once "
        f"({percent(low)} to {percent(high)} over artists); "
        f"balanced {percent(summary['mean']['balanced_accuracy'])} %, "
        f"macro F1 {percent(summary['mean']['macro_f1'])} %, calibration error of the soft vote "
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
        f"{charts.bars(rows)}</div><div><h3>Who contradicts whom, % of tests</h3>"
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
    header = ["track", "filed as", "heard as", "score", "score of its own genre"]
    return f"<h3>Surest errors, to be listened to</h3>{charts.table(header, rows, texts=3)}"


def _picture_section(results: Results) -> str:
    pictures = results.get("pictures") or []
    if len(pictures) < 2:
        return ""
    first, second = pictures[:2]
    cells = [
        f"<span></span><b>{escape(first['genre'])}: {escape(first['track'])}</b>"
        f"<b>{escape(second['genre'])}: {escape(second['track'])}</b>"
    ]
    for name in (name for name in FEATURE_NAMES if name in first["features"] and name in second["features"]):
        images = "".join(
            f'<img alt="{escape(name)} of {escape(p["track"])}" '
            f'src="data:image/png;base64,{p["features"][name]}" style="height:{_height(name)}px">'
            for p in (first, second)
        )
        cells.append(f"<span>{escape(name)}</span>{images}")
    return (
        "<h2>What the networks see</h2><p>The features of two tracks, as figure 1 of the paper: 30 s to the "
        f'right, low to high upwards.</p><div class="pictures">{"".join(cells)}</div>'
    )


def _height(feature: str) -> int:
    return 110 if feature in ("mel", "tempogram") else 60


def _table_section(results: Results) -> str:
    protocols = list(results["protocols"])

    def number(row: Row, protocol: str) -> str:
        return f"{row[protocol]:.1f} ± {row[f'{protocol}_deviation']:.1f}" if protocol in row else ""

    def optimistic(row: Row) -> str:
        return f"{row[f'{RANDOM}_optimistic']:.1f}" if f"{RANDOM}_optimistic" in row else ""

    header = ["the paper", *(_title(p) for p in protocols), "difference"]
    single = [
        [r["cell"], f"{r['printed']:.1f}", *(number(r, p) for p in protocols), optimistic(r), _value(r)]
        for r in table_1(results)
    ]
    joined = [
        [r["ensemble"], r["rule"], f"{r['printed']:.1f}" if r["rule"] == "majority" else "",
         *(number(r, p) for p in protocols), _value(r)]
        for r in table_2(results)
    ]  # fmt: skip
    others = [[name, f"{value:.1f}"] for name, value in OTHERS.items()]
    parts = [
        "<h2>The tables</h2><p>Accuracy in percent, mean and standard deviation over splits.</p>",
        "<h3>Table 1</h3>",
        charts.table(["model", *header[:-1], "best epoch, random splits", header[-1]], single),
    ]
    if joined:
        parts.append(f"<h3>Table 2</h3>{charts.table(['ensemble', 'rule', *header], joined, texts=2)}")
    parts.append(f"<h3>Others, as the paper quotes them</h3>{charts.table(['system', 'accuracy'], others)}")
    return "".join(parts)


def _foot(results: Results) -> str:
    training = results["recipe"]["training"]
    settings = ", ".join(f"{key} {value}" for key, value in training.items())
    machine = results["machine"]
    return (
        f"<footer>Made by <code>genrelens reproduce</code> {escape(results['version'])} on "
        f"{escape(results['date'])}, {escape(machine['system'])}, Python {escape(machine['python'])}, in "
        f"{results['seconds'] / 60:.0f} minutes. Recipe {escape(results['recipe']['name'])}: "
        f"{escape(settings)}; transfer vector {escape(results['transfer'])}; seed {results['seed']}; "
        f"list of tracks <code>{escape(results['data']['hash'])}</code>.</footer>"
    )
