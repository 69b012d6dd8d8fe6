"""Recipes say what they mean, and what is misspelt is refused with the word that was meant."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from genrelens.errors import RecipeError
from genrelens.features import FEATURES
from genrelens.recipes.load import Training, load_recipe, recipe_names, recipe_of

MLP = {"architecture": "mlp", "inputs": ["averaged"]}
HEAD = {"architecture": "kernel", "inputs": ["averaged"]}


def test_the_papers_recipe_keeps_to_the_text() -> None:
    recipe = load_recipe("paper")
    cnns = [one for one in recipe.members if one.architecture == "cnn_avg"]
    mlps = [one for one in recipe.members if one.architecture == "mlp"]
    assert [one.inputs for one in cnns] == [(name,) for name in FEATURES]
    assert [one.inputs for one in mlps] == [("averaged",), ("choi2017",)]
    assert recipe.rule == "majority"
    assert (recipe.network.hidden, recipe.network.dropout) == (256, 0.25)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_in_the_package_can_be_read_and_names_inputs_that_exist(name: str) -> None:
    from genrelens.recognition.inputs import canonical_input

    recipe = load_recipe(name)
    assert recipe.description
    for one in recipe.input_names():
        canonical_input(one)


@pytest.mark.parametrize("name", ["paper", "paper-musicnn", "quick"])
def test_every_value_that_is_not_the_papers_is_marked_as_ours(name: str) -> None:
    from genrelens.recipes import load as recipes

    lines = (Path(recipes.__file__).parent / "files" / f"{name}.toml").read_text().splitlines()
    start = lines.index(next(line for line in lines if line.startswith("[training]"))) + 1
    values = [line for line in lines[start : lines.index("[transforms]")] if "=" in line.split("#")[0]]
    assert len(values) == 12
    for line in values:
        assert "# ours: " in line or "# section " in line, line


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"members": [MLP], "rul": "soft"}, "unknown key 'rul'; did you mean 'rule'"),
        (
            {"members": [MLP], "training": {"epoch": 3}},
            "training: unknown key 'epoch'; did you mean 'epochs'",
        ),
        ({"members": [{**MLP, "input": []}]}, "members: unknown key 'input'; did you mean 'inputs'"),
        ({"members": [{**MLP, "architecture": "cnn_average"}]}, "did you mean 'cnn_avg'"),
        ({"members": [MLP, MLP]}, "two members are called mlp-averaged"),
        ({"members": []}, "names no members"),
        ({"members": [MLP], "training": {"epochs": "many"}}, "epochs = 'many' is of the wrong kind"),
        ({"members": [MLP], "training": {"epochs": True}}, "epochs = True is of the wrong kind"),
        ({"members": [MLP], "training": {"epochs": 0}}, "epochs must be at least 1"),
        ({"members": [MLP], "training": {"patience": 3}}, "patience and validation go together"),
        ({"members": [{**MLP, "training": {"batch": 0}}]}, "member mlp-averaged: batch"),
        ({"members": [MLP], "transforms": {"mel": "log"}}, "no member takes 'mel'"),
        ({"members": [MLP], "transforms": {"averaged": "sqrt"}}, "transforms: a value is 'sqrt'"),
        ({"members": [{"architecture": "cnn_max", "inputs": ["mel", "mfcc"]}]}, "takes one input"),
        ({"members": [{**MLP, "options": {"l2": 1}}]}, "has no options"),
        ({"members": [{**MLP, "variants": ["clean"]}]}, "a mlp learns from all variants"),
        ({"members": [{**HEAD, "variants": ["clean"]}]}, 'the recipe has variants = "training"'),
        ({"members": [{**HEAD, "variants": "clean"}]}, "variants is a list"),
        (
            {"members": [{**HEAD, "variants": ["modern1"]}], "variants": "training"},
            "variants is 'modern1'; did you mean 'modern0'",
        ),
        ({"members": [MLP], "network": {"dropout": 1.0}}, "dropout"),
        ({"members": [MLP], "decision": {"set_coverage": 1}}, "set_coverage"),
    ],
)
def test_a_mistake_is_named(document: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe_of(document)


def test_a_members_own_training_goes_before_the_recipes() -> None:
    own = {**MLP, "training": {"epochs": 7}}
    recipe = recipe_of({"training": {"epochs": 3, "batch": 9}, "members": [own]})
    assert recipe.members[0].training == Training(epochs=7, batch=9)


def test_files_are_read_and_their_faults_bear_their_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[members]]\narchitecture = "mlp"\ninputs = ["averaged"]\n')
    assert load_recipe(path).name == "mine"
    path.write_text("[[members]\n")
    with pytest.raises(RecipeError, match=r"mine\.toml is no TOML"):
        load_recipe(path)
    with pytest.raises(RecipeError, match="did you mean paper"):
        load_recipe("papper")


def test_the_digest_changes_with_every_value() -> None:
    one = recipe_of({"members": [MLP]})
    others = [one.with_training(epochs=99), recipe_of({"members": [MLP], "rule": "soft"})]
    assert len({one.digest, *(other.digest for other in others)}) == 3


def test_detectors_are_read_under_their_former_name_and_records_keep_it() -> None:
    tables = [{"kind": "distance", "inputs": ["signal"]}, {"kind": "music", "inputs": ["mn04/tags"]}]
    now, before = (recipe_of({"members": [MLP], name: tables}) for name in ("detectors", "guards"))
    assert [one.kind for one in now.detectors] == ["distance", "music"]
    assert before == now
    assert before.digest == now.digest
    record = now.to_dict()
    assert [one["kind"] for one in record["guards"]] == ["distance", "music"]
    assert "detectors" not in record
    assert recipe_of({"members": [MLP], "guards": record["guards"]}).detectors == now.detectors


@pytest.mark.parametrize("name", ["detectors", "guards"])
def test_messages_about_detectors_use_the_name_that_the_file_uses(name: str) -> None:
    for fault in ({"rejected": 0.9}, {"inputs": []}, {"each": 0}, {"kind": "odd"}, {"limit": 1}):
        table = {"kind": "distance", "inputs": ["signal"]} | fault
        with pytest.raises(RecipeError, match=f"^{name}: "):
            recipe_of({"members": [MLP], name: [table]})


def test_detectors_under_both_names_are_refused_in_one_sentence() -> None:
    one = [{"kind": "distance", "inputs": ["signal"]}]
    with pytest.raises(
        RecipeError, match=r"guards is the former name of detectors; write all.*detectors\]\]"
    ) as told:
        recipe_of({"members": [MLP], "detectors": one, "guards": one})
    assert "\n" not in str(told.value)


def test_the_recipe_in_the_documentation_is_a_recipe() -> None:
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
    whole, detectors = (tomllib.loads(part.split("```")[0]) for part in text.split("```toml\n")[1:])
    recipe = recipe_of(whole)
    assert recipe_of(whole | detectors).detectors[0].kind == "foreign"
    assert [one.architecture for one in recipe.members] == ["cnn_avg", "cnn_max_lstm", "radial"]
    for name in recipe_names():
        if name.startswith(("paper", "quick", "transfer")):
            assert f"`{name}`" in text


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"members": [{"architecture": "kernel", "inputs": ["signal"], "options": {"l2": 1.0}}]}, "'l2'"),
        ({"members": [{"architecture": "mlp", "inputs": ["signal"], "options": {"l2": 1.0}}]}, "no options"),
        (
            {"members": [{"architecture": "finetuned", "inputs": ["choi2017"], "options": {"patches": 0}}]},
            "at least 1",
        ),
        (
            {
                "members": [{"architecture": "mlp", "inputs": ["signal"]}],
                "guards": [{"kind": "distance", "inputs": ["signal"], "options": {"directions": "many"}}],
            },
            "directions = 'many' is of the wrong kind",
        ),
        ({"members": [{"architecture": "forest", "inputs": ["signal"]}]}, "there are"),
    ],
)
def test_options_are_checked_when_the_recipe_is_read(table: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe_of(table)
