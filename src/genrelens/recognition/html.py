"""Results in a notebook: small tables in the notebook's own colours, light or dark.

Styles are attributes of the elements, because notebooks remove style sheets. Text inherits its colour, and
grey is transparent.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genrelens.recognition.prediction import Failure, Prediction

MOST_ROWS = 5
SMALLEST_SCORE = 0.005
_BAR = "#4c8bf5"
_GREY = "rgba(128,128,128,.25)"
_TABLE = "color:inherit;font:inherit;border-collapse:collapse;border:none;margin:2px 0"
_CELL = "padding:1px 8px 1px 0;border:none;background:none;text-align:left;color:inherit"


def html_of_prediction(prediction: Prediction) -> str:
    """The likeliest genres with bars, below the name and the predicted genre."""
    if prediction.genre is None:
        headline = "<i>unsure</i>"
    else:
        mark = "?" if prediction.unsure else ""
        headline = f"<b>{_text(prediction.genre)}{mark}</b> {prediction.confidence:.0%}"
    notes = [] if prediction.reason is None else [prediction.reason]
    notes += [one for one in prediction.warnings if not one.startswith("foreign: ")]  # the reason holds these
    ranked = [] if prediction.likeliest is None else list(prediction.scores.items())
    rows = [
        _row(*one, faint=prediction.genre is None) for one in ranked[:MOST_ROWS] if one[1] >= SMALLEST_SCORE
    ]
    return _framed(prediction.path, headline, rows, notes)


def html_of_failure(failure: Failure) -> str:
    """The name and the error."""
    return _framed(
        failure.path, f"<b style='color:#d9534f'>{_text(failure.error.kind)}</b>", (), [failure.error.reason]
    )


def _framed(path: str, headline: str, rows: Iterable[str], notes: Iterable[str]) -> str:
    lines = [f"<div>{headline} <span style='opacity:.75'>{_text(path)}</span></div>"]
    if table := "".join(rows):
        lines.append(f"<table style='{_TABLE}'>{table}</table>")
    lines += [f"<div style='opacity:.75;max-width:48em'>{_text(one)}</div>" for one in notes]
    return f"<div style='line-height:1.5'>{''.join(lines)}</div>"


def _row(genre: str, score: float, faint: bool) -> str:
    bar = (
        f"<div style='width:12em;height:.7em;background:{_GREY};border-radius:2px'>"
        f"<div style='width:{score:.1%};height:100%;background:{_BAR};border-radius:2px"
        f"{';opacity:.5' if faint else ''}'></div></div>"
    )
    return (
        f"<tr style='background:none'><td style='{_CELL}'>{_text(genre)}</td><td style='{_CELL}'>{bar}</td>"
        f"<td style='{_CELL};text-align:right'>{score:.0%}</td></tr>"
    )


def _text(text: str) -> str:
    """A text of unknown origin, without markup, control characters and marks of writing direction.

    Example:
        >>> _text("<b>\\x1b.mp3")
        '<bdi>&lt;b&gt;�.mp3</bdi>'
    """
    return f"<bdi>{escape(''.join(one if one.isprintable() else '�' for one in text))}</bdi>"
