"""Where the frames of MP3 and of AAC in ADTS lie, counted from their headers alone.

Such a stream has no table of contents: its length, or a place in it, is found by following the frames from
the first one on. Headers give the size of a frame, so nothing has to be decoded. One place every `EVERY`
frames is kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.mpeg import FrameHeader, announced_samples, frame_header
from genrelens.audio.sources import ByteSource
from genrelens.processes.checkpoints import checkpoint

EVERY = 128
"""Frames from one place that is kept to the next."""

PREROLL = 64
"""Frames decoded before the sound asked for: MP3 needs ten, HE-AAC some more until a header of its upper
band comes by."""

MOST_GAPS = 10_000
"""Places where frames do not follow each other; with more of them the frames are not followed."""

_CHUNK = 1 << 20
_HEADER = 7
"""Bytes of the longer of the two headers, that of ADTS."""


class Place(NamedTuple):
    """Where a frame begins."""

    offset: int
    """Bytes before it."""
    samples: int
    """Samples before it."""


class FrameIndex(NamedTuple):
    """The frames of a stream.

    Samples are those of a channel at the rate in the headers; HE-AAC is decoded to twice as many.
    """

    first: FrameHeader
    frames: int
    samples: int
    gaps: int
    """Places where one frame does not follow the other."""
    unread: int
    """Bytes that belong to no frame."""
    single: bool
    """All frames hold one block of samples; FFmpeg's times count one for each, however many there are."""
    offsets: array[int]
    """Of each `EVERY`th frame, from the first one on."""
    before: array[int]
    """Samples before these frames."""

    def place_before(self, sample: int, source: ByteSource) -> Place:
        """A place early enough that the decoder gives exact samples from that sample on.

        Where files were concatenated, none with an information frame, which describes one of them only.
        """
        wanted = sample - PREROLL * self.first.samples
        at = max(0, bisect_right(self.before, wanted) - 1)
        while at and announced_samples(source.peek(self.offsets[at], 200), 0, self.first) is not None:
            at -= 1
        return Place(self.offsets[at], self.before[at])


def index_frames(source: ByteSource, end: int) -> FrameIndex | None:
    """Follow all frames of a stream.

    Args:
        source: the bytes, from the first frame on.
        end: offset behind the last frame, where tags may follow.

    Returns:
        The index; None where no frame stands at the beginning, or there are more than `MOST_GAPS` gaps.

    Example:
        >>> import io
        >>> frame = bytes([0xFF, 0xFB, 0x90, 0x64]) + bytes(413)
        >>> source = ByteSource(io.BytesIO(frame * 300), owned=False)
        >>> index = index_frames(source, source.size)
        >>> index.frames, index.samples, index.gaps, index.place_before(250 * 1152, source)
        (300, 345600, 0, Place(offset=53376, samples=147456))
    """
    head = source.peek(0, min(end, 1 << 13))
    first = frame_header(head)
    if first is None:
        return None
    headers = _Headers(head, first)
    walk = _Walk(headers, source)
    for at in range(0, end, _CHUNK):
        checkpoint()
        data = np.frombuffer(source.peek(at, min(_CHUNK + _HEADER - 1, end - at)), np.uint8)
        walk.through(at, min(at + _CHUNK, end), data)
        if walk.gaps > MOST_GAPS:
            return None
    return walk.index(end)


class _Headers:
    """Finds the headers of one stream in bytes."""

    def __init__(self, head: bytes, first: FrameHeader) -> None:
        self.first = first
        self._second = head[1] & 0xFE  # all but the bit for a checksum
        # ADTS: profile and rate; MPEG: rate
        self._mask = 0xFC if first.kind == "aac" else 0x0C
        self._third = head[2] & self._mask
        sizes = np.zeros(256, np.int64)
        for third in range(256):
            header = frame_header(bytes([0xFF, head[1], third, 0])) if first.kind == "mp3" else None
            sizes[third] = header.size if header is not None else 0
        self._sizes = sizes
        self.of_one_block = 1024 if first.kind == "aac" else first.samples

    def find(self, data: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Offsets of all headers, the sizes of their frames and the samples in these."""
        at = np.flatnonzero(data[: max(0, len(data) - _HEADER + 1)] == 0xFF)
        at = at[((data[at + 1] & 0xFE) == self._second) & ((data[at + 2] & self._mask) == self._third)]
        if self.first.kind == "mp3":
            sizes = self._sizes[data[at + 2]]
            valid = (sizes > 0) & ((data[at + 3] & 3) != 2)
            at, sizes = at[valid], sizes[valid]
            return at, sizes, np.full(len(at), self.first.samples, np.int64)
        high, low = data[at + 3].astype(np.int64), data[at + 5].astype(np.int64)
        sizes = (high & 3) << 11 | data[at + 4].astype(np.int64) << 3 | low >> 5
        valid = sizes > _HEADER
        at, sizes = at[valid], sizes[valid]
        return at, sizes, 1024 * ((data[at + 6] & 3).astype(np.int64) + 1)


class _Walk:
    """Goes from frame to frame, through one chunk of bytes after the other."""

    def __init__(self, headers: _Headers, source: ByteSource) -> None:
        self._headers = headers
        self._source = source
        self._next = 0
        self._lost = False
        self._frames = self._samples = self.gaps = self._read = self._last = 0
        self._single = True
        self._offsets = array("q")
        self._before = array("q")

    def through(self, begin: int, stop: int, data: NDArray[np.uint8]) -> None:
        """Follow the frames that begin from `begin` on, before `stop`."""
        if self._next >= stop:
            return
        found, sizes, samples = self._headers.find(data)
        found += begin
        inside = found < stop
        chunk = _Chunk(found[inside], sizes[inside], samples[inside], stop)
        at = chunk.beginning_behind(self._next) if self._lost else chunk.beginning_at(self._next)
        while self._next < stop and self.gaps <= MOST_GAPS:
            if at is None:
                self.gaps += not self._lost
                at = chunk.beginning_behind(self._next)
                self._lost = at is None
                if at is None:
                    return
            self._lost = False
            last = chunk.end_of_run(at)
            self._take(chunk, at, last)
            at = chunk.beginning_at(self._next)

    def _take(self, chunk: _Chunk, at: int, last: int) -> None:
        """Count the frames of a run."""
        kept = slice(at + -self._frames % EVERY, last + 1, EVERY)
        places = chunk.places[kept]
        if len(places):
            self._offsets.extend(places.tolist())
            self._before.extend((chunk.before[kept] + (self._samples - chunk.before[at])).tolist())
        count = last + 1 - at
        held = int(chunk.before[last + 1] - chunk.before[at])
        self._single = self._single and held == count * self._headers.of_one_block
        self._frames += count
        self._samples += held
        self._last = int(chunk.before[last + 1] - chunk.before[last])
        self._next = int(chunk.following[last])
        self._read += self._next - int(chunk.places[at])

    def index(self, end: int) -> FrameIndex:
        """The index, without a last frame that is cut."""
        if self._next > end:
            self._frames -= 1
            self._samples -= self._last
        return FrameIndex(
            self._headers.first,
            self._frames,
            self._samples,
            self.gaps,
            max(0, end - self._read),
            self._single,
            self._offsets,
            self._before,
        )


class _Chunk:
    """Everything in a chunk of bytes that looks like a header, in order."""

    def __init__(self, places: NDArray[Any], sizes: NDArray[Any], samples: NDArray[Any], stop: int) -> None:
        self.places = places
        self.following = places + sizes
        self.before = np.concatenate([np.zeros(1, np.int64), np.cumsum(samples)])
        self._ends = np.flatnonzero(self.following[:-1] != places[1:]).tolist()
        self._ends.append(len(places) - 1)
        # where frames follow each other throughout, the first one is all that is looked up
        self._broken = len(self._ends) > 1
        self._listed = places.tolist() if self._broken else []
        self._stop = stop
        self._linked: list[int] | None = None

    def beginning_at(self, offset: int) -> int | None:
        """The number of the header at that offset; None where there is none."""
        if not self._broken:
            at = int(np.searchsorted(self.places, offset))
            return at if at < len(self.places) and self.places[at] == offset else None
        at = bisect_left(self._listed, offset)
        return at if at < len(self._listed) and self._listed[at] == offset else None

    def beginning_behind(self, offset: int) -> int | None:
        """The number of the first header from there on that another one follows where it should."""
        if self._linked is None:
            index = np.searchsorted(self.places, self.following)
            index[index == len(self.places)] = 0
            linked = (self.following >= self._stop) | (self.places[index] == self.following)
            self._linked = np.flatnonzero(linked).tolist()
        at = (
            int(np.searchsorted(self.places, offset))
            if not self._broken
            else bisect_left(self._listed, offset)
        )
        found = bisect_left(self._linked, at)
        return self._linked[found] if found < len(self._linked) else None

    def end_of_run(self, at: int) -> int:
        """The number of the last of the frames that follow each other from there on."""
        ends: int = self._ends[bisect_left(self._ends, at)]
        return ends
