"""Reading the protobuf wire format strictly: what two readers could understand differently is refused.

Protobuf readers forgive much: numbers written longer than they need to be, tags wider than 32 bits (some cut
them off, some skip them), fields they do not know, a later copy of a field that replaces an earlier one. A
check that forgives otherwise than the runtime can be led past. Here a message has exactly one spelling of
each field, and only fields that the caller knows.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from genrelens.errors import GraphError
from genrelens.graphs.wire import FOUR_BYTES, LENGTH_PREFIXED, VARINT

WIDEST_TAG = 1 << 32
WIDEST_NUMBER = 1 << 64

Found = dict[int, list[int | float | memoryview]]


class Field(NamedTuple):
    """How a field is written and how often it may stand."""

    wire: int
    most: int = 1


def read_fields(data: memoryview, known: Mapping[int, Field]) -> Found:
    """The fields of one message, by number, in their order: integers, floats or slices.

    Args:
        data: the message's bytes.
        known: the fields that may stand in it.

    Raises:
        GraphError: anything else stands there.

    Example:
        >>> found = read_fields(memoryview(b"\\x08\\x96\\x01"), {1: Field(VARINT)})
        >>> found
        {1: [150]}
        >>> read_fields(memoryview(b"\\x08\\x80\\x00"), {1: Field(VARINT)})
        Traceback (most recent call last):
        genrelens.errors.GraphError: it writes a number longer than needed
    """
    found: Found = {}
    position, end = 0, len(data)
    while position < end:
        tag, position = _varint(data, position, end)
        if tag >= WIDEST_TAG:
            raise GraphError("it holds a tag of more than 32 bits")
        number, wire = tag >> 3, tag & 7
        field = known.get(number)
        if field is None or field.wire != wire:
            raise GraphError(f"it holds a part that no model of genrelens has (field {number})")
        values = found.setdefault(number, [])
        if len(values) >= field.most:
            raise GraphError(
                f"it holds more than {field.most} parts of one kind (field {number})"
                if field.most > 1
                else f"it holds two of what there is one of (field {number})"
            )
        if wire == VARINT:
            value, position = _varint(data, position, end)
            values.append(value)
            continue
        if wire == LENGTH_PREFIXED:
            length, position = _varint(data, position, end)
        else:
            length = 4
        if length > end - position:
            raise GraphError("it is cut short")
        part = data[position : position + length]
        values.append(struct.unpack("<f", part)[0] if wire == FOUR_BYTES else part)
        position += length
    return found


def _varint(data: memoryview, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end:
        byte = data[position]
        position += 1
        if byte < 0x80:
            value |= byte << shift
            if byte == 0 and shift:
                raise GraphError("it writes a number longer than needed")
            if value >= WIDEST_NUMBER:
                break
            return value, position
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift >= 70:
            break
    else:
        raise GraphError("it is cut short")
    raise GraphError("it holds a number of more than 64 bits")
