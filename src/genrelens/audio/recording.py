"""One recording: its properties, its length, and the excerpts that are decoded of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np

from genrelens.audio.checking import SampleCheck
from genrelens.audio.decoder_fallback import DecoderFallback, system_reason
from genrelens.audio.decoding import Decoder, Samples, Stopped
from genrelens.audio.excerpts import (
    ENOUGH,
    EXCERPT_S,
    REMAINDER_S,
    SHORTEST_S,
    Excerpt,
    consecutive_starts,
    is_silent,
    spread_starts,
)
from genrelens.audio.placing import Span, placed, sounding_spans, without
from genrelens.audio.sources import ByteSource
from genrelens.errors import DecodeFailed, TooShort

KEPT_S = 90.0
"""Seconds up to which a recording is kept in memory once it is decoded."""

WORTH_ADDING = 6
"""Sound shorter than an excerpt divided by this is not added to excerpts that are complete."""

LONG_S = 1800.0
"""Seconds from which a recording without a declared length is not decoded to measure it."""

LONGEST_S = 24 * 3600.0
"""Seconds after which measuring by decoding stops; all beyond is left out."""

BEYOND_S = 2 * 3600.0
"""Seconds after the declared end within which the true end is looked for."""

END_CHECK_S = 2.0
"""Seconds before the declared end that are decoded to check that the sound reaches it."""


class Recording:
    """One recording, decoded only as far as it is needed. Made by `open_recording`; a context manager.

    Attributes:
        name: its name in messages and results.
        path: where it lies; None for streams and arrays.
    """

    def __init__(
        self,
        name: str,
        path: Path | None,
        decoders: DecoderFallback,
        source: ByteSource | None = None,
        cut: bool = False,
    ) -> None:
        self.name = name
        self.path = path
        self._decoders = decoders
        self._source = source
        self._cut = cut
        self._check = SampleCheck()
        self._length: int | None = None
        self._kept: Samples | None = None
        self._silent_s = 0.0
        self._moved = ""
        self._given_up = False

    @property
    def _decoder(self) -> Decoder:
        return self._decoders.current

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
        """The decoder in use: `libsndfile`, `ffmpeg` or `array`."""
        return self._decoder.name

    @property
    def duration_s(self) -> float:
        """Seconds that can be read, whatever the header declares; the first call checks the end."""
        return self._measured() / self.sample_rate

    @property
    def warnings(self) -> list[str]:
        """What is wrong with what was decoded so far, each `kind: sentence`.

        Kinds: `truncated`, `unreadable`, `damaged`, `clipped`, `non-finite`, `silent`, `moved`, `cancelled`.
        """
        found = self._truncated() + self._unreadable() + self._decoder.remarks + self._check.warnings()
        if self._silent_s:
            found.append(f"silent: {self._silent_s:.1f} s of what was decoded is silent")
        return [*found, self._moved] if self._moved else found

    # Excerpts

    def excerpts(self, count: int | Literal["all"] = 3, length_s: float = EXCERPT_S) -> Iterator[Excerpt]:
        """The parts to decode, in order.

        A recording up to `count * length_s` long is decoded whole, in consecutive excerpts of which the last
        reaches back to be as long as the others; of a longer one, `count` excerpts centred at
        (2i+1)/(2 count) of it. Of these, one with silence in more than 15 % of it is taken from where there
        is sound instead, and then comes last; where a recording is decoded whole, its silent ends are removed
        instead. `"all"` decodes everything as a stream, with flat memory. A remainder under one second at the
        end gets no excerpt of its own.

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
            for excerpt in self._consecutive(length):
                yield excerpt if count == "all" else self._trimmed(excerpt)
            return
        kept: list[Span] = []
        silent: list[Excerpt] = []
        for index in range(count):
            start = spread_starts(self._measured(), length, count)[index]
            samples = self._read(start, length)
            if len(samples) < length:  # it is damaged between its readable end and here
                self._measure_by_decoding()
                if self._measured() <= count * length:
                    yield from (self._trimmed(self._counted(excerpt)) for excerpt in silent)
                    yield from map(self._trimmed, list(self._consecutive(length))[index:])
                    return
                start = spread_starts(self._measured(), length, count)[index]
                samples = self._read(start, length, seeking=False)
            excerpt = Excerpt(samples, self.sample_rate, start / self.sample_rate)
            if excerpt.sounding_proportion < ENOUGH:
                silent.append(excerpt)
                continue
            kept.append((start, start + length))
            yield self._counted(excerpt)
        if silent:
            yield from self._elsewhere(silent, kept, length)

    def _elsewhere(self, silent: list[Excerpt], kept: list[Span], length: int) -> Iterator[Excerpt]:
        """Excerpts with sound instead of silent ones; the silent ones, trimmed, where there is no sound."""
        shortest = length // WORTH_ADDING if kept else round(SHORTEST_S * self.sample_rate)
        free = without(self._sounding_spans(), kept, shortest)
        places = placed(free, len(silent), length)
        if not places:
            yield from (self._trimmed(self._counted(excerpt)) for excerpt in silent)
            return
        times = ", ".join(
            f"{_clock(begin / self.sample_rate)} to {_clock(end / self.sample_rate)}" for begin, end in places
        )
        many = f"{len(silent)} of {len(silent) + len(kept)} excerpts"
        self._moved = f"moved: {many} were silent in part or whole, so sound was taken from {times} instead"
        for begin, end in places:
            yield self._excerpt(self._read(begin, end - begin), begin)

    def _sounding_spans(self) -> list[Span]:
        unit = self.sample_rate
        if self._decoder.seeks:
            return sounding_spans(
                self._measured(), unit, lambda place: not is_silent(self._read(place, unit))
            )
        seconds = [not is_silent(self._check.settled(mixed)) for mixed in _regrouped(self._sound(), unit)]
        last = len(seconds) - 1
        return sounding_spans(self._measured(), unit, lambda place: seconds[min(place // unit, last)])

    def _consecutive(self, length: int) -> Iterator[Excerpt]:
        """Everything, one excerpt after the other, never holding more than two of them."""
        remainder = round(REMAINDER_S * self.sample_rate)
        before: Samples | None = None
        start = 0
        for mixed in _regrouped(self._sound(), length):
            samples = self._check.settled(mixed)
            total = start + len(samples)
            if len(samples) == length:
                yield self._excerpt(samples, start)
            elif start == 0:
                self._refuse_short(total)
                yield self._excerpt(samples, 0)
            elif consecutive_starts(total, length, remainder)[-1] == total - length:
                whole = mixed if before is None else np.concatenate([before, mixed])
                yield self._excerpt(self._check.settled(whole[-length:]), total - length)
            before = mixed
            start = total
        self._length = start
        self._refuse_short(start)

    def _excerpt(self, samples: Samples, start: int) -> Excerpt:
        return self._counted(Excerpt(samples, self.sample_rate, start / self.sample_rate))

    def _trimmed(self, excerpt: Excerpt) -> Excerpt:
        """Without silent ends, where there is too much silence in it."""
        if excerpt.sounding_proportion >= ENOUGH:
            return excerpt
        trimmed = excerpt.trimmed()
        self._silent_s += (len(excerpt.samples) - len(trimmed.samples)) / self.sample_rate
        return trimmed

    def _counted(self, excerpt: Excerpt) -> Excerpt:
        if excerpt.is_silent:
            self._silent_s += excerpt.end_s - excerpt.start_s
        return excerpt

    def read(self, start_s: float = 0.0, duration_s: float | None = None) -> Samples:
        """A part of it at its own rate, mono; shorter where the recording ends before.

        Args:
            start_s: where it begins, seconds.
            duration_s: its length, seconds; None for all the rest.
        """
        length = None if duration_s is None else round(duration_s * self.sample_rate)
        return self._read(round(start_s * self.sample_rate), length)

    def _read(self, start: int, length: int | None, seeking: bool = True) -> Samples:
        parts: list[Samples] = []
        missing = length
        if missing != 0:
            for samples in self._sound(start) if seeking else _without(start, self._sound()):
                parts.append(samples[:missing])
                if missing is not None:
                    missing -= len(parts[-1])
                    if not missing:
                        break
        return self._check.settled(np.concatenate(parts)) if parts else np.zeros(0, np.float32)

    # Length

    def _measured(self) -> int:
        """Samples that can be read."""
        if self._length is None:
            declared = self._decoder.declared
            kept = round(KEPT_S * self.sample_rate)
            found = None if declared is None or declared <= kept else self._end_near(declared)
            if found is None:
                found = self._end_as_counted()
            self._length = self._measure_by_decoding() if found is None else found
        self._refuse_short(self._length)
        return self._length

    def _end_near(self, declared: int) -> int | None:
        """Where the sound ends, if it reaches the last seconds before the declared end."""
        start = declared - round(END_CHECK_S * self.sample_rate)
        beyond = BEYOND_S * self.sample_rate
        total = start
        try:
            for block in self._decoders.blocks_of_current(start):
                total += len(block)
                if total > declared + beyond:
                    return None
        except Stopped:
            return None
        return total if total > start else None

    def _end_as_counted(self) -> int | None:
        """Where a long recording ends, from its packets or its size; a short one is decoded instead."""
        counted = self._decoders.count()
        if counted is None or counted <= LONG_S * self.sample_rate:
            return None
        return self._end_near(counted)

    def _measure_by_decoding(self) -> int:
        """Decodes everything and counts; keeps it if it is short."""
        limit = round(KEPT_S * self.sample_rate)
        kept: list[Samples] | None = []
        total = 0
        for samples in self._sound():
            total += len(samples)
            if kept is not None:
                kept.append(samples)
                if total > limit:
                    kept = None
            if total > LONGEST_S * self.sample_rate:
                self._given_up = True
                break
        self._length = total
        if kept:
            self._kept = np.concatenate(kept)
        return total

    def _refuse_short(self, length: int) -> None:
        if length == 0 and self._decoder.declared:
            raise DecodeFailed(self.name, "announces sound, but none of it can be decoded; get it again")
        if length < SHORTEST_S * self.sample_rate:
            raise TooShort(
                self.name,
                f"holds {length / self.sample_rate:.2f} s of sound; at least {SHORTEST_S:.0f} s is needed",
            )

    def _truncated(self) -> list[str]:
        declared, rate = self._decoder.declared, self.sample_rate
        if self._length is None:
            return []
        if self._given_up:
            return [f"truncated: only the first {LONGEST_S / 3600:.0f} hours are considered"]
        readable = f"{self._length / rate:.2f} s can be read"
        if declared is not None and declared - self._length > self._decoder.slack:
            return [f"truncated: {declared / rate:.2f} s are announced, {readable}"]
        return [f"truncated: the file ends within a frame, {readable}"] if self._cut else []

    def _unreadable(self) -> list[str]:
        failures = self._decoders.failures
        if not failures:
            return []
        return [f"unreadable: the system could not read all of it ({system_reason(failures[0])})"]

    # Decoding

    def _sound(self, start: int = 0) -> Iterator[Samples]:
        """Samples as `SampleCheck.mixed` gives them, from `start` to the end of what can be read."""
        if self._kept is not None:
            if start < len(self._kept):
                yield self._kept[start:]
            return
        for block in self._decoders.blocks(start, self._expected):
            yield self._check.mixed(block)

    def _expected(self) -> int:
        """Samples that there should be; with fewer the sound ends too early."""
        if self._length is not None:
            return self._length
        return (self._decoder.declared or 0) - self._decoder.slack

    # Closing

    def close(self) -> None:
        """Close the file and drop what is kept of it."""
        self._decoders.close()
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


def _clock(seconds: float) -> str:
    """A place in a recording as people write it, as 1:05 or 1:00:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _without(skipped: int, parts: Iterator[Samples]) -> Iterator[Samples]:
    """The same samples but the first `skipped`."""
    for part in parts:
        if skipped < len(part):
            yield part[skipped:]
        skipped = max(0, skipped - len(part))


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
