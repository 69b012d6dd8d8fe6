"""What a program may do with an answer: compare, hash, keep, send, show; and with one that failed."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import genrelens
from genrelens import Failure, Prediction, Recognizer
from genrelens.errors import AudioError, NotAudio
from genrelens.recognition import ExcerptAnswer, MemberAnswer, Options

RATE = 22050
COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    replace,
    *(lambda one, number=number: pickle.loads(pickle.dumps(one, number)) for number in range(6)),
]


def made(**changes: Any) -> Prediction:
    whole: dict[str, Any] = {
        "path": "song.mp3",
        "genre": "jazz",
        "confidence": 0.9,
        "scores": {"jazz": 0.9, "blues": 0.1},
        "prediction_set": ("jazz",),
        "votes": {"jazz": 3},
        "duration_s": 30.0,
        "excerpts": (ExcerptAnswer(0.0, 30.0, "jazz", 0.9, {"jazz": 0.9, "blues": 0.1}),),
        "bundle": "tiny:0123456789ab",
        "likeliest": "jazz",
        "unsure": False,
        "reason": None,
        "threshold": 0.5,
        "options": Options(),
        "members": (MemberAnswer("one", "jazz", 0.8),),
    }
    return Prediction(**(whole | changes))


def failed(path: str = "a.mp3", kind: type[AudioError] = NotAudio, reason: str = "holds text") -> Failure:
    return Failure(path, kind(path, reason), "tiny:0123456789ab", Options())


def test_predictions_can_be_put_into_sets_and_never_change(lens: Recognizer, song: np.ndarray) -> None:
    first, second = (lens.recognize((song, RATE)) for _ in range(2))
    other = lens.recognize((song[::-1].copy(), RATE))
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second, other}) == 2
    with pytest.raises(FrozenInstanceError):
        first.genre = "loud"  # type: ignore[misc]
    for mapping in (first.scores, first.votes, first.excerpts[0].scores):
        name = next(iter(mapping))
        with pytest.raises(TypeError, match="cannot be changed"):
            mapping[name] = 1  # type: ignore[index]
        with pytest.raises(TypeError, match="cannot be changed"):
            mapping.update(calm=0)
        with pytest.raises(TypeError, match="cannot be changed"):
            del mapping[name]
        with pytest.raises(TypeError, match="cannot be changed"):
            mapping |= {"calm": 0}
        assert json.loads(json.dumps(mapping)) == mapping
    assert hash(first) == hash(second)


@pytest.mark.parametrize("way", COPIES)
def test_an_answer_that_is_copied_or_sent_is_equal_and_hashed_alike(way: Callable[[Any], Any]) -> None:
    for one in (made(), made(genre=None, unsure=True, reason="too low"), failed()):
        there = way(one)
        assert there == one
        assert hash(there) == hash(one)
        assert there.to_dict() == one.to_dict()


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "other.mp3"},
        {"genre": None},
        {"scores": {"jazz": 0.8, "blues": 0.2}},
        {"votes": {}},
        {"options": Options("all")},
        {"excerpts": ()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_answers_that_differ_in_anything_are_not_equal(changes: dict[str, Any]) -> None:
    assert made() != made(**changes)
    assert made() != failed("song.mp3")


def test_the_order_of_a_dict_makes_no_other_answer() -> None:
    turned = made(scores={"blues": 0.1, "jazz": 0.9})
    assert turned == made()
    assert hash(turned) == hash(made())


def test_failures_that_say_the_same_are_equal() -> None:
    assert failed() == failed()
    assert len({failed(), failed(), failed(reason="is empty"), failed("b.mp3"), failed(kind=AudioError)}) == 4


def test_a_loop_over_many_need_not_ask_what_came(lens: Recognizer, song: np.ndarray, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.wav", song, RATE)
    (tmp_path / "bad.mp3").write_text("no music\n" * 99)
    paths = [tmp_path / "bad.mp3", tmp_path / "good.wav", tmp_path / "missing.mp3"]
    for jobs in (1, 2):
        answers = list(lens.recognize_many(paths, jobs=jobs))
        assert [one.path for one in answers] == [str(path) for path in paths]
        assert [one.status for one in answers] == ["error", "ok", "error"]
        assert [one.genre is None for one in answers] == [True, False, True]
        assert [isinstance(one, genrelens.Failure) for one in answers] == [True, False, True]


class Shown(HTMLParser):
    """What a browser would make of it: elements, their styles, the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.widths: list[float] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert all(name == "style" for name, _ in attributes)
        self.open.append(tag)
        self.seen.append(tag)
        self.widths += [float(width) for width in re.findall(r"width:([\d.]+)%", str(attributes))]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_genres_with_bars() -> None:
    shown = Shown(made()._repr_html_())
    assert re.search(r"jazz 90%.*song\.mp3.*jazz90%blues10%", shown.text)
    assert shown.widths == [90.0, 10.0]
    unsure = Shown(
        made(genre=None, unsure=True, reason="the confidence is low", warnings=("clipped",))._repr_html_()
    )
    assert unsure.text.startswith("unsure song.mp3")
    assert "the confidence is low" in unsure.text
    assert "clipped" in unsure.text
    silent = Shown(made(genre=None, likeliest=None, reason="it is silent")._repr_html_())
    assert silent.widths == []
    assert "NotAudio a.mp3holds text" in Shown(failed()._repr_html_()).text


def test_no_name_or_genre_becomes_markup_in_a_notebook() -> None:
    nasty = "<script>alert('1')</script>&amp;\u202egpj.mp3\x1b[31m"
    for one in (
        made(path=nasty, genre=nasty, scores={nasty: 1.0}, reason=nasty, warnings=(nasty,)),
        failed(nasty, reason=nasty),
    ):
        shown = Shown(one._repr_html_())
        assert not set(shown.seen) - {"div", "span", "b", "i", "bdi", "table", "tr", "td"}
        assert "<script>alert('1')</script>&amp;\ufffdgpj.mp3\ufffd[31m" in shown.text
