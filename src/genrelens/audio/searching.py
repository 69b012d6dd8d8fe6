"""Sound that begins behind something else: padding, junk, a wrong tag, a cover beyond its frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from genrelens.audio.free_format import FreeFormat, free_format_at
from genrelens.audio.mpeg import FrameHeader, chain_at
from genrelens.audio.ogg import first_pages
from genrelens.audio.sources import ByteSource

NEAR = 1 << 16
"""Bytes from the beginning in which a short chain of frames is enough."""

NEAR_LINKS = 5
"""Frames that must follow each other there."""

SEARCHED = 32 << 20
"""Bytes from the beginning in which sound is looked for at all: more than any cover art has."""

FAR_LINKS = 16
"""Frames that must follow each other farther away, where more bytes give chance more opportunities."""

MOST_CANDIDATES = 200_000
"""Places that are tried: random bytes have some thousand, an attack any number."""

_BLOCK = 1 << 20
_OVERLAP = (FAR_LINKS + 1) * 8192
_SYNC = re.compile(rb"\xff(?=[\xe0-\xff][\x00-\xfe])", re.DOTALL)
_FLAC = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22", re.DOTALL)


class Found(NamedTuple):
    """Where sound begins and what its frames are."""

    place: int
    what: FrameHeader | FreeFormat


def find_frames(source: ByteSource, begin: int) -> Found | None:
    """The first chain of frames of MPEG audio or ADTS.

    Args:
        source: the bytes.
        begin: where to start; it is looked for in `SEARCHED` bytes from there on.
    """
    head = source.peek(begin, NEAR)
    near = _in_block(head, NEAR_LINKS, begin + len(head) >= source.size, len(head), _budget())
    if near is not None:
        return Found(begin + near.place, near.what)
    return _far(source, begin, min(source.size, begin + SEARCHED))


def find_frames_in_tag(source: ByteSource, end: int) -> Found | None:
    """A chain of frames that begins before a tag ends, by the size in the tag's header."""
    return _far(source, 10, min(end, SEARCHED))


def find_container(source: ByteSource, begin: int) -> int | None:
    """Where FLAC or a first page of Ogg begins, behind something else, in `SEARCHED` bytes."""
    for at in range(begin, min(source.size, begin + SEARCHED), _BLOCK):
        data = source.peek(at, _BLOCK + 8)
        flac = _FLAC.search(data, 0, _BLOCK + 7)
        if flac is not None:
            return at + flac.start()
    return next(iter(first_pages(source, begin, begin + SEARCHED)), None)


def _budget() -> Iterator[int]:
    return iter(range(MOST_CANDIDATES))


def _far(source: ByteSource, begin: int, end: int) -> Found | None:
    budget = _budget()
    for at in range(begin, end, _BLOCK):
        step = min(_BLOCK, end - at)
        data = source.peek(at, step + _OVERLAP)
        found = _in_block(data, FAR_LINKS, at + len(data) >= source.size, step, budget)
        if found is not None:
            return Found(at + found.place, found.what)
    return None


def _in_block(data: bytes, links: int, whole: bool, end: int, budget: Iterator[int]) -> Found | None:
    for match in _SYNC.finditer(data, 0, end + 2):
        if next(budget, None) is None:
            break
        at = match.start()
        what = chain_at(data, at, links, whole) or free_format_at(data, at, links)
        if what is not None:
            return Found(at, what)
    return None
