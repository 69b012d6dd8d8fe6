"""Where excerpts are taken from when the usual places are silent.

Examples are a hidden track after half an hour of silence, or a song before one. Then the recording is probed
at places spread evenly over it, the borders between sound and silence are narrowed down, and the excerpts are
spread over the sound. The number of probes is bounded, so a long recording is not decoded as a whole, and the
same recording always gives the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from genrelens.audio.excerpts import consecutive_starts, spread_starts

PROBES = 64
"""Places at which a recording is probed first."""

MOST_PROBES = 200
"""Probes after which borders are narrowed down no further."""

Span = tuple[int, int]
"""First sample, and the first behind the last."""


def sounding_spans(total: int, unit: int, sounds: Callable[[int], bool]) -> list[Span]:
    """Where there is sound, as far as probes show.

    Between two neighbouring probes that sound, there is taken to be sound.

    Args:
        total: samples of the recording, at least `unit`.
        unit: samples of a probe.
        sounds: whether there is sound in the `unit` samples from a place on.

    Returns:
        Spans that begin and end with a probe that sounds, in order, none touching the next.

    Example:
        >>> sounding_spans(1000, 1, lambda place: 400 <= place < 430)
        [(400, 430)]
    """
    count = max(1, min(PROBES, total // unit))
    places = [(2 * i + 1) * (total - unit) // (2 * count) for i in range(count)]
    sounding = [sounds(place) for place in places]
    left = MOST_PROBES - count

    def narrowed(silent: int, with_sound: int) -> int:
        """The place nearest to `silent` that sounds, within one unit."""
        nonlocal left
        while abs(with_sound - silent) > unit and left > 0:
            middle = (silent + with_sound) // 2
            left -= 1
            silent, with_sound = (silent, middle) if sounds(middle) else (middle, with_sound)
        return with_sound

    spans: list[Span] = []
    last = total - unit
    index = 0
    while index < count:
        if not sounding[index]:
            index += 1
            continue
        first = index
        while index + 1 < count and sounding[index + 1]:
            index += 1
        begin = (
            narrowed(places[first - 1], places[first])
            if first
            else _outermost(0, places[0], sounds, narrowed)
        )
        end = (
            narrowed(places[index + 1], places[index])
            if index + 1 < count
            else _outermost(last, places[index], sounds, narrowed)
        )
        spans.append((begin, end + unit))
        index += 1
    return spans


def _outermost(
    border: int, with_sound: int, sounds: Callable[[int], bool], narrowed: Callable[[int, int], int]
) -> int:
    """How far sound goes towards an end of the recording."""
    return border if border == with_sound or sounds(border) else narrowed(border, with_sound)


def without(spans: Sequence[Span], taken: Sequence[Span], shortest: int) -> list[Span]:
    """What is left of spans outside other ones, in pieces of at least `shortest` samples.

    Example:
        >>> without([(0, 100), (200, 300)], [(20, 50), (190, 295)], 10)
        [(0, 20), (50, 100)]
    """
    pieces = list(spans)
    for begin, end in taken:
        pieces = [
            piece
            for first, last in pieces
            for piece in ((first, min(last, begin)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return [(first, last) for first, last in pieces if last - first >= shortest]


def placed(spans: Sequence[Span], count: int, length: int) -> list[Span]:
    """Excerpts spread over spans of sound; each goes to the span with most sound for each of its excerpts.

    Args:
        spans: where there is sound.
        count: how many excerpts at most.
        length: samples of an excerpt; in a shorter span it is as long as the span.

    Example:
        >>> placed([(100, 400)], 3, 30)
        [(135, 165), (235, 265), (335, 365)]
        >>> placed([(0, 20), (100, 140)], 3, 30)
        [(0, 20), (100, 130), (110, 140)]
    """
    sizes = [last - first for first, last in spans]
    room = [len(consecutive_starts(size, length, length // 4)) for size in sizes]
    given = [0] * len(spans)
    for _ in range(min(count, sum(room))):
        open_ones = [i for i in range(len(spans)) if given[i] < room[i]]
        given[max(open_ones, key=lambda i: (sizes[i] / (given[i] + 1), -i))] += 1
    places: list[Span] = []
    for (first, last), size, number in zip(spans, sizes, given, strict=True):
        if not number:
            continue
        if size >= number * length:
            starts = spread_starts(size, length, number)
        else:
            starts = consecutive_starts(size, length, length // 4)[:number]
        places += [(first + start, min(first + start + length, last)) for start in starts]
    return places
