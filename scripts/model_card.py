"""Writes docs/model-card.md from the run folders of `genrelens train --recipe default` and `full`.

python scripts/model_card.py RUN_OF_DEFAULT RUN_OF_FULL --index ../shared/gtzan/index.csv > docs/model-card.md
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from genrelens.bundle import find_bundle, read_bundle
from genrelens.ensemble import apply_temperature, conformal_threshold, prediction_set
from genrelens.evaluation.metrics import (
    accuracy,
    balanced_accuracy,
    expected_calibration_error,
    genre_scores,
)
from genrelens.evaluation.uncertainty import bootstrap_interval

INTRODUCTION = """# Model card: the bundles `default` and `full`

Made by `scripts/model_card.py` from the records of `genrelens train` on {day}.

Both tell GTZAN's ten genres: {genres}.
`default` works offline; `full` also listens through fcn and mn04, which are fetched once. Every number below is
out of fold with artists kept apart: five folds, no artist on both sides, known repeats of a recording in one
fold, 95 % intervals by bootstrap over tracks (over artists they are about twice as wide). Members, variants and
settings were chosen on these same folds, so the figures flatter by about a point; songs by artists who are in
neither collection are the test that counts.

## What it is for, and what not

For sorting collections of Western popular and classical music into ten coarse genres, with a human eye on
what it calls `unsure`. Not for deciding about people or payments; not for other genres, which it does not
know: a tango is answered with one of the ten or with `unsure`. Labels of pop, rock and metal differ between
people as much as between model and label.

## Data and licences

Trained on {tracks} recordings: 472 whole tracks and 125 excerpts of GTZAN, and 373 songs from outside it, in
nine variants each (parts of 10 and 3 s, modern and old masters, lossy files), so that neither length nor sound
tells the collection. GTZAN's audio was never cleared and has no licence; no audio is in the bundles, and no
training vectors: radial centres are means of at least three clips. musicnn (ISC) is carried; fcn and mn04
(MIT) are fetched. musicnn and fcn were trained on the Million Song Dataset, mn04 on AudioSet: they may have
heard recordings that are in GTZAN, which no split undoes.
"""


def answers_of(run: Path) -> tuple[list[str], np.ndarray, np.ndarray, list[dict[str, str]]]:
    """Genres, (n, genres) scores, (n,) labels and the rows of a run's out-of-fold answers."""
    with (run / "out_of_fold.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    genres = [name for name in rows[0] if name not in ("track", "collection", "genre")]
    scores = np.array([[float(row[genre]) for genre in genres] for row in rows])
    return genres, scores, np.array([genres.index(row["genre"]) for row in rows]), rows


def share(hits: np.ndarray) -> str:
    """Accuracy with its interval."""
    found = bootstrap_interval(accuracy, np.ones(len(hits), int), hits.astype(int))
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%})"


def section(name: str, run: Path, excerpts: set[str]) -> list[str]:
    """The part of the card about one bundle."""
    genres, raw, labels, rows = answers_of(run)
    record: dict[str, Any] = json.loads((run / "record.json").read_text())
    manifest = read_bundle(find_bundle(name)).manifest
    scores = apply_temperature(raw, manifest.temperature)
    answers, sure = scores.argmax(axis=1), scores.max(axis=1)
    hits = answers == labels
    parts = {
        "GTZAN, whole tracks": [r["collection"] == "gtzan" and r["track"] not in excerpts for r in rows],
        "GTZAN, excerpts of 2 to 3 s": [r["track"] in excerpts for r in rows],
        "songs from outside (`wild`)": [r["collection"] == "wild" for r in rows],
        "all": [True] * len(rows),
    }
    lines = [f"## `{name}`", "", "| tracks | n | accuracy (95 % interval) | balanced |", "|---|---|---|---|"]
    for part, chosen in parts.items():
        here = np.array(chosen)
        balanced = balanced_accuracy(labels[here], answers[here])
        lines.append(f"| {part} | {here.sum()} | {share(hits[here])} | {balanced:.1%} |")
    lines += ["", "| member | hears | accuracy |", "|---|---|---|"]
    for member in manifest.members:
        heard = ", ".join(member.inputs)
        lines.append(f"| {member.name} | {heard} | {member.accuracy or 0:.1%} |")
    votes = record["results"]["votes"]
    joined = ", ".join(f"{rule} {one['accuracy']:.1%}" for rule, one in votes.items())
    lines += ["", f"Joined by {manifest.combination.rule} vote; {joined}.", ""]
    lines += ["| genre | precision | recall | F1 | tracks |", "|---|---|---|---|---|"]
    each = genre_scores(labels, answers, len(genres))
    for genre, *ratios, count in zip(genres, each.precision, each.recall, each.f1, each.tracks, strict=True):
        lines.append(f"| {genre} | {' | '.join(f'{ratio:.0%}' for ratio in ratios)} | {count} |")
    lines += ["", "### How sure, and when it says nothing", ""]
    error = expected_calibration_error(labels, scores)
    lines.append(f"Temperature {manifest.temperature:.2f}; expected calibration error {error:.3f} (15 bins).")
    answered = sure >= manifest.answer_threshold
    lines.append(
        f"Below a confidence of {manifest.answer_threshold:.2f} the answer is `unsure`: {answered.mean():.0%} "
        f"of the tracks are answered, and {hits[answered].mean():.1%} of those answers are right."
    )
    half = np.random.default_rng(0).permutation(len(labels))
    fitted, held = half[::2], half[1::2]
    threshold = conformal_threshold(scores[fitted], labels[fitted], manifest.set_coverage)
    sets = [prediction_set(scores[one], threshold) for one in held]
    covered = np.mean([label in chosen for label, chosen in zip(labels[held], sets, strict=True)])
    lines.append(
        f"Sets promised to hold the genre in {manifest.set_coverage:.0%}: fitted on one half they held it in "
        f"{covered:.1%} of the other, with {np.mean([len(one) for one in sets]):.2f} genres each."
    )
    lines += ["", "| answered, most confident first | right |", "|---|---|"]
    order = np.argsort(-sure)
    for part in (0.25, 0.5, 0.75, 0.9, 1.0):
        lines.append(f"| {part:.0%} | {hits[order[: round(part * len(order))]].mean():.1%} |")
    guards = "; ".join(f"{one.name}: {one.reason}" for one in manifest.guards)
    lines += ["", f"Guards that make it `unsure` whatever the members say: {guards}.", ""]
    lines.append(
        f"Record: {' '.join(record['command'][1:3])} ..., commit {str(record['commit'])[:12]}, seed "
        f"{record['seed']}, {record['machine'].get('processor', 'unknown processor')}, Python "
        f"{record['versions']['python']}, torch {record['versions'].get('torch', '-')}."
    )
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("default", type=Path)
    parser.add_argument("full", type=Path)
    parser.add_argument("--index", type=Path, required=True, help="GTZAN's index.csv")
    arguments = parser.parse_args()
    with arguments.index.open(newline="") as stream:
        excerpts = {row["track"] for row in csv.DictReader(stream) if row["audio"] == "excerpt"}
    genres, _, labels, _ = answers_of(arguments.default)
    print(INTRODUCTION.format(day=date.today(), genres=", ".join(genres), tracks=len(labels)))
    for name, run in (("default", arguments.default), ("full", arguments.full)):
        print("\n".join(section(name, run, excerpts)))
    print(
        "## Not measured yet\n\nHow accuracy falls with codec, length, sample rate, noise and channels; "
        "how often each kind of foreign sound\nis answered; songs by artists in neither collection."
    )


if __name__ == "__main__":
    main()
