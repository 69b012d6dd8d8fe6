"""Checks whether the tables of an MP4 are possible, before a decoder expands them.

A few bytes can declare any number of samples, as one entry of a table may stand for many. A decoder makes an
index of all of them, and reads all of it again for every entry of an edit list.

Source: ISO/IEC 14496-12, sections 8.6 and 8.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genrelens.audio.sources import ByteSource

MOST_BOXES = 300_000
"""Boxes that are followed: half a day in fragments of a second."""

FEW_SAMPLES = 1_000_000
"""Samples (frames of a codec) that may be declared without a check whether the file can hold them."""

MOST_EDITS = 1000
"""Entries of an edit list beyond which it is not followed."""

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf"})


class NotPossible(Exception):
    """The tables declare what the file cannot hold; the text says what."""


@dataclass(frozen=True)
class _Box:
    name: bytes
    body: int
    end: int


def follow_edits(source: ByteSource) -> bool:
    """Check the tables; whether its edit lists are short enough to be followed.

    Args:
        source: MP4 or a relative from its first byte.

    Raises:
        NotPossible: as its name says.
    """
    fragments = 0
    edits = True
    table: _Table | None = None
    for box in _boxes(source):
        if box.name == b"stbl":
            table = _checked(table)
        elif table is not None and box.name in (b"stsz", b"stz2"):
            table.announced, table.held = _samples(source, box)
        elif table is not None and box.name == b"stts":
            table.plain = _number(source, box.body + 4) == 1 == _number(source, box.body + 12)
        elif box.name == b"trun":
            fragments += _fragment(source, box)
            if fragments > 10 * FEW_SAMPLES:
                raise NotPossible(f"its fragments announce more than {10 * FEW_SAMPLES} samples")
        elif box.name == b"elst" and _number(source, box.body + 4) > MOST_EDITS:
            edits = False
    _checked(table)
    return edits


@dataclass
class _Table:
    """What the tables of one track declare about its samples."""

    announced: int = 0
    held: int = 0
    """Samples that the file can hold at most."""
    plain: bool = False
    """Samples last one unit of time each, as those of PCM, which decoders take by the chunk."""


def _checked(table: _Table | None) -> _Table:
    """A new table; raises where the one before is impossible."""
    if table is not None and not table.plain and table.announced > max(table.held, FEW_SAMPLES):
        raise NotPossible(f"it announces {table.announced} samples, more than it can hold")
    return _Table()


def _samples(source: ByteSource, box: _Box) -> tuple[int, int]:
    """Samples that a table of sizes declares, and how many there can be."""
    size, count = _number(source, box.body + 4), _number(source, box.body + 8)
    if box.name == b"stz2":
        return count, (box.end - box.body - 12) * 8 // max(4, size & 0xFF)
    return count, source.size // size if size else (box.end - box.body - 12) // 4


def _fragment(source: ByteSource, box: _Box) -> int:
    """Samples that a fragment declares without giving each of them any bytes."""
    fields = (_number(source, box.body) >> 8 & 0xF).bit_count()
    count = _number(source, box.body + 4)
    return max(0, count - (box.end - box.body - 8) // (4 * fields)) if fields else count


def _number(source: ByteSource, at: int) -> int:
    return int.from_bytes(source.peek(at, 4), "big")


def _boxes(source: ByteSource) -> Iterator[_Box]:
    """All boxes that matter, parents before their children."""
    ends = [source.size]
    place = 0
    for _ in range(MOST_BOXES):
        while place + 8 > ends[-1]:
            if len(ends) == 1:
                return
            place = ends.pop()
        head = source.peek(place, 16)
        size, body = int.from_bytes(head[:4], "big"), place + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), place + 16
        if size == 0:
            size = ends[-1] - place
        if size < body - place:
            return
        end = min(place + size, ends[-1])
        yield _Box(head[4:8], body, end)
        if head[4:8] in _PARENTS and len(ends) < 10:
            ends.append(end)
            place = body
        else:
            place = end
    raise NotPossible(f"it has more than {MOST_BOXES} boxes")
