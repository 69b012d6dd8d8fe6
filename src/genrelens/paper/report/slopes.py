"""Lines from one column to the next, each labelled at its end: how far systems fall.

Conventions: as in `charts`; values in percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

CLAIMED = 0
"""The column whose values others measured: lines from there are dotted."""
LINE = 15.0
"""Height of a label."""
TEXT, LETTER = 12.0, 0.6
"""Height of the text, and how wide a letter is, at most on average, of that height."""


@dataclass(frozen=True)
class Slope:
    """One line.

    Args:
        label: at its end.
        kind: classes of charts.css: colour and stroke.
        values: one a column, None where there is none.
    """

    label: str
    kind: str
    values: tuple[float | None, ...]

    @property
    def points(self) -> list[tuple[int, float]]:
        """Columns that have a value, and the values."""
        return [(number, value) for number, value in enumerate(self.values) if value is not None]


def slope_chart(
    columns: Sequence[tuple[str, str]],
    slopes: Sequence[Slope],
    width: float,
    name: str,
    claims: bool,
    kind: str = "",
) -> str:
    """The chart as SVG text; styles come from charts.css.

    Args:
        columns: headings, each on two lines.
        slopes: lines; those without a value are left out.
        width: in units of which its text is 12 high; headings that find no room side by side are staggered.
        name: what it shows, for those who do not see it.
        claims: whether the first column holds claims.
        kind: further classes.
    """
    drawn = [one for one in slopes if one.points]
    longest = max((len(one.label) for one in drawn), default=0)
    left, bottom, right = 30.0, 14.0, 20.0 + TEXT * LETTER * (longest + 5)
    across = (width - left - right) / max(len(columns) - 1, 1)
    steps = 2 if across < TEXT * LETTER * max(len(text) for lines in columns for text in lines) else 1
    top = 14.0 + 26 * steps
    height = max(300.0, 0.4 * width, LINE * len(drawn)) + top + bottom
    values = [value for one in drawn for _, value in one.points] or [0.0, 99.0]
    low, high = 10 * (min(values) // 10), min(100.0, 10 * (max(values) // 10 + 1))
    upwards = (height - top - bottom) / (high - low)

    def at(column: int, value: float) -> tuple[float, float]:
        return left + 8 + column * across, height - bottom - (value - low) * upwards

    parts = [_head(width, height, name, kind)]
    for step in range(int(low), int(high) + 1, 10):
        y = at(0, step)[1]
        parts.append(
            f'<line class="grid" x1="{left}" x2="{width - right + 8:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(f'<text x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{step}</text>')
    for number, lines in enumerate(columns):
        x = at(number, low)[0]
        first, foot = 14 + 26 * (number % steps), f"{height - bottom:.1f}"
        parts.append(f'<line class="column" x1="{x:.1f}" x2="{x:.1f}" y1="{first + 19}" y2="{foot}"/>')
        parts += [
            f'<text class="head" x="{x:.1f}" y="{first + 13 * n}" text-anchor="middle">{escape(text)}</text>'
            for n, text in enumerate(lines)
        ]
    ends = [at(*one.points[-1]) for one in drawn]
    heights = spread([y for _, y in ends], LINE, top, height - bottom)
    for one, (x, y), label in zip(drawn, ends, heights, strict=True):
        parts += _line(one, [at(*point) for point in one.points], claims)
        start = width - right + 14
        parts.append(
            f'<polyline class="leader" points="{x + 4:.1f},{y:.1f} {start - 3:.1f},{label:.1f}"/>'
            f'<text class="{one.kind}" x="{start:.1f}" y="{label + 4:.1f}">{one.points[-1][1]:.1f} '
            f"{escape(one.label)}</text>"
        )
    return "".join(parts) + "</svg>"


def _head(width: float, height: float, name: str, kind: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart slopes {kind}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}">'
    )


def _line(one: Slope, points: Sequence[tuple[float, float]], claims: bool) -> list[str]:
    """From a claim dotted, then as its kind is drawn."""
    tip = f"<title>{escape(one.label)}: {', '.join(f'{value:.1f}' for _, value in one.points)}</title>"
    pieces = [(points, "")]
    if claims and one.points[0][0] == CLAIMED and len(points) > 1:
        pieces = [(points[:2], " claim"), (points[1:], "")]
    drawn = [
        f'<polyline class="{one.kind}{more}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in part)}">'
        f"{tip}</polyline>"
        for part, more in pieces
        if len(part) > 1
    ]
    return drawn + [f'<circle class="{one.kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in points]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels, as near to the wanted ones as a gap between them allows, in the same order.

    Args:
        wanted: where each would stand alone.
        gap: between two of them.
        low, high: where the first and the last may stand; there must be room for all.

    Example:
        >>> spread([10, 50, 51], 10, 0, 60)
        [10, 45.5, 55.5]
    """
    order = sorted(range(len(wanted)), key=lambda one: wanted[one])
    blocks: list[list[float]] = []  # place of the first label, how many
    for one in order:
        blocks.append([wanted[one], 1])
        while True:
            place, count = blocks[-1]
            blocks[-1][0] = place = min(max(place, low), high - gap * (count - 1))
            if len(blocks) < 2 or place - blocks[-2][0] >= gap * blocks[-2][1] - 1e-9:
                break
            before, others = blocks[-2]
            centre = (
                (before + gap * (others - 1) / 2) * others + (place + gap * (count - 1) / 2) * count
            ) / (others + count)
            blocks[-2:] = [[centre - gap * (others + count - 1) / 2, others + count]]
    places = [first + gap * number for first, count in blocks for number in range(int(count))]
    found = [0.0] * len(wanted)
    for one, place in zip(order, places, strict=True):
        found[one] = place
    return found


def standalone(chart: str, name: str) -> str:
    """A chart as an SVG file, with the styles that it needs, for light and dark."""
    css = (files("genrelens.paper.report") / "charts.css").read_text(encoding="utf-8")
    font = 'font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif'
    head, rest = chart.split(">", 1)
    paper = '<rect width="100%" height="100%" style="fill: var(--page)"/>'
    return f"{head}><title>{escape(name)}</title><style>text {{ {font} }}\n{css}</style>{paper}{rest}\n"
