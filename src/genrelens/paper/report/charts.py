"""Pieces of a page: charts as HTML and SVG text that need no script and no network.

Conventions: values in percent unless stated otherwise; every function gives back one string of HTML. Colours
are CSS variables of the page, so that light, dark and print have their own. Text stays text at any width:
only the curves are SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Point = tuple[float, float]


def place(value: float, low: float, high: float) -> str:
    """Where a value lies on a scale, as CSS.

    Example:
        >>> place(75, 50, 100)
        '50.0%'
    """
    return f"{100 * min(max((value - low) / (high - low), 0), 1):.1f}%"


def dot_row(
    label: str,
    dots: Sequence[tuple[str, float, tuple[float, float] | None, str]],
    low: float,
    high: float,
    value: str = "",
) -> str:
    """One row of a dot plot: label, scale with dots and intervals, a value.

    Args:
        label: at the left.
        dots: class (colour and shape), value, interval or None, tooltip.
        low: left end of the scale.
        high: right end.
        value: text at the right.
    """
    marks = []
    for kind, at, interval, tip in dots:
        if interval is not None:
            left, right = (place(v, low, high) for v in interval)
            marks.append(f'<i class="span {kind}" style="left:{left};right:calc(100% - {right})"></i>')
        marks.append(f'<b class="dot {kind}" style="left:{place(at, low, high)}" title="{escape(tip)}"></b>')
    return (
        f'<div class="row"><span class="label">{escape(label)}</span>'
        f'<span class="scale">{"".join(marks)}</span><span class="value">{escape(value)}</span></div>'
    )


def axis_row(low: float, high: float, steps: Sequence[float], unit: str = "%") -> str:
    """The numbers below a dot plot."""
    ticks = "".join(f'<em style="left:{place(s, low, high)}">{s:g}{unit}</em>' for s in steps)
    return (
        f'<div class="row axis"><span class="label"></span><span class="scale">{ticks}</span>'
        '<span class="value"></span></div>'
    )


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """What colours and shapes mean: class and text."""
    items = "".join(f'<li><b class="dot {kind}"></b>{escape(text)}</li>' for kind, text in entries)
    return f'<ul class="legend">{items}</ul>'


def confusion_table(genres: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """A confusion matrix: proportions of each true genre (a row) as numbers on a tint of their size."""
    head = "".join(f'<th scope="col"><span>{escape(g)}</span></th>' for g in genres)
    rows = []
    for i, (genre, row) in enumerate(zip(genres, counts, strict=True)):
        total = max(sum(row), 1)
        cells = []
        for j, count in enumerate(row):
            proportion = 100 * count / total
            tone = "right" if i == j else "wrong"
            strong = " strong" if proportion >= 55 else ""
            text = f"{proportion:.0f}" if count else ""
            tip = f"{genre} answered as {genres[j]}: {count} of {total}"
            cells.append(
                f'<td class="{tone}{strong}" style="--share:{_tint(proportion):.0f}%" title="{escape(tip)}">'
                f"{text}</td>"
            )
        rows.append(f'<tr><th scope="row">{escape(genre)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="wide"><table class="confusion"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _tint(proportion: float) -> float:
    """Small proportions of errors are what one looks for: the tint grows with the root."""
    return float(100 * (proportion / 100) ** 0.6)


def heat_table(names: Sequence[str], values: Sequence[Sequence[float]]) -> str:
    """A square table of proportions in [0, 1], tinted."""
    head = "".join(f'<th scope="col"><span>{escape(n)}</span></th>' for n in names)
    rows = []
    for i, (name, row) in enumerate(zip(names, values, strict=True)):
        cells = "".join(
            f'<td class="wrong{" strong" if v >= 0.55 else ""}" style="--share:{_tint(100 * v):.0f}%">'
            f"{'' if i == j else f'{100 * v:.0f}'}</td>"
            for j, v in enumerate(row)
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table class="confusion"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def bars(rows: Sequence[tuple[str, Sequence[tuple[str, float, str]]]]) -> str:
    """Horizontal bars in groups: label, then class, value in percent and tooltip of each bar."""
    parts = []
    for label, group in rows:
        drawn = "".join(
            f'<span class="bar" title="{escape(tip)}"><i class="{kind}" '
            f'style="width:{place(value, 0, 100)}"></i><em>{value:.0f}</em></span>'
            for kind, value, tip in group
        )
        parts.append(
            f'<div class="bars"><span class="label">{escape(label)}</span><span>{drawn}</span></div>'
        )
    return "".join(parts)


def line_chart(
    lines: Mapping[str, tuple[str, Sequence[Point]]],
    x: tuple[float, float],
    y: tuple[float, float],
    x_name: str,
    y_name: str,
    y_steps: Sequence[float],
    x_steps: Sequence[float],
    diagonal: bool = False,
    label_ends: bool = True,
) -> str:
    """Curves with axes: name to class and points.

    Line ends carry their names where there is room, which saves looking up a legend.
    """
    width, height, left, bottom, top = 360.0, 230.0, 36.0, 34.0, 10.0
    right = 88.0 if label_ends else 12.0

    def at(point: Point) -> Point:
        return (
            left + (point[0] - x[0]) / ((x[1] - x[0]) or 1) * (width - left - right),
            height - bottom - (point[1] - y[0]) / (y[1] - y[0]) * (height - bottom - top),
        )

    parts = [
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(y_name)}">'
    ]
    for step in y_steps:
        _, py = at((x[0], step))
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{py:.1f}" y2="{py:.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{py + 3.5:.1f}" text-anchor="end">{step:g}</text>')
    for step in x_steps:
        px, _ = at((step, y[0]))
        parts.append(f'<text x="{px:.1f}" y="{height - bottom + 14}" text-anchor="middle">{step:g}</text>')
    if diagonal:
        (x1, y1), (x2, y2) = at((y[0], y[0])), at((y[1], y[1]))
        parts.append(f'<line class="diagonal" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    taken: list[float] = []
    for name, (kind, points) in sorted(
        lines.items(), key=lambda item: -item[1][1][-1][1] if item[1][1] else 0
    ):
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in map(at, points))
        parts.append(f'<polyline class="{kind}" points="{path}"><title>{escape(name)}</title></polyline>')
        if not label_ends and len(points) <= 20:
            parts += [
                f'<circle class="{kind}" cx="{px:.1f}" cy="{py:.1f}" r="3"/>' for px, py in map(at, points)
            ]
        if label_ends and points:
            px, py = at(points[-1])
            while any(abs(py - other) < 10 for other in taken):
                py += 2
            taken.append(py)
            parts.append(f'<text class="{kind}" x="{px + 5:.1f}" y="{py + 3.5:.1f}">{escape(name)}</text>')
    parts.append(
        f'<text class="name" x="{(left + width - right) / 2:.0f}" y="{height - 4}" text-anchor="middle">'
        f"{escape(x_name)}</text>"
    )
    parts.append("</svg>")
    return "".join(parts)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A plain table; the first `texts` columns are text, the others numbers."""
    head = "".join(f'<th scope="col"{_side(i, texts)}>{escape(h)}</th>' for i, h in enumerate(header))
    body = "".join(
        "<tr>" + "".join(f"<td{_side(i, texts)}>{escape(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table class="plain">{whole}</table></div>'


def _side(column: int, texts: int) -> str:
    return "" if column < texts else ' class="number"'
