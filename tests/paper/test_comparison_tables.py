"""The comparison's tables, figure, LaTeX and BibTeX, from made results."""

from __future__ import annotations

import copy
import csv
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.baselines.reference import Reference
from genrelens.evaluation.gtzan import gtzan_tracks
from genrelens.paper.comparison_tables import (
    claim,
    compared_protocols,
    comparison_markdown,
    comparison_rows,
    comparison_sentences,
)
from genrelens.paper.latex import escaped, tables_tex
from genrelens.paper.references import bibliography, key_of, references_of
from genrelens.paper.report.slopes import spread
from genrelens.paper.report.systems import comparison_svg, slopes, systems_section
from genrelens.paper.tables import to_csv

PROTOCOLS = ("cross", "paper", "artist")
GENRES = sorted({track.genre for track in gtzan_tracks().values()})


def numbers(accuracy: float) -> dict:
    interval = [accuracy - 0.05, accuracy + 0.05]
    return {
        "accuracy": accuracy, "deviation": 0.02, "balanced_accuracy": accuracy, "tracks": 100,
        "interval_tracks": interval, "interval_artists": interval,
    }  # fmt: skip


def system(name: str, accuracies: dict[str, float], claimed: float | None, year: int | None) -> dict:
    reference = year and {
        "key": f"{name}{year}", "authors": "Noether, E. and Ångström, A.", "title": f"Genre & {name}: 100 %",
        "year": year, "venue": "Journal of A_B", "doi": "10.1/a_b", "kind": "article",
    }  # fmt: skip
    test = {
        "difference": -0.1, "low": -0.2, "high": 0.0, "only_first": 5, "only_second": 15, "p_value": 0.0414,
        "tracks": 100, "interval_over": "artists",
    }  # fmt: skip
    return {
        "meaning": f"{name}, 50 % of <b>it</b>", "published": f"Noether {year}" if year else "",
        "reference": reference, "claimed": claimed, "claimed_how": "", "identity": {},
        "train_seconds": 1.5, "clip_seconds": None if year else 0.08,
        "protocols": {
            protocol: numbers(value) | {"seconds": 1.5, "against": {"cnn_avg": test}}
            for protocol, value in accuracies.items()
        },
    }  # fmt: skip


@pytest.fixture
def results() -> dict:
    cell = {
        "accuracy": 0.5, "deviation": 0.01, "optimistic": 0.6, "interval_tracks": [0.4, 0.6],
        "interval_artists": [0.4, 0.6],
    }  # fmt: skip
    summary = {
        "mean": {"accuracy": 0.7}, "deviation": {"accuracy": 0.02}, "interval_tracks": [0.6, 0.8],
        "interval_artists": [0.6, 0.8],
    }  # fmt: skip
    ensemble = {"members": list(range(11)), "rules": {"majority": summary, "soft": summary}}
    protocol = {"cells": {"cnn_avg/mfcc_delta2": cell}, "notes": [], "ensembles": {"cnn_avg": ensemble}}
    return {
        "data": {
            "name": "gtzan", "tracks": 100, "genres": dict.fromkeys(GENRES, 10), "collections": {"gtzan": 100}
        },
        "protocols": {name: copy.deepcopy(protocol) for name in PROTOCOLS},
        "comparison": {
            "systems": {
                "plain_svm": system("plain_svm", {"paper": 0.5, "artist": 0.4, "cross": 0.2}, None, None),
                "late_net": system("late_net", {"paper": 0.8, "artist": 0.6, "cross": 0.5}, 91.0, 2014),
                "early_svm": system("early_svm", {"paper": 0.6, "artist": 0.5, "cross": 0.4}, 61.0, 2002),
                "partial": system("partial", {"paper": 0.7}, 93.0, 2009),
            },
            "rivals": {
                "cnn_avg": {
                    "meaning": "the best ensemble", "train_seconds": 70.0,
                    "protocols": {name: numbers(0.7) for name in PROTOCOLS},
                }
            },
            "notes": ["fcn_svm is left out: its network is absent"],
        },
    }  # fmt: skip


def test_rows_stand_by_year_then_plain_ones_then_what_they_are_tested_against(results) -> None:
    names = [row["system"] for row in comparison_rows(results)]
    assert names == ["early_svm", "partial", "late_net", "plain_svm", "cnn_avg"]
    assert compared_protocols(results) == ["paper", "artist", "cross"]


def test_a_csv_has_a_row_a_system_with_claims_numbers_costs_and_tests(results) -> None:
    rows = {row["system"]: row for row in csv.DictReader(to_csv(comparison_rows(results)).splitlines())}
    assert len(rows) == 5
    assert all(None not in row and None not in row.values() for row in rows.values())
    late = rows["late_net"]
    found = [late[key] for key in ("claimed", "artist", "artist_low", "artist_high")]
    assert found == ["91.0", "60.0", "55.0", "65.0"]
    assert (late["artist_minus_cnn_avg"], late["artist_minus_cnn_avg_p"]) == ("-10.0", "0.0414")
    assert (late["train_seconds"], rows["plain_svm"]["clip_seconds"]) == ("1.5", "0.08")
    assert rows["partial"]["artist"] == rows["partial"]["artist_minus_cnn_avg"] == ""
    assert rows["cnn_avg"]["claimed"] == "94.2"


def test_means_are_over_systems_with_a_claim_and_every_number(results) -> None:
    first, second, note = comparison_sentences(results)
    assert first.startswith("The 3 claims are 82.1 % on average; here 70.0 under `paper`, 60.0")
    assert second == "2 of 3 fall where artists are kept apart, by 10.0 points on average."
    assert note == "fcn_svm is left out: its network is absent"


@pytest.mark.parametrize(
    "change", [{"collections": {"songs": 100}, "name": "songs"}, {"genres": {"jazz": 50, "rock": 50}}]
)
def test_claims_stand_only_beside_numbers_of_the_same_task(results, change) -> None:
    assert claim(comparison_rows(results)[0]) == 61.0
    results["data"] |= change
    assert all(claim(row) is None for row in comparison_rows(results))
    for write in (comparison_markdown, systems_section, tables_tex, comparison_svg):
        text = write(results)
        assert "91.0" not in text
        assert "94.2" not in text
        assert "claimed</text>" not in text


def test_a_part_of_the_papers_ensemble_has_no_claim(results) -> None:
    results["protocols"]["paper"]["ensembles"]["cnn_avg"]["members"] = list(range(4))
    for protocol in results["protocols"].values():
        protocol["ensembles"]["cnn_avg"]["members"] = list(range(4))
    assert claim(comparison_rows(results)[-1]) is None
    assert claim(comparison_rows(results)[0]) == 61.0


def test_markdown_has_a_line_a_system_and_a_table_a_rival(results) -> None:
    text = comparison_markdown(results)
    for name in results["comparison"]["systems"]:
        assert sum(line.startswith(f"| {name} |") for line in text.splitlines()) == 2
    assert "-10.0 (-20.0 to +0.0), p = 0.041" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {8 + 1, 4 + 1}
    assert comparison_markdown({**results, "comparison": None}) == ""


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[int] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_pages_section_is_well_formed_and_shows_no_markup_of_names(results) -> None:
    page = _Balanced()
    page.feed(systems_section(results))
    assert page.open == []
    assert page.rows == [7] * 6 + [4] * 5
    assert "<b>it" not in systems_section(results)
    assert systems_section({**results, "comparison": None}) == ""


def test_the_figure_is_an_svg_with_a_labelled_line_a_system(results) -> None:
    picture = comparison_svg(results)
    root = ET.fromstring(picture)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    ends = {"50.0 Noether 2014", "40.0 Noether 2002", "70.0 Noether 2009", "20.0 plain_svm", "70.0 the paper"}
    assert ends <= set(texts)
    assert texts[texts.index("as") : texts.index("as") + 2] == ["as", "claimed"]
    assert "prefers-color-scheme: dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    lines = {line.label: line.values for line in slopes(results)}
    assert lines["Noether 2014"] == (91.0, 80.0, 60.0, 50.0)
    assert lines["Noether 2009"] == (93.0, 70.0, None, None)
    assert lines["plain_svm"] == (None, 50.0, 40.0, 20.0)


def test_two_systems_of_one_publication_are_labelled_by_their_names(results) -> None:
    results["comparison"]["systems"]["late_net"]["published"] = "Noether 2002"
    labels = [line.label for line in slopes(results)]
    assert "late_net" in labels
    assert "early_svm" in labels


@given(
    wanted=st.lists(st.floats(0, 300), min_size=1, max_size=20),
    gap=st.floats(1, 15),
)
def test_labels_keep_their_order_and_never_touch(wanted, gap) -> None:
    places = spread(wanted, gap, 0, 300)
    order = sorted(range(len(wanted)), key=lambda one: wanted[one])
    placed = [places[one] for one in order]
    assert all(later - earlier >= gap - 1e-6 for earlier, later in pairwise(placed))
    assert min(placed) >= -1e-6
    assert max(placed) <= 300 + 1e-6
    if all(later - earlier >= gap for earlier, later in pairwise(sorted(wanted))):
        assert placed == pytest.approx(sorted(wanted))


def plain(tex: str) -> str:
    """Without comments and escaped characters."""
    return re.sub(r"\\[&%$#_{}\\ ,]", "", re.sub(r"(?m)^%.*$", "", tex))


def check_tex(tex: str) -> None:
    """Braces and environments close, rows have as many cells as columns, nothing special is bare."""
    bare = re.sub(r"\\cite\{[^{}]*\}", "", plain(tex))  # keys may have anything
    depth = 0
    for one in bare:
        depth += (one == "{") - (one == "}")
        assert depth >= 0
    assert depth == 0
    assert not set(bare) & set("%#_")
    assert bare.count("$") % 2 == 0
    names: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", tex):
        if kind == "begin":
            names.append(name)
        else:
            assert names.pop() == name
    assert names == []
    tables = re.findall(r"\\begin\{tabular\}\{@\{\}([lr]+)@\{\}\}(.*?)\\end\{tabular\}", tex, re.S)
    assert len(tables) == tex.count(r"\end{tabular}") > 0
    for columns, body in tables:
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len(rows) > 1
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1


def test_latex_is_well_formed_and_cites_only_what_the_bibliography_has(results) -> None:
    tex, bib = tables_tex(results), bibliography(results)
    check_tex(tex)
    assert tex.count(r"\begin{table*}") == 4
    keys = re.findall(r"^@\w+\{([^,]+),$", bib, re.M)
    assert len(keys) == len(set(keys))
    cited = {key for group in re.findall(r"\\cite\{([^}]*)\}", tex) for key in group.split(",")}
    assert {"early_svm2002", "late_net2014", "ghosal2018"} <= cited <= set(keys)
    assert r"50 \% of \textless{}b\textgreater{}it" not in tex  # what a system is stands in the other tables
    assert r"\texttt{late\_net}" in tex
    without = {name: value for name, value in results.items() if name != "comparison"}
    check_tex(tables_tex(without))
    assert tables_tex(without).count(r"\begin{table*}") == 2


@given(st.text())
def test_any_text_can_stand_in_latex(text) -> None:
    check = plain(escaped(text))
    assert not set(check) & set('%#_&$~^<>|"\n\r')
    assert check.count("{") == check.count("}")


def entries(bib: str) -> dict[str, dict[str, str]]:
    """A reader of what BibTeX reads: fields by key; every brace closes."""
    found = {}
    for kind, key, body in re.findall(r"@(\w+)\{([^,\s]+),\n(.*?)\n\}\n", bib, re.S):
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.M))
        assert len(fields) == len(body.splitlines())
        assert {"author", "title", "year", "journal" if kind == "article" else "booktitle"} <= set(fields)
        for value in fields.values():
            assert value.count("{") == value.count("}")
        found[key] = fields
    assert bib.count("@") == len(found)
    return found


def test_the_bibliography_has_the_paper_the_data_its_faults_and_every_published_system(results) -> None:
    found = entries(bibliography(results))
    assert {"ghosal2018", "tzanetakis2002", "sturm2014", "kereliuk2015"} < set(found)
    assert {"early_svm2002", "late_net2014", "partial2009"} < set(found)
    assert len(found) == 7
    assert found["late_net2014"]["title"] == r"{Genre \& late\_net: 100 \%}"
    assert found["late_net2014"]["doi"] == "10.1/a_b"


def test_a_work_that_a_system_calls_otherwise_stands_there_once(results) -> None:
    own = results["comparison"]["systems"]["early_svm"]["reference"]
    own |= {"key": "cook", "title": "Musical Genre Classification of Audio Signals"}
    kept = references_of(results)
    assert "tzanetakis2002" not in {one.key for one in kept}
    other = Reference("tzanetakis2002", "", "Musical genre classification of audio signals", 2002, "")
    assert key_of(other, kept) == "cook"
    assert set(entries(bibliography(results))) > {"cook"}
