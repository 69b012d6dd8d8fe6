"""Writes docs/model-card.md and its picture from the run folders of the bundles `default` and `full`.

Each must hold what `genrelens train` and `genrelens bench robustness` left: record.json, out_of_fold.csv and
robustness.json; the bundle lies next to it. Parts that were not measured (`--only`) are kept from the card that is there.

A bundle whose detectors alone were fitted anew (scripts/refit_detectors.py) keeps its part of the card, but for what is
refused; the picture is then kept, too.

python scripts/model_card.py default.bundle.run full.bundle.run
python scripts/model_card.py default.bundle.run --refitted full.bundle
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from card_kept import REFUSES, SYNTHESISED, Refitted, carried, kept_section
from card_members import MEMBERS, members
from card_recorded import recorded, synthesised
from card_tables import PARTS, by_condition, interval, table
from coverage_picture import coverage_picture

from genrelens.augmentation.chains import training_variants
from genrelens.bundle import Bundle, find_bundle, read_bundle
from genrelens.ensemble import apply_temperature, conformal_threshold, prediction_set
from genrelens.errors import BundleError
from genrelens.evaluation.metrics import expected_calibration_error, predicted_genres

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURE = Path("pictures") / "coverage.svg"
LEARNT_FROM = {
    "musicnn": "the Million Song Dataset",
    "choi2017": "the Million Song Dataset",
    "fcn": "the Million Song Dataset",
    "mn04": "AudioSet",
}
SHORT = {"gtzan": "GTZAN", "wild": "outside"}

INTRODUCTION = """# Model card: the bundles {names}

Made by `scripts/model_card.py` on {day} from the records of `genrelens train` and `genrelens bench robustness`.

All predict GTZAN's genres: {genres}. {encoders}
Every number below is out of fold with artists kept apart: five folds, no artist on both sides, known repeats of
a recording in one fold. Intervals are 95 %, by bootstrap over artists. Members, variants and settings were chosen
on folds of the same tracks (three seeds), so all figures flatter by about a point; songs by artists who are in neither
collection are the test that counts, and are not measured here.

## What they are for, and what not

For sorting collections of Western popular and classical music into ten coarse genres, with a human eye on
what is called `unsure`. Not for deciding about people or payments; not for other genres, which they do not
know: a tango is answered with one of the ten or with `unsure`. Labels of pop, rock and metal differ between
people as much as between model and label.

## Data and licences

Trained on {data}{variants}. GTZAN's audio was never cleared and has no
licence; no audio is in the bundles, and no training vectors (centres of radial functions are means of at least
three clips). {licences}

## When to trust an answer

![How often answers are right, over the proportion of tracks that are answered, most confident first: a curve a bundle
and collection]({picture})
"""


@dataclass(frozen=True)
class Run:
    """A bundle, its training and what was measured of it."""

    folder: Path

    @cached_property
    def bundle(self) -> Bundle:
        return read_bundle(self.folder.with_name(self.folder.name.removesuffix(".run")))

    @property
    def name(self) -> str:
        return self.bundle.manifest.name

    @cached_property
    def record(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "record.json").read_text("utf-8")))

    @cached_property
    def found(self) -> dict[str, Any]:
        results = dict(json.loads((self.folder / "robustness.json").read_text("utf-8")))
        if results["bundle"] != self.bundle.identity:
            sys.exit(
                f"{self.folder} was measured of {results['bundle']}; run genrelens bench robustness again"
            )
        return results

    @cached_property
    def answers(self) -> tuple[np.ndarray, np.ndarray]:
        """(n, genres) calibrated scores of the run's own tracks, and their labels."""
        with (self.folder / "out_of_fold.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        genres = self.bundle.manifest.genres
        scores = np.array([[float(row[genre]) for genre in genres] for row in rows])
        labels = np.array([genres.index(row["genre"]) for row in rows])
        return apply_temperature(scores, self.bundle.manifest.temperature), labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders, `default` first")
    parser.add_argument("--refitted", type=Path, action="append", default=[], metavar="BUNDLE")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of model-card.md and pictures/")
    arguments = parser.parse_args()
    card = arguments.docs / "model-card.md"
    earlier = card.read_text("utf-8") if card.is_file() else ""
    runs = [Run(folder) for folder in arguments.runs]
    refitted = [Refitted(path) for path in arguments.refitted]
    for run in (*runs, *refitted):
        try:
            packaged = read_bundle(find_bundle(run.name)).identity
        except BundleError:
            packaged = "none"
        if packaged != run.bundle.identity:
            print(
                f"note: the package holds {packaged}, the card is of {run.bundle.identity}", file=sys.stderr
            )
    if not refitted:
        picture = arguments.docs / PICTURE
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(coverage_picture(curves_of(runs)), "utf-8")
    lines = [
        introduction([*runs, *refitted]),
        *(line for run in runs for line in section(run, earlier)),
        *(line for one in refitted for line in kept_section(one, earlier)),
    ]
    card.write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def curves_of(runs: list[Run]) -> dict[tuple[str, str], list[list[float]]]:
    return {
        (run.name, part): curve
        for run in runs
        for part, curve in run.found["coverage"].items()
        if part != "all" and "excerpts" not in part
    }


def introduction(runs: list[Run | Refitted]) -> str:
    first = runs[0]
    counts = {part: one["accuracy"]["tracks"] for part, one in first.found["parts"].items()}
    total = counts.pop("all")
    data = f"{total} recordings ({', '.join(f'{n} {PARTS.get(p, p)}' for p, n in counts.items())})"
    varied = first.record["recipe"]["variants"] != "none"
    variants = (
        f", in {len(training_variants())} variants each (parts of 10 and 3 s, modern and old masters, lossy\n"
        "files), so that neither length nor sound reveals the collection"
    )
    networks = {one.name: one for run in runs for one in run.bundle.manifest.encoders}
    licences = "; ".join(
        f"{one.name} ({one.licence}) is {'carried' if one.file else 'fetched'}, trained on "
        f"{LEARNT_FROM.get(one.name, 'data unknown to us')}"
        for one in networks.values()
    )
    return INTRODUCTION.format(
        names=" and ".join(f"`{run.name}`" for run in runs),
        day=date.today(),
        genres=", ".join(first.bundle.manifest.genres),
        encoders=" ".join(_reach(run) for run in runs),
        data=data,
        variants=variants if varied else "",
        licences=f"{licences}. Their training data may hold recordings that are in GTZAN, which no split\nundoes."
        if networks
        else "",
        picture=PICTURE.as_posix(),
    )


def _reach(run: Run | Refitted) -> str:
    fetched = [one.name for one in run.bundle.manifest.encoders if not one.file]
    if not fetched:
        return f"`{run.name}` works offline."
    return f"`{run.name}` also uses {' and '.join(fetched)}, which are fetched once."


def section(run: Run, earlier: str) -> list[str]:
    """The part of the card about one bundle; what was not measured is kept from the earlier card."""
    found, manifest = run.found, run.bundle.manifest

    def part(key: str, heading: str, make: Callable[[Run], list[str]]) -> list[str]:
        return ["", heading, "", *(make(run) if key in found else carried(earlier, heading))]

    lines = [f"## `{run.name}`", ""]
    lines += table(
        (
            "tracks",
            "n",
            "accuracy",
            "balanced",
            "answered",
            "right if answered",
            "right of the surest three quarters",
            "refused by a detector",
        ),
        (
            (
                PARTS.get(part, part),
                one["accuracy"]["tracks"],
                *(
                    interval(one.get(key))
                    for key in (
                        "accuracy",
                        "balanced",
                        "answered",
                        "right_if_answered",
                        "surest",
                        "foreign",
                    )
                ),
            )
            for part, one in found["parts"].items()
        ),
    )
    lines += part(
        "contributions", MEMBERS.format(run.name), lambda one: members(one.found, one.bundle.manifest)
    )
    lines += ["", f"### `{run.name}`, genre by genre", ""]
    lines += table(
        ("genre", "tracks", "recall", "precision", "answered"),
        (
            (
                genre,
                one["recall"]["tracks"],
                *(interval(one.get(key)) for key in ("recall", "precision", "answered")),
            )
            for genre, one in found["genres"].items()
        ),
    )
    lines += ["", f"### How sure `{run.name}` is, and when it gives no answer", "", *confidence(run)]
    lines += ["", REFUSES.format(run.name), "", *recorded(found)]
    lines += [
        "",
        SYNTHESISED.format(run.name),
        "",
        *synthesised(found),
    ]
    lines += part("degradation", f"### The same music with changed sound (`{run.name}`)", degradation)
    lines += part("probe", f"### Can a linear model separate the collections? (`{run.name}`)", probe)
    record = run.record
    lines += [
        "",
        f"Record: bundle {run.bundle.identity}, {' '.join(record['command'][1:3])} ..., commit "
        f"{str(record['commit'])[:12]}, seed {record['seed']}, "
        f"{record['machine'].get('processor', 'unknown processor')}, Python {record['versions']['python']}, "
        f"torch {record['versions'].get('torch', '-')}; trained in {record['wall_time_s']['all']:.0f} s, "
        f"measured in {found['wall_time_s']:.0f} s, where the cache held what was not decoded again. "
        f"Members are fused by {manifest.combination.rule} vote.",
        "",
    ]
    return lines


def confidence(run: Run) -> list[str]:
    manifest = run.bundle.manifest
    scores, labels = run.answers
    hits, sure = predicted_genres(scores) == labels, scores.max(axis=1)
    answered = sure >= manifest.answer_threshold
    half = np.random.default_rng(0).permutation(len(labels))
    fitted, held = half[::2], half[1::2]
    threshold = conformal_threshold(scores[fitted], labels[fitted], manifest.set_coverage)
    sets = [prediction_set(scores[one], threshold) for one in held]
    covered = np.mean([label in chosen for label, chosen in zip(labels[held], sets, strict=True)])
    order = np.argsort(-sure)
    proportions = (0.25, 0.5, 0.75, 0.9, 1.0)
    detectors = "; ".join(f"{one.name}: {one.reason}" for one in manifest.detectors) or "none"
    return [
        f"- Temperature {manifest.temperature:.2f}; expected calibration error "
        f"{expected_calibration_error(labels, scores):.3f} (15 bins).",
        f"- Below a confidence of {manifest.answer_threshold:.2f} the answer is `unsure`: {answered.mean():.0%} of the "
        f"tracks lie above, and {hits[answered].mean():.1%} of those answers are right.",
        f"- Sets meant to hold the genre in {manifest.set_coverage:.0%}: fitted on one half they held it in "
        f"{covered:.1%} of the other, with {np.mean([len(one) for one in sets]):.2f} genres each.",
        f"- Out-of-distribution detectors that make it `unsure` whatever the members predict: {detectors}.",
        "",
        *table(
            ("answered, most confident first", *(f"{part:.0%}" for part in proportions)),
            [("right", *(f"{hits[order[: round(part * len(order))]].mean():.1%}" for part in proportions))],
        ),
    ]


def degradation(run: Run) -> list[str]:
    found = run.found
    rows = by_condition(found["degradation"])
    everyday = by_condition(found["everyday"])
    collections = list(next(iter(rows.values())))
    sizes = ", ".join(
        f"{rows['as it is'][c]['accuracy']['tracks']} of {PARTS.get(c, c)}" for c in collections
    )
    keys = (("accuracy", "accuracy"), ("same", "same answer"), ("answered", "answered"))
    wholes = ", ".join(
        f"{one['accuracy']['tracks']} of {PARTS.get(c, c)}"
        for c, one in next(iter(everyday.values())).items()
    )
    head = ("", *(f"{SHORT.get(c, c)}: {title}" for c in collections for _, title in keys))

    def body(of: dict[str, dict[str, Any]]) -> Iterable[Iterable[object]]:
        for condition, by in of.items():
            yield condition, *(interval(by[c].get(key)) for c in collections for key, _ in keys)

    lines = [
        f"What users' programs do to most files, of all whole tracks, {wholes}; `same answer`: as of the whole clip, "
        "`unsure` or not.",
        "",
        *table(head, body(everyday)),
        "",
        f"Everything else of a sample with the genres' proportions, {sizes}. Codecs are "
        "fed mono with half of the rate that a stereo file has. The stereo pair has its right channel 12 ms late, "
        "6 dB softer and of inverted polarity; a plain stereo copy is the same to the last bit. Whole tracks are 20 "
        "to 30 s long; masters have settings that no training variant has.",
        "",
        *table(head, body(rows)),
    ]
    thin = ", ".join(found["thin_genres"])
    if found["crops_called_thin"]:
        crops = "; ".join(
            f"{PARTS.get(c, c)} {interval(one)}" for c, one in found["crops_called_thin"].items()
        )
        lines += [
            "",
            f"3-s crops of the other genres that are called {thin} (mostly excerpts in one collection) while the "
            f"whole track was not: {crops}.",
        ]
    changed = "; ".join(
        f"{PARTS.get(c, c)} {', '.join(f'{style} {interval(share)}' for style, share in one.items())}"
        for c, one in found["remastered"].items()
    )
    return [*lines, "", f"Of all whole tracks, those that change their answer when remastered: {changed}."]


def probe(run: Run) -> list[str]:
    found = run.found["probe"]
    if not found:
        return ["There is one collection only."]
    names = {"as_it_is": "recordings as they are", "variants": "all training variants"}
    columns = list(next(iter(found.values())))
    lines = [
        "Within one genre, from the members' inputs, artists apart; balanced accuracy, 50 % is guessing. What is left "
        "in the variants is what training can still learn of collections; genres' years and styles differ, too.",
        "",
    ]
    return lines + table(
        ("", *columns),
        ((names[rows], *(f"{scores[one]:.0%}" for one in columns)) for rows, scores in found.items()),
    )


if __name__ == "__main__":
    main()
