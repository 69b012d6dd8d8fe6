"""A protocol's splits never leak a track, nor an artist where that is promised, and are even by genre."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.errors import DataError, OutputError
from genrelens.evaluation.protocols import (
    PROTOCOLS,
    fault_filtered_parts,
    group_indices,
    make_plan,
    make_splits,
)
from genrelens.evaluation.splits import read_plan, write_plan

GENRES = ("blues", "jazz", "metal", "pop")


@st.composite
def collections_of_tracks(draw, min_size: int = 12):
    """Genres and artists of a small data set; artists have one genre mostly, some are unknown."""
    n = draw(st.integers(min_size, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    artists = rng.integers(0, draw(st.integers(4, 40)), n)
    mixed = rng.random(n) < draw(st.sampled_from((0.0, 0.1)))
    labels = np.where(mixed, rng.integers(0, len(GENRES), n), artists % len(GENRES))
    names = [None if rng.random() < 0.05 else f"artist {a}" for a in artists]
    return [GENRES[i] for i in labels], names


def check_disjoint(splits, n: int) -> None:
    for split in splits:
        together = np.concatenate([split.train, split.valid, split.test])
        assert len(np.unique(together)) == len(together)
        assert together.min() >= 0
        assert together.max() < n
        assert all(np.all(np.diff(part) > 0) for part in (split.train, split.valid, split.test))
        assert len(split.train)
        assert len(split.test)


@settings(deadline=None, max_examples=60)
@given(collections_of_tracks(), st.integers(0, 5), st.sampled_from(["paper", "kfold10", "artist", "artist5"]))
def test_no_track_is_on_both_sides_and_artists_are_kept_apart(data, seed, protocol):
    labels, artists = data
    if len({a for a in artists if a}) < 2:
        return
    splits = make_splits(protocol, labels, artists, seed=seed)
    check_disjoint(splits, len(labels))
    if PROTOCOLS[protocol].artists_apart:
        for split in splits:
            trained = {artists[i] for i in split.train} - {None}
            assert not trained & {artists[i] for i in split.test}


@settings(deadline=None, max_examples=60)
@given(collections_of_tracks(), st.integers(0, 5))
def test_folds_test_every_track_once_and_the_two_deals_twice(data, seed):
    labels, artists = data
    for protocol, times in (("kfold10", 1), ("artist5", 1), ("artist", 2)):
        splits = make_splits(protocol, labels, artists, seed=seed)
        tested = np.bincount(np.concatenate([s.test for s in splits]), minlength=len(labels))
        assert set(tested.tolist()) == {times}


@settings(deadline=None, max_examples=60)
@given(collections_of_tracks(), st.integers(0, 5))
def test_random_protocols_are_stratified_to_within_one_track(data, seed):
    labels, _ = data
    sizes = Counter(labels)
    for split in make_splits("paper", labels, seed=seed):
        tested = Counter(labels[i] for i in split.test)
        assert all(abs(tested[g] - 0.2 * n) <= 1 for g, n in sizes.items())
    counts = [Counter(labels[i] for i in s.test) for s in make_splits("kfold10", labels, seed=seed)]
    for genre in sizes:
        per_fold = [c[genre] for c in counts]
        assert max(per_fold) - min(per_fold) <= 1


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_artist_folds_differ_by_at_most_the_largest_artist_of_a_genre(seed):
    rng = np.random.default_rng(seed)
    artists = rng.integers(0, 40, 200)
    labels = [GENRES[a % 4] for a in artists]
    splits = make_splits("artist5", labels, [f"a{a}" for a in artists], seed=1)
    for genre in set(labels):
        counts = [sum(labels[i] == genre for i in s.test) for s in splits]
        counts += [0] * (5 - len(splits))
        largest = max(Counter(a for a, g in zip(artists, labels, strict=True) if g == genre).values())
        assert max(counts) - min(counts) <= largest


def test_artist_folds_are_as_even_as_scikit_learns():
    model_selection = pytest.importorskip("sklearn.model_selection")
    rng = np.random.default_rng(3)
    artists = np.minimum(rng.geometric(0.04, 600), 90)
    labels = artists % 6
    names = [f"a{a}" for a in artists]

    def unevenness(tests) -> float:
        counts = np.array([np.bincount(labels[t], minlength=6) for t in tests])
        return float((counts / counts.sum(axis=0)).std(axis=0).mean())

    ours = unevenness([s.test for s in make_splits("artist5", labels, names)])
    splitter = model_selection.StratifiedGroupKFold(5, shuffle=True, random_state=0)
    theirs = unevenness([t for _, t in splitter.split(labels, labels, artists)])
    assert ours <= theirs * 1.1


def test_the_same_seed_gives_the_same_splits_and_another_seed_others():
    labels = ["rock"] * 30 + ["jazz"] * 30
    artists = [f"a{i // 2}" for i in range(60)]
    for protocol in ("paper", "kfold10", "artist", "artist5"):
        first, again, other = (
            [s.test.tolist() for s in make_splits(protocol, labels, artists, seed=seed)] for seed in (7, 7, 8)
        )
        assert first == again
        assert first != other


def test_linked_tracks_stay_together_though_their_artists_differ():
    labels = ["rock"] * 20 + ["jazz"] * 20
    artists = [f"a{i}" for i in range(40)]
    for split in make_splits("artist5", labels, artists, linked=[(0, 39), (39, 25)]):
        assert len({0, 39, 25} & set(split.test.tolist())) in (0, 3)


def test_an_artist_is_recognised_in_several_spellings():
    groups = group_indices(["The Beatles", "beatles", "Beatles feat. Billy Preston", "Wings", "", None])
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups.tolist())) == 4


def gtzan_ids(part: str, count: int) -> list[str]:
    return [track for track, where in fault_filtered_parts().items() if where == part][:count]


def test_the_fault_filtered_split_of_a_whole_gtzan_is_the_published_one():
    ids = [
        f"{g}/{g}.{i:05d}.wav"
        for g in sorted({t.split(".")[0] for t in fault_filtered_parts()})
        for i in range(100)
    ]
    plan = make_plan("fault-filtered-3", [i.split("/")[0] for i in ids], track_ids=ids)
    (split,) = plan.splits
    assert (len(split.train), len(split.valid), len(split.test)) == (443, 197, 290)
    assert plan.notes == ("70 tracks here are not in the fault-filtered split and were left out",)
    (merged,) = make_splits("fault-filtered", [i.split("/")[0] for i in ids], track_ids=ids)
    assert len(merged.train) == 640
    assert merged.test.tolist() == split.test.tolist()


def test_a_partial_gtzan_says_what_is_missing():
    ids = gtzan_ids("train", 100) + gtzan_ids("valid", 40)
    plan = make_plan("fault-filtered", [i.split(".")[0] for i in ids], track_ids=ids)
    assert (len(plan.splits[0].train), len(plan.splits[0].test)) == (100, 40)
    assert "343 of the 443 train tracks are not in this copy" in plan.notes
    assert any("tested on the valid part" in note for note in plan.notes)


def test_the_fault_filtered_split_agrees_with_the_lists_of_its_authors(shared: Path):
    for part in ("train", "valid", "test"):
        lines = (shared / "gtzan" / "splits" / f"{part}_filtered.txt").read_text().split()
        ours = {track for track, where in fault_filtered_parts().items() if where == part}
        assert {Path(line).stem for line in lines} == ours


def test_the_real_artists_are_kept_apart(shared: Path):
    with (shared / "gtzan" / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels, artists = [r["genre"] for r in rows], [r["artist"] for r in rows]
    for protocol in ("artist", "artist5"):
        for split in make_splits(protocol, labels, artists):
            assert not ({artists[i] for i in split.train} - {""}) & {artists[i] for i in split.test}


def test_cross_goes_both_ways_and_leaves_out_shared_artists():
    labels = ["rock", "rock", "jazz", "jazz", "rock", "jazz", "polka"]
    artists = ["Queen", "Abba", "Miles Davis", "", "queen", "Getz", "Anon"]
    where = ["gtzan"] * 4 + ["wild"] * 3
    plan = make_plan("cross", labels, artists, collections=where)
    forth, back = plan.splits
    assert (forth.name, forth.train.tolist(), forth.test.tolist()) == ("gtzan-to-wild", [1, 2, 3], [4, 5])
    assert (back.name, back.train.tolist(), back.test.tolist()) == ("wild-to-gtzan", [5, 6], [2, 3])
    assert any("polka" in note for note in plan.notes)


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_a_plan_written_out_reads_back_in_any_order_of_tracks(tmp_path: Path, suffix: str):
    labels = ["rock"] * 20 + ["jazz"] * 20
    ids = [f"t{i}" for i in range(40)]
    plan = make_plan("paper", labels, seed=4)
    write_plan(tmp_path / f"paper{suffix}", plan, ids)
    back = read_plan(tmp_path / f"paper{suffix}", ids[::-1])
    for ours, theirs in zip(plan.splits, back.splits, strict=True):
        assert ours.name == theirs.name
        assert {ids[i] for i in ours.test} == {ids[::-1][i] for i in theirs.test}
        assert {ids[i] for i in ours.train} == {ids[::-1][i] for i in theirs.train}
    partly = read_plan(tmp_path / f"paper{suffix}", ids[:30])
    assert "10 tracks of the plan are not in this copy of the data" in partly.notes


def test_what_cannot_be_split_is_said_in_one_sentence(tmp_path: Path):
    labels = ["rock", "rock", "jazz"]
    with pytest.raises(DataError, match="unknown protocol"):
        make_splits("lucky", labels)
    with pytest.raises(DataError, match="needs an artist"):
        make_splits("artist", labels)
    with pytest.raises(DataError, match="one artist"):
        make_splits("artist", labels, ["Queen"] * 3)
    with pytest.raises(DataError, match="3 labels but 2 groups"):
        make_splits("artist", labels, ["a", "b"])
    with pytest.raises(DataError, match="fault-filtered finds too few"):
        make_splits("fault-filtered", labels, track_ids=["x", "y", "z"])
    with pytest.raises(DataError, match="occurs twice"):
        make_splits("paper", labels, track_ids=["x", "x", "z"])
    with pytest.raises(DataError, match="cannot be read"):
        read_plan(tmp_path / "absent.json", ["a"])
    (tmp_path / "other.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="no split plan"):
        read_plan(tmp_path / "other.json", ["a"])
    with pytest.raises(OutputError):
        write_plan(tmp_path / "other.json" / "p.json", make_plan("paper", labels), ["a", "b", "c"])
