"""Where the sound of a WAV, RF64, BW64 or Wave64 file really begins and ends.

Sizes of 32 bits wrap where a recording grows beyond 4 GiB; a program that writes to a pipe leaves 0 or
0xFFFFFFFF in them; some forget the byte that pads a chunk of odd size. Where the chunks do not lead to the
sound, or give it an impossible size, decoders get a corrected header before the sound.

Source: Microsoft's RIFF specification; EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64); Sony's Wave64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from genrelens.audio.parts import part_of
from genrelens.audio.sources import ByteSource

MOST_CHUNKS = 10_000
"""Chunks that are followed to the sound, and behind it: no program writes so many."""

LARGEST_FORMAT = 1 << 12
"""Bytes that are read of the chunk that describes the format."""

_WRAP = 1 << 32
_PRINTABLE = range(0x20, 0x7F)
_COMMON = frozenset(
    b"LIST|id3 |ID3 |bext|fact|cue |smpl|JUNK|junk|PAD |iXML|_PMX|axml|chna|afsp|DISP|inst|acid|minf|elm1"
    b"|regn|umid|FLLR|levl|PEAK|plst|adtl|note|labl|cart|LGWV|SAUR|RLND|link|SMED|ubxt|MEXT".split(b"|")
)
_KNOWN = _COMMON | {b"data", b"fmt ", b"ds64"}
_WAVE64_TAIL = bytes.fromhex("00c04f8edb8a")


class TooManyChunks(Exception):
    """There are more chunks than any program writes; the text says how many are followed."""


@dataclass(frozen=True)
class Layout:
    """Where the sound lies.

    Attributes:
        form: the first four bytes: RIFF, RIFX, RF64, BW64 or riff (Wave64).
        format: content of the `fmt ` chunk.
        fact: content of the `fact` chunk, empty where there is none.
        begin: offset of the sound.
        end: offset of its end.
        right: the header leads decoders to just that sound, or they see that the file is cut.
    """

    form: bytes
    format: bytes
    fact: bytes
    begin: int
    end: int
    right: bool


def true_layout(source: ByteSource) -> Layout | None:
    """Follow the chunks to the sound; None where they do not lead to any.

    Args:
        source: from the first byte of the header on.

    Raises:
        TooManyChunks: as its name says.
    """
    chunks = _Chunks(source)
    place = chunks.first
    found: dict[bytes, bytes] = {}
    straight = True
    for _ in range(MOST_CHUNKS):
        name, body, size = chunks.at(place)
        if name == b"data" and b"fmt " in found:
            if size == 0xFFFFFFFF and not chunks.wave64:
                size = int.from_bytes(found.get(b"ds64", b"")[8:16], "little") or size
            end = _end(chunks, body, size)
            right = straight and end == body + size
            return Layout(chunks.form, found[b"fmt "], found.get(b"fact", b""), body, end, right)
        if not name:
            return None
        if name in (b"fmt ", b"fact", b"ds64"):
            found.setdefault(name, source.peek(body, min(size, LARGEST_FORMAT)))
        place = chunks.behind(body, size)
        straight = straight and place == chunks.padded(body + size)
    raise TooManyChunks(f"it has more than {MOST_CHUNKS} chunks before its sound")


def with_right_header(source: ByteSource, layout: Layout) -> ByteSource:
    """The sound behind a correct header: of WAV, or of RF64 where it is too long for WAV."""
    size = min(layout.end, source.size) - layout.begin
    order = ">" if layout.form == b"RIFX" else "<"
    chunks = _chunk(b"fmt ", layout.format, order)
    if layout.fact:
        chunks += _chunk(b"fact", layout.fact, order)
    whole = 4 + len(chunks) + 8 + size + (size & 1)
    if whole < _WRAP or order == ">":
        sizes = [min(number, _WRAP - 1) for number in (whole, size)]
        head = layout.form if order == ">" else b"RIFF"
        head += (
            struct.pack(order + "I", sizes[0])
            + b"WAVE"
            + chunks
            + b"data"
            + struct.pack(order + "I", sizes[1])
        )
    else:
        align = int.from_bytes(layout.format[12:14], "little") or 1
        large = struct.pack("<QQQI", whole + 36, size, size // align, 0)
        unknown = b"\xff" * 4
        head = b"RF64" + unknown + b"WAVE" + _chunk(b"ds64", large, order) + chunks + b"data" + unknown
    return part_of(source, layout.begin, layout.begin + size, head)


def _chunk(name: bytes, content: bytes, order: str) -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + bytes(len(content) & 1)


def _end(chunks: _Chunks, body: int, size: int) -> int:
    """Where the sound ends: by its size if that is possible, else by the size of the file."""
    last = chunks.source.size
    if body + size > last:
        # a cut file, which decoders see for themselves, or no size at all
        return last if size in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF - 24, 0xFFFFFFFFFFFFFFFF) else body + size
    for wraps in range((last - body - size) // _WRAP + 1):
        end = body + size + wraps * _WRAP
        if chunks.lead_to_the_end(end) or chunks.lead_to_the_end(chunks.padded(end)):
            return end
    return last


class _Chunks:
    """Chunks of RIFF and its relatives, as headers at offsets."""

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.form = source.peek(0, 4)
        self.wave64 = self.form == b"riff"
        self.order: str = ">" if self.form == b"RIFX" else "<"
        self.first = 40 if self.wave64 else 12

    def at(self, place: int) -> tuple[bytes, int, int]:
        """Name, offset of the content and its size by the header there; no name where there is no header."""
        head = self.source.peek(place, 24 if self.wave64 else 8)
        if self.wave64:
            if len(head) < 24 or head[10:16] != _WAVE64_TAIL:
                return b"", place, 0
            return head[:4], place + 24, max(0, int.from_bytes(head[16:24], "little") - 24)
        if len(head) < 8 or any(byte not in _PRINTABLE for byte in head[:4]):
            return b"", place, 0
        return head[:4], place + 8, int(struct.unpack(self.order + "I", head[4:])[0])

    def padded(self, end: int) -> int:
        """Where the next chunk begins if the one that ends there is padded as it should be."""
        return end + (-end % 8 if self.wave64 else end & 1)

    def behind(self, body: int, size: int) -> int:
        """Where the next chunk begins, padded or not."""
        right = self.padded(body + size)
        unpadded = body + size
        if right != unpadded and self.at(right)[0] not in _KNOWN and self.at(unpadded)[0] in _KNOWN:
            return unpadded
        return right

    def lead_to_the_end(self, place: int) -> bool:
        """Whether nothing but chunks stands from there to the end of the file."""
        for _ in range(MOST_CHUNKS):
            if place + 8 > self.source.size:
                return True
            name, body, size = self.at(place)
            if not name or body + size > self.source.size + 1:
                return False
            if name in _COMMON:
                return True
            place = self.behind(body, size)
        return False
