"""The drawings of the class page: histograms, a scatter of dots, sparklines."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from grader.report import svg
from grader.report.stats import histogram as counts_of

MOST_DOTS = 500
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 8.0, 12.0, 34.0
_WIDTH, _HEIGHT = 480.0, 190.0


def histogram(
    values: Sequence[float],
    top: float,
    x_label: str,
    what: str,
    width: float = _WIDTH,
    marked: Sequence[float] = (),
) -> Markup:
    """Bars of equal width from 0 to top; `width` in pixels of the widest page; `marked` values, some of all, on top of each bar."""
    counts, open_counts = counts_of(values, top), counts_of(marked, top)
    across = svg.Axis(0.0, top or 1.0, _LEFT, width - _RIGHT)
    up = svg.Axis(0.0, max([*counts, 1]) * 1.05, _HEIGHT - _BOTTOM, _TOP)
    wide = (width - _RIGHT - _LEFT) / len(counts)
    body = frame(across, up, x_label, width, whole=True)
    for i, count in enumerate(counts):
        x, y, middle = _LEFT + i * wide + 1, up.at(count), up.at(count - open_counts[i])
        if count > open_counts[i]:
            body += svg.rect("bar", x, middle, wide - 2, _HEIGHT - _BOTTOM - middle)
        if open_counts[i]:
            body += svg.rect("bar open", x, y, wide - 2, middle - y)
    label = (
        f"Histogram of {x_label} of {len(values)} {what}, {len(counts)} bins from 0 to {top:.4g}: "
        + ", ".join(map(str, counts))
    )
    return svg.svg(body, width, _HEIGHT, label, "chart large")


def frame(across: svg.Axis, up: svg.Axis, x_label: str, width: float = _WIDTH, *, whole: bool = False) -> str:
    """Grid, ticks and the label of the x axis; `whole` leaves out fractional ticks of y."""
    parts = []
    for tick in up.ticks():
        if whole and abs(tick - round(tick)) > 1e-9:
            continue
        y = up.at(tick)
        parts.append(svg.rule(y, _LEFT, width - _RIGHT) + svg.words(_LEFT - 6, y + 3.5, f"{tick:.4g}", "end"))
    parts += [svg.words(across.at(tick), _HEIGHT - _BOTTOM + 15, f"{tick:.4g}") for tick in across.ticks()]
    parts.append(f'<path class="axis" d="M{_LEFT:g} {_HEIGHT - _BOTTOM:g}H{width - _RIGHT:g}"/>')
    parts.append(svg.words((_LEFT + width - _RIGHT) / 2, _HEIGHT - 3, x_label, css="label"))
    return "".join(parts)


def dots(pairs: Sequence[tuple[float, float]], labels: tuple[str, str]) -> Markup:
    """One dot per pair; of large classes an even sample of `MOST_DOTS`."""
    stride = max(1, -(-len(pairs) // MOST_DOTS))
    shown = pairs[::stride]
    across = svg.axis([x for x, _ in shown], _LEFT, _WIDTH - _RIGHT)
    up = svg.axis([y for _, y in shown], _HEIGHT - _BOTTOM, _TOP)
    body = frame(across, up, labels[0])
    body += "".join(
        f'<circle class="dot" cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3.5"/>' for x, y in shown
    )
    return svg.svg(
        body, _WIDTH, _HEIGHT, f"{labels[1]} against {labels[0]}, {len(shown)} students", "chart large"
    )


def interval(low: float | None, value: float, high: float | None, ends: tuple[float, float]) -> Markup:
    """A value with its interval as a dot on a line, on a scale that rows of a table share; nothing without an interval."""
    if low is None or high is None:
        return Markup("")
    across = svg.Axis(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1.0, 5.0, 107.0)
    left, dot, right = (across.at(v) for v in (low, value, high))
    body = (
        f'<path d="M{left:.1f} 2v6M{left:.1f} 5H{right:.1f}M{right:.1f} 2v6"/>'
        f'<circle cx="{dot:.1f}" cy="5" r="3"/>'
    )
    return svg.svg(body, 112, 10, f"{value:.4g}, between {low:.4g} and {high:.4g}", "interval")


def spark(counts: Sequence[int]) -> Markup:
    """A histogram without axes for a table."""
    scale = 24 / max([*counts, 1])
    bars = "".join(svg.rect("bar", i * 6, 24 - scale * n, 5, scale * n) for i, n in enumerate(counts))
    label = "Distribution of points: " + ", ".join(map(str, counts))
    return svg.svg(bars, len(counts) * 6.0, 24, label, "spark")
