"""The picture of predictions in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from genrelens.recognition import Failure, Prediction

PALETTE = (
    "dodger_blue2", "gold3", "dark_orange", "hot_pink", "medium_purple1",
    "green3", "red3", "deep_sky_blue1", "chartreuse3", "orange_red1",
)  # fmt: skip
BAR_WIDTH = 10
EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Details:
    """What is shown besides genre and confidence."""

    top: int = 3
    show_set: bool = False
    votes: bool = False
    timeline: bool = False


def prediction_table(outcomes: Sequence[Prediction | Failure], details: Details) -> RenderableType:
    """A table of recordings; what `details` ask for and warnings stand below their recording."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("recording", overflow="fold", min_width=16)
    table.add_column("genre", no_wrap=True)
    table.add_column("sure", no_wrap=True)
    table.add_column("or rather" if not details.show_set else "one of", overflow="fold")
    table.add_column("length", justify="right", no_wrap=True)
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            table.add_row(Text(outcome.path), Text("error", "red"), "", Text(outcome.error.reason, "red"), "")
            continue
        table.add_row(
            Group(Text(outcome.path), *_below(outcome, details)),
            _genre(outcome),
            _bar(outcome),
            _rest(outcome, details),
            _clock(outcome.duration_s),
        )
    return table


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
        counted = ", ".join(f"{genre} {count}" for genre, count in outcome.votes.items())
        lines.append(Text(f"  votes: {counted or 'none'}", "dim"))
        width = max((len(member.name) for member in outcome.members), default=0)
        for member in outcome.members:
            said = Text(f"  {member.name.ljust(width)}  ", "dim")
            said.append(member.genre, _colour(member.genre, outcome))
            lines.append(said.append(f" {member.probability:.0%}", "dim"))
    if details.timeline:
        strip = Text("  ")
        for excerpt in outcome.excerpts:
            strip.append("█" if excerpt.genre else "·", _colour(excerpt.genre, outcome))
        lines += [strip, *_passages(outcome)]
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
