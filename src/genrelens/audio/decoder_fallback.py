"""Which decoder is used, and which one goes on where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genrelens.audio.decoding import Block, Decoder, NoSound, Refused, Stopped
from genrelens.errors import DecodeFailed, NotAudio
from genrelens.processes.checkpoints import checkpoint

Opener = Callable[[], Decoder]
"""Opens one decoder on the recording, or raises `Refused`."""


class DecoderFallback:
    """The decoders of one recording: the first that finds sound in it, and the others as a fallback.

    Args:
        name: of the recording, in messages.
        openers: functions that open the decoders to try, the best first.
        known: whether the format was found; if not, content that no decoder reads is no sound.
        failures: read errors of the system; the source of the bytes appends to it.

    Raises:
        NotAudio: there is no sound in it.
        DecodeFailed: there should be, but no decoder can decode it.
    """

    def __init__(self, name: str, openers: list[Opener], known: bool, failures: list[OSError]) -> None:
        self._name = name
        self._openers = openers
        self._known = known
        self.failures = failures
        self._turn = 0
        self.current = self._first()

    def _first(self) -> Decoder:
        empty: Decoder | None = None
        refusals: list[Refused] = []
        for opener in self._openers:
            try:
                decoder = opener()
            except Refused as refusal:
                refusals.append(refusal)
                continue
            if decoder.has_sound:
                return decoder
            empty = empty or decoder
        if empty is not None:
            return empty
        raise self._error_of(refusals) from refusals[0]

    def _error_of(self, refusals: list[Refused]) -> DecodeFailed | NotAudio:
        if self.failures:
            return DecodeFailed(
                self._name, f"cannot be read ({system_reason(self.failures[0])}); check where it is stored"
            )
        if all(isinstance(refusal, NoSound) for refusal in refusals):
            return NotAudio(self._name, f"{refusals[0]}; check the file")
        if not self._known:
            return NotAudio(self._name, "holds nothing that is known as sound; check the file")
        return DecodeFailed(self._name, f"{'; '.join(map(str, refusals))}; get it again or convert it")

    def blocks(self, start: int, expected: Callable[[], int]) -> Iterator[Block]:
        """The sound from sample `start` to the end of what any decoder can read.

        Args:
            start: samples from the beginning, at the rate of `current`.
            expected: called at the end; gives the samples that there should be. With fewer, another decoder
                is tried.
        """
        place = start
        for decoder in self._in_turn():
            try:
                for block in self._uninterrupted(decoder, place):
                    place += len(block)
                    yield block
                if place >= expected():
                    return
            except Stopped:
                continue

    def blocks_of_current(self, start: int) -> Iterator[Block]:
        """The sound from sample `start` on, decoded by the first decoder alone.

        Raises:
            Stopped: when it fails before the end.
        """
        return self._uninterrupted(self.current, start)

    def count(self) -> int | None:
        """See `Decoder.count`; an iteration over blocks goes on correctly afterwards."""
        self._turn += 1
        return self.current.count()

    def _in_turn(self) -> Iterator[Decoder]:
        """The decoder in use, then the others that give the same rate."""
        yield self.current
        for opener in self._openers:
            try:
                decoder = opener()
            except Refused:
                continue
            try:
                if decoder.name != self.current.name and decoder.sample_rate == self.current.sample_rate:
                    yield decoder
            finally:
                decoder.close()

    def _uninterrupted(self, decoder: Decoder, start: int) -> Iterator[Block]:
        """A decoder's blocks, even if another call makes it read elsewhere in between."""
        place = start
        interrupted = True
        while interrupted:
            self._turn = turn = self._turn + 1
            interrupted = False
            for block in decoder.blocks(place):
                checkpoint()
                place += len(block)
                yield block
                if self._turn != turn:
                    interrupted = True
                    break

    def close(self) -> None:
        """Close the decoder in use."""
        self.current.close()


def system_reason(error: OSError) -> str:
    """The system's reason for an error, without numbers and names.

    Example:
        >>> system_reason(OSError(5, "Input/output error"))
        'Input/output error'
    """
    return error.strerror or str(error) or type(error).__name__
