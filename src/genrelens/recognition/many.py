"""Many recordings, several at a time: a row for each, whatever comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from genrelens.errors import AudioError, GenreLensError, SignalError, TookTooMuchMemory
from genrelens.processes.gathering import LOOK_AHEAD, gathered
from genrelens.processes.limits import too_much_memory
from genrelens.processes.threads import Threads
from genrelens.recognition.arguments import refuse_single
from genrelens.recognition.internal_errors import internal_error
from genrelens.recognition.prediction import Failure, Options
from genrelens.recognition.streams import finished, name_of, read_to_end, waits

if TYPE_CHECKING:
    from genrelens.bundle import Bundle
    from genrelens.recognition.recognizer import Source

NAMED_BY = {"recognize": "name", "embed": "path"}
"""The keyword of each method that says what to call the recording."""


class Lens(Protocol):
    """What rows say of the recogniser that made them."""

    @property
    def bundle(self) -> Bundle:
        """Whose identity stands in rows."""
        ...

    @property
    def options(self) -> Options:
        """How answers are asked for."""
        ...


def failure_of(error: Exception, path: str, lens: Lens) -> Failure:
    """The row of a recording that could not be worked on.

    Raises:
        GenreLensError: the error given, where it has nothing to do with the recording.
    """
    if isinstance(error, MemoryError):
        error = TookTooMuchMemory(path, too_much_memory(None))
    elif isinstance(error, SignalError) or not isinstance(error, GenreLensError):
        error = internal_error(path, error)  # what reaches features was made by us, so a refusal is our fault
    if not isinstance(error, AudioError):
        raise error
    return Failure(error.path, error, lens.bundle.identity, lens.options)


def row_of(lens: Any, method: str, source: Source, called: str | None = None, /, **arguments: Any) -> Any:
    """What a method of a recogniser makes of a recording; where it cannot, that is the row.

    Args:
        lens: a `Recognizer`.
        method: `recognize` or `embed`.
        source: the recording.
        called: what to call it.
        arguments: further keywords of the method.

    Raises:
        GenreLensError: what has nothing to do with the recording.
    """
    try:
        return getattr(lens, method)(source, **{NAMED_BY[method]: called}, **arguments)
    except Exception as error:
        return failure_of(error, called or name_of(source), lens)


def rows_of(
    lens: Any, method: str, sources: Iterable[Source], jobs: int, ordered: bool, **arguments: Any
) -> Iterator[Any]:
    """The rows of many recordings, made in threads of this process.

    Args:
        lens: a `Recognizer`.
        method: `recognize` or `embed`.
        sources: the recordings; may be endless.
        jobs: how many are worked on at the same time.
        ordered: in the order of `sources`; otherwise each as soon as it is there.
        arguments: further keywords of the method.

    Raises:
        TypeError: `sources` is one recording instead of several, or one of them is no source.
    """
    refuse_single(sources)
    do = partial(row_of, lens, method, **arguments)
    if jobs <= 1:
        yield from map(do, sources)
        return
    threads = Threads(jobs)

    def submit(source: Source) -> Future[Any]:
        if not waits(source):
            return threads.submit(do, source)
        name = name_of(source)
        try:
            read = read_to_end(source, name)
        except Exception as error:
            return finished(failure_of(error, name, lens))
        future = threads.submit(lambda stream: do(stream, name), read)
        future.add_done_callback(lambda _: read.close())
        return future

    try:
        yield from gathered(sources, submit, _result, threads.cancel, LOOK_AHEAD * jobs, ordered)
    finally:
        threads.close()


def _result(source: object, future: Future[Any]) -> Any:
    return future.result()
