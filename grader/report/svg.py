"""
Small SVG drawings: line charts and heat maps. Their colours come from the page's style sheet: dark mode too.

Ours instead of matplotlib's because of time. A figure with two panels, measured on two cores: 64 ms and 42 kB
there, under 1 ms and 10 kB here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

from grader.report.text import clip, figure, visible

MOST_POINTS = 120
TOO_LARGE = 1e300
"""From here on a number counts as infinite."""
WIDTH, HEIGHT = 360.0, 200.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 10.0, 10.0, 34.0


@dataclass(frozen=True)
class Axis:
    """Maps values to pixels; `low` and `high` are in the axis's own scale (powers of ten when `log`)."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value."""
        position = math.log10(value) if self.log else value
        return self.start + (position - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[float]:
        """Round values, about five."""
        if self.log:
            powers = range(math.ceil(self.low), math.floor(self.high) + 1)
            # below the smallest number 10**p is 0, which has no place on this axis
            return [10.0**p for p in list(powers)[:: max(1, len(powers) // 5)] if p > -323]
        step = _step(self.high - self.low)
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - first + 1
        return [(first + i) * step for i in range(min(count, 12))]


def _step(span: float) -> float:
    rough = span / 4.5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if power * m >= rough * 0.999)


def axis(
    values: Sequence[float], start: float, stop: float, *, log: bool = False, margin: float = 0.04
) -> Axis:
    """An axis that shows all values; never of length zero."""
    scaled = [math.log10(v) for v in values] if log else list(values)
    low, high = min(scaled, default=0.0), max(scaled, default=1.0)
    pad = (high - low) * margin if high > low else max(abs(high) * 0.05, 0.5)
    return Axis(low - pad, high + pad, start, stop, log)


def finite(values: Sequence[float | None]) -> list[float]:
    """The finite ones."""
    return [v for v in values if v is not None and abs(v) < TOO_LARGE]


def svg(
    body: str, width: float, height: float, label: str, css: str = "chart", *, fixed: bool = False
) -> Markup:
    """An SVG image with its description for those who do not see it; `fixed` gives it its size in pixels."""
    told = escape(visible(clip(label, 600)))
    size = f' width="{width:g}" height="{height:g}"' if fixed else ""
    return Markup(
        f'<svg class="{css}"{size} viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{told}">'
        f"{body}</svg>"
    )


def words(x: float, y: float, text: str, anchor: str = "middle", css: str = "") -> str:
    """A text element."""
    kind = f' class="{css}"' if css else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(visible(clip(text, 60)))}</text>'
    )


@dataclass(frozen=True)
class Line:
    """One line of a chart: its values at the chart's x."""

    name: str
    y: Sequence[float | None]


@dataclass(frozen=True)
class Band:
    """A range behind the lines."""

    name: str
    low: Sequence[float | None]
    high: Sequence[float | None]


def line_chart(
    lines: Sequence[Line],
    bands: Sequence[Band],
    x: Sequence[float],
    labels: tuple[str, str],
    label: str,
    log: bool = False,
) -> Markup:
    """
    Lines over bands with axes. Gaps where a value is missing; at most `MOST_POINTS` points each.

    Args:
        lines: same length as x, or shorter.
        bands: the same.
        x: finite numbers, not decreasing.
        labels: of the x and the y axis.
        label: description for a screen reader.
        log: y by powers of ten; ignored unless all values are positive.
    """
    values = finite([v for line in lines for v in line.y] + [v for b in bands for v in (*b.low, *b.high)])
    log = log and bool(values) and min(values) > 0
    across = axis(x, _LEFT, WIDTH - _RIGHT, margin=0.0)
    up = axis(values, HEIGHT - _BOTTOM, _TOP, log=log)
    places = [Place(i, round(across.at(x[i]), 1)) for i in _kept(len(x))]
    body = _frame(across, up, labels)
    body += "".join(_band(band, places, up) for band in bands)
    body += "".join(_path(line.y, places, up, f"line s{i % 4}") for i, line in enumerate(lines))
    return svg(body, WIDTH, HEIGHT, label)


class Place(NamedTuple):
    """A point on the x axis: the place of its value and its pixel."""

    i: int
    x: float


def _kept(count: int) -> list[int]:
    stride = max(1, math.ceil(count / MOST_POINTS))
    return sorted({*range(0, count, stride), count - 1} - {-1})


def _frame(across: Axis, up: Axis, labels: tuple[str, str]) -> str:
    parts = []
    for tick in up.ticks():
        y = up.at(tick)
        parts.append(rule(y, _LEFT, WIDTH - _RIGHT) + words(_LEFT - 6, y + 3.5, f"{tick:.4g}", "end"))
    parts += [words(across.at(tick), HEIGHT - _BOTTOM + 15, f"{tick:.4g}") for tick in across.ticks()]
    parts.append(f'<path class="axis" d="M{_LEFT:g} {HEIGHT - _BOTTOM:g}H{WIDTH - _RIGHT:g}"/>')
    parts.append(words((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 3, labels[0], css="label"))
    return "".join(parts)


def _path(y: Sequence[float | None], places: Sequence[Place], up: Axis, css: str) -> str:
    parts, pen, alone = [], "M", ""
    for i, x in places:
        value = y[i] if i < len(y) else None
        if value is None or not abs(value) < TOO_LARGE:
            pen = "M"
            continue
        alone = f"{x} {up.at(value):.1f}"
        parts.append(pen + alone)
        pen = "L"
    if len(parts) == 1:
        parts.append(f"L{alone}")
    joined = "".join(parts)
    return f'<path class="{css}" d="{joined}"/>' if parts else ""


def _band(band: Band, places: Sequence[Place], up: Axis) -> str:
    top, bottom = [], []
    for i, x in places:
        low, high = (side[i] if i < len(side) else None for side in (band.low, band.high))
        if low is not None and high is not None and abs(low) < TOO_LARGE and abs(high) < TOO_LARGE:
            top.append(f"{x} {up.at(high):.1f}")
            bottom.append(f"{x} {up.at(low):.1f}")
    outline = "L".join(top + bottom[::-1])
    return f'<path class="band" d="M{outline}Z"/>' if top else ""


Grid = Sequence[Sequence[float | None]]


def heat_map(
    values: Grid, scale: float, wrong: set[tuple[int, int]], worst: tuple[int, int] | None, label: str
) -> Markup:
    """
    Cells whose strength is |value| / scale, one hue per sign; wrong entries outlined, the worst one twice;
    numbers when they fit.

    Args:
        values: a matrix, at least one entry; None, NaN and inf get a cross.
        scale: the value of the strongest colour, > 0.
        wrong: entries as (row, column).
        worst: one of them.
        label: description for a screen reader.
    """
    columns = max(len(row) for row in values)
    numbers = columns <= 6 and len(values) <= 8
    cells = Cells(54.0, 26.0, numbers, scale) if numbers else Cells(14.0, 14.0, numbers, scale)
    body = [_cell(v, r, c, cells) for r, row in enumerate(values) for c, v in enumerate(row)]
    body += [_ring(r, c, cells, "ring") for r, c in sorted(wrong)]
    if worst is not None:
        body.append(_ring(*worst, cells, "ring worst"))
    width, height = columns * cells.width + 4, len(values) * cells.height + 4
    return svg("".join(body), width, height, label, "heat", fixed=True)


@dataclass(frozen=True)
class Cells:
    """The grid of a heat map: a cell's size, whether numbers fit into it, the strongest value."""

    width: float
    height: float
    numbers: bool
    scale: float


def rect(css: str, x: float, y: float, width: float, height: float, *, opacity: float | None = None) -> str:
    """A rectangle."""
    fill = "" if opacity is None else f' fill-opacity="{opacity:.2f}"'
    return f'<rect class="{css}" x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}"{fill}/>'


def rule(y: float, left: float, right: float) -> str:
    """A line of the grid."""
    return f'<path class="grid" d="M{left:g} {y:.1f}H{right:g}"/>'


def _cell(value: float | None, row: int, column: int, cells: Cells) -> str:
    x, y, w, h = column * cells.width + 2, row * cells.height + 2, cells.width - 1, cells.height - 1
    empty = rect("empty", x, y, w, h)
    if value is None or not abs(value) < TOO_LARGE:
        cross = f"M{x + 3:g} {y + 3:g}l{w - 6:g} {h - 6:g}m0 {6 - h:g}l{6 - w:g} {h - 6:g}"
        return f'{empty}<path class="nan" d="{cross}"/>'
    strength = min(abs(value) / cells.scale, 1.0)
    hue = "neg" if value < 0 else "pos"
    shade = rect(hue, x, y, w, h, opacity=strength * 0.75) if strength > 0.004 else ""
    return empty + shade + (words(x + w / 2, y + h / 2 + 4, f"{value:.3g}") if cells.numbers else "")


def _ring(row: int, column: int, cells: Cells, css: str) -> str:
    return rect(css, column * cells.width + 2, row * cells.height + 2, cells.width - 1, cells.height - 1)


def describe(lines: Sequence[Line]) -> str:
    """Where each line starts and ends, in words."""
    parts = []
    for line in lines:
        there = finite(line.y)
        end = (
            f"{line.name} goes from {figure(there[0])} to {figure(there[-1])}"
            if there
            else f"{line.name} has no finite value"
        )
        parts.append(
            end
            + (f", {len(line.y) - len(there)} values missing" if there and len(there) < len(line.y) else "")
        )
    return "; ".join(parts)
