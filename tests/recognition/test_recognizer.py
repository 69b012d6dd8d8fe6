"""From a recording to an answer, in the words of the result row."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import soundfile

import genrelens
from genrelens.bundle import read_bundle, write_bundle
from genrelens.datasets import Track
from genrelens.errors import BundleError, MissingFile, NotAudio, TooShort
from genrelens.feature_store import FeatureStore, RecognitionInputs
from genrelens.recognition import Failure, Prediction, Recognizer

RATE = 22050
SCHEMA = json.loads(resources.files("genrelens.recognition").joinpath("result.schema.json").read_text())


def rewritten(tiny: Path, target: Path, **changes: object) -> Path:
    bundle = read_bundle(tiny)
    write_bundle(target, replace(bundle.manifest, **changes), bundle.files)
    return target


def test_a_path_a_stream_and_an_array_are_heard_alike(
    lens: Recognizer, song: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, song, RATE, subtype="FLOAT")
    answers = [
        lens.recognize(path),
        lens.recognize(str(path)),
        lens.recognize(io.BytesIO(path.read_bytes()), name="song"),
        lens.recognize((song, RATE)),
        lens.recognize((np.stack([song, song], axis=1), RATE)),
    ]
    for answer in answers[1:]:
        assert answer.genre == answers[0].genre
        assert answer.scores == pytest.approx(answers[0].scores, abs=1e-5)
    assert answers[0].path == str(path)
    assert answers[2].path == "song"


def test_the_row_is_what_its_schema_says(lens: Recognizer, song: np.ndarray, tmp_path: Path) -> None:
    answer = lens.recognize((song, RATE), name="song")
    row = answer.to_dict()
    jsonschema.validate(row, SCHEMA)
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert list(answer.scores.values()) == sorted(answer.scores.values(), reverse=True)
    assert sum(answer.scores.values()) == pytest.approx(1)
    assert set(answer.scores) == {"calm", "loud", "odd"}
    assert answer.confidence == max(answer.scores.values())
    assert sum(answer.votes.values()) == 3
    (failure,) = lens.recognize_many([tmp_path / "missing.mp3"])
    assert isinstance(failure, Failure)
    jsonschema.validate(failure.to_dict(), SCHEMA)


def test_loudness_and_offset_tell_nothing(lens: Recognizer, song: np.ndarray) -> None:
    plain = lens.recognize((song, RATE))
    changed = lens.recognize(((0.03 * song + 0.2).astype(np.float32), RATE))
    assert changed.genre == plain.genre
    assert changed.scores == pytest.approx(plain.scores, abs=1e-3)


def test_a_long_recording_is_heard_at_three_places_or_whole(lens: Recognizer, tiny: Path) -> None:
    long = np.tile(np.random.default_rng(1).normal(0, 0.1, RATE * 10).astype(np.float32), 13)
    three = lens.recognize((long, RATE))
    centres = [(one.start_s + one.end_s) / 2 for one in three.excerpts]
    assert centres == pytest.approx([130 / 6, 65, 130 * 5 / 6], abs=0.1)
    assert sum(three.votes.values()) == 9
    whole = Recognizer(tiny, excerpts="all").recognize((long, RATE))
    assert whole.excerpts[0].start_s == 0
    assert whole.excerpts[-1].end_s == pytest.approx(130, abs=0.01)
    assert len(whole.timeline) == 5


def test_silence_is_answered_with_nothing(lens: Recognizer) -> None:
    answer = lens.recognize((np.zeros(RATE * 3, np.float32), RATE))
    assert answer.genre is None
    assert set(answer.scores.values()) == {1 / 3}
    assert answer.votes == {}
    assert any(warning.startswith("silent") for warning in answer.warnings)
    jsonschema.validate(answer.to_dict(), SCHEMA)


def test_training_gets_the_very_excerpts_that_recognition_answers(tiny: Path, tmp_path: Path) -> None:
    """A recording of 70 s that sounds in its middle alone, and one that is silent."""
    middle = np.random.default_rng(5).normal(0, 0.1, 70 * 8000).astype(np.float32)
    middle[: 20 * 8000] = middle[-35 * 8000 :] = 0
    tracks = []
    for name, sound in (("middle", middle), ("nothing", 0.0 * middle)):
        soundfile.write(tmp_path / f"{name}.wav", sound, 8000)
        tracks.append(Track(name, tmp_path / f"{name}.wav", "calm"))
    store = FeatureStore(tmp_path / "store", RecognitionInputs())
    table = store.compute(tracks, ["chroma_stft"], jobs=1, excerpts="all")
    assert table.failures == ()
    lens = Recognizer(tiny, excerpts="all")
    for number, track in enumerate(tracks):
        rows = np.flatnonzero(table.track == number)
        kept = list(zip(table.start_s[rows], table.end_s[rows], strict=True))
        excerpts = lens.recognize(track.path).excerpts
        assert kept == [(one.start_s, one.end_s) for one in excerpts if one.genre is not None]
        assert len(excerpts) == 3
    assert np.bincount(table.track, minlength=2).tolist() == [2, 0]


def test_an_unsure_lens_says_so_unless_told_to_answer(tiny: Path, song: np.ndarray, tmp_path: Path) -> None:
    shy = rewritten(tiny, tmp_path / "shy.bundle", answer_threshold=0.999)
    assert Recognizer(shy).recognize((song, RATE)).genre is None
    pressed = Recognizer(shy, always_answer=True).recognize((song, RATE))
    assert pressed.genre == next(iter(pressed.scores))


def test_many_are_answered_in_order_whatever_fails(
    lens: Recognizer, song: np.ndarray, tmp_path: Path
) -> None:
    sources: list[Path] = []
    for index in range(6):
        sources.append(tmp_path / f"{index}.wav")
        soundfile.write(sources[-1], np.roll(song, index * 5000), RATE)
    (tmp_path / "text.mp3").write_text("this is no music\n" * 100)
    soundfile.write(tmp_path / "blip.wav", song[:1000], RATE)
    sources[2:2] = [tmp_path / "text.mp3", tmp_path / "missing.mp3", tmp_path / "blip.wav"]
    one_by_one = list(lens.recognize_many(sources))
    together = list(lens.recognize_many(iter(sources), jobs=3))
    assert [one.path for one in together] == [str(source) for source in sources]
    assert [one.to_dict() for one in together] == [one.to_dict() for one in one_by_one]
    kinds = [type(one.error) for one in together if isinstance(one, Failure)]
    assert kinds == [NotAudio, MissingFile, TooShort]
    assert sum(isinstance(one, Prediction) for one in together) == 6


@pytest.mark.parametrize(
    "sources", ["song.mp3", b"song.mp3", Path("song.mp3"), io.BytesIO(b"RIFF"), None, 3, {}]
)
def test_one_source_where_many_are_wanted(lens: Recognizer, sources: object) -> None:
    with pytest.raises(TypeError, match="give a list|into a list"):
        list(lens.recognize_many(sources))  # type: ignore[arg-type]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_no_source_among_many_is_a_type_error(lens: Recognizer, song: np.ndarray, jobs: int) -> None:
    with pytest.raises(TypeError, match="is no recording"):
        list(lens.recognize_many([(song, RATE), None], jobs=jobs))  # type: ignore[list-item]


def test_integers_are_recognised_as_the_floats_are(lens: Recognizer, song: np.ndarray) -> None:
    truth = lens.recognize((song, RATE)).scores
    whole = np.round(song / np.abs(song).max() * 32767).astype(np.int64)
    for samples in (whole, whole.astype(np.int32), whole.tolist()):
        assert lens.recognize((samples, RATE)).scores == pytest.approx(truth, abs=1e-2)


def test_a_bundle_of_other_inputs_is_refused(tiny: Path, tmp_path: Path) -> None:
    parameters = {"averaged": {"hop": 512}}
    other = rewritten(tiny, tmp_path / "other.bundle", inputs=parameters)
    with pytest.raises(BundleError, match="hop = 512"):
        Recognizer(other)


def test_a_member_that_does_not_fit_is_refused(
    tiny: Path, tmp_path: Path, song: np.ndarray, linear_member: object
) -> None:
    bundle = read_bundle(tiny)
    files = {**bundle.files, "members/1.onnx": linear_member(20, 3, 0)}  # type: ignore[operator]
    write_bundle(tmp_path / "odd.bundle", bundle.manifest, files)
    with pytest.raises(BundleError, match="cannot use its input"):
        Recognizer(tmp_path / "odd.bundle").recognize((song, RATE))
    files["members/1.onnx"] = linear_member(358, 4, 0)  # type: ignore[operator]
    write_bundle(tmp_path / "odd.bundle", bundle.manifest, files)
    with pytest.raises(BundleError, match="no probabilities over its genres"):
        Recognizer(tmp_path / "odd.bundle").recognize((song, RATE))


def test_a_graph_that_is_none_is_refused(tiny: Path, tmp_path: Path) -> None:
    bundle = read_bundle(tiny)
    files = {**bundle.files, "members/1.onnx": b"\x08\x08"}
    with pytest.raises(BundleError, match="no network that genrelens runs"):
        write_bundle(tmp_path / "odd.bundle", bundle.manifest, files)


def test_the_package_offers_few_names() -> None:
    assert genrelens.__all__ == ["Embedding", "Failure", "Prediction", "Recognizer", "recognize"]
    for name in genrelens.__all__:
        assert getattr(genrelens, name) is not None
    with pytest.raises(AttributeError):
        genrelens.nothing  # noqa: B018


@pytest.mark.parametrize("excerpts", [0, -1, "three", True, 3.0])
def test_excerpts_are_counted_from_one(tiny: Path, excerpts: object) -> None:
    with pytest.raises(ValueError, match="excerpts"):
        Recognizer(tiny, excerpts=excerpts)  # type: ignore[arg-type]
