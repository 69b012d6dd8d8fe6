"""Many recordings, several at a time: a row for each, also where it fails."""

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
from genrelens.recognition.streams import finished, is_one_pass, name_of, read_to_end

if TYPE_CHECKING:
    from genrelens.bundle import Bundle
    from genrelens.recognition.recognizer import Source

NAMED_BY = {"recognize": "name", "embed": "path"}
"""The keyword of each method for the name of the recording."""


class RecognizerInfo(Protocol):
    """The attributes of a recogniser that rows need."""

    @property
    def bundle(self) -> Bundle:
        """Its identity is written in rows."""
        ...

    @property
    def options(self) -> Options:
        """The options of results."""
        ...


def failure_of(error: Exception, path: str, recognizer: RecognizerInfo) -> Failure:
    """The row of a recording that failed.

    Raises:
        GenreLensError: the error given, where it has nothing to do with the recording.
    """
    if isinstance(error, MemoryError):
        error = TookTooMuchMemory(path, too_much_memory(None))
    elif isinstance(error, SignalError) or not isinstance(error, GenreLensError):
        error = internal_error(path, error)  # features get only what genrelens itself made
    if not isinstance(error, AudioError):
        raise error
    return Failure(error.path, error, recognizer.bundle.identity, recognizer.options)


def row_of(
    recognizer: Any, method: str, source: Source, called: str | None = None, /, **arguments: Any
) -> Any:
    """The result of a method of a recogniser for a recording; where it fails, a `Failure`.

    Args:
        recognizer: a `Recognizer`.
        method: `recognize` or `embed`.
        source: the recording.
        called: its name in the result.
        arguments: further keywords of the method.

    Raises:
        GenreLensError: what has nothing to do with the recording.
    """
    try:
        return getattr(recognizer, method)(source, **{NAMED_BY[method]: called}, **arguments)
    except Exception as error:
        return failure_of(error, called or name_of(source), recognizer)


def rows_of(
    recognizer: Any, method: str, sources: Iterable[Source], jobs: int, ordered: bool, **arguments: Any
) -> Iterator[Any]:
    """The rows of many recordings, computed in threads of this process.

    Args:
        recognizer: a `Recognizer`.
        method: `recognize` or `embed`.
        sources: the recordings; may be endless.
        jobs: how many are computed at the same time.
        ordered: in the order of `sources`; otherwise each as soon as it is ready.
        arguments: further keywords of the method.

    Raises:
        TypeError: `sources` is one recording instead of several, or one of them is no source.
    """
    refuse_single(sources)
    do = partial(row_of, recognizer, method, **arguments)
    if jobs <= 1:
        yield from map(do, sources)
        return
    threads = Threads(jobs)

    def submit(source: Source) -> Future[Any]:
        if not is_one_pass(source):
            return threads.submit(do, source)
        name = name_of(source)
        try:
            read = read_to_end(source, name)
        except Exception as error:
            return finished(failure_of(error, name, recognizer))
        future = threads.submit(lambda stream: do(stream, name), read)
        future.add_done_callback(lambda _: read.close())
        return future

    try:
        yield from gathered(sources, submit, _result, threads.cancel, LOOK_AHEAD * jobs, ordered)
    finally:
        threads.close()


def _result(source: object, future: Future[Any]) -> Any:
    return future.result()
