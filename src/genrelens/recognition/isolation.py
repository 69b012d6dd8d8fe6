"""Recognition in worker processes: a file that hangs, crashes or needs too much memory is one error row.

The workers load the bundle, not this process. Importing this module is fast, so that the first worker can be
started before anything else. Arrays need no decoder: they are computed in threads of this process, which
loads the bundle for the first of them. Streams are first read to their end here, because workers cannot share
them.

The limits protect against accidents. They are no sandbox: a worker may do whatever its user may.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from genrelens.errors import BundleError, DecodeFailed, shown
from genrelens.processes.gathering import LOOK_AHEAD, gathered
from genrelens.processes.limits import STALL_S, Limits, TaskEnded
from genrelens.processes.pool import Pool
from genrelens.processes.threads import Threads
from genrelens.recognition.arguments import refuse_single
from genrelens.recognition.many import NAMED_BY, failure_of, row_of
from genrelens.recognition.prediction import EMBEDDED, Failure, Options, Prediction
from genrelens.recognition.streams import finished, name_of, read_to_end

if TYPE_CHECKING:
    from genrelens.audio.sources import ByteSource
    from genrelens.bundle import Bundle
    from genrelens.recognition.embedding import Embedding
    from genrelens.recognition.recognizer import Recognizer, Source

MEMORY_MB = 2048
"""Megabytes that a worker may hold. With `default` it holds under 100 on music in all formats and on twenty
minutes in stereo at 48 kHz; the memory for an excerpt does not grow with the recording."""

SENT_MB = 64
"""Megabytes of a stream up to which a worker gets it through a pipe; beyond, in a temporary file."""


@dataclass(frozen=True)
class Call:
    """A task of a worker: a call of a method of its `Recognizer`.

    Args:
        method: its name.
        as_row: whether an error of the recording is returned as a row, or raised.
        source: a path as it was given, or the bytes of a stream.
        is_path: whether `source` is a path.
        name: of the recording, in the result.
        arguments: of the method, after the source.
    """

    method: str
    as_row: bool
    source: str | bytes
    is_path: bool
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


class WorkerRecognizer:
    """Loaded in a worker: a recogniser that does calls.

    Args:
        model: of `Recognizer`.
        options: further keywords of it.
    """

    def __init__(self, model: str | os.PathLike[str] | Bundle | None, options: dict[str, Any]) -> None:
        from genrelens.recognition.recognizer import Recognizer

        self._recognizer = Recognizer(model, **options)

    def __call__(self, call: Call) -> Any:
        """The result of the method."""
        import io

        source: Any = call.source
        if not call.is_path:
            source = io.BytesIO(source)
        if call.as_row:
            return row_of(self._recognizer, call.method, source, call.name, **call.arguments)
        return getattr(self._recognizer, call.method)(
            source, **{NAMED_BY[call.method]: call.name}, **call.arguments
        )


class IsolatedRecognizer:
    """A recogniser in worker processes, with limits for each file. A context manager.

    Thread-safe. The first worker is started at once, and loads while this process goes on.

    Args:
        model: as for `Recognizer`.
        jobs: how many workers at most; `recognize_many` may raise it.
        timeout_s: seconds that one recording may take; None for no limit as long as it goes on.
        memory_mb: megabytes that the worker may hold while it recognises it; None for no limit.
        stall_s: seconds after which a recording that does not go on is given up; None for never.
        options: further keywords of `Recognizer`.

    Example:
        >>> import io, numpy as np, soundfile
        >>> stream = io.BytesIO()
        >>> soundfile.write(stream, np.random.default_rng(0).normal(0, 0.1, 66150), 22050, format="WAV")
        >>> with IsolatedRecognizer(timeout_s=60) as lens:
        ...     lens.recognize(stream, name="noise").duration_s
        3.0
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Bundle | None = None,
        *,
        jobs: int = 1,
        timeout_s: float | None = None,
        memory_mb: int | None = MEMORY_MB,
        stall_s: float | None = STALL_S,
        **options: Any,
    ) -> None:
        self._model = model
        self._options = options
        self._pool = Pool(
            f"{WorkerRecognizer.__module__}:{WorkerRecognizer.__name__}",
            (model, options),
            workers=max(1, jobs),
            limits=Limits(timeout_s, stall_s, memory_mb),
        )
        self._pool.start()
        self.close = weakref.finalize(self, self._pool.close)

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle, read in this process when it is first used.

        Raises:
            BundleError: there is none, or it cannot be used.
        """
        from genrelens.bundle import Bundle, find_bundle, read_bundle

        return self._model if isinstance(self._model, Bundle) else read_bundle(find_bundle(self._model))

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that this recogniser can predict."""
        return self.bundle.manifest.genres

    @property
    def options(self) -> Options:
        """The options of results, as in result rows."""
        return Options(
            **{one.name: self._options[one.name] for one in fields(Options) if one.name in self._options}
        )

    def recognize(self, source: Source, name: str | None = None) -> Prediction:
        """Recognises one recording, as `Recognizer.recognize` does.

        Raises:
            AudioError: it cannot be recognised; the message says why.
            GenreLensError: no recording can.
        """
        prediction = self.call("recognize", source, name)
        assert isinstance(prediction, Prediction)
        return prediction

    def embed(self, source: Source, name: str = EMBEDDED, *, path: str | None = None) -> Embedding:
        """The embedding of one recording, as `Recognizer.embed` gives it.

        Raises:
            AudioError: there is none; the message says why.
            GenreLensError: no recording has one.
        """
        embedding = self.call("embed", source, path, name=name)
        assert not isinstance(embedding, Prediction)
        return embedding  # type: ignore[no-any-return]

    def call(self, method: str, source: Source, called: str | None = None, /, **arguments: Any) -> Any:
        """The result of a method of `Recognizer`, from a worker.

        Args:
            method: its name.
            source: the recording.
            called: its name in the result.
            arguments: further keywords of the method.

        Raises:
            AudioError: as the method; or the worker ended.
        """
        if isinstance(source, tuple):
            return getattr(self._local_recognizer, method)(source, **{NAMED_BY[method]: called}, **arguments)
        future = self._submitted(method, False, source, called, arguments)
        try:
            return future.result()
        except TaskEnded as end:
            raise end.about(name_of(source, called)) from None
        except BaseException:
            self._pool.cancel([future])
            raise

    def recognize_many(
        self, sources: Iterable[Source], jobs: int | None = None, ordered: bool = True
    ) -> Iterator[Prediction | Failure]:
        """Recognises many recordings, as `Recognizer.recognize_many` does."""
        return self._rows("recognize", sources, jobs, ordered)

    def embed_many(
        self, sources: Iterable[Source], name: str = EMBEDDED, jobs: int | None = None, ordered: bool = True
    ) -> Iterator[Embedding | Failure]:
        """The embeddings of many recordings, as `Recognizer.embed_many` gives them."""
        return self._rows("embed", sources, jobs, ordered, name=name)

    def _rows(
        self, method: str, sources: Iterable[Source], jobs: int | None, ordered: bool, **arguments: Any
    ) -> Iterator[Any]:
        refuse_single(sources)
        jobs = max(1, self._pool.workers if jobs is None else jobs)
        self._pool.allow(jobs)
        threads: list[Threads] = []

        def submit(source: Source) -> Future[Any]:
            if isinstance(source, tuple):
                if not threads:
                    threads.append(Threads(jobs))
                return threads[0].submit(partial(row_of, self._local_recognizer, method, **arguments), source)
            try:
                return self._submitted(method, True, source, None, arguments)
            except Exception as error:  # for example a stream that cannot be read to its end
                return finished(failure_of(error, name_of(source), self))

        def cancel(futures: Collection[Future[Any]]) -> None:
            self._pool.cancel(futures)
            for one in threads:
                one.cancel(futures)

        try:
            yield from gathered(sources, submit, self._row, cancel, LOOK_AHEAD * jobs, ordered)
        finally:
            for one in threads:
                one.close()

    def __enter__(self) -> IsolatedRecognizer:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @cached_property
    def _local_recognizer(self) -> Recognizer:
        from genrelens.recognition.recognizer import Recognizer

        return Recognizer(self.bundle, **self._options)

    def _submitted(
        self, method: str, as_row: bool, source: Source, name: str | None, arguments: dict[str, Any]
    ) -> Future[Any]:
        if isinstance(source, str | bytes | os.PathLike):
            path = os.fspath(source)
            path = os.path.abspath(path) if path else path
            return self._pool.submit(Call(method, as_row, path, True, name or shown(source), arguments))
        if not hasattr(source, "read"):
            from genrelens.audio.opening import no_recording

            raise no_recording(source)
        name = name_of(source, name)
        content, file = _read(source, name)
        if file is None:
            return self._pool.submit(Call(method, as_row, content, False, name, arguments))
        future = self._pool.submit(Call(method, as_row, os.fsencode(file), True, name, arguments))
        future.add_done_callback(lambda _: _remove(file))
        return future

    def _row(self, source: Source, future: Future[Any]) -> Any:
        try:
            row = future.result()
        except TaskEnded as end:
            return failure_of(end.about(name_of(source)), name_of(source), self)
        if "bundle" in vars(self) and row.bundle != self.bundle.identity:
            raise BundleError(f"{shown(self.bundle.path)} was changed while it was used; start again")
        return row


def _read(stream: Any, name: str) -> tuple[bytes, str | None]:
    """All bytes of a stream; or, where they are many, a temporary file that holds them.

    Raises:
        AudioError: it cannot be read, is empty, or holds no sound.
    """
    source = read_to_end(stream, name)
    try:
        if source.size <= SENT_MB << 20:
            return _checked(source, source.read()), None
        descriptor, file = tempfile.mkstemp(prefix="genrelens-")
        try:
            with os.fdopen(descriptor, "wb") as copy:
                while part := source.read(1 << 20):
                    copy.write(_checked(source, part))
        except BaseException:
            _remove(file)
            raise
        return b"", file
    except OSError as error:
        raise DecodeFailed(name, f"cannot be read ({error.strerror or error}); save it to a file") from error
    finally:
        source.close()


def _checked(source: ByteSource, content: bytes) -> bytes:
    if source.failures:
        raise source.failures[0]
    return content


def _remove(file: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(file)
