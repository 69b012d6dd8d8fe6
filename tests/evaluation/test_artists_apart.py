"""Artists are only said to be apart where somebody named them; intervals are drawn over what is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genrelens.datasets import load_dataset
from genrelens.errors import DataError
from genrelens.evaluation.artists_apart import ArtistsApart
from genrelens.evaluation.protocols import PROTOCOLS, make_plan
from genrelens.evaluation.results import Answers, SystemResults, summarise


def table(folder: Path, artists: list[str]) -> Path:
    lines = ["path,genre,artist"]
    for n, artist in enumerate(artists):
        (folder / f"t{n}.wav").write_bytes(b"x")
        lines.append(f"t{n}.wav,{('rock', 'jazz')[n % 2]},{artist}")
    (folder / "list.csv").write_text("\n".join(lines))
    return folder / "list.csv"


@pytest.mark.parametrize("protocol", ["artist5", "artist"])
def test_without_artists_nothing_is_said_to_be_apart(tmp_path: Path, protocol: str) -> None:
    plan = load_dataset(table(tmp_path, [""] * 36), tags=False).plan(protocol)
    assert plan.artists.sentence == "artist known for 0 of 36 tracks: not kept apart"
    assert plan.artists.unit == "tracks"
    assert not plan.artists.apart
    assert any(note.startswith("artist known for 0 of 36 tracks: not kept apart") for note in plan.notes)


@pytest.mark.parametrize("nobody", ["", "Unknown Artist", "various", "n/a"])
def test_partly_known_artists_are_counted(tmp_path: Path, nobody: str) -> None:
    artists = [f"singer {n // 4}" if n < 20 else nobody for n in range(36)]
    plan = load_dataset(table(tmp_path, artists), tags=False).plan("artist5")
    assert plan.artists.sentence == "artist known for 20 of 36 tracks: only these kept apart"
    assert plan.artists.unit == "artists where known"
    assert not plan.artists.apart


def test_all_known_artists_are_apart_and_random_splits_say_that_they_are_not() -> None:
    names = [f"a{n // 3}" for n in range(36)]
    labels = ["rock", "jazz"] * 18
    assert make_plan("artist5", labels, names).artists.sentence == "artists apart"
    assert make_plan("artist5", labels, names).notes == ()
    assert make_plan("paper", labels, names).artists.sentence == "artists not kept apart"


def test_a_finished_bundle_is_never_said_to_have_artists_apart() -> None:
    assert not ArtistsApart("finished", 36, 36).apart
    assert "artists apart" not in ArtistsApart("finished", 36, 36).sentence
    assert ArtistsApart("finished", 3, 36).sentence.startswith("artist known for 3 of 36 tracks")


@pytest.mark.parametrize(("known", "over"), [(0, "tracks"), (12, "artists where known"), (24, "artists")])
def test_intervals_are_over_what_is_known(known: int, over: str) -> None:
    labels = np.arange(24) % 2
    right = np.arange(24) % 5 > 0
    said = np.where(right, labels, 1 - labels)
    outcome = SystemResults(
        "s", "artist5", ("a", "b"), tuple(map(str, range(24))), labels, np.arange(24) // 4,
        (Answers("all", np.arange(24), np.eye(2)[said]),), ArtistsApart("named", known, 24),
    )  # fmt: skip
    summary = summarise(outcome)
    assert summary["interval_over"] == over
    if known:
        assert summary["interval"] == summary["interval_artists"] != summary["interval_tracks"]
    else:
        assert summary["interval_artists"] is None
        assert summary["interval"] == summary["interval_tracks"]


def test_a_misspelt_protocol_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(DataError, match="unknown protocol artits5; did you mean artist5"):
        make_plan("artits5", ["a", "b"])
    assert all(one.artists in ("none", "named", "listed") for one in PROTOCOLS.values())
