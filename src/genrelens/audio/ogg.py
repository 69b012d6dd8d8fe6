"""The pages of Ogg: where the links of a chain begin, and whether the last page is whole.

Source: RFC 3533, sections 4 and 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genrelens.audio.sources import ByteSource

SEARCHED = 4 << 30
"""Bytes from the beginning in which further links are looked for; all after them belongs to the last."""

MOST_LINKS = 2000
"""Links that are read of a chain: some 100 hours of radio. All after them belongs to the last."""

_BLOCK = 1 << 20
_HEADER = 27
_LARGEST_PAGE = _HEADER + 255 + 255 * 255
_FIRST_PAGE = re.compile(rb"OggS\x00[\x02\x06]", re.DOTALL)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


_CRC = _crc_table()


def links(source: ByteSource) -> list[tuple[int, int]]:
    """Beginning and end of each link of a chain, in order; a file that is no chain is one link.

    A link begins with the first pages of all its streams, so that the number of streams, their serial
    numbers and their codecs do not show where links begin.

    Args:
        source: Ogg from its first byte.
    """
    starts: list[int] = []
    behind = -1  # where a first page that belongs to the same link would stand
    for place in first_pages(source, 0, SEARCHED):
        if place != behind:
            if len(starts) == MOST_LINKS:
                break
            starts.append(place)
        behind = place + len(_page(source.peek(place, _LARGEST_PAGE)))
    if not starts or starts[0] > 0:  # recorded from the middle of a stream on
        starts.insert(0, 0)
    return list(zip(starts, [*starts[1:], source.size], strict=True))


def first_pages(source: ByteSource, begin: int, end: int) -> Iterator[int]:
    """Where the pages begin that open a stream, as far as they are intact.

    Args:
        source: the bytes.
        begin: where to start.
        end: where to end at the latest.
    """
    tried = 0
    for at in range(begin, min(source.size, end), _BLOCK):
        block = source.peek(at, _BLOCK + _LARGEST_PAGE)
        for match in _FIRST_PAGE.finditer(block, 0, _BLOCK + 5):
            tried += 1
            if tried > 8 * MOST_LINKS:
                return
            page = _page(block[match.start() : match.start() + _LARGEST_PAGE])
            if page and page[22:26] == _checksum(page):
                yield at + match.start()


def _page(data: bytes) -> bytes:
    """The page that data begins with; nothing where it is cut."""
    if len(data) < _HEADER or len(data) < _HEADER + data[26]:
        return b""
    size = _HEADER + data[26] + sum(data[_HEADER : _HEADER + data[26]])
    return data[:size] if size <= len(data) else b""


def _checksum(page: bytes) -> bytes:
    value = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        value = (value << 8 & 0xFFFFFFFF) ^ _CRC[value >> 24 ^ byte]
    return value.to_bytes(4, "little")


def ends_within_page(tail: bytes) -> bool:
    """Whether content ends before its last page does.

    Args:
        tail: the last bytes of the content, some pages at least.
    """
    at = tail.rfind(b"OggS")
    if at < 0:
        return False
    return not _page(tail[at:])
