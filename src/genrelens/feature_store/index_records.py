"""Records in the store's index, checked when they are read: a disk may have damaged any of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genrelens.feature_store.segments import SUFFIX, aligned

SEGMENT_NAME = re.compile(r"[0-9a-f]{32}" + re.escape(SUFFIX))


@dataclass(frozen=True)
class Piece:
    """One array of a record: its excerpt's times in seconds and its shape."""

    start_s: float
    end_s: float
    shape: tuple[int, ...]


@dataclass(frozen=True)
class NewRecord:
    """A record that is written but not yet indexed."""

    key: str
    audio: str
    input: str
    variant: str
    start: int
    length: int
    crc: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Record:
    """All arrays of one input of one recording's variant, and where they lie."""

    id: int
    key: str
    segment: str
    start: int
    length: int
    crc: int
    pieces: tuple[Piece, ...]


def written_pieces(pieces: Sequence[Piece]) -> str:
    """Pieces as the index keeps them."""
    return json.dumps([[piece.start_s, piece.end_s, *piece.shape] for piece in pieces])


def read_record(
    id_: int, key: Any, segment: Any, start: Any, length: Any, crc: Any, pieces: Any
) -> Record | None:
    """A record as it stands in the index; None if what stands there is none, whatever damaged it."""
    whole = all(isinstance(number, int) and number >= 0 for number in (start, length, crc))
    if not (whole and isinstance(key, str) and isinstance(segment, str) and SEGMENT_NAME.fullmatch(segment)):
        return None
    try:
        read = tuple(Piece(float(a), float(b), tuple(shape)) for a, b, *shape in json.loads(pieces))
    except (TypeError, ValueError, RecursionError):
        return None
    sizes = [size for piece in read for size in piece.shape]
    times = [time_s for piece in read for time_s in (piece.start_s, piece.end_s)]
    sound = all(type(size) is int and size >= 0 for size in sizes) and all(map(math.isfinite, times))
    if not sound or _bytes_of(read) != length:
        return None
    return Record(id_, key, segment, start, length, crc, read)


def _bytes_of(pieces: Sequence[Piece]) -> int:
    """What the arrays take, one behind the other, each at an aligned place."""
    place = 0
    for piece in pieces:
        place = aligned(place) + 4 * math.prod(piece.shape)
    return place
