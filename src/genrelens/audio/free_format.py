"""MP3 of free format: the header has no bit rate, so the size of a frame is found from the next frame.

Bytes between frames are left out: decoders get runs of frames that follow each other.

Source: ISO/IEC 11172-3 section 2.4.2.3 (bit rate index 0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from genrelens.audio.sources import ByteSource

LARGEST_FRAME = 8192
"""Bytes within which the next frame must begin."""

SMALLEST_FRAME = 40
"""Bytes that the header and the side information of a frame take."""

LINKS = 8
"""Frames that must follow each other to count as a stream."""

MOST_RUNS = 2000
"""Runs that are looked for; bytes after the last one are left out."""

MOST_CANDIDATES = 200_000
"""Places between runs that are tried: a damaged file has some, an attack could have any number."""

_BLOCK = 1 << 20


class FreeFormat(NamedTuple):
    """What all frames of a stream of free format have in common."""

    second: int
    """The second byte of their headers, but for its last bit (protection)."""
    third: int
    """The third byte, but for its last two bits (padding, private)."""
    base: int
    """Bytes of a frame without padding."""
    slot: int
    """Bytes of padding, where there is one."""

    def size_at(self, data: bytes, at: int) -> int:
        """Bytes of the frame that begins there; 0 where none does."""
        if (
            at + 4 > len(data)
            or data[at] != 0xFF
            or data[at + 1] & 0xFE != self.second
            or data[at + 2] & 0xFC != self.third
        ):
            return 0
        return self.base + (self.slot if data[at + 2] & 2 else 0)

    def whole(self, data: bytes) -> int:
        """Where the whole frames end that follow each other from the first byte on."""
        at = 0
        while (size := self.size_at(data, at)) and at + size <= len(data):
            at += size
        return at

    def follow(self, data: bytes, at: int, links: int) -> bool:
        """Whether so many frames follow each other from there on."""
        for _ in range(links):
            size = self.size_at(data, at)
            if not size:
                return False
            at += size
        return True


def free_format_at(data: bytes, at: int, links: int = LINKS) -> FreeFormat | None:
    """The free format whose frames follow each other from there on, or None."""
    if at + 4 > len(data) or data[at + 2] & 0xF0 or data[at + 2] & 0x0C == 0x0C or data[at + 3] & 3 == 2:
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    if version == 1 or layer == 0:
        return None
    slot = 4 if layer == 3 else 1
    alike = _header(data[at + 1] & 0xFE, data[at + 2] & 0xFC)
    match = alike.search(data, at + 4, at + LARGEST_FRAME)
    if match is not None:
        base = match.start() - at - (slot if data[at + 2] & 2 else 0)
        found = FreeFormat(data[at + 1] & 0xFE, data[at + 2] & 0xFC, base, slot)
        if base >= SMALLEST_FRAME and found.follow(data, at, links):
            return found
    return None


def _header(second: int, third: int) -> re.Pattern[bytes]:
    seconds = b"".join(re.escape(bytes([second | low])) for low in range(2))
    thirds = b"".join(re.escape(bytes([third | low])) for low in range(4))
    return re.compile(b"\xff[" + seconds + b"][" + thirds + b"]", re.DOTALL)


def frame_runs(source: ByteSource) -> list[tuple[int, int]]:
    """Beginning and end of each run of whole frames.

    The information frame of an encoder is left out, which holds no sound.

    Args:
        source: content that begins with a frame of free format.
    """
    found: list[tuple[int, int]] = []
    head = source.peek(0, _BLOCK)
    free = free_format_at(head, 0)
    if free is None:
        return found
    begin = place = free.size_at(head, 0) if b"Info" in head[:64] or b"Xing" in head[:64] else 0
    budget = iter(range(MOST_CANDIDATES))
    while len(found) < MOST_RUNS:
        data = source.peek(place, _BLOCK)
        whole = free.whole(data)
        place += whole
        if whole and len(data) == _BLOCK:
            continue
        if place > begin:
            found.append((begin, place))
        following = _next_run(source, free, place + 1, budget)
        if following is None:
            break
        begin = place = following
    return found


def _next_run(source: ByteSource, free: FreeFormat, begin: int, budget: Iterator[int]) -> int | None:
    """Where several frames follow each other again, unless that cannot be found soon."""
    header = _header(free.second, free.third)
    for at in range(begin, source.size, _BLOCK):
        data = source.peek(at, _BLOCK + LINKS * LARGEST_FRAME)
        for match in header.finditer(data, 0, _BLOCK + 2):
            if next(budget, None) is None:
                return None
            if free.follow(data, match.start(), LINKS):
                return at + match.start()
    return None
