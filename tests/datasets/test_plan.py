"""A data set is divided as its tracks' genres and artists by name would be, however many there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.datasets import DataSet, Track
from genrelens.errors import DataError
from genrelens.evaluation.protocols import Tracks, make_plan, plan_of

ARTISTS = ("Queen", "queen feat. Wyclef Jean", "Wyclef Jean", "ABBA", "abba", "Unknown Artist", None, "Björk")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(ARTISTS)), min_size=30, max_size=60),
    st.sampled_from(["paper", "kfold10", "artist", "artist5"]),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_numbers_and_names_give_the_same_splits(tracks, protocol: str, seed: int, chance) -> None:
    listed = [
        Track(str(n), Path(f"/{n}.wav"), f"genre {genre}", artist) for n, (genre, artist) in enumerate(tracks)
    ]
    genres = sorted({track.genre for track in listed})
    chance.shuffle(genres)  # the order of outputs does not change what is drawn
    own = DataSet("mine", tuple(listed), tuple(genres)).plan(protocol, seed)
    named = make_plan(
        protocol, [track.genre for track in listed], [track.artist for track in listed], seed=seed
    )
    assert own.notes == named.notes
    for one, other in zip(own.splits, named.splits, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.train, other.train)
        np.testing.assert_array_equal(one.test, other.test)


def test_tracks_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(DataError, match="4 labels but 3 groups"):
        Tracks(("a", "b"), np.arange(4) % 2, groups=np.arange(3))
    with pytest.raises(DataError, match="needs an artist"):
        plan_of("artist5", Tracks(("a", "b"), np.arange(20) % 2))
    with pytest.raises(DataError, match="occurs twice"):
        Tracks(("a",), np.zeros(2, np.intp), track_ids=("x", "x"))
