"""Predictions as a table: one line a recording, printed when it is done, in terminals of any width.

Genre and percentage are never cut. In narrow terminals the bar, the length and the other genres are left out
first; then the name gets a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from genrelens.cli.terminal import visible
from genrelens.recognition import Failure, Prediction

PALETTE = (
    "dodger_blue2", "gold3", "dark_orange", "hot_pink", "medium_purple1",
    "green3", "red3", "deep_sky_blue1", "chartreuse3", "orange_red1",
)  # fmt: skip
BAR_WIDTH = 10
PERCENT_WIDTH = 4
LENGTH_WIDTH = 8
NARROWEST_NAME, NARROWEST_REST = 12, 14
REST_WIDTH, SET_WIDTH = 38, 60
GAP = 2
EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Details:
    """What is shown besides genre and confidence."""

    top: int = 3
    show_set: bool = False
    votes: bool = False
    timeline: bool = False


@dataclass(frozen=True)
class Layout:
    """How wide each column is, in terminal cells; 0 where it is left out.

    Attributes:
        name: of the recording; 0 where it stands on a line of its own.
        genre, bar, percent, rest, length: of the others.
        width: of the whole line.
    """

    name: int
    genre: int
    bar: int
    percent: int
    rest: int
    length: int
    width: int


def layout_of(
    width: int | None,
    names: Iterable[str],
    genres: Iterable[str],
    show_set: bool = False,
    unsure_marks: bool = False,
) -> Layout:
    """The layout for a terminal.

    Args:
        width: cells of a line; None where any length will do, as in a file.
        names: of all recordings.
        genres: that may stand in the column of genres.
        show_set: whether the other genres are a set, which takes more room.
        unsure_marks: whether genres may have a question mark behind them.

    Example:
        >>> layout_of(40, ["music/song.mp3"], ["classical"])
        Layout(name=14, genre=9, bar=0, percent=4, rest=0, length=0, width=40)
    """
    longest = max((cell_len(visible(name)) for name in names), default=0)
    genre = max([*(cell_len(visible(one)) for one in genres), len("unsure")]) + unsure_marks
    rest = SET_WIDTH if show_set else REST_WIDTH
    if width is None:
        others = genre + BAR_WIDTH + 1 + PERCENT_WIDTH + rest + LENGTH_WIDTH
        width = max(longest, len("recording")) + others + 4 * GAP
    left = width - genre - PERCENT_WIDTH - 2 * GAP
    if left < NARROWEST_NAME:
        return Layout(0, genre, 0, PERCENT_WIDTH, 0, 0, width)
    bar = length = other = 0
    wanted = min(max(longest, len("recording")), 24)
    if left - (LENGTH_WIDTH + GAP) >= wanted:
        length, left = LENGTH_WIDTH, left - LENGTH_WIDTH - GAP
    if left - (BAR_WIDTH + 1) >= wanted:
        bar, left = BAR_WIDTH, left - BAR_WIDTH - 1
    if left - (NARROWEST_REST + GAP) >= wanted:
        left -= GAP
        other = min(max(left * 2 // 5, left - max(longest, len("recording")), NARROWEST_REST), rest)
        left -= other
    return Layout(min(max(longest, len("recording")), left), genre, bar, PERCENT_WIDTH, other, length, width)


@dataclass(frozen=True)
class PredictionLines:
    """Makes the lines of each recording.

    Args:
        layout: of the lines.
        details: what is shown.
        plain: use no characters beyond ASCII.
    """

    layout: Layout
    details: Details
    plain: bool = False

    def head(self) -> RenderableType:
        """The names of the columns."""
        rather = "one of" if self.details.show_set else "or rather"
        return self._line(
            Text("recording", "dim"),
            Text("genre", "dim"),
            Text("sure", "dim"),
            Text(""),
            Text(rather, "dim"),
            Text("length", "dim"),
        )

    def of(self, result: Prediction | Failure) -> RenderableType:
        """One recording: its line, and below it warnings, an error, or what `details` ask for."""
        name = Text(self._shortened(visible(result.path), self.layout.name or self.layout.width))
        nothing = Text("")
        if isinstance(result, Failure):
            reason = Text(visible(result.error.reason), "red")
            line = self._line(name, Text("error", "red"), nothing, nothing, nothing, nothing)
            return Group(line, _indented(reason))
        line = self._line(
            name,
            _genre(result),
            Text(f"{result.confidence:{PERCENT_WIDTH}.0%}", "dim" if result.genre is None else ""),
            self._bar(result),
            self._rest(result),
            Text(_clock(result.duration_s), "dim"),
        )
        return Group(line, *self._below(result))

    def foot(self, results: Iterable[Prediction | Failure]) -> RenderableType | None:
        """A note for predictions below the threshold; None where there is none."""
        for one in results:
            if isinstance(one, Prediction) and one.unsure and one.confidence < one.threshold:
                if one.genre is None:
                    what = f"unsure: below {one.threshold:.0%} no genre is named; --always-answer names one"
                else:
                    what = f"?: below {one.threshold:.0%}, unsure without --always-answer"
                return Text(what, "dim")
        return None

    def _line(
        self, name: Text, genre: Text, percent: Text, bar: Text, rest: Text, length: Text
    ) -> RenderableType:
        layout = self.layout
        cells: list[tuple[Text, int, bool]] = [(genre, layout.genre, False)]
        if layout.name:
            cells.insert(0, (name, layout.name, False))
        sure = Text.assemble(bar, " ", percent) if layout.bar else percent
        cells.append((sure, layout.percent + (layout.bar + 1 if layout.bar else 0), not layout.bar))
        if layout.rest:
            cells.append((rest, layout.rest, False))
        if layout.length:
            cells.append((length, layout.length, True))
        table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
        for text, width, right in cells:
            table.add_column(width=width, justify="right" if right else "left", no_wrap=text is not rest)
        table.add_row(*(text for text, _, _ in cells))
        return table if layout.name else Group(name, Padding(table, (0, 0, 0, 2)))

    def _shortened(self, path: str, width: int) -> str:
        """The end of a path that is too long, because the name is there."""
        if cell_len(path) <= width:
            return path
        mark = "..." if self.plain else "…"
        room, begin = width - len(mark), len(path)
        while begin and (room := room - cell_len(path[begin - 1])) >= 0:
            begin -= 1
        return mark + path[begin:]

    def _bar(self, result: Prediction) -> Text:
        eighths = round(result.confidence * BAR_WIDTH * 8)
        full, part = divmod(eighths, 8)
        bar = "#" * round(eighths / 8) if self.plain else "█" * full + (EIGHTHS[part] if part else "")
        return Text(bar.ljust(BAR_WIDTH), "dim" if result.genre is None else _colour(result.genre, result))

    def _rest(self, result: Prediction) -> Text:
        if self.details.show_set:
            return Text(visible(", ".join(result.prediction_set)))
        ranked = list(result.scores.items())
        others = ranked[: self.details.top] if result.genre is None else ranked[1 : self.details.top]
        named = [f"{genre} {score:.0%}" for genre, score in others if score >= 0.005]
        return Text(visible(", ".join(named)), "dim")

    def _below(self, result: Prediction) -> list[RenderableType]:
        lines: list[RenderableType] = [
            _indented(Text(visible(warning), "yellow")) for warning in result.warnings
        ]
        if self.details.votes:
            lines += _votes(result)
        if self.details.timeline:
            lines += [*self._strip(result), *_passages(result)]
        return lines

    def _strip(self, result: Prediction) -> list[RenderableType]:
        """A coloured cell an excerpt, in as many lines as it takes."""
        full = "#" if self.plain else "█"
        strip = Text()
        for excerpt in result.excerpts:
            strip.append(full if excerpt.genre else ".", _colour(excerpt.genre, result))
        return [_indented(strip)]


@dataclass(frozen=True)
class PredictionTable:
    """A table of recordings that are all done.

    Example:
        >>> from rich.console import Console
        >>> Console(width=80).print(PredictionTable([], Details()))
        recording  genre   sure             or rather                              length
    """

    results: Sequence[Prediction | Failure]
    details: Details

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [one.path for one in self.results]
        genres = [one.genre for one in self.results if isinstance(one, Prediction) and one.genre is not None]
        marks = any(isinstance(one, Prediction) and one.unsure and one.genre for one in self.results)
        layout = layout_of(options.max_width, names, genres, self.details.show_set, marks)
        lines = PredictionLines(layout, self.details)
        yield lines.head()
        for result in self.results:
            yield lines.of(result)
        if foot := lines.foot(self.results):
            yield foot


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2), expand=False)


def _genre(result: Prediction) -> Text:
    if result.genre is None:
        return Text("unsure", "italic dim")
    mark = "?" if result.unsure else ""
    return Text(visible(result.genre) + mark, f"bold {_colour(result.genre, result)}")


def _colour(genre: str | None, result: Prediction) -> str:
    if genre is None:
        return "grey37"
    return PALETTE[sorted(result.scores).index(genre) % len(PALETTE)]


def _votes(result: Prediction) -> list[RenderableType]:
    counted = ", ".join(f"{genre} {count}" for genre, count in result.votes.items())
    lines: list[RenderableType] = [_indented(Text(visible(f"votes: {counted or 'none'}"), "dim"))]
    width = max((cell_len(visible(member.name)) for member in result.members), default=0)
    for member in result.members:
        name = visible(member.name)
        line = Text(f"  {name}{' ' * (width - cell_len(name))}  ", "dim")
        line.append(visible(member.genre), _colour(member.genre, result))
        lines.append(_indented(line.append(f" {member.probability:.0%}", "dim")))
    return lines


def _passages(result: Prediction) -> list[RenderableType]:
    """Neighbouring excerpts of one genre, as from-to lines."""
    lines: list[RenderableType] = []
    excerpts = result.excerpts
    first = 0
    for last, excerpt in enumerate(excerpts):
        if last + 1 < len(excerpts) and excerpts[last + 1].genre == excerpt.genre:
            continue
        line = Text(f"{_clock(excerpts[first].start_s)}-{_clock(excerpt.end_s)} ", "dim")
        genre = visible(excerpt.genre) if excerpt.genre else "silence"
        lines.append(_indented(line.append(genre, _colour(excerpt.genre, result))))
        first = last + 1
    return lines


def _clock(seconds: float) -> str:
    """A length of time, as hours, minutes and seconds.

    Example:
        >>> _clock(65), _clock(7384), _clock(500 * 3600)
        ('1:05', '2:03:04', '500 h')
    """
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours >= 100:
        return f"{hours} h"
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
