"""A chained Ogg as one recording: the links one after the other, each decoded as a file of its own.

Radio recordings and files strung together are such chains. Links may differ in codec, rate and channels,
may have equal serial numbers, and count their time from 0; no decoder in use handles all of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genrelens.audio.conversion import ConvertedDecoder
from genrelens.audio.decoding import Block, Decoder, Refused, Stopped
from genrelens.audio.resampling import resampled_length

OpenLink = Callable[[], Decoder]
"""Opens the decoder of one link, or raises `Refused`."""


class ChainedDecoder:
    """Several recordings as one; see `Decoder`.

    The rate is that of the first link that holds sound; the others are resampled to it. Links are opened one
    at a time, when they are decoded.

    Args:
        openers: one function for each link, in order.

    Raises:
        Refused: no link can be opened.
    """

    name = "ffmpeg"
    has_sound = True

    def __init__(self, openers: list[OpenLink]) -> None:
        self._openers = openers
        self._lengths: list[int] = []
        self._remarks: dict[int, list[str]] = {}
        self._unreadable: set[int] = set()
        self.sample_rate = 0
        self.slack = 0
        self.seeks = True
        first_refusal: Refused | None = None
        for index, opener in enumerate(openers):
            try:
                link = opener()
            except Refused as refusal:
                first_refusal = first_refusal or refusal
                self._unreadable.add(index)
                self._lengths.append(0)
                continue
            if not self.sample_rate:
                self.name, self.sample_rate, self.channels = link.name, link.sample_rate, link.channels
            self._lengths.append(resampled_length(link.declared or 0, link.sample_rate, self.sample_rate))
            self.slack = max(self.slack, min(link.slack, self.sample_rate))
            self.seeks = self.seeks and link.seeks
            link.close()
        if not self.sample_rate:
            raise first_refusal or Refused("no part of it holds sound")
        self.declared: int | None = sum(self._lengths)

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        begin = 0
        for index in range(len(self._openers)):
            last = index == len(self._openers) - 1
            if index not in self._unreadable and (start < begin + self._lengths[index] or last):
                yield from self._link(index, max(0, start - begin))
            begin += self._lengths[index]

    def _link(self, index: int, start: int) -> Iterator[Block]:
        try:
            link = self._openers[index]()
        except Refused:
            self._unreadable.add(index)
            return
        if link.sample_rate != self.sample_rate:
            link = ConvertedDecoder(link, self.sample_rate)
        place = start
        stopped_by: list[str] = []
        try:
            for block in link.blocks(start):
                place += len(block)
                yield block
            if place > start or not start:
                self._set_length(index, place)
        except Stopped as stopped:
            self._set_length(index, place)
            stopped_by.append(f"damaged: {stopped}")
        finally:
            self._remarks[index] = link.remarks + stopped_by
            link.close()

    def count(self) -> int | None:
        """See `Decoder.count`."""
        return self.declared

    def _set_length(self, index: int, length: int) -> None:
        """Replace the length that a link declares by the one that was decoded."""
        self._lengths[index] = length
        self.declared = sum(self._lengths)

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`."""
        found = [
            f"{remark} (part {index + 1} of {len(self._openers)})"
            for index, remarks in sorted(self._remarks.items())
            for remark in remarks
        ]
        if self._unreadable:
            parts = ", ".join(str(index + 1) for index in sorted(self._unreadable)[:10])
            found.append(
                f"damaged: of {len(self._openers)} parts these hold no sound that can be read: {parts}"
            )
        return found

    def close(self) -> None:
        """See `Decoder.close`; links are closed when they have been decoded."""
