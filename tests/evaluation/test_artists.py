"""No artist on both sides of a split, however the name is spelt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.datasets import DataSet, Track
from genrelens.evaluation.artists import artist_key, artist_keys, connected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles", "beatles"),
        ("Beatles, The", "The  BEATLES"),
        ("Céline Dion", "Celine Dion"),
        ("Dr Dre", "Dr. Dre"),
        ("The D.O.C.", "DOC"),
        ("Z.Z. Hill", "Z Z Hill"),
        ("Guns N' Roses", "Guns N’ Roses"),
        ("Earth Wind and Fire", "Earth, Wind & Fire"),
        ("KC & The Sunshine Band", "KC and The Sunshine Band"),
        ("Eminem ft. Nate Dogg", "Eminem"),
        ("Eminem (feat. Nate Dogg)", "Eminem"),
        ("Beethoven (Karajan)", "Beethoven"),
        ("JS Bach", "Johann Sebastian Bach"),
    ],
)
def test_spellings_of_one_artist_are_one(one: str, other: str) -> None:
    assert artist_key(one) == artist_key(other) != "" or artist_keys(one) & artist_keys(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Queen", "Queens"), ("The The", "The Who"), ("Ice-T", "Ice Cube")]
)
def test_different_artists_stay_different(one: str, other: str) -> None:
    assert not artist_keys(one) & artist_keys(other)


@pytest.mark.parametrize("credit", [None, "", "  ", "Unknown Artist", "Various Artists", "VA"])
def test_a_credit_that_says_nothing_joins_nobody(credit: str | None) -> None:
    assert artist_keys(credit) == frozenset()


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself_unless_it_looks_like_the(name: str) -> None:
    key = artist_key(name)
    assert artist_key(f"  {name.upper().lower()} ") == artist_key(name.upper().lower())
    assert key == "" or artist_keys(name)


@given(st.lists(st.sets(st.integers(0, 12), max_size=3), max_size=25))
def test_groups_are_the_connected_components(keys: list[set[int]]) -> None:
    groups = connected(keys)
    reach = np.eye(len(keys), dtype=bool)
    for a, own in enumerate(keys):
        for b, other in enumerate(keys):
            reach[a, b] |= bool(own & other)
    for _ in keys:
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    expected = [[groups[a] == groups[b] for b in range(len(keys))] for a in range(len(keys))]
    assert expected == reach.tolist()


def test_a_duet_joins_both_singers() -> None:
    artists = ["Lauryn Hill", "Bob Marley", "Lauryn Hill and Bob Marley", None, None]
    tracks = tuple(Track(str(n), Path(f"{n}.wav"), "x", artist) for n, artist in enumerate(artists))
    assert DataSet("d", tracks, ("x",)).group_numbers.tolist() == [0, 0, 0, 1, 2]


def test_gtzan_repeats_and_nameless_tracks_stay_together() -> None:
    ids = ["jazz.00033", "jazz.00051", "jazz.00047", "jazz.00082", "metal.00006"]
    tracks = tuple(Track(id_, Path(f"{id_}.wav"), id_[:-6]) for id_ in ids)
    numbers = DataSet("d", tracks, ("jazz", "metal")).group_numbers.tolist()
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[3]
    assert len(set(numbers)) == 3
