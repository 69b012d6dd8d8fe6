"""Frames of free format in another shape, in which FFmpeg decodes them.

FFmpeg does not read free format, because it cannot find the size of a frame. Its decoders read the same
frames in another shape. For layer III these are ADUs, which hold all data of one frame and need no bit rate.
In layers I and II, which keep all data within the frame, it is the header of the highest bit rate, with zeros
up to its size.

Source: ISO/IEC 11172-3 and 13818-3 sections 2.4.1 and 2.4.2; RFC 5219 sections 3 and 4 (ADUs).
"""

from __future__ import annotations

from genrelens.audio.decoding import Refused
from genrelens.audio.mpeg import FrameHeader, frame_header

_HIGHEST = 14
"""Index of the highest bit rate in a header."""

_RESERVOIR = 511
"""Bytes of earlier frames to which a frame of layer III can reach back."""

_SIDE = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}
"""Bytes of side information, by (version 1?, channels)."""


class Repacking:
    """Makes packets of the frames of one stream, which are given in order.

    Args:
        frame: the first frame of the stream.

    Raises:
        Refused: its frames are larger than the highest bit rate of its layer allows.

    Attributes:
        codec: FFmpeg's name of the decoder that takes the packets.
        header: of a frame, but with the size at the highest bit rate.
    """

    def __init__(self, frame: bytes) -> None:
        header = frame_header(_renamed(frame))
        if header is None:
            raise Refused("its frames have impossible headers")
        self.header: FrameHeader = header
        version, layer_bits, _ = header.stream
        self._first_version = version == 3
        self._layer = 4 - layer_bits
        self.codec = {1: "mp1float", 2: "mp2float", 3: "mp3adufloat"}[self._layer]
        self._room = header.size
        if self._layer < 3 and len(frame) > self._room:
            raise Refused("its frames are larger than those of the highest bit rate that decoders know")
        self._reservoir = b""

    def start_anew(self) -> None:
        """Forget the frames so far, because the next one does not follow them."""
        self._reservoir = b""

    def packet(self, frame: bytes) -> bytes:
        """What the decoder takes for that frame; empty where frames before it are missing.

        Args:
            frame: from its header to the next one.
        """
        body = frame[4 if frame[1] & 1 else 6 :]  # without a checksum
        if self._layer < 3:
            return (_renamed(frame) + body).ljust(self._room, b"\0")
        size = _SIDE[self._first_version, 1 if frame[3] >> 6 == 3 else 2]
        reach = body[0] << 1 | body[1] >> 7 if self._first_version else body[0]
        side = bytes([0, body[1] & 0x7F]) + body[2:size] if self._first_version else b"\0" + body[1:size]
        pool = self._reservoir + body[size:]
        first = len(self._reservoir) - reach
        self._reservoir = pool[-_RESERVOIR:]
        if first < 0:
            return b""
        return _renamed(frame) + side + pool[first : first + self._main_size(side, frame[3] >> 6 == 3)]

    def _main_size(self, side: bytes, mono: bool) -> int:
        """Bytes of main data that side information declares, over granules and channels."""
        channels = 1 if mono else 2
        if self._first_version:
            begin, width, parts = (18 if mono else 20), 59, 2 * channels
        else:
            begin, width, parts = (9 if mono else 10), 63, channels
        bits, number = 8 * len(side), int.from_bytes(side, "big")
        lengths = (number >> bits - begin - width * part - 12 & 0xFFF for part in range(parts))
        return (sum(lengths) + 7) // 8


def _renamed(frame: bytes) -> bytes:
    """The header, but of the highest bit rate, and without checksum and padding."""
    return bytes([frame[0], frame[1] | 1, frame[2] & 0x0D | _HIGHEST << 4, frame[3]])
