"""WAV, FLAC, Ogg, AIFF, AU and similar formats, read through libsndfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

import soundfile

from genrelens.audio.decoding import BLOCK, Block, Refused, Stopped, plausible
from genrelens.audio.sources import ByteSource

UNKNOWN_SIZE = 0x7FFFF000
"""Sizes from here to 2^32 are written by programs that could not know the size."""

_SIZES = ("data", "SSND", "Data Size", "riff", "Riff size")
"""Names in libsndfile's log of the chunks whose size gives the length, the narrowest first."""

"""Samples (over all channels) that are read at once."""


class SndfileDecoder:
    """One recording, decoded by libsndfile.

    Args:
        source: the bytes; read from through this object alone while the decoder is open.

    Raises:
        Refused: when libsndfile does not know the content or cannot read its first block.
    """

    name = "libsndfile"
    seeks = True
    slack = 0

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._open()
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        plausible(self.sample_rate, self.channels)
        self.declared = _announced(int(self._file.frames), str(self._file.extra_info))
        try:
            self.has_sound = any(True for _ in self.blocks())
        except Stopped as error:
            raise Refused(str(error)) from error

    def _open(self) -> None:
        self._source.seek(0)
        descriptor = self._source.descriptor()
        try:
            self._file = soundfile.SoundFile(self._source if descriptor is None else descriptor)
        except (soundfile.SoundFileError, TypeError, ValueError) as error:
            raise Refused(_reason(error)) from error

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        size = max(256, BLOCK // self.channels)
        try:
            if self._file.tell() != start:
                self._file.seek(min(start, self._file.frames))
            while len(block := self._file.read(size, dtype="float32", always_2d=True)):
                yield block
        except (soundfile.SoundFileError, ValueError) as error:
            raise Stopped(_reason(error)) from error

    def count(self) -> int | None:
        """See `Decoder.count`; libsndfile computes it from the size of the file."""
        return int(self._file.frames) if 0 < self._file.frames < 1 << 48 else None

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`; libsndfile has none: it decodes or fails."""
        return []

    def close(self) -> None:
        """See `Decoder.close`."""
        self._file.close()


def _announced(frames: int, log: str) -> int | None:
    """Samples that the header declares; libsndfile corrects wrong sizes itself and only logs them.

    Example:
        >>> _announced(500, "RIFF : 1044 (should be 544)\\n  data : 1000 (should be 500)")
        1000
        >>> _announced(500, "data : 4294967295 (should be 500)")  # written to a pipe: no size was known
        500
    """
    if not 0 <= frames < 1 << 48:
        return None
    for chunk in _SIZES:
        found = re.search(rf"^ *{chunk} *: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
        if found is not None:
            announced, actual = int(found[1]), int(found[2])
            known = announced < UNKNOWN_SIZE or 1 << 32 <= announced < 1 << 48
            return frames * announced // actual if known and 0 < actual < announced else frames
    return frames


def _reason(error: Exception) -> str:
    return str(error).rpartition(": ")[2].rstrip(".") or "libsndfile gives no reason"
