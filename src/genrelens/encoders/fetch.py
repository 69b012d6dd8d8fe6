"""A network's published file: downloaded, verified, converted, kept in the user's cache.

The file is pinned by commit and sha256. It comes from GitHub, or from a mirror that `GENRELENS_ENCODER_URL`
names and that is laid out as BASE/REPOSITORY/COMMIT/PATH. Nothing in it is ever run. The finished network is
written to a temporary folder and then renamed (an atomic write): no partial file is ever found, and two
fetches at once do no harm.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from genrelens.cache_folder import CACHE_VARIABLE
from genrelens.encoders.encoder import Encoder
from genrelens.encoders.registry import ENCODERS, build_graph, encoder_spec
from genrelens.encoders.spec import Upstream
from genrelens.encoders.store import absence, cached_path, is_converted, locate
from genrelens.errors import EncoderError, shown

MIRROR_VARIABLE = "GENRELENS_ENCODER_URL"
GITHUB = "https://raw.githubusercontent.com"
TIMEOUT_S = 30
"""Without a single byte."""
DEADLINE_S = 900.0
"""For the whole of a file, at whatever rate it comes."""
SLOWEST_BYTES_S, PATIENCE_S = 2048, 60.0
"""The mean rate that a download must have once it has gone on for so long."""
ABANDONED_S = 4 * DEADLINE_S
"""Age of a temporary folder that no living download can own."""
WORKPLACE = ".fetch-"
SLACK = 1 << 16
"""Bytes by which a download may exceed the announced size before it is broken off."""

Progress = Callable[[int, int], None]
"""Called with the bytes that have come and the bytes that are expected."""


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Fetches a network, unless it is there already.

    Args:
        name: which network.
        progress: called with how far the download is.

    Returns:
        The network's ONNX file: in the package if it is carried there, otherwise in the user's cache.

    Raises:
        EncoderError: no such network; no network connection, a broken one, or a server's refusal; bytes that
            are not the published ones; a cache that cannot be written.
    """
    spec = encoder_spec(name)
    if spec.upstream is None or spec.convert is None:
        return _carried(name)
    destination = cached_path(name)
    if destination.is_file() and _is_sound(name, destination):
        return destination
    with _writable(destination.parent) as workplace:
        downloaded = download(name, spec.upstream, workplace, progress)
        model = build_graph(name, spec.convert(downloaded))
        Encoder(spec, model)
        if not is_converted(name, model):
            raise EncoderError(
                f"The published file of {name} became another network on this machine than on ours, so "
                f"nothing was kept; please report it with the versions of Python and NumPy."
            )
        finished = workplace / destination.name
        finished.write_bytes(model)
        finished.replace(destination)
    return destination


def _carried(name: str) -> Path:
    found = locate(name)
    if found.path is not None:
        return found.path
    if name in ENCODERS:
        raise EncoderError(
            f"The network {name} should come with genrelens but is missing; install genrelens anew."
        )
    raise EncoderError(absence(name))


def _is_sound(name: str, path: Path) -> bool:
    try:
        return is_converted(name, path.read_bytes())
    except OSError:
        return False


@contextmanager
def _writable(folder: Path) -> Iterator[Path]:
    """A temporary folder inside `folder`, made if need be; what goes wrong there becomes a sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        with tempfile.TemporaryDirectory(
            prefix=WORKPLACE, dir=folder, ignore_cleanup_errors=True
        ) as workplace:
            yield Path(workplace)
    except OSError as error:
        raise EncoderError(
            f"Networks cannot be kept in {shown(folder)} ({error.strerror or error}); make room or get "
            f"permission there, or set {CACHE_VARIABLE} to another folder."
        ) from error


def _clear_abandoned(folder: Path) -> None:
    """Removes the temporary folders of downloads that were killed."""
    for path in folder.glob(f"{WORKPLACE}*"):
        with suppress(OSError):
            if not path.is_symlink() and path.stat().st_mtime < time.time() - ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


def addresses(upstream: Upstream) -> list[str]:
    """The addresses of a file: a mirror alone if one is set, otherwise GitHub, then further copies."""
    if mirror := os.environ.get(MIRROR_VARIABLE):
        return [upstream.url(mirror)]
    return [upstream.url(GITHUB), *upstream.elsewhere]


def download(name: str, upstream: Upstream, folder: Path, progress: Progress | None = None) -> Path:
    """The published file, verified, in `folder`; from the first address that gives it.

    Raises:
        EncoderError: no address gives it; the text gives the reason of the first.
    """
    failures: list[EncoderError] = []
    for address in addresses(upstream):
        try:
            return _download_from(address, name, upstream, folder, progress)
        except EncoderError as error:
            failures.append(error)
    raise failures[0]


class _Meter:
    """What pooch takes for a progress bar: counts, passes on, and stops what grows beyond the known size."""

    def __init__(self, expected: int, progress: Progress | None) -> None:
        self.total = expected  # pooch writes the server's own figure here
        self.came = 0
        self._expected = expected
        self._progress = progress
        self._began = time.monotonic()
        self.given_up = False

    def is_too_slow(self) -> bool:
        """Whether it is time to give up."""
        spent = time.monotonic() - self._began
        return spent > DEADLINE_S or (spent > PATIENCE_S and self.came < SLOWEST_BYTES_S * spent)

    def update(self, count: int) -> None:
        if self.given_up:
            raise _TooSlow
        self.came += count
        if self.came > self._expected + SLACK:
            raise _TooLong
        if self._progress is not None:
            self._progress(min(self.came, self._expected), self._expected)

    def reset(self) -> None:
        self.came = 0

    def close(self) -> None:
        if self._progress is not None:
            self._progress(self._expected, self._expected)


class _TooLong(Exception):
    """More bytes come than the published file has."""


class _TooSlow(Exception):
    """The bytes come too slowly to wait for them."""


def _within_deadline(retrieve: Callable[[], str], meter: _Meter) -> str:
    """Runs a download in another thread, so that a server that sends byte after byte cannot hold it.

    Raises:
        _TooSlow: it is given up; its thread ends with its next byte or time-out.
    """
    results: list[str] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(retrieve())
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=work, name="genrelens-fetch", daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.1)
            if worker.is_alive() and meter.is_too_slow():
                raise _TooSlow
    finally:
        meter.given_up = True
    if errors:
        raise errors[0]
    return results[0]


def _download_from(
    address: str, name: str, upstream: Upstream, folder: Path, progress: Progress | None
) -> Path:
    import pooch
    import requests

    meter = _Meter(upstream.size, progress)
    wrong_bytes = EncoderError(
        f"{address} does not give the published file of {name} (its sha256 differs from the one expected, "
        f"{upstream.sha256[:12]}...), so nothing was kept; try again later or set {MIRROR_VARIABLE} "
        f"to a mirror."
    )
    with _quiet(pooch.get_logger()):
        try:
            downloaded = _within_deadline(
                lambda: pooch.retrieve(
                    address,
                    known_hash=f"sha256:{upstream.sha256}",
                    fname=Path(upstream.path).name,
                    path=folder,
                    downloader=pooch.HTTPDownloader(progressbar=meter, timeout=TIMEOUT_S),
                ),
                meter,
            )
        except requests.HTTPError as error:
            answer = error.response.status_code if error.response is not None else "an error"
            raise EncoderError(
                f"{address} answered {answer}, so {name} was not fetched; try again later or set "
                f"{MIRROR_VARIABLE} to a mirror."
            ) from error
        except requests.RequestException as error:
            if meter.came:
                raise EncoderError(
                    f"The connection to {address} was cut before {name} had arrived completely "
                    f"({upstream.size} bytes), so nothing was kept; fetch it again."
                ) from error
            raise EncoderError(
                f"{address} cannot be reached, so {name} was not fetched; check the network or set "
                f"{MIRROR_VARIABLE} to a mirror."
            ) from error
        except _TooSlow as error:
            raise EncoderError(
                f"{address} sends {name} too slowly ({meter.came} of {upstream.size} bytes came), so nothing "
                f"was kept; try again later or set {MIRROR_VARIABLE} to a mirror."
            ) from error
        except (_TooLong, ValueError) as error:
            raise wrong_bytes from error
    return Path(downloaded)


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch from announcing on stderr what the caller announces itself."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
