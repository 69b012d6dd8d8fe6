"""Detectors and their thresholds know nothing of the artists and sources that they are judged on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from made_data import listed_tracks

import genrelens.ood.detectors as guards
from genrelens.audio.excerpts import Excerpt
from genrelens.datasets import Track
from genrelens.errors import RecipeError
from genrelens.ood.detectors import ENOUGH, NO_GROUP, NO_KIND, inner_folds, thresholds_of
from genrelens.ood.options import DETECTOR_OPTIONS, DistanceOptions
from genrelens.ood.recorded_sounds import RecordedSound, recorded_sounds
from genrelens.recipes.load import load_recipe, recipe_of
from genrelens.recognition.inputs import InputComputer
from genrelens.training.data import TrainingData
from genrelens.training.detector_rows import TRADE_OFF, DetectorRows, detector_rows
from genrelens.training.recorded_data import RecordedData, folds_of

RECIPE = {
    "variants": "training",
    "members": [{"architecture": "logistic", "inputs": ["signal"]}],
    "guards": [{"kind": "foreign", "inputs": ["signal"], "rejected": 0.1, "each": 1}],
}


def beside(groups: list[int], music: list[bool], own: list[int]) -> RecordedData:
    """Recorded sounds of these groups, two rows each, whose vectors hold their group's number."""
    sounds = tuple(
        RecordedSound(Track(str(n), Path(f"{n}.wav"), "kind", None, "place"), one, frozenset())
        for n, one in enumerate(music)
    )
    sound = np.repeat(np.arange(len(sounds)), 2)
    random = np.random.default_rng(1)
    rows = [np.append(random.normal(0 if music[n] else 3, 1, 3), groups[n]).astype(np.float32) for n in sound]
    return RecordedData(
        sounds, sound, ("clean", "10s@0.50") * len(sounds), {"signal": rows},
        np.array(groups, np.intp), np.array(own, np.intp),
    )  # fmt: skip


def own_data(groups: list[int]) -> TrainingData:
    track = np.repeat(np.arange(len(groups)), 3)
    random = np.random.default_rng(0)
    rows = [np.append(random.normal(0, 1, 3), groups[n]).astype(np.float32) for n in track]
    return TrainingData(
        listed_tracks(np.arange(len(groups)) % 2, groups, ("a", "b")), track,
        np.tile([True, False, False], len(groups)), {"signal": rows},
        variants=("clean", "10s@0.50", "3s@0.05") * len(groups),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=6, max_size=20),
    st.lists(st.tuples(st.integers(0, 25), st.booleans()), min_size=1, max_size=15),
    st.integers(2, 5),
)
def test_no_group_stands_on_both_sides_of_a_fold(
    own: list[int], sounds: list[tuple[int, bool]], folds: int
) -> None:
    fold = np.arange(len(own)) % folds
    recorded = beside([group for group, _ in sounds], [music for _, music in sounds], own)
    of_sounds, of_tracks = folds_of(recorded, fold, folds)
    assert all(one and one <= set(range(folds)) for one in of_sounds)
    for track, number in enumerate(fold):
        assert number in of_tracks[track]
    data = own_data(own)
    rows = detector_rows(recipe_of(RECIPE), data, recorded, {"signal": np.zeros((2, 4), np.float32)})
    for number in range(folds):
        asked = {own[n] for n in np.flatnonzero(fold == number)}
        asked |= {recorded.groups[n] for n, one in enumerate(of_sounds) if min(one) == number}
        held = {recorded.groups[n] for n, one in enumerate(of_sounds) if number in one}
        held |= {own[n] for n, one in enumerate(of_tracks) if number in one}
        kept = rows.without(held, np.flatnonzero(fold != number))
        assert not asked & set(rows.group[kept].tolist())
        assert (rows.group[kept] == NO_GROUP).sum() == 2


def test_a_threshold_is_set_on_rows_of_groups_that_its_detector_has_not_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last column of every vector is its group: none is judged by a detector fitted to it."""
    asked: list[tuple[set[float], set[float]]] = []

    def spy(kind, x, foreign, options=None, weights=None):
        seen = set(x[weights[0] > 0][:, -1]) | set(foreign[:, -1])

        def score(rows: np.ndarray) -> np.ndarray:
            asked.append((seen, set(rows[:, -1])))
            return rows[:, 0]

        return SimpleNamespace(score=score)

    monkeypatch.setattr(guards, "fit_detector", spy)
    groups = np.repeat(np.arange(12), 5)
    sources = np.repeat(np.arange(100, 106), 4)
    x = np.stack([np.random.default_rng(0).normal(size=60), groups], axis=1)
    other = np.stack([np.ones(24), sources], axis=1)
    made = np.array([[1.0, NO_GROUP]] * 3)
    found = thresholds_of(
        "foreign", x, groups, np.concatenate([other, made]), (0.1, 0.5),
        no_music_groups=np.concatenate([sources, np.full(3, NO_GROUP)]),
        weights=(np.ones(60), np.ones(27)),
    )  # fmt: skip
    assert found == pytest.approx([np.quantile(x[:, 0], 0.9), np.quantile(x[:, 0], 0.5)])
    judged: set[float] = set()
    for seen, rows in asked:
        assert not seen & rows
        assert NO_GROUP in seen
        assert len(seen & set(sources)) < 6
        judged |= rows
    assert judged == set(groups)


def genre_rows(rare: int, common: int = 300, seed: int = 0) -> DetectorRows:
    """A common genre far from what is no music, a rare one on the way to it; every recording is one row."""
    random = np.random.default_rng(seed)
    places = ((0.0, common), (2.0, rare), (4.0, 100))
    x = np.concatenate([random.normal(place, 1, (count, 4)) for place, count in places]).astype(np.float32)
    count = len(x)
    kind = np.repeat([0, 1, NO_KIND], [common, rare, 100])
    return DetectorRows(
        {"signal": x}, kind != NO_KIND, np.arange(count), np.arange(count), np.full(count, -1),
        np.ones(count, bool), kind,
    )  # fmt: skip


def limited(**limits: float):
    return recipe_of({**RECIPE, "guards": [{**RECIPE["guards"][0], "rejected": 0.02, **limits}]}).detectors[0]


@pytest.mark.parametrize("kind", ["foreign", "distance"])
def test_of_a_rare_genre_no_more_is_refused_than_the_recipe_allows(kind: str) -> None:
    """Judged on recordings of the rare genre that are new to detector and threshold."""
    rows, new = genre_rows(40, common=1000), genre_rows(2000, common=20, seed=1)
    rare = new.inputs["signal"][new.kind == 1]
    every = np.ones(len(rows.music), bool)

    def refused(**limits: float) -> float:
        found = rows.detector(replace(limited(**limits), kind=kind, options=DETECTOR_OPTIONS[kind]()), every)
        return float((found.fitted.score(rare) > found.threshold).mean())

    assert refused() > 0.1
    assert refused(rejected_per_genre=0.025) < 0.06
    assert refused(rejected=0.005, rejected_per_genre=0.49) == refused(rejected=0.005)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([NO_KIND, 0, 1, 2]), min_size=30, max_size=60), st.floats(0.01, 0.4))
def test_a_threshold_keeps_every_genre_within_its_share_to_one_row(kinds: list[int], share: float) -> None:
    """`distance` needs no example of what is no music: scores of unseen rows are had by leaving folds out."""
    of, x = np.array(kinds), np.random.default_rng(2).normal(size=(len(kinds), 3)).astype(np.float32)
    groups = np.arange(len(kinds))
    args = ("distance", x, groups, x[:0], (0.1, 0.3), {"directions": 1})
    plain = thresholds_of(*args)
    found = thresholds_of(*args, kinds=of, per_genre=(share, share / 2))
    folds = inner_folds(groups)
    scores = np.zeros(len(x))
    for fold in range(folds.max() + 1):
        scores[folds == fold] = guards.fit_distance(x[folds != fold], DistanceOptions(1)).score(
            x[folds == fold]
        )
    for limit, threshold, without in zip((share, share / 2), found, plain, strict=True):
        assert threshold >= without
        for one in {0, 1, 2} & set(kinds):
            here = scores[of == one]
            assert (here > threshold).sum() <= np.ceil(limit * len(here))


def test_a_genre_of_a_few_recordings_moves_no_threshold() -> None:
    for rare, moves in ((ENOUGH - 1, False), (ENOUGH, True)):
        rows = genre_rows(rare)
        every = np.ones(len(rows.music), bool)
        alone = rows.detector(limited(), every).threshold
        assert (rows.detector(limited(rejected_per_genre=0.01), every).threshold > alone) == moves
        unseen = np.arange(len(every)) != 300  # one of the rare ones
        apart = rows.detector(limited(rejected_per_genre=0.01), unseen).threshold
        assert apart == rows.detector(limited(), unseen).threshold


def test_genres_of_all_collections_are_kinds_and_what_is_no_music_is_none() -> None:
    recorded = beside([20, 21, 22, 23], [True, False, True, True], list(range(8)))
    genres = ["b", "speech", "c", "b"]
    sounds = tuple(
        replace(one, track=replace(one.track, genre=genre))
        for one, genre in zip(recorded.sounds, genres, strict=True)
    )
    rows = detector_rows(
        recipe_of(RECIPE),
        own_data(list(range(8))),
        replace(recorded, sounds=sounds),
        {"signal": np.zeros((2, 4), np.float32)},
    )
    names: dict[int, set[str]] = {}
    told = [*("ab"[n % 2] for n in range(8)), *genres, "made", "made"]
    for number, one in zip(rows.kind, rows.recording, strict=True):
        names.setdefault(int(number), set()).add(told[one])
    assert names.pop(NO_KIND) == {"speech", "made"}
    assert sorted(map(sorted, names.values())) == [["a"], ["b"], ["c"]]


def test_a_limit_of_a_genre_is_a_share_and_recipes_without_it_are_what_they_were() -> None:
    assert limited(rejected_per_genre=0.025).rejected_per_genre == 0.025
    assert "rejected_per_genre" not in recipe_of(RECIPE).to_dict()["guards"][0]
    for name in ("default", "full"):
        told = load_recipe(name).to_dict()["guards"]
        assert [one.get("rejected_per_genre") for one in told] == [
            one.rejected_per_genre for one in load_recipe(name).detectors
        ]
    for wrong in (0, 0.5, -0.1, 1, "few", True):
        with pytest.raises(RecipeError, match="rejected_per_genre is a proportion below"):
            limited(rejected_per_genre=wrong)


def test_whole_recordings_are_not_learnt_from_but_thresholds_are_set_on_them() -> None:
    recorded = beside([20, 21, 22, 23, 24, 25], [True, True, False, False, False, True], list(range(8)))
    rows = detector_rows(
        recipe_of(RECIPE), own_data(list(range(8))), recorded, {"signal": np.full((2, 4), 9.0, np.float32)}
    )
    assert rows.fitted.sum() == 8 + 6 + 2
    assert len(rows.music) == 8 * 2 + 6 * 2 + 2
    found = rows.detector(recipe_of(RECIPE).detectors[0], np.ones(len(rows.music), bool))
    assert found.threshold == found.thresholds[0]
    ordered = [one for _, one in sorted(zip(TRADE_OFF, found.thresholds, strict=True))]
    assert ordered == sorted(ordered, reverse=True)


def test_a_recording_weighs_the_same_with_few_rows_and_with_many() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(40, 4)).astype(np.float32)
    music = np.arange(40) < 30
    once = DetectorRows(
        {"signal": x}, music, np.arange(40), np.arange(40), np.full(40, -1), np.ones(40, bool)
    )
    more = np.concatenate([np.arange(40), np.full(50, 3)])
    often = DetectorRows({"signal": x[more]}, music[more], more, more, np.full(90, -1), np.ones(90, bool))
    one = recipe_of(RECIPE).detectors[0]
    few, many = (rows.detector(one, np.ones(len(rows.music), bool)).fitted for rows in (once, often))
    np.testing.assert_allclose(few.score(x), many.score(x), atol=0.02)


@settings(deadline=None)
@given(st.lists(st.integers(-1, 12), min_size=1, max_size=40), st.integers(0, 5))
def test_inner_folds_deal_every_group_whole_and_leave_made_sounds_out(groups: list[int], seed: int) -> None:
    folds = inner_folds(np.array(groups), seed)
    assert all((fold == -1) == (group == NO_GROUP) for fold, group in zip(folds, groups, strict=True))
    for group in set(groups):
        assert len(set(folds[np.array(groups) == group])) == 1


def test_an_index_above_the_folder_tells_sources_and_kinds(tmp_path: Path) -> None:
    for kind, names in {"speech": "abc", "street": "d"}.items():
        (tmp_path / kind).mkdir()
        for name in names:
            soundfile.write(tmp_path / kind / f"{name}.wav", np.zeros(100), 8000)
    (tmp_path / "index.csv").write_text(
        "file;kind;what;licence\nspeech/a.wav;talk;one;Reader 1\nspeech/b.wav;talk;two;reader 1\n"
        "street/d.wav;street;x;other\nspeech/gone.wav;talk;;\n"
    )
    found = {one.track.path.stem: one for one in recorded_sounds([tmp_path / "speech"])}
    assert sorted(found) == ["a", "b", "c"]
    assert found["a"].keys == found["b"].keys
    assert found["a"].keys
    assert not found["c"].keys
    assert [found[name].track.genre for name in "abc"] == ["talk", "talk", "speech"]


def test_recorded_music_and_speech_of_unseen_sources_are_told_apart(shared: Path) -> None:
    """A detector fitted to two dozen real clips, asked about others by other people."""
    music: list[Path] = []
    for genre in ("electronic", "ambient_newage", "folk", "latin", "soul_rnb", "world"):
        music += sorted((shared / "world" / genre).glob("*.ogg"))[:12:3]
    nothing = sorted((shared / "notgenre" / "speech").glob("*.ogg"))[::4]
    nothing += sorted((shared / "notgenre" / "environment").glob("*.ogg"))[::5]
    known = {one.track.path: one.keys for one in recorded_sounds([shared / "notgenre" / "speech",
             shared / "notgenre" / "environment"], [shared / "world"])}  # fmt: skip
    computer = InputComputer(["musicnn/layers", "signal"])

    def vector(path: Path) -> np.ndarray:
        samples, rate = soundfile.read(path, dtype="float32", frames=5 * 32000)
        mono = samples if samples.ndim == 1 else samples.mean(axis=1)
        inputs = computer(Excerpt(mono[: 5 * rate], rate))
        return np.concatenate([inputs["musicnn/layers"], inputs["signal"]])

    x, foreign = np.stack([vector(one) for one in music]), np.stack([vector(one) for one in nothing])
    hits = []
    for rows, others, sign in ((music, foreign, 1), (nothing, x, -1)):
        own = x if sign == 1 else foreign
        for number, path in enumerate(rows):
            unseen = np.array([not known[path] & known[one] and path != one for one in rows])
            sides = (own[unseen], others) if sign == 1 else (others, own[unseen])
            score = guards.fit_no_music(*sides).score(own[number : number + 1])[0]
            hits.append(sign * score < 0)
    assert np.mean(hits[: len(music)]) > 0.8
    assert np.mean(hits[len(music) :]) > 0.8
