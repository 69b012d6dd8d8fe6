"""Systems beside the paper's models, on made data: measured as when alone, paired, kept, left out."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import made
import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.svm import SVC

from genrelens.baselines.baseline import Baseline
from genrelens.baselines.descriptor import Descriptor
from genrelens.baselines.inputs import BaselineInputs
from genrelens.baselines.registry import load_baseline
from genrelens.errors import EncoderError, PluginError, RecipeError
from genrelens.evaluation.results import SystemResults, summarise
from genrelens.experiments.baseline_answers import baseline_rows, evaluate_baseline
from genrelens.experiments.collections import join_collections
from genrelens.paper.comparison import Rival, Setting, chosen_systems, compare_systems
from genrelens.paper.recipe_answers import RecipeAnswers
from genrelens.paper.reproduce import Settings, reproduce
from genrelens.training.inputs import LogMelInputs

NAMES = ("averaged_svm", "mfcc_svm")
SETTINGS = Settings(
    recipe="quick",
    protocols=("paper", "artist5"),
    cells="cnn_avg/mfcc,cnn_avg/tonnetz,mlp/*",
    epochs=1,
    inner_folds=0,
    jobs=1,
    systems=NAMES,
)


@pytest.fixture(scope="module", autouse=True)
def few_settings():
    """A choice among two, so that fitting takes little time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            module = import_module(f"genrelens.baselines.systems.{name}")
            patch.setattr(module, name, replace(getattr(module, name), grid={"svc__C": (1.0, 10.0)}))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    other = made.data_set(20, prefix="w")
    return reproduce(made.data_set(), folder, SETTINGS, other, made.MadeStore()), folder


def alone(name: str, protocol: str, folder: Path) -> SystemResults:
    """A system as `genrelens evaluate --system` measures it."""
    other = made.data_set(20, prefix="w") if protocol == "cross" else None
    system = load_baseline(name)
    return evaluate_baseline(system, made.data_set(), protocol, folder, other, store=OwnInputs()).results


class OwnInputs(made.MadeStore):
    """Every input has its own numbers, whatever others are asked for."""

    def compute(self, tracks, inputs, *rest, **more):
        number = {"averaged": 0, "descriptor/mfcc_statistics": 1}
        padded = sorted(number, key=lambda name: number[name])
        return super().compute(tracks, padded, *rest, **more)


@pytest.mark.parametrize(
    ("name", "protocol"), [("averaged_svm", "artist5"), ("mfcc_svm", "paper"), ("mfcc_svm", "cross")]
)
def test_a_system_has_the_numbers_that_it_has_when_measured_alone(run, tmp_path, name, protocol) -> None:
    found = run[0]["comparison"]["systems"][name]["protocols"][protocol]
    summary = summarise(alone(name, protocol, tmp_path))
    assert found["accuracy"] == summary["mean"]["accuracy"]
    assert found["deviation"] == summary["deviation"]["accuracy"]
    assert found["interval_tracks"] == summary["interval_tracks"]
    assert found["interval_artists"] == summary["interval_artists"]
    assert found["tracks"] == summary["tracks"]


def test_the_rival_is_the_ensemble_of_the_papers_table_by_majority(run) -> None:
    results = run[0]
    rival = results["comparison"]["rivals"]["cnn_avg"]
    for name, protocol in results["protocols"].items():
        voted = protocol["ensembles"]["cnn_avg"]["rules"]["majority"]
        assert rival["protocols"][name]["accuracy"] == voted["mean"]["accuracy"]
        assert rival["protocols"][name]["interval_tracks"] == voted["interval_tracks"]
    assert "4 members" in rival["meaning"]


def test_paired_tests_agree_with_counts_made_by_hand_and_with_scipy(run, tmp_path) -> None:
    results = run[0]
    for name in NAMES:
        for protocol in results["protocols"]:
            test = results["comparison"]["systems"][name]["protocols"][protocol]["against"]["cnn_avg"]
            differing = test["only_first"] + test["only_second"]
            expected = binomtest(test["only_first"], differing).pvalue if differing else 1.0
            assert test["p_value"] == pytest.approx(expected)
            assert test["difference"] == pytest.approx(
                (test["only_first"] - test["only_second"]) / test["tracks"]
            )
            assert test["low"] <= test["difference"] <= test["high"]


def test_both_sides_of_a_paired_test_are_the_answers_to_the_same_tracks(tmp_path) -> None:
    data, other = made.data_set(), made.data_set(20, prefix="w")
    first, second = (alone(name, "cross", tmp_path) for name in NAMES)
    setting = Setting(data, other, ("cross",), tmp_path, store=OwnInputs())
    rival = Rival({"cross": second}, "the other system")
    found = compare_systems([load_baseline(NAMES[0])], setting, {"rival": rival})
    test = found["systems"][NAMES[0]]["protocols"]["cross"]["against"]["rival"]
    (mine,), (theirs,) = first.answers, second.answers
    truth = first.labels[mine.test]
    assert np.array_equal(mine.test, theirs.test)
    right = mine.probabilities.argmax(axis=1) == truth
    other_right = theirs.probabilities.argmax(axis=1) == truth
    assert test["only_first"] == int((right & ~other_right).sum())
    assert test["only_second"] == int((other_right & ~right).sum())
    assert test["tracks"] == 20


def test_a_second_run_fits_nothing_and_gives_the_same(run) -> None:
    results, folder = run
    kept = {path: path.stat().st_mtime_ns for path in (folder / "systems").rglob("*.npz")}
    assert len(kept) == len(NAMES) * (10 + 5 + 1)
    again = reproduce(made.data_set(), folder, SETTINGS, made.data_set(20, prefix="w"), made.MadeStore())
    assert {path: path.stat().st_mtime_ns for path in (folder / "systems").rglob("*.npz")} == kept
    assert again["comparison"] == results["comparison"]


def test_steps_are_counted_over_all_systems_and_protocols(run) -> None:
    folder, seen = run[1], []
    settings = replace(SETTINGS, cells="mlp/averaged")
    data, other = made.data_set(), made.data_set(20, prefix="w")
    reproduce(data, folder, settings, other, made.MadeStore(), lambda *step: seen.append(step))
    steps = [
        (done, total) for what, done, total in seen if what.startswith("systems: ") and "timing" not in what
    ]
    assert {total for _, total in steps} == {len(NAMES) * 16}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (32, 32)


def test_without_the_cells_of_the_best_ensemble_nothing_is_tested_against_it(tmp_path) -> None:
    settings = replace(SETTINGS, cells="mlp/averaged", protocols=("artist5",), systems=NAMES[:1])
    found = reproduce(made.data_set(), tmp_path, settings, store=made.MadeStore())["comparison"]
    assert found["rivals"] == {}
    assert found["systems"][NAMES[0]]["protocols"]["artist5"]["against"] == {}


def test_no_comparison_where_none_was_asked_for(tmp_path) -> None:
    settings = replace(SETTINGS, cells="mlp/averaged", protocols=("artist5",), systems=None)
    assert "comparison" not in reproduce(made.data_set(), tmp_path, settings, store=made.MadeStore())


class Fails(SVC):
    """Cannot be fitted on few rows."""

    def fit(self, x, y):
        if len(x) < 60:  # all five folds leave fewer, the other collection is tested by all 60
            raise ValueError("too few\nrows")
        return super().fit(x, y)


def test_a_system_that_cannot_be_fitted_is_left_out_with_a_note_and_the_others_stay(tmp_path) -> None:
    failing = Baseline("failing", "fails on few rows", ("averaged",), Fails)
    setting = Setting(
        made.data_set(), made.data_set(20, prefix="w"), ("artist5", "cross"), tmp_path, store=made.MadeStore()
    )
    found = compare_systems([failing, load_baseline(NAMES[0])], setting, {})
    assert set(found["systems"]["failing"]["protocols"]) == {"cross"}
    assert set(found["systems"][NAMES[0]]["protocols"]) == {"artist5", "cross"}
    (note,) = found["notes"]
    assert note.startswith("failing has no number under artist5")
    assert "too few rows" in note
    never = compare_systems([failing], replace(setting, protocols=("artist5",), other=None), {})
    assert never["systems"] == {}


@pytest.fixture
def no_networks(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("GENRELENS_WEIGHTS", raising=False)
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("no_networks")
def test_systems_whose_network_is_absent_are_left_out_with_a_note(tmp_path) -> None:
    systems, notes = chosen_systems()
    named = {system.name for system in systems}
    assert {"averaged_svm", "mfcc_svm", "musicnn_svm"} <= named
    for name in ("fcn_svm", "mn04_svm", "choi2017_svm"):
        assert name not in named
        assert any(note.startswith(f"{name} is left out: ") and "encoders fetch" in note for note in notes)
        with pytest.raises(EncoderError):
            chosen_systems([name])
    setting = Setting(made.data_set(), None, ("artist5",), tmp_path, store=made.MadeStore())
    found = compare_systems([load_baseline(NAMES[0])], setting, {}, with_full=True)
    assert "full" not in found["rivals"]
    assert any(note.startswith("the recipe full is left out") for note in found["notes"])


def test_systems_whose_library_is_absent_are_left_out_with_a_note(monkeypatch) -> None:
    from genrelens.baselines.systems.mfcc_svm import mfcc_svm

    lacking = replace(mfcc_svm, libraries=("skimage_of_another_world",))
    monkeypatch.setattr("genrelens.baselines.systems.mfcc_svm.mfcc_svm", lacking)
    systems, notes = chosen_systems()
    assert "mfcc_svm" not in {system.name for system in systems}
    assert any("mfcc_svm is left out" in note and "not installed" in note for note in notes)


def test_an_unknown_system_is_refused_before_anything_is_computed(tmp_path) -> None:
    store = made.MadeStore()
    with pytest.raises(RecipeError, match="mfcc_swm"):
        reproduce(made.data_set(), tmp_path, replace(SETTINGS, systems=("mfcc_swm",)), store=store)
    assert store.calls == 0


def one(samples: np.ndarray) -> np.ndarray:
    return samples[:1]


def test_two_descriptors_of_one_name_are_refused() -> None:
    first = Baseline("first", "", (Descriptor("same", (1,), 22050, one),), SVC)
    assert len(BaselineInputs.of([first, replace(first, name="again")]).descriptors) == 1
    second = Baseline("second", "", (Descriptor("same", (1,), 16000, one),), SVC)
    with pytest.raises(PluginError, match="same"):
        BaselineInputs.of([first, second])


RECIPE = """
description = "one perceptron"
rule = "soft"
[training]
epochs = 1
validation = 0.0
patience = 0
[[members]]
name = "mlp"
architecture = "mlp"
inputs = ["averaged"]
"""


class Sourced(made.MadeStore):
    """With the fingerprints of the recipe's inputs."""

    source = LogMelInputs(None)


def test_a_recipes_answers_are_kept_so_that_its_inputs_need_not_be_read_again(tmp_path) -> None:
    recipe = tmp_path / "small.toml"
    recipe.write_text(RECIPE)
    data, other = made.data_set(), made.data_set(20, prefix="w")
    both = join_collections(data, other)
    system = [load_baseline(NAMES[0])]
    rows = {
        "artist5": baseline_rows(system, data, store=made.MadeStore()),
        "cross": baseline_rows(system, both, store=made.MadeStore()),
    }
    store = Sourced()
    answers = RecipeAnswers(str(recipe), tmp_path / "run", store=store)
    found, meaning, seconds = answers.under(tuple(rows), data, other, rows)
    assert meaning == "the recipe small: one perceptron"
    assert seconds is not None
    calls = store.calls
    again, _, _ = answers.under(tuple(rows), data, other, rows)
    assert store.calls == calls > 0
    for protocol in rows:
        assert summarise(again[protocol]) == summarise(found[protocol])
    changed, _, _ = replace(answers, seed=1).under(("artist5",), data, None, rows)
    assert store.calls > calls
    assert changed["artist5"].tested.tolist() == found["artist5"].tested.tolist()
