"""One recording, from whatever it is given as to the excerpts that are heard of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from genrelens.audio.arrays import ArrayDecoder
from genrelens.audio.checking import SampleCheck
from genrelens.audio.decoding import Block, Decoder, NoSound, Refused, Samples, Stopped
from genrelens.audio.excerpts import (
    LENGTH_S,
    REMAINDER_S,
    SHORTEST_S,
    Excerpt,
    consecutive_starts,
    spread_starts,
)
from genrelens.audio.promises import Promise, promise_of
from genrelens.audio.resampling import resample
from genrelens.audio.sniffing import Kind, sniff
from genrelens.audio.sources import ByteSource, open_path, open_stream, path_of
from genrelens.errors import AudioError, DecodeFailed, NotAudio, TooShort, shown

KEPT_S = 90.0
"""Seconds up to which a recording is kept in memory once it is decoded."""

END_CHECK_S = 2.0
"""Seconds before the announced end from which it is checked that the sound goes that far."""

Opener = Callable[[], Decoder]


class Recording:
    """One recording, decoded as far as it is listened to. Made by `open_recording`; a context manager.

    Attributes:
        name: what messages and results call it.
        path: where it lies; None for streams and arrays.
    """

    def __init__(
        self,
        name: str,
        path: Path | None,
        openers: list[Opener],
        source: ByteSource | None = None,
        cut: bool = False,
        known: bool = True,
    ) -> None:
        self.name = name
        self.path = path
        self._source = source
        self._openers = openers
        self._cut = cut
        self._known = known
        self._decoder = self._first_decoder()
        self._check = SampleCheck()
        self._turn = 0
        self._length: int | None = None
        self._kept: Samples | None = None
        self._silent_s = 0.0

    # Properties

    @property
    def sample_rate(self) -> int:
        """The recording's own rate, Hz."""
        return self._decoder.sample_rate

    @property
    def channels(self) -> int:
        """Its channels, before they are mixed."""
        return self._decoder.channels

    @property
    def decoder(self) -> str:
        """Who decodes it: `libsndfile`, `ffmpeg` or `array`."""
        return self._decoder.name

    @property
    def duration_s(self) -> float:
        """Seconds that can be read, whatever the header says; the first call makes sure of the end."""
        return self._measured() / self.sample_rate

    @property
    def warnings(self) -> list[str]:
        """What is wrong with what was heard so far, each `kind: sentence`.

        Kinds: `truncated`, `unreadable`, `damaged`, `clipped`, `non-finite`, `silent`.
        """
        said = self._truncated() + self._unreadable() + self._decoder.remarks + self._check.warnings()
        if self._silent_s:
            said.append(f"silent: {self._silent_s:.1f} s of what was heard is silent")
        return said

    # Listening

    def excerpts(self, count: int | Literal["all"] = 3, length_s: float = LENGTH_S) -> Iterator[Excerpt]:
        """The parts to hear, in order.

        A recording up to `count * length_s` long is heard whole, in consecutive excerpts of which the last
        reaches back to be as long as the others; of a longer one, `count` excerpts centred at
        (2i+1)/(2 count) of it. `"all"` hears everything as a stream, with flat memory. A remainder under
        one second at the end gets no excerpt of its own.

        Args:
            count: how many, at least 1, or "all".
            length_s: seconds of an excerpt, at least 1.

        Raises:
            TooShort: under one second of sound can be read.
            DecodeFailed: none can.
            ValueError: `count` or `length_s` out of range.
        """
        if count != "all" and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise ValueError(f"count is {count!r}; give a whole number from 1, or 'all'")
        if not length_s >= SHORTEST_S:
            raise ValueError(f"length_s is {length_s!r}; give at least {SHORTEST_S} s")
        return self._excerpts(count, round(length_s * self.sample_rate))

    def _excerpts(self, count: int | Literal["all"], length: int) -> Iterator[Excerpt]:
        if count == "all" or self._measured() <= count * length:
            yield from self._consecutive(length)
            return
        for index in range(count):
            samples = self._read(spread_starts(self._measured(), length, count)[index], length)
            if len(samples) < length:
                self._measure_by_listening()
                if self._measured() <= count * length:
                    yield from list(self._consecutive(length))[index:]
                    return
                samples = self._read(spread_starts(self._measured(), length, count)[index], length)
            yield self._excerpt(samples, spread_starts(self._measured(), length, count)[index])

    def _consecutive(self, length: int) -> Iterator[Excerpt]:
        """Everything, one excerpt after the other, never holding more than two of them."""
        remainder = round(REMAINDER_S * self.sample_rate)
        before = np.zeros(0, np.float32)
        start = 0
        for samples in _regrouped(self._sound(), length):
            total = start + len(samples)
            if len(samples) == length:
                yield self._excerpt(samples, start)
            elif start == 0:
                self._refuse_short(total)
                yield self._excerpt(samples, 0)
            elif consecutive_starts(total, length, remainder)[-1] == total - length:
                yield self._excerpt(np.concatenate([before, samples])[-length:], total - length)
            before = samples
            start = total
        self._length = start
        self._refuse_short(start)

    def _excerpt(self, samples: Samples, start: int) -> Excerpt:
        excerpt = Excerpt(samples, self.sample_rate, start / self.sample_rate)
        if excerpt.is_silent:
            self._silent_s += len(samples) / self.sample_rate
        return excerpt

    def read(self, start_s: float = 0.0, duration_s: float | None = None) -> Samples:
        """A stretch of it at its own rate, mono; shorter where the recording ends before.

        Args:
            start_s: where it begins, seconds.
            duration_s: its length, seconds; None for all the rest.
        """
        length = None if duration_s is None else round(duration_s * self.sample_rate)
        return self._read(round(start_s * self.sample_rate), length)

    def _read(self, start: int, length: int | None) -> Samples:
        parts: list[Samples] = []
        missing = length
        if missing != 0:
            for samples in self._sound(start):
                parts.append(samples[:missing])
                if missing is not None:
                    missing -= len(parts[-1])
                    if not missing:
                        break
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    # Length

    def _measured(self) -> int:
        """Samples that can be read."""
        if self._length is None:
            promised = self._decoder.promised
            kept = round(KEPT_S * self.sample_rate)
            found = None if promised is None or promised <= kept else self._end_near(promised)
            if found is None:
                self._measure_by_listening()
            else:
                self._length = found
        if self._length is None:  # pragma: no cover - set by either way above
            raise AssertionError
        self._refuse_short(self._length)
        return self._length

    def _end_near(self, promised: int) -> int | None:
        """Where the sound ends if it goes on at least to shortly before the announced end."""
        start = promised - round(END_CHECK_S * self.sample_rate)
        total = start
        try:
            for block in self._undisturbed(self._decoder, start):
                total += len(block)
        except Stopped:
            return None
        return total if total > start else None

    def _measure_by_listening(self) -> None:
        """Decode everything; keep it if it is short."""
        limit = round(KEPT_S * self.sample_rate)
        kept: list[Samples] | None = []
        total = 0
        for samples in self._sound():
            total += len(samples)
            if kept is not None:
                kept.append(samples)
                if total > limit:
                    kept = None
        self._length = total
        if kept:
            self._kept = np.concatenate(kept)

    def _refuse_short(self, length: int) -> None:
        if length == 0 and self._decoder.promised:
            raise DecodeFailed(self.name, "announces sound, but none of it can be decoded; get it again")
        if length < SHORTEST_S * self.sample_rate:
            raise TooShort(
                self.name,
                f"holds {length / self.sample_rate:.2f} s of sound; at least {SHORTEST_S:.0f} s is needed",
            )

    def _truncated(self) -> list[str]:
        promised, rate = self._decoder.promised, self.sample_rate
        if self._length is None:
            return []
        readable = f"{self._length / rate:.2f} s can be read"
        if promised is not None and promised - self._length > self._decoder.slack:
            return [f"truncated: {promised / rate:.2f} s are announced, {readable}"]
        return [f"truncated: the file ends within a frame, {readable}"] if self._cut else []

    def _unreadable(self) -> list[str]:
        if self._source is None or not self._source.failures:
            return []
        return [f"unreadable: the system could not read all of it ({_words(self._source.failures[0])})"]

    # Decoding

    def _sound(self, start: int = 0) -> Iterator[Samples]:
        """Mono samples from `start` to the end of what can be read."""
        if self._kept is not None:
            if start < len(self._kept):
                yield self._kept[start:]
            return
        place = start
        for decoder in self._decoders():
            try:
                for block in self._undisturbed(decoder, place):
                    place += len(block)
                    yield self._check.mono(block)
                if place >= self._expected():
                    return
            except Stopped:
                continue

    def _undisturbed(self, decoder: Decoder, start: int) -> Iterator[Block]:
        """A decoder's blocks, even if somebody else makes it read elsewhere in between."""
        place = start
        disturbed = True
        while disturbed:
            self._turn = turn = self._turn + 1
            disturbed = False
            for block in decoder.blocks(place):
                place += len(block)
                yield block
                if self._turn != turn:
                    disturbed = True
                    break

    def _expected(self) -> int:
        """Samples without which the sound ends too early."""
        if self._length is not None:
            return self._length
        return (self._decoder.promised or 0) - self._decoder.slack

    def _decoders(self) -> Iterator[Decoder]:
        """The decoder in use, then the others that hear the same sound."""
        yield self._decoder
        for opener in self._openers:
            try:
                decoder = opener()
            except Refused:
                continue
            try:
                if decoder.name != self._decoder.name and decoder.sample_rate == self.sample_rate:
                    yield decoder
            finally:
                decoder.close()

    def _first_decoder(self) -> Decoder:
        empty: Decoder | None = None
        reasons: list[Refused] = []
        for opener in self._openers:
            try:
                decoder = opener()
            except Refused as error:
                reasons.append(error)
                continue
            if decoder.has_sound:
                return decoder
            empty = empty or decoder
        if empty is not None:
            return empty
        if self._source is not None and self._source.failures:
            raise DecodeFailed(
                self.name, f"cannot be read ({_words(self._source.failures[0])}); check where it is stored"
            ) from self._source.failures[0]
        if all(isinstance(error, NoSound) for error in reasons):
            raise NotAudio(self.name, f"{reasons[0]}; check the file") from reasons[0]
        if not self._known:
            raise NotAudio(self.name, "holds nothing that is known as sound; check the file") from reasons[0]
        raise DecodeFailed(
            self.name, f"{'; '.join(map(str, reasons))}; get it again or convert it"
        ) from reasons[0]

    # Closing

    def close(self) -> None:
        """Let go of the file and of what is kept of it."""
        self._decoder.close()
        self._kept = None
        if self._source is not None:
            self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Recording({self.name!r}, {self.sample_rate} Hz, {self.channels} channels, {self.decoder})"


def open_recording(source: Any, name: str | None = None) -> Recording:
    """Open a recording, whatever it is given as.

    Args:
        source: a path (str, bytes, path object), a binary file object (read from its beginning if it can
            seek, and left open), or `(samples, sample_rate)` with samples of shape (n,) or (n, channels).
        name: what messages and results call it; the path by default.

    Raises:
        MissingFile, NotAFile, NoPermission, EmptyFile, NotAudio, DecodeFailed: as their names say.
        AudioError: an array that is none of sound.

    Example:
        >>> tone = np.sin(np.arange(40 * 8000) / 5)
        >>> with open_recording((tone, 8000), name="tone") as recording:
        ...     [(e.start_s, e.end_s) for e in recording.excerpts()]
        [(0.0, 30.0), (10.0, 40.0)]
    """
    if isinstance(source, tuple) and len(source) == 2:
        name = name or "<array>"
        samples, rate = source
        array = ArrayDecoder(samples, rate, name)
        return Recording(name, None, [lambda: array])
    if isinstance(source, str | bytes | os.PathLike):
        path = path_of(source)
        name = name or shown(source)
        opened = open_path(source, name)
    elif hasattr(source, "read"):
        path = None
        name = name or _stream_name(source)
        opened = open_stream(source, name, lambda beginning: sniff(beginning).is_sound)
    else:
        raise AudioError(
            name or f"<{type(source).__name__}>", "is no path, no file object and no (samples, sample_rate)"
        )
    try:
        kind = sniff(opened)
        if not kind.is_sound:
            raise NotAudio(name, f"holds {kind.name}, not sound; check the file")
        promise = promise_of(opened.view(kind.origin), kind)
        return Recording(name, path, _openers(promise, kind), opened, promise.cut, kind.is_known)
    except BaseException:
        opened.close()
        raise


def read_mono(source: Any, rate: int, start_s: float = 0.0, duration_s: float | None = None) -> Samples:
    """A stretch of a recording, mono, at the rate asked for.

    Args:
        source: as for `open_recording`.
        rate: Hz.
        start_s: where it begins, seconds.
        duration_s: its length, seconds; None for all the rest.

    Returns:
        float32, shape (n,); shorter than asked where the recording ends before, empty beyond its end.

    Raises:
        AudioError: as `open_recording`.

    Example:
        >>> read_mono((np.ones((44100, 2), np.int16), 44100), 22050).shape
        (22050,)
    """
    with open_recording(source) as recording:
        return resample(recording.read(start_s, duration_s), recording.sample_rate, rate)


def _stream_name(stream: Any) -> str:
    name = getattr(stream, "name", None)
    return shown(name) if isinstance(name, str | bytes) else "<stream>"


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _openers(promise: Promise, kind: Kind) -> list[Opener]:
    def libsndfile() -> Decoder:
        from genrelens.audio.libsndfile import SndfileDecoder

        return SndfileDecoder(promise.source.view())

    def ffmpeg() -> Decoder:
        from genrelens.audio.ffmpeg import FfmpegDecoder

        return FfmpegDecoder(promise.source.view(), kind.container, promise.samples, kind.searchable)

    return [{"libsndfile": libsndfile, "ffmpeg": ffmpeg}[reader] for reader in kind.readers]


def _regrouped(parts: Iterator[Samples], length: int) -> Iterator[Samples]:
    """The same samples in arrays of `length`, the last one shorter."""
    gathered: list[Samples] = []
    size = 0
    for part in parts:
        while size + len(part) >= length:
            gathered.append(part[: length - size])
            part = part[length - size :]
            yield np.concatenate(gathered)
            gathered, size = [], 0
        if len(part):
            gathered.append(part)
            size += len(part)
    if size:
        yield np.concatenate(gathered)
