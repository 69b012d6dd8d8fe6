"""Small data sets whose genres differ in what their inputs hold; and a run on one, to be killed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genrelens.datasets import DataSet, Track
from genrelens.recipes.load import Recipe, recipe_of
from genrelens.training.data import TrainingData

GENRES = ("calm", "loud", "odd")


def made_data(tracks: int = 45, seed: int = 0, clarity: float = 1.5) -> TrainingData:
    """Three genres, two tracks an artist, two rows of every third track; three inputs."""
    random = np.random.default_rng(seed)
    labels = np.arange(tracks) % len(GENRES)
    track = np.sort(np.concatenate([np.arange(tracks), np.arange(0, tracks, 3)]))
    inputs: dict[str, list[np.ndarray]] = {"mfcc": [], "chroma_stft": [], "averaged": []}
    for one in track:
        for name, width in (("mfcc", 20), ("chroma_stft", 12)):
            clip = random.normal(0, 1, (int(random.integers(30, 60)), width))
            clip[:, labels[one]] += clarity
            inputs[name].append(clip.astype(np.float32))
        vector = random.normal(0, 1, 358)
        vector[labels[one] :: 3] += clarity / 3
        inputs["averaged"].append(vector.astype(np.float32))
    groups = labels + len(GENRES) * (np.arange(tracks) // (2 * len(GENRES)))
    return TrainingData(listed_tracks(labels, groups, GENRES), track, np.ones(len(track), bool), inputs)


def listed_tracks(
    labels: Sequence[int], groups: Sequence[int], genres: Sequence[str], collections: Sequence[str] = ()
) -> DataSet:
    """A data set without sound: a genre, an artist and a collection a track, by number."""
    named = collections or ["made"] * len(labels)
    listed = [
        Track(f"t{n}", Path(f"/t{n}.wav"), genres[label], f"artist {group}", named[n])
        for n, (label, group) in enumerate(zip(labels, groups, strict=True))
    ]
    return DataSet("made", tuple(listed), tuple(genres))


def made_recipe(epochs: int = 6, **training: object) -> Recipe:
    """A CNN, an MLP and a logistic head."""
    return recipe_of(
        {
            "name": "made",
            "training": {"epochs": epochs, "batch": 8, "learning_rate": 0.005, **training},
            "network": {"hidden": 16},
            "members": [
                {"architecture": "cnn_avg", "inputs": ["mfcc"]},
                {"architecture": "cnn_max", "inputs": ["chroma_stft"]},
                {"architecture": "mlp", "inputs": ["averaged"]},
                {"architecture": "logistic", "inputs": ["averaged"], "options": {"l2": 0.1}},
            ],
        }
    )


def content_of(bundle: Path) -> tuple[dict[str, object], dict[str, bytes]]:
    """All that a bundle holds but the commit of the code, which may change while tests run."""
    from genrelens.bundle import read_bundle

    read = read_bundle(bundle)
    document = json.loads(read.manifest.to_json())
    del document["training"]["commit"]
    return document, dict(read.files)


def main(folder: str, jobs: str, epochs: str) -> None:
    """Cross-validates, trains on everything, writes a bundle and all probabilities."""
    from genrelens.training.build import build_bundle, evaluate_recipe
    from genrelens.training.options import TrainerOptions

    out = Path(folder)
    recipe = made_recipe(int(epochs), validation=0.2, patience=int(epochs))
    evaluated = evaluate_recipe(recipe, made_data(), out / "run", options=TrainerOptions(3, jobs=int(jobs)))
    build_bundle(evaluated, out / "made.bundle")
    np.save(out / "probabilities.npy", evaluated.found.probabilities)


if __name__ == "__main__":
    main(*sys.argv[1:])
