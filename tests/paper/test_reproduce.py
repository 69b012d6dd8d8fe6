"""The paper's tables on made data: all cells there, honest below optimistic, and a run that goes on."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import made
import numpy as np
import pytest

from genrelens.errors import DataError, RecipeError
from genrelens.evaluation.gtzan import gtzan_tracks
from genrelens.paper.cells import all_cells, choose_cells, ensembles
from genrelens.paper.explanations import explanations
from genrelens.paper.published import TABLE_1, TABLE_2
from genrelens.paper.report.page import html_report
from genrelens.paper.report.raster import png
from genrelens.paper.reproduce import Settings, reproduce, write_all
from genrelens.paper.tables import (
    drops,
    optimism,
    printed_number,
    table_1,
    table_2,
    to_csv,
    to_markdown,
)
from genrelens.provenance import record_head

SETTINGS = Settings(
    recipe="quick",
    protocols=("paper", "artist5"),
    cells="cnn_avg/mfcc,cnn_avg/tonnetz,mlp/*",
    epochs=3,
    jobs=1,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reproduction")
    return reproduce(made.data_set(), folder, SETTINGS, store=made.MadeStore()), folder


def test_the_papers_tables_are_complete():
    assert len(TABLE_1) == 38
    assert [cell.name for cell in all_cells()] == list(TABLE_1)
    assert TABLE_1["cnn_avg/mfcc"] == 81.6
    assert TABLE_1["cnn_max_lstm/mel"] == 73.6
    assert max(TABLE_2, key=TABLE_2.get) == "cnn_avg"
    assert all(len(members) == 11 for members in ensembles(all_cells()).values())


def test_cells_are_chosen_by_pattern_and_misspelt_ones_refused():
    assert len(choose_cells("cnn_avg/*")) == 9
    assert [cell.name for cell in choose_cells("*/mel,mlp/averaged")][-1] == "mlp/averaged"
    with pytest.raises(RecipeError, match="cnn_avg/mell"):
        choose_cells("cnn_avg/mell")


def test_each_protocol_has_every_chosen_cell_and_the_ensemble_by_three_rules(run):
    results, _ = run
    assert list(results["protocols"]) == ["paper", "artist5"]
    for result in results["protocols"].values():
        assert set(result["cells"]) == {"cnn_avg/mfcc", "cnn_avg/tonnetz", "mlp/averaged", "mlp/transfer"}
        assert set(result["ensembles"]["cnn_avg"]["rules"]) == {"majority", "soft", "stacked"}
    assert len(results["protocols"]["paper"]["splits"]) == 10


def test_the_optimistic_number_is_the_best_epoch_and_never_below_the_honest_one(run):
    results, _ = run
    for result in results["protocols"].values():
        for cell in result["cells"].values():
            assert len(cell["curve"]) == 3
            assert cell["optimistic"] >= cell["accuracy"] - 1e-6
            assert 1 <= cell["chosen_epoch"] <= 3
    assert all(points >= 0 for points in optimism(results).values())


def test_the_ensemble_learns_what_is_there_to_learn(run):
    results, _ = run
    ensemble = results["protocols"]["paper"]["ensembles"]["cnn_avg"]
    assert ensemble["rules"]["soft"]["accuracy"] > 0.5
    views = {view["name"]: view for view in ensemble["views"]}
    table = np.array(ensemble["disagreement"])
    assert np.allclose(table, table.T)
    assert np.all(np.diag(table) == 0)
    majority = ensemble["rules"]["majority"]["mean"]["accuracy"]
    for view in views.values():
        assert view["accuracy"] - view["rescues"] + view["misled"] == pytest.approx(majority, abs=1e-6)
    assert sum(v["share"] for v in ensemble["votes"]) == pytest.approx(1)


def test_a_second_run_reads_its_records_and_gives_the_same_numbers(run):
    results, folder = run
    files = {p: p.stat().st_mtime_ns for p in (folder / "runs").rglob("*.npz")}
    assert len(files) == 4 * (10 + 5) * 3  # on every split one model and two inner ones
    again = reproduce(made.data_set(), folder, SETTINGS, store=made.MadeStore())
    assert {p: p.stat().st_mtime_ns for p in (folder / "runs").rglob("*.npz")} == files
    strip = ("date", "seconds")
    assert {k: v for k, v in again.items() if k not in strip} == {
        k: v for k, v in results.items() if k not in strip
    }


def test_a_run_that_lost_some_records_goes_on_to_the_same_numbers_whatever_the_processes(run, tmp_path: Path):
    results, folder = run
    shutil.copytree(folder, tmp_path / "again")
    records = sorted((tmp_path / "again" / "runs").rglob("*.npz"))
    for path in records[::7]:
        path.unlink()
    records[1].write_bytes(records[1].read_bytes()[:100])
    settings = replace(SETTINGS, jobs=2)
    again = reproduce(made.data_set(), tmp_path / "again", settings, store=made.MadeStore())
    for name, result in results["protocols"].items():
        for cell, values in result["cells"].items():
            found = again["protocols"][name]["cells"][cell]
            assert found["curve"] == pytest.approx(values["curve"], abs=1e-6)
            assert found["accuracy"] == pytest.approx(values["accuracy"], abs=1e-6)


def test_a_folder_of_the_former_format_is_refused_before_anything_is_computed(tmp_path: Path):
    former = tmp_path / "runs" / "paper" / "mlp-averaged" / "split-00-0123456789abcdef.npz"
    former.parent.mkdir(parents=True)
    former.write_bytes(b"")
    store = made.MadeStore()
    with pytest.raises(DataError, match="earlier version"):
        reproduce(made.data_set(), tmp_path, SETTINGS, store=store)
    assert store.calls == 0


def test_without_inner_models_the_last_epoch_counts(tmp_path: Path):
    settings = replace(SETTINGS, recipe="paper", inner_folds=0, protocols=("artist5",), cells="mlp/averaged")
    results = reproduce(made.data_set(), tmp_path, settings, store=made.MadeStore())
    cell = results["protocols"]["artist5"]["cells"]["mlp/averaged"]
    assert cell["chosen_epoch"] == 3
    assert cell["accuracy"] == pytest.approx(cell["curve"][-1], abs=1e-3)


def test_another_collection_adds_the_column_cross(tmp_path: Path):
    settings = Settings(recipe="quick", protocols=("artist5",), cells="mlp/averaged", epochs=2, inner_folds=0)
    other = made.data_set(20, prefix="w")
    results = reproduce(made.data_set(), tmp_path, settings, other, made.MadeStore())
    (row,) = table_1(results)
    assert "cross" in row
    assert results["protocols"]["cross"]["splits"] == [["data-to-other", 60, 20]]
    with pytest.raises(DataError, match="no genre in common"):
        reproduce(
            made.data_set(), tmp_path, settings, made.data_set(20, ["polka", "ska"], "x"), made.MadeStore()
        )


def of_gtzan(results: dict) -> dict:
    """The same numbers as if they were those of GTZAN's ten genres and of whole ensembles."""
    ten = sorted({track.genre for track in gtzan_tracks().values()})
    whole = json.loads(json.dumps(results))
    whole["data"] |= {"name": "gtzan", "genres": dict.fromkeys(ten, 6), "collections": {"gtzan": 60}}
    for protocol in whole["protocols"].values():
        for ensemble in protocol["ensembles"].values():
            ensemble["members"] = [f"m{n}" for n in range(11)]
    return whole


def text_of(results: dict) -> str:
    page = _Page()
    page.feed(html_report(results))
    return page.text


def test_numbers_of_other_genres_do_not_stand_beside_the_papers(run):
    results, _ = run
    for row in [*table_1(results), *table_2(results)]:
        assert row["comparable"] is False
        assert "difference" not in row
        assert "within" not in row
        assert printed_number(row) == ""
    assert explanations(results) == []
    for text in (text_of(results), to_markdown(results)):
        assert "not comparable" in text
        assert "5 genres here (classical, hiphop, jazz, metal and 1 more), ten in the paper" in text
        for number in ("94.2", "81.6", "93.7"):
            assert number not in text
    assert "What is left of 94 percent" not in text_of(results)


def test_a_part_of_an_ensemble_does_not_stand_beside_the_whole(run):
    results = of_gtzan(run[0])
    for protocol in results["protocols"].values():
        protocol["ensembles"]["cnn_avg"]["members"] = ["a", "b", "c", "d"]
    assert all("difference" in row for row in table_1(results))
    assert all(not row["comparable"] and "difference" not in row for row in table_2(results))
    for text in (text_of(results), to_markdown(results)):
        assert "94.2" not in text
        assert "4 members here, 11 in the paper" in text


@pytest.mark.parametrize(
    "change", [{"collections": {"songs": 60}, "name": "songs"}, {"collections": {"gtzan": 59, "x": 1}}]
)
def test_other_tracks_of_the_same_ten_genres_are_not_comparable(run, change):
    results = of_gtzan(run[0])
    results["data"] |= change
    assert not any(row["comparable"] for row in table_1(results))


def test_tables_say_the_printed_number_ours_and_the_difference(run):
    results = of_gtzan(run[0])
    assert "94.2" in text_of(results)
    row = next(r for r in table_1(results) if r["cell"] == "cnn_avg/mfcc")
    assert row["printed"] == 81.6
    assert row["difference"] == pytest.approx(row["paper"] - 81.6, abs=0.05)
    assert row["within"] == (row["paper_low"] <= 81.6 <= row["paper_high"])
    rows = list(csv.DictReader(to_csv(table_2(results)).splitlines()))
    assert [r["rule"] for r in rows] == ["majority", "soft", "stacked"]
    assert rows[0]["printed"] == "94.2"


def test_the_distance_from_the_paper_is_explained_by_the_runs_own_figures(run):
    results = of_gtzan(run[0])
    how_far, tracks, best, artists = explanations(results)  # too few epochs to speak of their end
    rows = table_1(results)
    assert how_far.startswith(f"{sum(row['within'] for row in rows)} of 4 printed numbers")
    assert "60 here, 1000 in GTZAN" in tracks
    assert f"adds {optimism(results)['paper']:.1f} points" in best
    assert drops(results)[0]["cell"] in artists


class _Page(HTMLParser):
    """Counts what is opened and closed, and collects what the page would load."""

    VOID = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.loaded += [v for k, v in attrs if k in ("src", "href") and not v.startswith("data:")]
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_report_is_one_file_that_needs_no_network_and_shows_every_part(run, tmp_path: Path):
    results = of_gtzan(run[0])
    paths = write_all(results, tmp_path / "out")
    assert [p.name for p in paths] == [
        "results.json", "table1.csv", "table2.csv", "tables.md", "record.json", "tables.tex",
        "references.bib", "report.html",
    ]  # fmt: skip
    record = json.loads(paths[4].read_text())
    assert set(record["protocols"]["paper"]["cells"]) == set(results["protocols"]["paper"]["cells"])
    assert {"commit", "libraries", "machine", "recipe", "seed", "training_seconds"} <= set(record)
    assert paths[4].stat().st_size < paths[0].stat().st_size / 4
    assert json.loads(paths[0].read_text())["genres"] == sorted(made.GENRES)
    assert set(record_head(["genrelens"])) <= set(record)
    html = paths[-1].read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    assert page.stack == []
    assert page.loaded == []
    assert "<script" not in html
    assert "url(" not in html
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html
    for part in (
        "Ensembles", "Single models", "Learning curves", "Where each genre goes", "Genre by genre",
        "Is it right as often as it is sure?", "Members", "Disagreement of members", "Most confident errors",
        "Where the distance may come from",
        "What the networks see", "Table 1", "Table 2", "Panagakis",
    ):  # fmt: skip
        assert part in page.text, part


def test_names_cannot_break_the_page(run):
    results, _ = run
    nasty = json.loads(json.dumps(results).replace("jazz", "<b>jazz&"))
    page = _Page()
    page.feed(html_report(nasty))
    assert page.stack == []


def test_a_picture_is_a_png_that_others_read():
    image = pytest.importorskip("matplotlib.image")
    import io

    values = np.arange(12.0).reshape(3, 4)
    read = image.imread(io.BytesIO(png(values)), format="png")
    assert read.shape[:2] == (3, 4)
    lightness = read[..., :3].sum(axis=-1).ravel()
    assert np.all(np.diff(lightness) >= 0)
