"""Label and embed a folder of music in several processes, then find the tracks that are most alike.

    python examples/embed_and_neighbours.py ~/Music

The cells (`# %%`) are those of notebooks: editors run them one by one. A script that starts processes does
its work below `if __name__ == "__main__":`, as Python asks for on every system.
"""

# %%
from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens import Embedding, Failure, Prediction, Recognizer

TRACKS = 100
NEIGHBOURS = 3
SUFFIXES = {".aac", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma"}


# %%
def tracks_in(folder: Path, most: int = TRACKS) -> list[Path]:
    """Sound files of a folder and those below it, evenly taken from among all where there are more."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return (
        [found[round(number * len(found) / most)] for number in range(most)] if len(found) > most else found
    )


# %%
def labelled_and_embedded(
    paths: Sequence[Path], jobs: int = 2, model: str | None = None
) -> list[tuple[Prediction | Failure, Embedding | Failure]]:
    """What each track is recognised as, and its vector; failures where a track cannot be decoded."""
    lens = Recognizer(model)
    # "spawn" starts fresh processes: forked ones would share locks with the threads of this one. The
    # recogniser travels as the name and checksum of its bundle, and each process loads it once.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        predictions = pool.map(lens.recognize_or_fail, paths)
        embeddings = pool.map(lens.embed_or_fail, paths)
        return list(zip(predictions, embeddings, strict=True))


# %%
def nearest(
    vectors: NDArray[np.float32], count: int = NEIGHBOURS
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For each of n vectors the nearest others, nearest first.

    Each dimension is standardised over the tracks, so that none outweighs others by its scale; the similarity
    is the cosine. Returns two arrays (n, k), k being `count` or n - 1: their numbers, and their similarities
    in [-1, 1].
    """
    points = np.asarray(vectors, np.float64)
    points = (points - points.mean(axis=0)) / np.maximum(points.std(axis=0), 1e-9)
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    alike = points @ points.T
    np.fill_diagonal(alike, -np.inf)
    order = np.argsort(-alike, axis=1, kind="stable")[:, : min(count, len(points) - 1)]
    return order, np.take_along_axis(alike, order, axis=1)


# %%
def main(folder: Path, jobs: int = 2) -> None:
    rows = labelled_and_embedded(tracks_in(folder), jobs)
    for prediction, _ in rows:
        if isinstance(prediction, Failure):
            print(f"left out: {prediction.error}")
    known = [(prediction, vector) for prediction, vector in rows if isinstance(vector, Embedding)]
    if len(known) < 2:
        sys.exit(f"{folder} holds fewer than two tracks that can be decoded; name another folder")
    numbers, alike = nearest(np.stack([vector.vector for _, vector in known]))
    for (prediction, vector), row, similarities in zip(known, numbers, alike, strict=True):
        print(f"{Path(vector.path).name} ({prediction.genre or 'unsure'})")
        for number, similarity in zip(row, similarities, strict=True):
            other, its = known[number]
            print(f"  {similarity:5.2f}  {Path(its.path).name} ({other.genre or 'unsure'})")
    sure = [number for number, (prediction, _) in enumerate(known) if prediction.genre is not None]
    same = sum(known[numbers[number][0]][0].genre == known[number][0].genre for number in sure)
    print(f"{same} of {len(sure)} labelled tracks have a nearest neighbour with their label")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("music")))
