"""Which decoder is listened to, and who takes over when it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from genrelens.audio.decoding import Block, Decoder, NoSound, Refused, Stopped
from genrelens.errors import DecodeFailed, NotAudio
from genrelens.processes.checkpoints import checkpoint

Opener = Callable[[], Decoder]
"""Opens one decoder on the recording, or raises `Refused`."""


class DecoderSwitch:
    """The decoders of one recording: the first that hears sound in it, and the others behind it.

    Args:
        name: what messages call the recording.
        openers: of the decoders to try, the best first.
        known: whether the content says what it is; else nobody hearing anything means that it is no sound.
        failures: what the system could not read, filled by whoever reads.

    Raises:
        NotAudio: there is no sound in it.
        DecodeFailed: there should be, but no decoder can hear it.
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
        raise self._nobody(refusals) from refusals[0]

    def _nobody(self, refusals: list[Refused]) -> DecodeFailed | NotAudio:
        if self.failures:
            return DecodeFailed(
                self._name, f"cannot be read ({words(self.failures[0])}); check where it is stored"
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
            expected: asked at the end for the samples without which the sound ended too early, so that
                another decoder should be tried.
        """
        place = start
        for decoder in self._in_turn():
            try:
                for block in self._undisturbed(decoder, place):
                    place += len(block)
                    yield block
                if place >= expected():
                    return
            except Stopped:
                continue

    def blocks_of_current(self, start: int) -> Iterator[Block]:
        """The sound from sample `start` as the first decoder alone hears it.

        Raises:
            Stopped: when it fails on the way.
        """
        return self._undisturbed(self.current, start)

    def count(self) -> int | None:
        """See `Decoder.count`; who is being read meanwhile goes on undisturbed."""
        self._turn += 1
        return self.current.count()

    def _in_turn(self) -> Iterator[Decoder]:
        """The decoder in use, then the others that hear the same sound."""
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

    def _undisturbed(self, decoder: Decoder, start: int) -> Iterator[Block]:
        """A decoder's blocks, even if somebody else makes it read elsewhere in between."""
        place = start
        disturbed = True
        while disturbed:
            self._turn = turn = self._turn + 1
            disturbed = False
            for block in decoder.blocks(place):
                checkpoint()
                place += len(block)
                yield block
                if self._turn != turn:
                    disturbed = True
                    break

    def close(self) -> None:
        """Let go of the decoder in use."""
        self.current.close()


def words(error: OSError) -> str:
    """What the system says of an error, without numbers and names.

    Example:
        >>> words(OSError(5, "Input/output error"))
        'Input/output error'
    """
    return error.strerror or str(error) or type(error).__name__
