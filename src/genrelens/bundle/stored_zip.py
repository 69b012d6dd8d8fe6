"""Reads the zip file that a bundle is: entries stored one after the other, and their directory.

`zipfile` reads a directory of any size into memory before its length is known. It also accepts files that two
readers may understand differently: bytes before, between and behind the entries, entries that overlap, sizes
that stand only behind the data. Bundles are written in one way, so only that way is read. Source of the
layout: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
import zlib

from genrelens.errors import BundleError

MOST_ENTRIES = 1000
LONGEST_NAME = 200
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_UTF8 = 0x800


def read_stored_zip(content: bytes) -> dict[str, memoryview]:
    """The entries of a zip file by name, in their order, not copied.

    Args:
        content: the whole file.

    Raises:
        BundleError: it is no zip file, or not one as bundles are; the message says why in half a sentence.

    Example:
        >>> import io, zipfile
        >>> with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        ...     archive.writestr("a.txt", b"hello")
        >>> {name: bytes(data) for name, data in read_stored_zip(file.getvalue()).items()}
        {'a.txt': b'hello'}
    """
    count, size, start = _end_record(content)
    view = memoryview(content)
    entries: dict[str, memoryview] = {}
    place, reached = start, 0
    for _ in range(count):
        if place + _CENTRAL.size > start + size:
            raise BundleError("its directory is cut short")
        (
            signature, _, _, flags, method, time, date, crc, stored, length,
            name_length, extra, comment, disk, _, _, offset,
        ) = _CENTRAL.unpack_from(content, place)  # fmt: skip
        if signature != b"PK\1\2" or extra or comment or disk or flags not in (0, _UTF8):
            raise BundleError("its directory is not written as bundles write it")
        if method:
            raise BundleError("it is compressed, bundles are stored")
        raw_name = content[place + _CENTRAL.size : place + _CENTRAL.size + name_length]
        place += _CENTRAL.size + name_length
        header = (flags, method, time, date, crc, stored, length, name_length, 0)
        data_start = offset + _LOCAL.size + name_length
        if offset != reached or stored != length or data_start + length > start or place > start + size:
            raise BundleError("its entries do not lie one behind the other")
        local = _LOCAL.unpack_from(content, offset)
        if (
            local[0] != b"PK\3\4"
            or local[2:] != header
            or content[offset + _LOCAL.size : data_start] != raw_name
        ):
            raise BundleError("an entry and its directory contradict each other")
        reached = data_start + length
        name = _name(raw_name)
        if name in entries:
            raise BundleError("it holds two files of one name")
        entries[name] = view[data_start:reached]
        if zlib.crc32(entries[name]) != crc:
            raise BundleError(f"{name} is damaged; copy or download the bundle again")
    if reached != start or place != start + size:
        raise BundleError("it holds bytes that belong to no entry")
    return entries


def _end_record(content: bytes) -> tuple[int, int, int]:
    """Entries, size and place of the directory, from the record that ends the file."""
    if len(content) < _END.size or content[-_END.size : -_END.size + 4] != b"PK\5\6":
        raise BundleError("it does not end as a zip file of the kind that bundles are")
    _, disk, other_disk, here, count, size, start, comment = _END.unpack_from(
        content, len(content) - _END.size
    )
    if disk or other_disk or comment or here != count:
        raise BundleError("it is no zip file of the kind that bundles are")
    if count > MOST_ENTRIES or size > count * (_CENTRAL.size + LONGEST_NAME):
        raise BundleError(f"its directory is larger than that of any bundle ({count} entries, {size} bytes)")
    if start + size + _END.size != len(content):
        raise BundleError("its directory does not lie at its end")
    return count, size, start


def _name(raw: bytes) -> str:
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError:
        name = ""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BundleError("an entry bears a name that no bundle uses")
    return name
