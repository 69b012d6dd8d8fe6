"""Shares, what members add, and the probe, held against scikit-learn and counting by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from made_data import listed_tracks, made_data
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genrelens.evaluation.proportions import balanced_proportion, proportion_of
from genrelens.recipes.load import recipe_of
from genrelens.robustness.ablation import measure_contributions
from genrelens.robustness.domain_probe import collection_accuracy, measure_probe
from genrelens.training.build import evaluate_recipe
from genrelens.training.options import TrainerOptions


def two_logistic_heads():
    heads = [
        {"name": name, "architecture": "logistic", "inputs": ["averaged"], "options": {"l2": l2}}
        for name, l2 in (("loose", 0.01), ("tight", 30.0))
    ]
    return recipe_of({"name": "two", "rule": "soft", "members": heads})


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory):
    run: Path = tmp_path_factory.mktemp("run")
    data = made_data(clarity=0.9)
    return [evaluate_recipe(two_logistic_heads(), data, run, options=TrainerOptions(seed)) for seed in (0, 1)]


def test_balanced_share_is_scikit_learns_balanced_accuracy() -> None:
    random = np.random.default_rng(1)
    truth, said = random.integers(0, 4, 60), random.integers(0, 4, 60)
    share = balanced_proportion(truth == said, truth, np.arange(60))
    assert share is not None
    assert share.value == pytest.approx(balanced_accuracy_score(truth, said))
    assert share.low < share.value < share.high


def test_intervals_over_artists_are_wider_where_artists_sound_alike() -> None:
    hits = np.repeat(np.random.default_rng(2).random(20) < 0.7, 10)
    alone, together = proportion_of(hits, np.arange(200)), proportion_of(hits, np.repeat(np.arange(20), 10))
    assert alone is not None
    assert together is not None
    assert alone.value == together.value == hits.mean()
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert proportion_of([], []) is None


def test_each_voter_has_the_accuracy_that_counting_finds(seeds) -> None:
    data = seeds[0].trainer.data
    half = np.arange(len(data.labels)) % 2 == 0
    rows = measure_contributions(seeds, {"half": half, "all": np.ones(len(half), bool)})
    found = {(row["kind"], row["name"]): row for row in rows}
    for number, name in enumerate(("loose", "tight")):
        answers = [one.found.out_of_fold[number].argmax(axis=1) for one in seeds]
        each = [accuracy_score(data.labels[half], one[half]) for one in answers]
        part = found["member", name]["parts"]["half"]
        assert part["accuracy"]["value"] == pytest.approx(np.mean(each), abs=1e-4)
        assert part["accuracy_spread"] == pytest.approx(np.std(each, ddof=1), abs=1e-4)
    soft = [one.found.out_of_fold.mean(axis=0).argmax(axis=1) for one in seeds]
    by_hand = np.mean([balanced_accuracy_score(data.labels, one) for one in soft])
    assert found["vote", "soft"]["parts"]["all"]["balanced"]["value"] == pytest.approx(by_hand, abs=1e-4)
    assert found["vote", "stacked"]["seeds"] == 2


def test_log_losses_are_scikit_learns_after_the_best_temperature(seeds) -> None:
    data = seeds[0].trainer.data
    rows = measure_contributions(seeds, {"all": np.ones(len(data.labels), bool)})
    found = {(row["kind"], row["name"]): row["parts"]["all"]["log_loss"]["value"] for row in rows}
    by_seed = []
    for one in seeds:
        logits = np.log(one.found.out_of_fold.mean(axis=0))
        losses = [
            log_loss(data.labels, softmax(logits / temperature, axis=1))
            for temperature in np.geomspace(0.05, 20, 800)
        ]
        by_seed.append(min(losses))
    assert found["vote", "soft"] == pytest.approx(np.mean(by_seed), abs=2e-4)


def test_a_pair_without_one_is_the_other(seeds) -> None:
    everything = {"all": np.ones(len(seeds[0].trainer.data.labels), bool)}
    found = {(row["kind"], row["name"]): row["parts"] for row in measure_contributions(seeds, everything)}
    assert found["without", "loose"] == found["member", "tight"]
    assert found["without", "tight"] == found["member", "loose"]


def test_the_probe_tells_collections_apart_as_scikit_learn_does() -> None:
    random = np.random.default_rng(3)
    classes, groups = np.arange(200) // 100, np.arange(200) // 2
    x = random.normal(0, 1, (200, 8)).astype(np.float32)
    x[:, 0] += classes
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / (160 * 0.01), class_weight="balanced"))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    reference = balanced_accuracy_score(
        classes, cross_val_predict(model, x, classes, groups=groups, cv=folds)
    )
    assert collection_accuracy(x, classes, groups) == pytest.approx(reference, abs=0.05)


def test_the_probe_guesses_where_only_artists_differ() -> None:
    random = np.random.default_rng(4)
    groups = np.arange(240) // 12
    classes = groups % 2
    x = random.normal(0, 3, (20, 30))[groups] + random.normal(0, 0.1, (240, 30))
    assert collection_accuracy(x.astype(np.float32), classes, groups) < 0.75
    assert collection_accuracy(x.astype(np.float32), classes, np.arange(240)) == 1.0


def test_a_leak_is_found_in_the_inputs_and_gone_in_variants_that_hide_it() -> None:
    random = np.random.default_rng(5)
    data = made_data(90)
    collections = tuple("ab"[number % 2] for number in range(90))
    listed = listed_tracks(data.labels, data.groups, data.genres, collections)
    which = np.array([one == "b" for one in collections])[data.track]
    leak = [np.array([3.0 * b, 1.0], np.float32) + random.normal(0, 0.3, 2).astype(np.float32) for b in which]
    plain = replace(data, dataset=listed, inputs={"signal": leak})
    assert measure_probe(plain)["as_it_is"]["mean"] > 0.95
    hidden = [np.array([random.normal(0, 9), 1.0], np.float32) for _ in range(4) for _ in which]
    varied = replace(
        plain,
        track=np.concatenate([data.track] * 5),
        as_it_is=np.repeat([True, False], [len(which), 4 * len(which)]),
        inputs={"signal": [*leak, *hidden]},
    )
    found = measure_probe(varied)
    assert set(found["variants"]) == {"calm", "loud", "odd", "mean"}
    assert found["as_it_is"]["mean"] > 0.95
    assert found["variants"]["mean"] < 0.75


def test_one_collection_alone_has_nothing_to_be_told_from() -> None:
    assert measure_probe(made_data()) == {}
