"""A recogniser in other processes, in threads, in asyncio, and on machines that lack its networks."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from genrelens import Prediction, Recognizer, recognize
from genrelens.bundle import read_bundle, write_bundle
from genrelens.errors import BundleError, EncoderError

RATE = 22050


@pytest.fixture
def paths(tmp_path: Path, song: np.ndarray) -> list[Path]:
    names = [tmp_path / f"{number}.wav" for number in range(6)]
    for number, path in enumerate(names):
        soundfile.write(path, np.roll(song, number * 9000), RATE, subtype="FLOAT")
    return names


def assert_same(there: Any, here: Any) -> None:
    """But for the last digits, which depend on how many threads add numbers up."""
    assert (there.path, there.genre, there.bundle, there.options) == (
        here.path,
        here.genre,
        here.bundle,
        here.options,
    )
    assert there.scores == pytest.approx(here.scores, abs=1e-5)


def test_a_pool_of_processes_answers_as_this_process_does(tiny: Path, paths: list[Path]) -> None:
    lens = Recognizer(tiny, excerpts=2, always_answer=True)
    (paths[2]).write_text("no music\n" * 99)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = list(pool.map(lens.recognize, [paths[0], paths[1]]))
        rows = list(pool.map(lens.recognize_or_fail, paths))
        vectors = list(pool.map(partial(lens.embed_or_fail, name="averaged"), paths))
    assert all(isinstance(one, Prediction) for one in there)
    here = list(lens.recognize_many(paths))
    for mine, theirs in zip(here, rows, strict=True):
        if isinstance(mine, Prediction):
            assert isinstance(theirs, Prediction)
            assert_same(theirs, mine)
        else:
            assert mine == theirs
    assert [one.status for one in vectors] == [one.status for one in rows]


def test_what_travels_is_small_and_is_loaded_once(tiny: Path) -> None:
    lens = Recognizer(tiny)
    content = pickle.dumps(lens)
    assert len(content) < 1000
    assert pickle.loads(content) is pickle.loads(content)
    other = pickle.loads(pickle.dumps(Recognizer(tiny, excerpts="all", always_answer=True)))
    assert (other.excerpts, other.always_answer, other.bundle.identity) == ("all", True, lens.bundle.identity)


def test_a_bundle_of_the_package_travels_by_name_and_a_path_wherever_work_goes_on(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert os.fsencode(str(Path(__file__).parents[2])) not in pickle.dumps(Recognizer("default"))
    shutil.copy(tiny, tmp_path / "mine.bundle")
    monkeypatch.chdir(tmp_path)
    content = pickle.dumps(Recognizer("mine.bundle"))
    monkeypatch.chdir("/")
    assert pickle.loads(content).bundle.path == tmp_path / "mine.bundle"


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_is_another_now_is_refused(gone: bool, tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.bundle"
    shutil.copy(tiny, path)
    content = pickle.dumps(Recognizer(path))
    if gone:
        path.unlink()
    else:
        bundle = read_bundle(tiny)
        write_bundle(path, replace(bundle.manifest, answer_threshold=0.9), bundle.files)
    with pytest.raises(
        BundleError, match=r"mine\.bundle' and no file lies there|mine\.bundle was changed after"
    ):
        pickle.loads(content)


def test_a_bundle_given_as_an_object_travels_with_its_contents(
    tiny: Path, tmp_path: Path, song: np.ndarray
) -> None:
    path = tmp_path / "mine.bundle"
    shutil.copy(tiny, path)
    bundle = read_bundle(path)
    changed = replace(bundle, manifest=replace(bundle.manifest, genres=("a", "b", "c")))
    path.unlink()
    there = pickle.loads(pickle.dumps(Recognizer(changed)))
    assert set(there.recognize((song, RATE)).scores) == {"a", "b", "c"}


def test_an_isolated_recogniser_is_isolated_again(tiny: Path, paths: list[Path]) -> None:
    there = pickle.loads(pickle.dumps(Recognizer(tiny, isolate=True, timeout_s=300.0)))
    assert there._isolated is not None
    assert_same(there.recognize(paths[0]), Recognizer(tiny).recognize(paths[0]))


def test_threads_that_share_one_get_the_answers_of_one(tiny: Path, paths: list[Path]) -> None:
    lens = Recognizer("default")
    expected = [(lens.recognize(path), lens.embed(path)) for path in paths]
    shared = Recognizer("default")  # whose networks for embeddings are not loaded yet
    with ThreadPoolExecutor(6) as pool:
        predictions = [pool.submit(shared.recognize, path) for path in paths * 3]
        embeddings = [pool.submit(shared.embed, path) for path in paths * 3]
        got = [(one.result(), two.result()) for one, two in zip(predictions, embeddings, strict=True)]
    assert got == expected * 3


def test_asyncio_goes_on_while_a_recording_is_recognised(lens: Recognizer, paths: list[Path]) -> None:
    async def work() -> tuple[list[Prediction], int]:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        prediction = await asyncio.to_thread(lens.recognize, paths[0])
        others = await asyncio.gather(*(asyncio.to_thread(lens.recognize, path) for path in paths[1:]))
        counting.cancel()
        return [prediction, *others], turns

    answers, turns = asyncio.run(work())
    assert answers == [lens.recognize(path) for path in paths]
    assert turns > 10


@pytest.fixture
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GENRELENS_WEIGHTS", raising=False)
    monkeypatch.setenv("GENRELENS_ENCODER_URL", "http://127.0.0.1:9")  # where nobody listens
    return tmp_path / "cache"


@pytest.mark.usefixtures("nothing_fetched")
def test_a_network_that_is_not_here_is_fetched_or_told_in_a_sentence(
    song: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(EncoderError, match="encoders fetch fcn"):
        Recognizer("full", fetch=False)
    with pytest.raises(EncoderError, match="encoders fetch mn04"):
        Recognizer("default", fetch=False).embed((song, RATE), "mn04")
    assert caplog.text == ""
    for ask in (
        lambda: Recognizer("full"),
        lambda: Recognizer("full", isolate=True),
        lambda: recognize("a", "full"),
    ):
        caplog.clear()
        with pytest.raises(EncoderError, match=r"127\.0\.0\.1.*fcn was not fetched; check the network"):
            ask()
        assert "full needs the pretrained network fcn: fetching it, once" in caplog.text
    for lens in (Recognizer("default"), Recognizer("default", isolate=True)):
        caplog.clear()
        with pytest.raises(EncoderError, match=r"127\.0\.0\.1.*mn04 was not fetched"):
            lens.embed((song, RATE), "mn04/tags")
        with pytest.raises(EncoderError, match=r"127\.0\.0\.1.*mn04 was not fetched"):
            lens.embed_many([(song, RATE)], "mn04")
        assert "mn04/tags needs the pretrained network mn04" in caplog.text


def test_a_network_is_fetched_once_and_used(
    nothing_fetched: Path, shared: Path, song: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []

    def fetch(name: str) -> None:
        """As the real one, from arrays in the place of the network."""
        from genrelens.encoders import ENCODERS, build_graph
        from genrelens.encoders.store import cached_path

        fetched.append(name)
        with np.load(shared / "weights" / ENCODERS[name].archive) as arrays:
            model = build_graph(name, dict(arrays))
        cached_path(name).parent.mkdir(parents=True, exist_ok=True)
        cached_path(name).write_bytes(model)

    monkeypatch.setattr("genrelens.encoders.fetch.fetch", fetch)
    assert Recognizer("full").recognize((song, RATE)).bundle.startswith("full:")
    assert Recognizer("default").embed((song, RATE), "fcn").vector.shape == (512,)
    assert fetched == ["fcn", "mn04"]
    assert (nothing_fetched / "encoders").is_dir()
