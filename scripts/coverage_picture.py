"""Draws how often answers are right over the proportion of tracks that are answered, as an SVG without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Curve = Sequence[Sequence[float]]
WIDTH, HEIGHT = 620, 320
LEFT, RIGHT, TOP, BOTTOM = 58, 30, 32, 48
LOWEST = 0.7
STYLE = """
  .paper { fill: #ffffff } .ink { fill: #24292f } .faint { fill: #57606a }
  .grid { stroke: #d0d7de; stroke-width: 1 } .goal { stroke: #57606a; stroke-dasharray: 2 4 }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
  .a { stroke: #0969da } .b { stroke: #bc4c00 } .other { stroke-dasharray: 7 4 }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9198a1 }
    .grid { stroke: #30363d } .goal { stroke: #9198a1 }
    .a { stroke: #58a6ff } .b { stroke: #f0883e }
  }"""


def coverage_picture(curves: Mapping[tuple[str, str], Curve], goal: float = 0.95) -> str:
    """The picture.

    Args:
        curves: by (bundle, part), points (proportion answered, proportion right) with rising proportions answered. The first
            bundle is drawn in blue, the second in orange; its first part solid, others dashed.
        goal: accuracy that a dotted line marks.
    """
    bundles = list(dict.fromkeys(bundle for bundle, _ in curves))
    parts = list(dict.fromkeys(part for _, part in curves))
    marks = [f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>']
    for step in range(round(100 * LOWEST), 101, 5):
        y = _y(step / 100)
        marks.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        marks.append(f'<text class="faint" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{step} %</text>')
    for step in range(0, 101, 20):
        x = _x(step / 100)
        marks.append(
            f'<text class="faint" x="{x}" y="{_y(LOWEST) + 18}" text-anchor="middle">{step} %</text>'
        )
    marks.append(f'<line class="goal" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(goal)}" y2="{_y(goal)}"/>')
    for number, ((bundle, part), curve) in enumerate(curves.items()):
        kind = ("a", "b")[bundles.index(bundle) % 2] + (" other" if parts.index(part) else "")
        points = " ".join(f"{_x(at)},{_y(max(value, LOWEST))}" for at, value in curve)
        marks.append(f'<polyline class="line {kind}" points="{points}"/>')
        y = _y(LOWEST) - 14 - 19 * (len(curves) - 1 - number)
        marks.append(f'<line class="line {kind}" x1="{LEFT + 14}" x2="{LEFT + 50}" y1="{y}" y2="{y}"/>')
        marks.append(f'<text class="ink" x="{LEFT + 58}" y="{y + 4}">{escape(f"{bundle}, {part}")}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    marks.append(
        f'<text class="ink" x="{middle:g}" y="{HEIGHT - 9}" text-anchor="middle">'
        "answered, most confident first</text>"
    )
    marks.append(f'<text class="ink" x="{LEFT - 8}" y="{TOP - 14}" text-anchor="end">right</text>')
    title = "How often answers are right, over the proportion of tracks that are answered"
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-label="{title}">\n<title>{title}</title>\n'
        f"<style>{STYLE}\n</style>\n{body}\n</svg>\n"
    )


def _x(proportion: float) -> float:
    return round(LEFT + proportion * (WIDTH - LEFT - RIGHT), 1)


def _y(proportion: float) -> float:
    return round(TOP + (1 - proportion) / (1 - LOWEST) * (HEIGHT - TOP - BOTTOM), 1)
