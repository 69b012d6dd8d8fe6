"""WAV, FLAC, Ogg, AIFF, AU and their relatives, read through libsndfile."""

from __future__ import annotations

from collections.abc import Iterator

import soundfile

from genrelens.audio.decoding import Block, Refused, Stopped, plausible
from genrelens.audio.sources import ByteSource

BLOCK = 1 << 16
"""Samples (over all channels) that are read at once."""


class SndfileDecoder:
    """One recording as libsndfile hears it.

    Args:
        source: the bytes; read from through this object alone while the decoder is open.

    Raises:
        Refused: when libsndfile does not know the content or cannot read its first block.
    """

    name = "libsndfile"
    slack = 0

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._open()
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        plausible(self.sample_rate, self.channels)
        frames = int(self._file.frames)
        self.promised: int | None = frames if 0 <= frames < 1 << 48 else None
        try:
            self.has_sound = any(True for _ in self.blocks())
        except Stopped as error:
            raise Refused(str(error)) from error

    def _open(self) -> None:
        self._source.seek(0)
        try:
            self._file = soundfile.SoundFile(self._source)
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

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`; libsndfile says nothing that it does not also fail for."""
        return []

    def close(self) -> None:
        """See `Decoder.close`."""
        self._file.close()


def _reason(error: Exception) -> str:
    return str(error).rpartition(": ")[2].rstrip(".") or "libsndfile gives no reason"
