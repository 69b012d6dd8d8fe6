"""Protocol-buffer fields, encoded: all that an ONNX file is made of.

A message is a run of fields; a field is a key (its number and how its value is laid out) and a value.
Three layouts occur in ONNX: variable-length integers, four-byte floats, and length-prefixed bytes (texts,
nested messages, raw tensors). Source: the encoding chapter of the protocol-buffer documentation.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

VARINT, LENGTH_PREFIXED, FOUR_BYTES = 0, 2, 5


def varint(value: int) -> bytes:
    """An integer, seven bits a byte, low bits first; negative ones as 64-bit two's complement.

    Raises:
        OverflowError: the value does not fit 64 bits.

    Example:
        >>> varint(300).hex()
        'ac02'
        >>> len(varint(-1))
        10
    """
    if not -(1 << 63) <= value < 1 << 64:
        raise OverflowError(f"{value} does not fit into 64 bits")
    rest = value & ((1 << 64) - 1)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def integer(number: int, value: int) -> bytes:
    """Field `number` holding an integer.

    Example:
        >>> integer(1, 150).hex()
        '089601'
    """
    return varint(number << 3 | VARINT) + varint(value)


def real(number: int, value: float) -> bytes:
    """Field `number` holding a 32-bit float.

    Example:
        >>> real(2, 1.0).hex()
        '150000803f'
    """
    return varint(number << 3 | FOUR_BYTES) + struct.pack("<f", value)


def data(number: int, value: bytes) -> bytes:
    """Field `number` holding raw bytes.

    Example:
        >>> data(9, b"ab").hex()
        '4a026162'
    """
    return varint(number << 3 | LENGTH_PREFIXED) + varint(len(value)) + value


def text(number: int, value: str) -> bytes:
    """Field `number` holding UTF-8 text.

    Example:
        >>> text(2, "ab").hex()
        '12026162'
    """
    return data(number, value.encode())


def message(number: int, fields: Iterable[bytes]) -> bytes:
    """Field `number` holding a nested message made of `fields`.

    Example:
        >>> message(7, [integer(1, 1)]).hex()
        '3a020801'
    """
    return data(number, b"".join(fields))
