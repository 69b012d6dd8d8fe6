"""A network is fetched whole and true, or one sentence says why not; nothing partial is ever kept.

The authors' own files are served by a web server on this machine, laid out like a mirror.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from genrelens.encoders import (
    ENCODERS,
    Encoder,
    Located,
    State,
    build_graph,
    load_encoder,
    locate,
    read_model,
)
from genrelens.encoders.fetch import addresses, download, fetch
from genrelens.encoders.store import cached_path
from genrelens.errors import EncoderError

UPSTREAM_FILES = {
    "choi2017": "choi2017_weights_theano.hdf5",
    "fcn": "fcn_best_model.pth",
    "mn04": "mn04_as_mAP_432.pt",
}


class Mirror:
    """A web server with the published files, which can be told to misbehave."""

    def __init__(self, folder: Path) -> None:
        self.files = {
            ENCODERS[name].upstream.url(""): (folder / file).read_bytes()
            for name, file in UPSTREAM_FILES.items()
        }
        self.behaviour = "right"
        self.requests: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                content = mirror.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                if mirror.behaviour == "wrong":
                    content = bytes([content[0] ^ 1]) + content[1:]
                elif mirror.behaviour == "endless":
                    content += bytes(1 << 20)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if mirror.behaviour == "trickle":
                    self.trickle(content)
                    return
                self.wfile.write(content[: len(content) // 2] if mirror.behaviour == "cut" else content)

            def trickle(self, content: bytes) -> None:
                """A byte now and then: no time-out between two bytes ever ends it."""
                with suppress(OSError):
                    for place in range(len(content)):
                        self.wfile.write(content[place : place + 1])
                        time.sleep(0.02)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def mirror(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    served = Mirror(shared / "weights" / "upstream")
    thread = threading.Thread(target=served.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("GENRELENS_ENCODER_URL", served.url)
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GENRELENS_WEIGHTS", raising=False)
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.mark.parametrize("name", UPSTREAM_FILES)
def test_a_fetched_network_is_the_one_built_from_the_published_arrays(
    name: str, mirror: Mirror, cache: Path, arrays_of: Callable[[str], dict[str, np.ndarray]]
) -> None:
    assert locate(name).state is State.ABSENT
    with pytest.raises(EncoderError, match=f"genrelens encoders fetch {name}"):
        load_encoder(name)
    heard: list[tuple[int, int]] = []
    path = fetch(name, lambda came, size: heard.append((came, size)))
    assert locate(name) == Located(State.FETCHED, path)
    assert files_below(cache) == [path]
    assert path.read_bytes() == build_graph(name, arrays_of(name))
    spec = ENCODERS[name]
    assert heard[-1] == (spec.upstream.size, spec.upstream.size)
    answer = load_encoder(name)(np.sin(np.arange(spec.sample_rate) / 9).astype(np.float32))
    assert {output: vector.size for output, vector in answer.items()} == spec.outputs


@pytest.mark.parametrize("name", UPSTREAM_FILES)
def test_conversion_gives_the_reference_arrays_bit_by_bit(
    name: str, shared: Path, arrays_of: Callable[[str], dict[str, np.ndarray]]
) -> None:
    converted = ENCODERS[name].convert(shared / "weights" / "upstream" / UPSTREAM_FILES[name])
    reference = arrays_of(name)
    assert set(converted) == set(reference)
    for key, array in reference.items():
        np.testing.assert_array_equal(converted[key], array, err_msg=key)


def test_what_is_here_already_is_not_fetched_again(mirror: Mirror) -> None:
    path = fetch("fcn")
    written = path.stat().st_mtime_ns
    assert fetch("fcn") == path
    assert path.stat().st_mtime_ns == written
    assert len(mirror.requests) == 1


def test_a_damaged_file_in_the_cache_is_replaced(mirror: Mirror) -> None:
    path = fetch("fcn")
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    with pytest.raises(EncoderError, match="fetch it again"):
        load_encoder("fcn")
    assert fetch("fcn").read_bytes() == whole


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("wrong", "does not give the published file of fcn"),
        ("endless", "does not give the published file of fcn"),
        ("cut", "was cut before fcn had arrived completely"),
    ],
)
def test_wrong_or_incomplete_bytes_are_not_kept(
    behaviour: str, sentence: str, mirror: Mirror, cache: Path
) -> None:
    mirror.behaviour = behaviour
    with pytest.raises(EncoderError, match=sentence) as caught:
        fetch("fcn")
    assert "\n" not in str(caught.value)
    assert files_below(cache) == []
    mirror.behaviour = "right"
    assert fetch("fcn").is_file()


@pytest.mark.parametrize(("limit", "value"), [("DEADLINE_S", 0.4), ("PATIENCE_S", 0.3)])
def test_a_server_that_trickles_is_given_up(
    limit: str, value: float, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.behaviour = "trickle"
    with monkeypatch.context() as impatient, pytest.raises(EncoderError, match="sends fcn too slowly"):
        impatient.setattr(f"genrelens.encoders.fetch.{limit}", value)
        fetch("fcn")
    assert files_below(cache) == []
    mirror.behaviour = "right"
    assert fetch("fcn").is_file()


def test_a_network_swapped_in_the_cache_is_refused_and_fetched_anew(mirror: Mirror) -> None:
    path = fetch("fcn")
    whole = path.read_bytes()
    other = whole.replace(np.float32(1e-10).tobytes(), np.float32(1e-9).tobytes())
    assert len(other) == len(whole)
    assert other != whole
    Encoder(ENCODERS["fcn"], other)  # it would run
    for swapped in (other, fetch("mn04").read_bytes()):
        path.write_bytes(swapped)
        with pytest.raises(EncoderError, match="is not the network fcn that was fetched; fetch it again"):
            load_encoder("fcn")
        assert fetch("fcn").read_bytes() == whole


def test_what_a_killed_download_left_is_cleared_and_a_living_one_is_not(mirror: Mirror, cache: Path) -> None:
    folder = cached_path("fcn").parent
    killed, alive = folder / ".fetch-killed", folder / ".fetch-alive"
    for workplace in (killed, alive):
        workplace.mkdir(parents=True)
        (workplace / "part").write_bytes(b"half a network")
    long_ago = time.time() - 86400
    os.utime(killed, (long_ago, long_ago))
    fetch("fcn")
    assert not killed.exists()
    assert (alive / "part").exists()


def test_the_cache_is_compared_with_what_the_published_arrays_give(
    arrays_of: Callable[[str], dict[str, np.ndarray]],
) -> None:
    for name, spec in ENCODERS.items():
        assert bool(spec.converted_sha256) == (spec.upstream is not None)
        if spec.upstream is not None:
            digest = hashlib.sha256(build_graph(name, arrays_of(name))).hexdigest()
            assert digest == spec.converted_sha256, name


def test_a_file_that_the_server_lacks(mirror: Mirror, cache: Path) -> None:
    mirror.files.clear()
    with pytest.raises(EncoderError, match="answered 404, so mn04 was not fetched"):
        fetch("mn04")
    assert files_below(cache) == []


def test_no_network(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GENRELENS_ENCODER_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(
            EncoderError, match="cannot be reached, so fcn was not fetched; check the network"
        ):
            fetch("fcn")
    assert files_below(cache) == []


def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRELENS_ENCODER_URL", "mirror")
    with pytest.raises(EncoderError, match="mirror/Un-bias/.* cannot be reached"):
        fetch("fcn")


@pytest.mark.parametrize("where", ["cache", "cache/encoders"])
def test_a_cache_that_cannot_be_written(where: str, mirror: Mirror, cache: Path) -> None:
    obstacle = cache.parent / where
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.write_text("a file where a folder should be")
    with pytest.raises(EncoderError, match="cannot be kept in .*; make room or get permission there, or set"):
        fetch("fcn")
    assert mirror.requests == []
    assert obstacle.read_text() == "a file where a folder should be"


def test_a_folder_lies_where_the_finished_file_should(mirror: Mirror) -> None:
    (cached_path("fcn") / "occupied").mkdir(parents=True)
    with pytest.raises(EncoderError, match="cannot be kept in"):
        fetch("fcn")
    assert files_below(cached_path("fcn").parent) == []


def test_several_fetches_at_once_do_no_harm(mirror: Mirror, cache: Path) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(fetch("fcn"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 4
    assert files_below(cache) == [paths[0]]
    load_encoder("fcn")


def test_a_further_copy_is_asked_where_the_first_is_gone(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GENRELENS_ENCODER_URL")
    published = ENCODERS["mn04"].upstream
    assert addresses(published)[0].startswith("https://raw.githubusercontent.com/nikih94/")
    monkeypatch.setattr("genrelens.encoders.fetch.GITHUB", f"{mirror.url}/gone")
    moved = replace(published, elsewhere=(published.url(mirror.url),))
    assert download("mn04", moved, tmp_path / "first").stat().st_size == published.size
    with pytest.raises(EncoderError, match="gone/nikih94.* answered 404"):
        download("mn04", replace(published, elsewhere=()), tmp_path / "second")


def test_musicnn_is_carried_and_needs_no_network(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("GENRELENS_ENCODER_URL", "http://127.0.0.1:9")
    assert locate("musicnn").state is State.PACKAGE
    assert fetch("musicnn").read_bytes() == read_model("musicnn")
    assert files_below(cache) == []


def test_an_unknown_name(cache: Path) -> None:
    with pytest.raises(
        EncoderError, match="no pretrained network 'vggish'; the known ones are musicnn, choi2017"
    ):
        fetch("vggish")
