"""Lines of predictions in terminals of any width: genre and percentage whole, nothing beyond the edge."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from genrelens.cli.prediction_table import Details, PredictionLines, layout_of
from genrelens.errors import NotAudio
from genrelens.recognition import Failure, Options, Prediction

GENRES = ("blues", "classical", "hiphop", "sehr lange Volksmusik", "演歌")


def prediction(path: str, genre: str, confidence: float, unsure: bool, duration_s: float) -> Prediction:
    rest = [one for one in GENRES if one != genre]
    scores = {genre: confidence} | dict.fromkeys(rest, (1 - confidence) / len(rest))
    return Prediction(
        path=path,
        genre=None if unsure else genre,
        confidence=confidence,
        scores=scores,
        prediction_set=(genre,),
        votes={genre: 2},
        duration_s=duration_s,
        excerpts=(),
        bundle="made:0",
        likeliest=genre,
        unsure=unsure,
        reason="made so" if unsure else None,
        threshold=0.86,
        options=Options(),
    )


def printed(width: int, lines: PredictionLines, outcome: Prediction | Failure) -> list[str]:
    console = Console(width=width, file=io.StringIO(), legacy_windows=False)
    with console.capture() as captured:
        console.print(lines.of(outcome), width=width)
    return captured.get().splitlines()


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(40, 240),
    path=names,
    genre=st.sampled_from(GENRES),
    confidence=st.floats(0.3, 1.0),
    unsure=st.booleans(),
    duration_s=st.floats(0.0, 1e6),
)
def test_genre_and_percentage_are_never_cut(
    width: int, path: str, genre: str, confidence: float, unsure: bool, duration_s: float
) -> None:
    outcome = prediction(path, genre, confidence, unsure, duration_s)
    lines = PredictionLines(layout_of(width, [path], GENRES), Details())
    shown = printed(width, lines, outcome)
    assert any(("unsure" if unsure else genre) in line and f"{confidence:.0%}" in line for line in shown)
    assert all(cell_len(line) <= width for line in shown)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("end", ["ende.mp3", "終わり.mp3", "fin🎵.ogg"])
def test_the_end_of_a_long_name_is_what_stays(width: int, end: str) -> None:
    outcome = prediction("音楽/" * 60 + end, "blues", 0.9, False, 200.0)
    lines = PredictionLines(layout_of(width, [outcome.path], GENRES), Details())
    assert any(end in line for line in printed(width, lines, outcome))


def test_an_error_says_why_below_its_name() -> None:
    error = NotAudio("notes.mp3", "holds text, not sound; check the file")
    lines = PredictionLines(layout_of(40, ["notes.mp3"], GENRES), Details())
    shown = printed(40, lines, Failure("notes.mp3", error, "made:0", Options()))
    assert " ".join(" ".join(shown).split()) == "notes.mp3 error holds text, not sound; check the file"
