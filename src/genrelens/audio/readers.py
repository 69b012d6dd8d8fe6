"""Which decoders can read which content, as functions that open them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from genrelens.audio.chaining import ChainedDecoder
from genrelens.audio.conversion import ConvertedDecoder, kept_rate
from genrelens.audio.declared_length import DeclaredLength, declared_length
from genrelens.audio.decoder_fallback import DecoderFallback, Opener
from genrelens.audio.decoding import Block, Decoder, Refused
from genrelens.audio.frame_index import index_frames
from genrelens.audio.ogg import links
from genrelens.audio.parts import part_of
from genrelens.audio.sniffing import Kind, sniff
from genrelens.audio.sources import ByteSource
from genrelens.errors import AudioError


def openers_of(declared: DeclaredLength, kind: Kind) -> list[Opener]:
    """Functions that open the decoders for that content, the best first.

    Args:
        declared: the length that the content declares, with the bytes to decode.
        kind: what the content is.
    """
    if declared.refusal:
        return [partial(_refuse, declared.refusal)]
    if kind.container == "ogg":
        parts = links(declared.source)
        if len(parts) > 1:
            return [lambda: ChainedDecoder([_link_opener(declared.source, *part) for part in parts])]
    return [_opener(declared, kind, reader) for reader in kind.readers]


def _opener(declared: DeclaredLength, kind: Kind, reader: str) -> Opener:
    def libsndfile() -> Decoder:
        from genrelens.audio.libsndfile import SndfileDecoder

        return SndfileDecoder(declared.source.view())

    def ffmpeg() -> Decoder:
        from genrelens.audio.ffmpeg import FfmpegDecoder

        end = declared.frames_end
        return FfmpegDecoder(
            declared.source.view(),
            declared.container or kind.container,
            declared.samples,
            kind.searchable,
            declared.guessed,
            declared.options,
            None if end is None else partial(index_frames, declared.source.view(), end),
        )

    def free_format() -> Decoder:
        from genrelens.audio.free_format_decoding import FreeFormatDecoder

        return FreeFormatDecoder(declared.source.view())

    opening = {"libsndfile": libsndfile, "ffmpeg": ffmpeg, "free-format": free_format}[reader]

    def at_a_rate_to_keep() -> Decoder:
        decoder = opening()
        rate = kept_rate(decoder.sample_rate)
        return decoder if rate == decoder.sample_rate else ConvertedDecoder(decoder, rate)

    return at_a_rate_to_keep


def _refuse(reason: str) -> Decoder:
    raise Refused(reason)


def _link_opener(source: ByteSource, begin: int, end: int) -> Opener:
    return lambda: _Link(part_of(source, begin, end))


class _Link:
    """One link of a chain, with a second decoder where the first fails; see `Decoder`."""

    def __init__(self, source: ByteSource) -> None:
        kind = sniff(source)
        if not kind.is_sound:
            raise Refused(f"it holds {kind.name}")
        openers = [_opener(declared_length(source, kind), kind, reader) for reader in kind.readers]
        try:
            self._decoders = DecoderFallback("", openers, kind.is_known, source.failures)
        except AudioError as error:
            raise Refused(error.reason) from error
        decoder = self._decoders.current
        self.name, self.sample_rate, self.channels = decoder.name, decoder.sample_rate, decoder.channels
        self.declared, self.slack, self.has_sound = decoder.declared, decoder.slack, decoder.has_sound
        self.seeks = decoder.seeks

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        return self._decoders.blocks(start, lambda: (self.declared or 0) - self.slack)

    def count(self) -> int | None:
        """See `Decoder.count`."""
        return self._decoders.current.count()

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`."""
        return self._decoders.current.remarks

    def close(self) -> None:
        """See `Decoder.close`."""
        self._decoders.close()
