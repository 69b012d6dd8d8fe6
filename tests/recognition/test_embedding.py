"""An embedding is what the members get: the same excerpts, the same preprocessing, the same networks."""

from __future__ import annotations

import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from genrelens import Embedding, Failure, Recognizer
from genrelens.bundle import Conditioning, find_bundle, read_bundle
from genrelens.errors import AllSilent, InputError, NotAudio
from genrelens.recognition.inputs import InputComputer
from genrelens.recognition.members import Ensemble

RATE = 22050


@pytest.fixture(scope="module")
def default() -> Recognizer:
    return Recognizer("default")


def sounds(seconds: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * pitch * time) for pitch in random.uniform(100, 2000, 4))
    swell = 0.2 + np.abs(np.sin(time / 7))
    return (swell * (0.05 * tones + 0.05 * random.normal(size=len(time)))).astype(np.float32)


def with_silence(seconds: float) -> np.ndarray:
    sound = sounds(seconds)
    sound[: round(35 * RATE)] = 0
    return sound


RECORDINGS = {
    "short": sounds(3.0),
    "quiet": 0.004 * sounds(12.0, seed=1),
    "offset": (sounds(12.0, seed=2) * 0.1 + 0.3).astype(np.float32),
    "long": sounds(125.0, seed=3),
    "partly silent": with_silence(80.0),
}


def caught(lens: Recognizer, sound: np.ndarray, patch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The inputs that the members of a recogniser are called with, excerpt by excerpt."""
    calls: list[dict[str, Any]] = []
    real = Ensemble.probabilities

    def probabilities(self: Ensemble, inputs: dict[str, Any]) -> Any:
        calls.append(dict(inputs))
        return real(self, inputs)

    with patch.context() as within:
        within.setattr(Ensemble, "probabilities", probabilities)
        lens.recognize((sound, RATE))
    return calls


@pytest.mark.parametrize("name", ["musicnn/layers", "signal"])
@pytest.mark.parametrize("kind", RECORDINGS)
def test_it_is_the_mean_of_what_the_members_get(
    kind: str, name: str, default: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = RECORDINGS[kind]
    got = caught(default, sound, monkeypatch)
    assert got
    embedding = default.embed((sound, RATE), name)
    np.testing.assert_array_equal(embedding.excerpts, [inputs[name] for inputs in got])
    np.testing.assert_allclose(embedding.vector, np.mean(embedding.excerpts, axis=0), rtol=1e-5, atol=1e-6)
    sounding = [one for one in default.recognize((sound, RATE)).excerpts if one.genre is not None]
    assert embedding.start_s == tuple(one.start_s for one in sounding)
    assert embedding.end_s == tuple(one.end_s for one in sounding)
    assert embedding.duration_s == pytest.approx(len(sound) / RATE)


def test_the_recording_has_several_excerpts_and_silent_ones_do_not_count(default: Recognizer) -> None:
    assert default.embed((RECORDINGS["long"], RATE)).excerpts.shape == (3, 200)
    lens = Recognizer(excerpts="all")
    partly = lens.embed((RECORDINGS["partly silent"], RATE))
    answers = lens.recognize((RECORDINGS["partly silent"], RATE)).excerpts
    assert [one.genre is None for one in answers].count(True) == 1
    assert len(partly.excerpts) == len(answers) - 1
    assert partly.start_s[0] > 0


def test_loudness_does_not_move_it_as_it_moves_what_is_computed_unprepared(default: Recognizer) -> None:
    sound = RECORDINGS["short"]
    loud = default.embed((sound, RATE), "musicnn/layers").vector
    quiet = default.embed((0.003 * sound, RATE), "musicnn/layers").vector
    np.testing.assert_allclose(quiet, loud, rtol=1e-3, atol=1e-3)
    assert np.isfinite(loud).all()


@pytest.mark.parametrize(
    ("name", "full", "width"),
    [
        ("musicnn", "musicnn/embedding", 200),
        ("musicnn/tags", "musicnn/tags", 50),
        ("averaged", "averaged", 358),
        ("signal", "signal", 385),
    ],
)
def test_every_vector_has_its_name_and_width(name: str, full: str, width: int, default: Recognizer) -> None:
    embedding = default.embed((RECORDINGS["short"], RATE), name, path="song")
    assert (embedding.name, embedding.path, embedding.status) == (full, "song", "ok")
    assert embedding.vector.shape == (width,)
    assert embedding.excerpts.shape == (1, width)
    assert embedding.vector.dtype == embedding.excerpts.dtype == np.float32


def test_networks_beyond_the_package_embed_too(
    shared: Path, default: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    for name, width in (("mn04", 384), ("fcn", 512), ("choi2017", 160), ("mn04/tags", 527)):
        assert default.embed((RECORDINGS["short"], RATE), name).vector.shape == (width,)


@pytest.mark.parametrize("name", ["mel", "nonesuch", "musicnn/nonesuch", "", "musicnn/"])
def test_what_is_no_vector_is_refused_before_anything_is_decoded(name: str, default: Recognizer) -> None:
    if name == "musicnn/":
        assert default.embed((RECORDINGS["short"], RATE), name).name == "musicnn/embedding"
        return
    for ask in (default.embed, default.embed_many):
        with pytest.raises(InputError, match="no vector|no input is called"):
            ask(["missing.mp3"], name)  # type: ignore[operator]


def test_silence_has_no_embedding_and_says_so(default: Recognizer) -> None:
    silence = np.zeros(4 * RATE, np.float32)
    with pytest.raises(AllSilent, match="silent wherever it was decoded"):
        default.embed((silence, RATE))
    (row,) = default.embed_many([(silence, RATE)])
    assert isinstance(row, Failure)
    assert row.to_dict()["error"]["kind"] == "AllSilent"


def test_many_are_embedded_in_order_by_threads_and_by_processes(default: Recognizer, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.wav" for number in range(4)]
    for number, path in enumerate(paths):
        soundfile.write(path, sounds(2.0 + number, seed=number), RATE)
    (tmp_path / "text.mp3").write_text("no music\n" * 99)
    paths.insert(2, tmp_path / "text.mp3")
    expected = [default.embed_many([path]) for path in paths]
    one_by_one = [next(iter(one)) for one in expected]
    assert list(default.embed_many(iter(paths), jobs=2)) == one_by_one
    apart = Recognizer(isolate=True)
    there = list(apart.embed_many(paths, jobs=2))
    assert [one.path for one in there] == [str(path) for path in paths]
    assert [type(one) for one in there] == [Embedding, Embedding, Failure, Embedding, Embedding]
    for mine, theirs in zip(one_by_one, there, strict=True):
        if isinstance(mine, Embedding):
            assert isinstance(theirs, Embedding)
            np.testing.assert_allclose(theirs.vector, mine.vector, rtol=1e-4, atol=1e-5)
            assert (theirs.version, theirs.start_s) == (mine.version, mine.start_s)
    assert apart.embed(io.BytesIO(paths[0].read_bytes()), path="stream").path == "stream"
    assert apart.embed((RECORDINGS["short"], RATE), "averaged", path="array").path == "array"
    with pytest.raises(NotAudio):
        apart.embed(paths[2])
    with pytest.raises(TypeError, match="give a list"):
        list(default.embed_many("song.mp3"))


def test_an_embedding_is_a_value(default: Recognizer) -> None:
    one, same = (default.embed((RECORDINGS["short"], RATE)) for _ in range(2))
    other = default.embed((RECORDINGS["quiet"], RATE))
    assert one == same
    assert len({one, same, other}) == 2
    for there in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one)), one):
        assert there == one
        assert hash(there) == hash(one)
        with pytest.raises(ValueError, match="read-only"):
            there.vector[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            there.excerpts[0, 0] = 1
    given = np.ones((1, 3), np.float32)
    made = Embedding("a", "n", "v", given[0], given, (0.0,), (1.0,), 1.0, "b", one.options)
    given[:] = 2
    assert made.vector.tolist() == [1, 1, 1]


def test_its_row_becomes_the_same_numbers_again(default: Recognizer) -> None:
    one = default.embed((RECORDINGS["long"], RATE), path="song")
    row = json.loads(json.dumps(one.to_dict(excerpts=True), allow_nan=False))
    np.testing.assert_array_equal(np.float32(row["vector"]), one.vector)
    np.testing.assert_array_equal(np.float32([part["vector"] for part in row["excerpts"]]), one.excerpts)
    assert [part["start_s"] for part in row["excerpts"]] == pytest.approx(one.start_s, abs=1e-3)
    assert "vector" not in one.to_dict()["excerpts"][0]


def test_the_version_changes_with_preprocessing_network_and_input_alone(default: Recognizer) -> None:
    bundle = read_bundle(find_bundle("default"))
    carried = {one.name: bundle.files[one.file] for one in bundle.manifest.encoders if one.file}
    prepared = bundle.manifest.conditioning
    versions = [
        InputComputer(["musicnn", "musicnn/tags"], carried, prepared).version("musicnn"),
        InputComputer(["musicnn", "musicnn/tags"], carried, prepared).version("musicnn/tags"),
        InputComputer(["musicnn"], carried, Conditioning(level_dbfs=-30.0)).version("musicnn"),
        InputComputer(["averaged"], {}, prepared).version("averaged"),
    ]
    assert len(set(versions)) == len(versions)
    assert default.embed((RECORDINGS["short"], RATE)).version == versions[0]
    # the network that the package carries is the one inside the bundle
    assert InputComputer(["musicnn"], {}, prepared).version("musicnn/embedding") == versions[0]
    changed = bytes(carried["musicnn"]).replace(b"ISC", b"isc", 1)
    assert changed != carried["musicnn"]
    assert InputComputer(["musicnn"], {"musicnn": changed}, prepared).version("musicnn") != versions[0]
