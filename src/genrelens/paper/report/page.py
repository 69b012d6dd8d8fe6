"""One page of HTML from the results of `reproduce`: no script, no network, good in light, dark and print."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from genrelens.paper.comparable import other_ensemble, other_task, remarks
from genrelens.paper.published import COLUMNS, FEATURE_NAMES, TABLE_2
from genrelens.paper.report.comparison import (
    curve_section,
    ensemble_section,
    single_section,
    table_section,
)
from genrelens.paper.report.protocol import detailed_protocols, protocol_section
from genrelens.paper.report.systems import systems_section
from genrelens.paper.report.words import best_ensemble, title_of
from genrelens.paper.tables import RANDOM, Results, epoch_rule, optimism, percent

OTHER_TITLE = "The paper's models on other data"
PAGE_TITLE = "The paper's tables, made again"


def html_report(results: Results) -> str:
    """The whole page."""
    folder = files("genrelens.paper.report")
    css = "".join((folder / name).read_text(encoding="utf-8") for name in ("charts.css", "report.css"))
    parts = [
        _head(results),
        ensemble_section(results),
        single_section(results),
        systems_section(results),
        curve_section(results),
        *(protocol_section(results, name) for name in detailed_protocols(results)),
        _picture_section(results),
        table_section(results),
        _foot(results),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{PAGE_TITLE}</title><style>{css}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(results: Results) -> str:
    data = results["data"]
    counts = ", ".join(f"{genre} {count}" for genre, count in data["genres"].items())
    figures = []
    for protocol in results["protocols"]:
        best = best_ensemble(results, protocol)
        if best is None:
            continue
        column, ensemble = best
        accuracy = percent(ensemble["rules"]["majority"]["mean"]["accuracy"])
        members = len(ensemble["members"])
        figures.append(
            (f"{accuracy:.1f} %", f"{title_of(protocol)}: {COLUMNS[column]} and MLP, {members} members")
        )
        if protocol == RANDOM and not other_task(results) and not other_ensemble(members):
            figures.insert(0, (f"{TABLE_2[column]:.1f} %", "the paper's number for this ensemble"))
    added = optimism(results)
    if RANDOM in added:
        figures.append(
            (f"+{added[RANDOM]:.1f}", "points, if the epoch is chosen on the tested tracks themselves")
        )
    cards = "".join(f"<div><strong>{escape(v)}</strong><span>{escape(t)}</span></div>" for v, t in figures)
    return (
        f"<h1>{OTHER_TITLE if other_task(results) else 'What is left of 94 percent'}</h1>"
        "<p>Ghosal and Kolekar (Interspeech 2018) recognise music genres with an ensemble of small "
        "networks. Their models are trained again here, under their random splits and under others.</p>"
        f'<p class="meta">{data["tracks"]} tracks of {escape(data["name"])} ({escape(counts)}) · '
        f"genrelens {escape(results['version'])} · {escape(results['date'][:10])}</p>"
        f"<p>{escape(epoch_rule(results))}</p>"
        f'<div class="figures">{cards}</div>{_notes(results)}'
    )


def _notes(results: Results) -> str:
    notes = [*remarks(results)]
    notes += [
        f"{title_of(p)}: {note}" for p, result in results["protocols"].items() for note in result["notes"]
    ]
    notes += results["data"].get("warnings", ())
    if not notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<ul class="note">{items}</ul>'


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


def _foot(results: Results) -> str:
    training = results["recipe"]["training"]
    settings = ", ".join(f"{key} {value}" for key, value in training.items())
    machine = results["machine"]
    return (
        f"<footer>Made by <code>genrelens reproduce</code> {escape(results['version'])} on "
        f"{escape(results['date'])}, {escape(machine['processor'])} with {machine['cores']} cores, in "
        f"{results['training_seconds'] / 3600:.1f} hours of one core. "
        f"Recipe {escape(results['recipe']['name'])}: {escape(settings)}; "
        f"transfer vector {escape(results['transfer'])}; seed {results['seed']}; "
        f"list of tracks <code>{escape(results['data']['sha256'][:16])}</code>.</footer>"
    )
