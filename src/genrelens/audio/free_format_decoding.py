"""MP3 of free format, decoded by FFmpeg frame by frame.

libsndfile could decode it, too, but it writes messages about damage to the terminal.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import av
import numpy as np

from genrelens.audio.decoding import Block, Refused
from genrelens.audio.ffmpeg_frames import gathered_blocks, planes_of
from genrelens.audio.free_format import LARGEST_FRAME, frame_runs, free_format_at
from genrelens.audio.free_format_packets import Repacking
from genrelens.audio.sources import ByteSource
from genrelens.processes.checkpoints import checkpoint

EVERY = 64
"""Frames from one place that is kept to the next."""

PREROLL = 64
"""Frames decoded before the place asked for."""

"""Samples (over all channels) of a block, at least."""

MOST_COUNTED = 10_000
"""Damaged frames beyond which counting stops."""

_READ = 1 << 20


class FreeFormatDecoder:
    """One recording of free format; see `Decoder`. A damaged frame becomes silence.

    Args:
        source: content that begins with a frame of free format.

    Raises:
        Refused: there are no frames, or none that can be decoded.
    """

    name = "ffmpeg"
    has_sound = True
    seeks = True
    slack = 0

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        free = free_format_at(source.peek(0, 1 << 20), 0)
        if free is None:
            raise Refused("it holds no frames that follow each other")
        self._free = free
        self._ends: list[int] = []
        self._runs = array("q")
        self._offsets = array("q")
        self._numbers = array("q")
        frames = 0
        for begin, end in frame_runs(source):
            for count, offset in enumerate(self._places(begin, end)):
                if count % EVERY == 0:
                    self._runs.append(len(self._ends))
                    self._offsets.append(offset)
                    self._numbers.append(frames)
                frames += 1
            self._ends.append(end)
        if not frames:
            raise Refused("it holds no whole frames that follow each other")
        first = next(self._frames(0))[0]
        header = Repacking(first).header
        self._samples = header.samples
        self.sample_rate = header.sample_rate
        self.channels = 1 if first[3] >> 6 == 3 else 2
        self.declared: int | None = frames * self._samples
        self._damaged: set[int] = set()
        self._decodable = False
        next(self.blocks(), None)
        if not self._decodable:
            raise Refused("none of its frames can be decoded")

    def _places(self, begin: int, end: int) -> Iterator[int]:
        """Where the frames of a run begin."""
        at = begin
        while at < end:
            checkpoint()
            data = self._source.peek(at, min(_READ, end - at))
            place = 0
            while (size := self._free.size_at(data, place)) and place + size <= len(data):
                yield at + place
                place += size
            if not place:
                return
            at += place

    def _frames(self, mark: int) -> Iterator[tuple[bytes, bool]]:
        """Frames from a place that is kept on, and whether each begins a run."""
        at = self._offsets[mark]
        for run in range(self._runs[mark], len(self._ends)):
            if run > self._runs[mark]:
                at = self._offsets[self._runs.index(run)]
            begins = True
            data, start = b"", at
            for place in self._places(at, self._ends[run]):
                if place + LARGEST_FRAME + 4 > start + len(data):
                    data, start = self._source.peek(place, _READ), place
                size = self._free.size_at(data, place - start)
                yield data[place - start : place - start + size], begins
                begins = False

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        mark = max(0, bisect_right(self._numbers, start // self._samples - PREROLL) - 1)
        number = self._numbers[mark]
        yield from gathered_blocks(self._planes(mark, number, start))

    def _planes(self, mark: int, number: int, start: int) -> Iterator[Block]:
        """What each frame holds, of shape (channels, samples), from sample `start` on."""
        frames = self._frames(mark)
        repacking: Repacking | None = None
        codec: Any = None
        for number, (frame, begins) in enumerate(frames, number):  # noqa: B020
            if repacking is None:
                repacking = Repacking(frame)
                codec = av.CodecContext.create(repacking.codec, "r")
            elif begins:
                repacking.start_anew()
            planes = self._decoded(codec, repacking.packet(frame), number, number * self._samples >= start)
            skipped = min(self._samples, max(0, start - number * self._samples))
            if skipped < self._samples:
                yield planes[:, skipped:]

    def _decoded(self, codec: Any, packet: bytes, number: int, settled: bool) -> Block:
        silence: Block = np.zeros((self.channels, self._samples), np.float32)
        if not packet:
            return silence
        try:
            frames = [frame for frame in codec.decode(av.Packet(packet)) if frame.samples]
            planes = planes_of(frames[0]) if frames else silence
        except (av.FFmpegError, ValueError):
            if settled and len(self._damaged) < MOST_COUNTED:
                self._damaged.add(number)
            return silence
        self._decodable = self._decodable or bool(frames)
        if planes.shape[1] != self._samples:
            planes = np.pad(
                planes[:, : self._samples], ((0, 0), (0, max(0, self._samples - planes.shape[1])))
            )
        return planes

    def count(self) -> int | None:
        """See `Decoder.count`."""
        return self.declared

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`."""
        count = len(self._damaged)
        if not count:
            return []
        silent = (
            "1 frame could not be decoded and is"
            if count == 1
            else f"{count} frames could not be decoded and are"
        )
        return [f"damaged: {silent} silent"]

    def close(self) -> None:
        """See `Decoder.close`; nothing is held."""
