"""Fits the out-of-distribution detectors of a bundle anew; its members, thresholds and figures stay as they are.

For when there is more data to train detectors on, and none for the members: it takes minutes where training takes hours. The
recipe of the bundle's name defines the detectors; its members must be those of the bundle.

Writes NEW.rates.json, too: how often recordings are refused by detectors that have seen neither their artist nor their
source (five folds, thresholds set inside each training part), and, of those that the members were not trained on, how
often the new bundle gives them a genre.

python scripts/refit_detectors.py full.bundle new.bundle gtzan wild --no-music speech --other-music world
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from genrelens.bundle import read_bundle, write_bundle
from genrelens.datasets import load_dataset
from genrelens.evaluation.uncertainty import wilson_interval
from genrelens.heads.kinds import head_kind
from genrelens.ood.detectors import NO_GROUP, inner_folds
from genrelens.ood.recorded_sounds import recorded_sounds
from genrelens.options import FORMER_NAMES, filled
from genrelens.recipes.load import load_recipe
from genrelens.recognition import Recognizer
from genrelens.robustness.measure import Extent, measure_ood
from genrelens.training.data import data_of
from genrelens.training.detector_rows import detector_rows, fitted_detectors, made_inputs
from genrelens.training.inputs import input_store
from genrelens.training.recorded_data import fitted_variants, recorded_data

SEEDS = 5
"""Of folds. The first one's figures are the rows'; `refused_by_seed` has all, since one song more or less decides
a small genre."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("data", nargs="+", help="what the members were trained on")
    parser.add_argument("--no-music", type=Path, action="append", default=[])
    parser.add_argument("--other-music", type=Path, action="append", default=[])
    parser.add_argument("--sounds", type=Path, action="append", default=[], help="measured, not trained on")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()

    bundle = read_bundle(given.bundle)
    manifest = bundle.manifest
    recipe = load_recipe(manifest.name)
    trained = manifest.training["recipe"]
    if [with_todays_options(one) for one in trained["members"]] != recipe.to_dict()["members"]:
        sys.exit(
            f"{given.bundle} was trained with other members than the recipe {recipe.name} has; train it anew"
        )
    dataset = load_dataset(given.data)
    store = input_store(recipe, None)
    names = tuple(dict.fromkeys(name for one in recipe.detectors for name in one.inputs))
    table = store.compute(
        dataset.tracks, names, variants=fitted_variants(recipe), jobs=given.jobs, progress=shown("computing")
    )
    data = data_of(dataset, table, names)
    if data.summary()["genres"] != manifest.training["data"]["genres"]:
        sys.exit(f"{data.name} is not what {given.bundle} was trained on; give the same data")
    sounds = recorded_sounds(given.no_music, given.other_music)
    recorded = recorded_data(
        recipe, dataset, data, sounds, store, given.jobs, shown("computing recorded sounds")
    )
    rows = detector_rows(recipe, data, recorded, made_inputs(recipe))
    detectors, files = fitted_detectors(recipe, rows)
    training = {
        **manifest.training,
        "data": data.summary(),
        "tracks": dict(data.digests),
        "recorded": recorded.summary(),
        "recipe": {**trained, "guards": recipe.to_dict()["guards"]},
    }
    kept = {name: content for name, content in bundle.files.items() if not name.startswith("guards/")}
    write_bundle(given.out, replace(manifest, detectors=detectors, training=training), {**kept, **files})
    rates = given.out.with_suffix(".rates.json")
    fitted = read_bundle(given.out)
    found = {
        "bundle": fitted.identity,
        "recorded": {"kinds": measured(recipe, rows, data, recorded, Recognizer(fitted))},
        "foreign": measure_ood(fitted, Extent(sounds=tuple(given.sounds)), shown_steps),
    }
    rates.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"wrote {given.out} and {rates}")


def with_todays_options(member):
    """A member as a bundle's manifest has it, with options under today's names, and all of them."""
    kind = head_kind(member["architecture"])
    if kind is None:
        return member
    options = {FORMER_NAMES.get(key, key): value for key, value in member["options"].items()}
    return member | {"options": asdict(filled(kind.options(), options, member["name"]))}


def measured(recipe, rows, data, recorded, recogniser):
    """Rows as `bench robustness` has them under `recorded`: by role, collection and genre or kind."""
    names = [one.kind for one in recipe.detectors]
    tracks = len(data.labels)
    by_seed = [refusals(recipe, rows, data, recorded, seed) for seed in range(SEEDS)]
    refused = by_seed[0]
    own = [
        ("trained on", part, data.genres[label])
        for part, label in zip(data.collections, data.labels, strict=True)
    ]
    other = [
        (
            "other music" if one.music else "no music",
            one.track.collection or one.track.path.parent.name,
            one.track.genre,
        )
        for one in recorded.sounds
    ]
    sure = {}
    answers = recogniser.recognize_many([one.track.path for one in recorded.sounds], jobs=2)
    for number, answer in enumerate(answers):
        if answer.confidence >= answer.threshold:
            sure[tracks + number] = answer.likeliest
    result = []
    for key in dict.fromkeys([*own, *other]):
        at = [number for number, one in enumerate([*own, *other]) if one == key]
        gone = refused[:, at].any(axis=0)
        named = Counter(sure[n] for n, out in zip(at, gone, strict=True) if n in sure and not out)
        result.append(
            {
                "role": key[0],
                "collection": key[1],
                "kind": key[2],
                "sounds": len(at),
                "refused": int(gone.sum()),
                "refused_interval": interval(int(gone.sum()), len(at)),
                "refused_by_seed": [int(one[:, at].any(axis=0).sum()) for one in by_seed],
                "by_detector": dict(zip(names, refused[:, at].sum(axis=1).tolist(), strict=True)),
                **({} if key[0] == "trained on" else given_a_genre(named, len(at), int(gone.sum()))),
            }
        )
    return result


def refusals(recipe, rows, data, recorded, seed):
    """(detectors, recordings) whether each refuses each, in five folds of artists and sources dealt by a seed."""
    groups = np.concatenate([recorded.own_groups, recorded.groups])
    fold = inner_folds(groups, seed)
    whole = rows.group != NO_GROUP
    whole[whole] = np.concatenate(
        [data.as_it_is[: (rows.track >= 0).sum()], np.array(recorded.variants) == "clean"]
    )
    refused = np.zeros((len(recipe.detectors), len(groups)), bool)
    for number in np.unique(fold):
        seen = rows.without(set(groups[fold == number].tolist()))
        here = whole & np.isin(rows.recording, np.flatnonzero(fold == number))
        for place, one in enumerate(recipe.detectors):
            found = rows.detector(one, seen)
            scores = found.fitted.score(rows.columns(one, here))
            refused[place, rows.recording[here]] = scores > found.threshold
        print(f"seed {seed}, fold {number} measured", file=sys.stderr)
    return refused


def given_a_genre(named, count, refused):
    return {
        "given_a_genre": named.total(),
        "given_interval": interval(named.total(), count),
        "unsure": count - refused - named.total(),
        "called": dict(named.most_common()),
    }


def interval(hits, of):
    return [round(end, 4) for end in wilson_interval(hits / of, of)[1:]]


def shown_steps(what, done, total):
    if done == total or done % 20 == 0:
        print(f"{what}: {done} of {total}", file=sys.stderr)


def shown(what: str):
    def show(done: int, total: int) -> None:
        if done == total or done % 50 == 0:
            print(f"{what}: {done} of {total}", file=sys.stderr)

    return show


if __name__ == "__main__":
    main()
