"""Which decoders can read what content, as functions that open them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from genrelens.audio.chaining import ChainedDecoder
from genrelens.audio.conversion import ConvertedDecoder, kept_rate
from genrelens.audio.decoding import Block, Decoder, Refused
from genrelens.audio.frame_index import index_frames
from genrelens.audio.ogg import links
from genrelens.audio.parts import part_of
from genrelens.audio.promises import Promise, promise_of
from genrelens.audio.sniffing import Kind, sniff
from genrelens.audio.sources import ByteSource
from genrelens.audio.switching import DecoderSwitch, Opener
from genrelens.errors import AudioError


def openers_of(promise: Promise, kind: Kind) -> list[Opener]:
    """What opens the decoders for that content, the best first.

    Args:
        promise: of the content, with the bytes to decode.
        kind: what the content is.
    """
    if promise.refusal:
        return [partial(_refuse, promise.refusal)]
    if kind.container == "ogg":
        parts = links(promise.source)
        if len(parts) > 1:
            return [lambda: ChainedDecoder([_link_opener(promise.source, *part) for part in parts])]
    return [_opener(promise, kind, reader) for reader in kind.readers]


def _opener(promise: Promise, kind: Kind, reader: str) -> Opener:
    def libsndfile() -> Decoder:
        from genrelens.audio.libsndfile import SndfileDecoder

        return SndfileDecoder(promise.source.view())

    def ffmpeg() -> Decoder:
        from genrelens.audio.ffmpeg import FfmpegDecoder

        end = promise.frames_end
        return FfmpegDecoder(
            promise.source.view(),
            promise.container or kind.container,
            promise.samples,
            kind.searchable,
            promise.guessed,
            promise.options,
            None if end is None else partial(index_frames, promise.source.view(), end),
        )

    def free_format() -> Decoder:
        from genrelens.audio.free_format_decoding import FreeFormatDecoder

        return FreeFormatDecoder(promise.source.view())

    opening = {"libsndfile": libsndfile, "ffmpeg": ffmpeg, "free-format": free_format}[reader]

    def at_a_rate_to_keep() -> Decoder:
        decoder = opening()
        rate = kept_rate(decoder.sample_rate)
        return decoder if rate == decoder.sample_rate else ConvertedDecoder(decoder, rate)

    return at_a_rate_to_keep


def _refuse(why: str) -> Decoder:
    raise Refused(why)


def _link_opener(source: ByteSource, begin: int, end: int) -> Opener:
    return lambda: _Link(part_of(source, begin, end))


class _Link:
    """One link of a chain, with a second decoder behind the first; see `Decoder`."""

    def __init__(self, source: ByteSource) -> None:
        kind = sniff(source)
        if not kind.is_sound:
            raise Refused(f"it holds {kind.name}")
        openers = [_opener(promise_of(source, kind), kind, reader) for reader in kind.readers]
        try:
            self._decoders = DecoderSwitch("", openers, kind.is_known, source.failures)
        except AudioError as error:
            raise Refused(error.reason) from error
        decoder = self._decoders.current
        self.name, self.sample_rate, self.channels = decoder.name, decoder.sample_rate, decoder.channels
        self.promised, self.slack, self.has_sound = decoder.promised, decoder.slack, decoder.has_sound
        self.seeks = decoder.seeks

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        return self._decoders.blocks(start, lambda: (self.promised or 0) - self.slack)

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
