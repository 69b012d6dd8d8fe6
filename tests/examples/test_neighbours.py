"""The example of embeddings, run as its reader would, on real music."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "embed_and_neighbours.py"
GTZAN = ROOT.parent / "shared" / "gtzan" / "audio"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("embed_and_neighbours", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | variables,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path, music: list[Path]) -> Path:
    """A track of each of several genres in two copies, from GTZAN or else our own; and a text."""
    if GTZAN.is_dir():
        songs = [min(genre.glob("*.ogg")) for genre in sorted(GTZAN.iterdir()) if genre.is_dir()][:6]
    else:
        songs = music[:6]
    if not songs:
        pytest.skip("needs examples/music or the data folder ../shared beside the checkout")
    for number, song in enumerate(songs):
        for copy in ("a", "b"):
            (tmp_path / f"{number}{copy}{song.suffix}").write_bytes(song.read_bytes())
    (tmp_path / "text.mp3").write_text("no music\n" * 99)
    return tmp_path


def test_copies_are_each_other_s_nearest_neighbours(folder: Path) -> None:
    ran = run(folder)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"left out: .*text\.mp3: holds text", ran.stdout)
    found = re.findall(
        r"^(\d+)([ab])\.\w+ \(\w+\)\n +(-?\d\.\d\d)  (\d+)([ab])\.\w+ \(\w+\)$", ran.stdout, re.M
    )
    assert len(found) == 12
    for number, copy, similarity, other, its_copy in found:
        assert (other, its_copy != copy) == (number, True)
        assert float(similarity) > 0.99
    assert re.search(
        r"^(\d+) of \1 labelled tracks have a nearest neighbour with their label$", ran.stdout, re.M
    )


def test_a_folder_without_two_tracks_is_told_in_a_sentence(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert ran.returncode == 1
    assert ran.stderr == f"{tmp_path} holds fewer than two tracks that can be decoded; name another folder\n"


def test_no_more_than_asked_for_are_taken_from_all_over(example: ModuleType, tmp_path: Path) -> None:
    for number in range(250):
        (tmp_path / f"{number:03}.wav").touch()
    taken = example.tracks_in(tmp_path, 100)
    assert len(set(taken)) == 100
    assert taken[0].name == "000.wav"
    assert taken[-1].name > "240"
    assert len(example.tracks_in(tmp_path, 300)) == 250


def test_neighbours_are_those_of_the_largest_cosine(example: ModuleType) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 7)).astype(np.float32) * [1, 1, 1, 1, 1, 1, 1e4] + 5
    numbers, alike = example.nearest(vectors, 4)
    scaled = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    for one in range(20):
        cosines = {
            other: float(
                scaled[one] @ scaled[other] / np.linalg.norm(scaled[one]) / np.linalg.norm(scaled[other])
            )
            for other in range(20)
            if other != one
        }
        best = sorted(cosines, key=cosines.__getitem__, reverse=True)[:4]
        assert numbers[one].tolist() == best
        assert alike[one] == pytest.approx([cosines[other] for other in best], abs=1e-5)
    assert example.nearest(vectors[:2])[0].tolist() == [[1], [0]]
