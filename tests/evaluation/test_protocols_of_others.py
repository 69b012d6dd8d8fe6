"""Protocols of other packages: what they give is used, or refused in one sentence that names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from genrelens import plugins
from genrelens.errors import DataError, PluginError
from genrelens.evaluation.protocols import Protocol, Split, make_plan, protocol_names

LABELS = ["rock", "jazz"] * 4
ARTISTS = ["a", "b", "c", "d", "e", "f", "a", "b"]


def positions(*numbers: int) -> np.ndarray:
    return np.array(numbers, int)


@pytest.fixture
def provide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes one protocol be there as if its package were installed."""

    def provide(make: Callable[..., Any], artists: Any = "none", needs: tuple[str, ...] = ()) -> None:
        theirs = Protocol("theirs", "of somebody else", make, artists, needs)
        monkeypatch.setattr(plugins, "plugin", lambda group, name, kind: theirs if name == "theirs" else None)
        monkeypatch.setattr(plugins, "plugin_names", lambda group: ("theirs", "paper"))

    return provide


def test_it_divides_tracks_and_its_notes_are_kept(provide: Callable[..., None]) -> None:
    def make(tracks: Any, random: np.random.Generator) -> Any:
        drawn = random.permutation(len(tracks.labels))
        return [Split("one", np.sort(drawn[:4]), np.sort(drawn[4:]))], ["drawn once"]

    provide(make)
    plan = make_plan("theirs", LABELS, seed=3)
    assert plan.notes == ("drawn once",)
    assert sorted([*plan.splits[0].train, *plan.splits[0].test]) == list(range(8))
    assert plan.splits[0].test.tolist() == make_plan("theirs", LABELS, seed=3).splits[0].test.tolist()
    assert protocol_names()[0] == "paper"
    assert protocol_names().count("paper") == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "no list of splits"),
        (([], []), "no list of splits"),
        ((["fold-0"], []), "no list of splits"),
        (([Split("a", positions(0, 1), positions(1, 2))], []), "a track into two parts"),
        (([Split("a", positions(0, 1), positions(8))], []), "tracks that are not there"),
        (([Split("a", positions(-1, 1), positions(2))], []), "tracks that are not there"),
        (([Split("a", positions(0, 1), positions())], []), "nothing to test"),
        (([Split("a", positions(1, 0), positions(2))], []), "no sorted list"),
        (([Split("a", positions(0, 0), positions(2))], []), "no sorted list"),
        (([Split("a", np.array([0.0, 1.0]), positions(2))], []), "no sorted list"),
        (([Split("a", positions(0), positions(1)), Split("a", positions(1), positions(0))], []), "same name"),
    ],
)
def test_splits_that_break_what_every_split_promises_are_refused(
    provide: Callable[..., None], given: Any, words: str
) -> None:
    provide(lambda tracks, random: given)
    with pytest.raises(PluginError, match=words) as raised:
        make_plan("theirs", LABELS)
    assert "the protocol theirs" in str(raised.value)


def test_artists_that_it_says_it_keeps_apart_are_looked_for_on_both_sides(
    provide: Callable[..., None],
) -> None:
    provide(lambda tracks, random: ([Split("half", positions(0, 1, 2, 3), positions(4, 5, 6))], []), "named")
    with pytest.raises(PluginError, match="keeps artists apart but put one on both sides of half"):
        make_plan("theirs", LABELS, ARTISTS)
    provide(lambda tracks, random: ([Split("half", positions(0, 1, 6, 7), positions(2, 3))], []), "named")
    assert make_plan("theirs", LABELS, ARTISTS).artists.sentence == "artists apart"


def test_an_error_of_its_code_is_a_sentence_and_a_refusal_of_its_own_stays(
    provide: Callable[..., None],
) -> None:
    def fails(tracks: Any, random: Any) -> Any:
        return {}["missing"]

    def refuses(tracks: Any, random: Any) -> Any:
        raise DataError("these tracks are too few")

    provide(fails)
    with pytest.raises(PluginError, match="failed \\(KeyError"):
        make_plan("theirs", LABELS)
    provide(refuses)
    with pytest.raises(DataError, match="too few"):
        make_plan("theirs", LABELS)


@pytest.mark.parametrize(("artists", "needs"), [("finished", ()), ("some", ()), ("none", ("weather",))])
def test_a_promise_or_a_need_that_does_not_exist_is_refused(
    provide: Callable[..., None], artists: str, needs: tuple[str, ...]
) -> None:
    provide(lambda tracks, random: ([], []), artists, needs)
    with pytest.raises(PluginError, match="must have artists in"):
        make_plan("theirs", LABELS)
