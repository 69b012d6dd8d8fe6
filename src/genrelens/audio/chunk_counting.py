"""Refuses AIFF, 8SVX and AVI with more chunks than any program writes, before a decoder reads them all.

A chunk may be empty, so a file can have millions of them. Decoders take microseconds for each, every time the
file is opened.

Source: EA's IFF 85; Apple's AIFF 1.3; Microsoft's AVI RIFF reference.
"""

from __future__ import annotations

from genrelens.audio.riff import MOST_CHUNKS, TooManyChunks
from genrelens.audio.sources import ByteSource


def count_chunks(source: ByteSource) -> int:
    """Follow the chunks of a file of one of these forms.

    Those of AVI are followed into their lists, but to the pictures and sound only, as decoders do.

    Args:
        source: from the first byte of the header on.

    Returns:
        How many there are; 0 for another form.

    Raises:
        TooManyChunks: as its name says.

    Example:
        >>> import io
        >>> empty = b"ANNO" + bytes(4)
        >>> count_chunks(ByteSource(io.BytesIO(b"FORM" + bytes(4) + b"AIFF" + empty * 7), owned=False))
        7
    """
    head = source.peek(0, 12)
    is_avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    if head[:4] != b"FORM" and not is_avi:
        return 0
    place = 12
    for count in range(MOST_CHUNKS):
        chunk = source.peek(place, 12)
        is_list = is_avi and chunk[:4] == b"LIST"
        if len(chunk) < 8 or (is_list and chunk[8:12] == b"movi"):
            return count
        size = int.from_bytes(chunk[4:8], "little" if is_avi else "big")
        place += 12 if is_list else 8 + size + (size & 1)
    raise TooManyChunks(f"it has more than {MOST_CHUNKS} chunks")
