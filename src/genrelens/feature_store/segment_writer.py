"""Writes arrays to disk as they are computed: bytes first, then the index, about once a second."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from genrelens.errors import OutputError
from genrelens.feature_store.extraction import Extract
from genrelens.feature_store.index import NewRecord, Piece, StoreIndex
from genrelens.feature_store.segments import SegmentWriter
from genrelens.feature_store.write_errors import write_errors_explained

COMMIT_S = 1.0
COMMIT_BYTES = 64 << 20


class ExtractWriter:
    """Writes extracts to segments. Use in a `with`; leaving it, for whatever reason, commits what was
    written.

    Args:
        index: of the store.
        segment_bytes: a segment that reaches this is closed.
        committed: called with the keys that are now on disk, while their segment is still locked.
        closed: called when a segment is full and was closed.
    """

    def __init__(
        self,
        index: StoreIndex,
        segment_bytes: int,
        committed: Callable[[Sequence[str]], None],
        closed: Callable[[], object],
    ) -> None:
        self._index, self._segment_bytes = index, segment_bytes
        self._committed, self._closed = committed, closed
        self._name = ""
        self._writer: SegmentWriter | None = None
        self._pending: list[NewRecord] = []
        self._bytes = 0
        self._last = time.monotonic()

    def __enter__(self) -> ExtractWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.commit()
            else:
                with suppress(OutputError):
                    self.commit()
        finally:
            if self._writer is not None:
                self._writer.close()

    def write(self, audio: str, extracts: Mapping[str, Extract]) -> None:
        """Writes the extracts of a recording, all of them or none, and commits when a second is over.

        Args:
            audio: the recording's checksum.
            extracts: by key.

        Raises:
            OutputError: the disk is full or cannot be written.
        """
        with write_errors_explained(self._index.folder):
            if self._writer is None:
                self._name, self._writer = self._index.open_segment(self._segment_bytes)
            records = [self._written(self._writer, key, audio, one) for key, one in extracts.items()]
        self._pending += records
        self._bytes += sum(record.length for record in records)
        if self._bytes >= COMMIT_BYTES or time.monotonic() - self._last >= COMMIT_S:
            self.commit()

    @staticmethod
    def _written(writer: SegmentWriter, key: str, audio: str, extract: Extract) -> NewRecord:
        start, block = writer.append(extract.arrays)
        pieces = tuple(
            Piece(begin, end, array.shape)
            for (begin, end), array in zip(extract.times, extract.arrays, strict=True)
        )
        crc = zlib.crc32(block)
        return NewRecord(key, audio, extract.input, extract.variant, start, len(block), crc, pieces)

    def commit(self) -> None:
        """Returns once all that was written is on disk and in the index.

        Raises:
            OutputError: the disk is full or cannot be written.
        """
        if self._writer is not None and self._pending:
            with write_errors_explained(self._index.folder):
                self._writer.sync()
                self._index.add(self._name, self._writer.end, self._pending)
            self._committed([record.key for record in self._pending])
            if self._writer.end >= self._segment_bytes:
                self._writer.close()
                self._writer = None
                self._closed()
        self._pending, self._bytes, self._last = [], 0, time.monotonic()
