"""Frame headers of MPEG audio (MP3 and its elder layers) and of AAC in ADTS, which have no magic number.

A single sync word proves nothing: twelve set bits occur by chance in any data. A chain of frames, in which
each begins where the one before ends, is proof.

Source: ISO/IEC 11172-3 section 2.4.2.3, 13818-3 section 2.4.2.3 (MPEG audio), 13818-7 section 6.2 (ADTS).
"""

from __future__ import annotations

from typing import NamedTuple

_BIT_RATES = {  # kbit/s, by (version 1?, layer)
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


class FrameHeader(NamedTuple):
    """The header of one frame."""

    kind: str
    """`mp3` (any layer of MPEG audio) or `aac`."""
    sample_rate: int
    samples: int
    size: int
    """Bytes from this header to the next one."""
    stream: tuple[int, ...]
    """What does not change within a stream: version, layer, rate."""


def frame_header(data: bytes, at: int = 0) -> FrameHeader | None:
    """The frame header at an offset, or None where there is none (free format counts as none).

    Example:
        >>> frame_header(bytes([0xFF, 0xFB, 0x90, 0x64]))
        FrameHeader(kind='mp3', sample_rate=44100, samples=1152, size=417, stream=(3, 1, 0))
        >>> frame_header(b"text") is None
        True
    """
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer_bits = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    if layer_bits == 0:
        return _adts_header(data, at)
    bit_rate, rate_index = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or rate_index == 3 or bit_rate in (0, 15) or data[at + 3] & 3 == 2:
        return None
    layer, first = 4 - layer_bits, version == 3
    rate = _RATES[rate_index] >> (0 if first else 1 if version == 2 else 2)
    bits = _BIT_RATES[first, layer][bit_rate] * 1000
    padding = data[at + 2] >> 1 & 1
    if layer == 1:
        samples, size = 384, (12 * bits // rate + padding) * 4
    else:
        samples = 1152 if layer == 2 or first else 576
        size = samples // 8 * bits // rate + padding
    return FrameHeader("mp3", rate, samples, size, (version, layer_bits, rate_index))


def _adts_header(data: bytes, at: int) -> FrameHeader | None:
    if at + 7 > len(data) or data[at + 1] & 0xF0 != 0xF0:
        return None
    rate_index = data[at + 2] >> 2 & 15
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    if rate_index >= len(_ADTS_RATES) or size < 8:
        return None
    samples = 1024 * ((data[at + 6] & 3) + 1)
    stream = (data[at + 1] & 8, data[at + 2] >> 6, rate_index)
    return FrameHeader("aac", _ADTS_RATES[rate_index], samples, size, stream)


def find_chain(data: bytes, links: int = 5, whole: bool = False) -> tuple[int, FrameHeader] | None:
    """The first place from which `links` frames of one stream follow each other.

    Args:
        data: the beginning of the content.
        links: frames that are needed.
        whole: `data` is all there is, so that a chain which ends with the data counts from two frames on.

    Returns:
        The offset and the first header, or None.

    Example:
        >>> frame = bytes([0xFF, 0xFB, 0x90, 0x64]) + bytes(413)
        >>> find_chain(b"junk" + frame * 6)[0]
        4
        >>> find_chain(b"junk" + frame) is None
        True
    """
    at = data.find(b"\xff")
    while at >= 0:
        first = chain_at(data, at, links, whole)
        if first is not None:
            return at, first
        at = data.find(b"\xff", at + 1)
    return None


def chain_at(data: bytes, at: int, links: int, whole: bool = False) -> FrameHeader | None:
    """The first header of a chain that begins at that very place; see `find_chain`."""
    first = frame_header(data, at)
    if first is None:
        return None
    place = at
    for seen in range(links):
        header = frame_header(data, place)
        if header is None or header.kind != first.kind or header.stream != first.stream:
            ended = (
                place >= len(data) - 4
                or data[place : place + 3] == b"TAG"
                or data[place : place + 8] == b"APETAGEX"
            )
            return first if whole and ended and seen >= 2 else None
        place += header.size
    return first


def announced_samples(data: bytes, at: int, first: FrameHeader) -> int | None:
    """Samples that the information frame at the beginning of an MP3 declares, None where there is none.

    Args:
        data: the beginning of the content.
        at: where the first frame begins.
        first: its header.

    Source: the Xing, Info and VBRI frames as LAME and Fraunhofer's encoder write them.
    """
    version, _, _ = first.stream
    mono = data[at + 3] >> 6 == 3
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    tag = at + 4 + side
    if data[tag : tag + 4] in (b"Xing", b"Info") and data[tag + 7 : tag + 8] and data[tag + 7] & 1:
        frames = int.from_bytes(data[tag + 8 : tag + 12], "big")
        flags = data[tag + 7]
        lame = tag + 12 + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
        padding = 0
        if data[lame : lame + 4] in (b"LAME", b"Lavf", b"Lavc", b"GOGO"):
            packed = int.from_bytes(data[lame + 21 : lame + 24], "big")
            padding = (packed >> 12) + (packed & 0xFFF)
        return max(0, frames * first.samples - padding)
    if data[at + 36 : at + 40] == b"VBRI":
        return int.from_bytes(data[at + 50 : at + 54], "big") * first.samples
    return None


def ends_within_frame(tail: bytes) -> bool:
    """Whether content ends before its last frame does.

    Args:
        tail: the last bytes of the content, some frames at least.

    Example:
        >>> frame = bytes([0xFF, 0xFB, 0x90, 0x64]) + bytes(413)
        >>> ends_within_frame(frame * 6), ends_within_frame(frame * 6 + frame[:100])
        (False, True)
        >>> ends_within_frame(frame * 6 + b"TAG" + bytes(125))
        False
    """
    found = find_chain(tail, 3)
    if found is None:
        return False
    place, header = found[0], frame_header(tail, found[0])
    while header is not None:
        place += header.size
        header = frame_header(tail, place)
    return place > len(tail)
