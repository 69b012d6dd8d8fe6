"""The picture of predictions in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from genrelens.recognition import Failure, Prediction

PALETTE = (
    "dodger_blue2", "gold3", "dark_orange", "hot_pink", "medium_purple1",
    "green3", "red3", "deep_sky_blue1", "chartreuse3", "orange_red1",
)  # fmt: skip
BAR_WIDTH = 10
SURE_WIDTH = BAR_WIDTH + 5
LENGTH_WIDTH = 7
NARROWEST_NAME = 16
EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Details:
    """What is shown besides genre and confidence."""

    top: int = 3
    show_set: bool = False
    votes: bool = False
    timeline: bool = False


@dataclass(frozen=True)
class PredictionTable:
    """A table of recordings; what `details` ask for, warnings and errors stand below their recording.

    Example:
        >>> from rich.console import Console
        >>> Console(width=80).print(PredictionTable([], Details()))
        recording         genre   sure             or rather                     length
    """

    outcomes: Sequence[Prediction | Failure]
    details: Details

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = ("recording", "genre", "sure", "one of" if self.details.show_set else "or rather", "length")
        named = max((len(one.genre or "") for one in self._answers()), default=0)
        genre_width = max(named, len("unsure"))
        flexible = options.max_width - genre_width - SURE_WIDTH - LENGTH_WIDTH - 8
        longest = max((len(one.path) for one in self.outcomes), default=0)
        name_width = min(max(longest, NARROWEST_NAME), max(flexible * 3 // 5, NARROWEST_NAME))
        rest_width = max(min(flexible - name_width, 38 if not self.details.show_set else 60), 10)
        widths = (name_width, genre_width, SURE_WIDTH, rest_width, LENGTH_WIDTH)
        rows: list[tuple[tuple[Text, ...], list[Text]]] = [(tuple(Text(head, "dim") for head in heads), [])]
        rows += [self._row(outcome, name_width) for outcome in self.outcomes]
        for cells, below in rows:
            yield _line(cells, widths)
            yield Group(*below)

    def _answers(self) -> list[Prediction]:
        return [one for one in self.outcomes if isinstance(one, Prediction)]

    def _row(self, outcome: Prediction | Failure, name_width: int) -> tuple[tuple[Text, ...], list[Text]]:
        name = Text(_shortened(outcome.path, name_width))
        if isinstance(outcome, Failure):
            return (name, Text("error", "red"), Text(), Text(), Text()), [
                Text(f"  {outcome.error.reason}", "red")
            ]
        cells = (
            name,
            _genre(outcome),
            _bar(outcome),
            _rest(outcome, self.details),
            Text(_clock(outcome.duration_s)),
        )
        return cells, _below(outcome, self.details)


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Table:
    line = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for number, width in enumerate(widths):
        last = number == len(widths) - 1
        line.add_column(width=width, justify="right" if last else "left", no_wrap=number != 3)
    line.add_row(*cells)
    return line


def _shortened(path: str, width: int) -> str:
    """The end of a path that is too long, for there the name is."""
    return path if len(path) <= width else "…" + path[-(width - 1) :]


def _genre(outcome: Prediction) -> Text:
    if outcome.genre is None:
        return Text("unsure", "italic dim")
    return Text(outcome.genre, f"bold {_colour(outcome.genre, outcome)}")


def _colour(genre: str | None, outcome: Prediction) -> str:
    if genre is None:
        return "grey37"
    return PALETTE[sorted(outcome.scores).index(genre) % len(PALETTE)]


def _bar(outcome: Prediction) -> Text:
    eighths = round(outcome.confidence * BAR_WIDTH * 8)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (EIGHTHS[rest] if rest else "")
    style = "dim" if outcome.genre is None else _colour(outcome.genre, outcome)
    return Text.assemble((bar.ljust(BAR_WIDTH), style), f" {outcome.confidence:4.0%}")


def _rest(outcome: Prediction, details: Details) -> Text:
    if details.show_set:
        return Text(", ".join(outcome.prediction_set))
    ranked = list(outcome.scores.items())
    others = ranked[: details.top] if outcome.genre is None else ranked[1 : details.top]
    named = [f"{genre} {score:.0%}" for genre, score in others if score >= 0.005]
    return Text(", ".join(named), "dim")


def _below(outcome: Prediction, details: Details) -> list[Text]:
    lines = [Text(f"  {warning}", "yellow") for warning in outcome.warnings]
    if details.votes:
        lines += _votes(outcome)
    if details.timeline:
        strip = Text("  ")
        for excerpt in outcome.excerpts:
            strip.append("█" if excerpt.genre else "·", _colour(excerpt.genre, outcome))
        lines += [strip, *_passages(outcome)]
    return lines


def _votes(outcome: Prediction) -> list[Text]:
    counted = ", ".join(f"{genre} {count}" for genre, count in outcome.votes.items())
    lines = [Text(f"  votes: {counted or 'none'}", "dim")]
    width = max((len(member.name) for member in outcome.members), default=0)
    for member in outcome.members:
        said = Text(f"    {member.name.ljust(width)}  ", "dim")
        said.append(member.genre, _colour(member.genre, outcome))
        lines.append(said.append(f" {member.probability:.0%}", "dim"))
    return lines


def _passages(outcome: Prediction) -> list[Text]:
    """Neighbouring excerpts of one genre, as from-to lines."""
    lines: list[Text] = []
    excerpts = outcome.excerpts
    first = 0
    for last, excerpt in enumerate(excerpts):
        if last + 1 < len(excerpts) and excerpts[last + 1].genre == excerpt.genre:
            continue
        line = Text(f"  {_clock(excerpts[first].start_s)}-{_clock(excerpt.end_s)} ", "dim")
        lines.append(line.append(excerpt.genre or "silence", _colour(excerpt.genre, outcome)))
        first = last + 1
    return lines


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
