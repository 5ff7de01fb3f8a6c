"""Curves and arrays of the evidence as drawings with captions."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from grader.report import svg
from grader.report.evidence import Array, Number, Panel
from grader.report.text import clip

LARGEST = 24


@dataclass(frozen=True)
class Chart:
    """A chart with its title and the names in its legend."""

    title: str
    drawing: Markup
    lines: list[str]
    bands: list[str]


@dataclass(frozen=True)
class HeatMap:
    """A heat map with its caption and whether entries were cut off."""

    title: str
    drawing: Markup
    cut: str


def charts(panels: list[Panel]) -> list[Chart]:
    """One chart per panel, at most four lines and two bands each."""
    return [_chart(panel) for panel in panels]


def _chart(panel: Panel) -> Chart:
    lines = [svg.Line(clip(line["name"], 40), line["y"]) for line in panel["lines"][:4]]
    bands = [
        svg.Band(clip(band["name"], 60), band["low"], band["high"]) for band in panel.get("bands", [])[:2]
    ]
    count = max([len(line.y) for line in lines] + [len(band.low) for band in bands], default=0)
    x = panel.get("x", [])
    across = x if len(x) >= count and svg.finite(x) == x else [float(i + 1) for i in range(count)]
    labels = (panel.get("x_label", "epoch"), panel.get("y_label", ""))
    told = f"{panel['title']}: {svg.describe(lines)}"
    log = panel.get("log", _spreads(lines))
    return Chart(
        clip(panel["title"], 80) + (" (log scale)" if log else ""),
        svg.line_chart(lines, bands, across, labels, told, log),
        [line.name for line in lines],
        [band.name for band in bands],
    )


def _spreads(lines: list[svg.Line]) -> bool:
    values = svg.finite([v for line in lines for v in line.y])
    return bool(values) and min(values) > 0 and max(values) / min(values) > 2000


def heat_maps(array: Array) -> list[HeatMap]:
    """The student's array and, where it may be shown, the expected one, by one scale."""
    got, expected = _grid(array["got"]), _grid(array.get("expected", []))
    every = svg.finite([v for grid in (got, expected) for row in grid for v in row])
    scale = max(map(abs, every), default=1.0) or 1.0
    wrong = {_place(entry) for entry in array.get("wrong", [])[: LARGEST * LARGEST]}
    worst = _place(array["worst"]) if array.get("worst") else None
    maps = [_heat_map(f"{array['name']}, yours", got, scale, wrong, worst)]
    if expected:
        maps.append(_heat_map(f"{array['name']}, expected", expected, scale, set(), worst))
    return [found for found in maps if found is not None]


def _grid(values: list[Number] | list[list[Number]]) -> list[list[Number]]:
    rows: list[list[Number]] = []
    flat: list[Number] = []
    for value in values:
        if isinstance(value, list):
            rows.append(value)
        else:
            flat.append(value)
    return rows or ([flat] if flat else [])


def _place(entry: list[int]) -> tuple[int, int]:
    return (entry[0], entry[1]) if len(entry) > 1 else (0, entry[0] if entry else 0)


def _heat_map(
    title: str,
    grid: list[list[Number]],
    scale: float,
    wrong: set[tuple[int, int]],
    worst: tuple[int, int] | None,
) -> HeatMap | None:
    shown = [row[:LARGEST] for row in grid[:LARGEST]]
    if not any(shown):
        return None
    size = (len(grid), max(map(len, grid)))
    inside = {(r, c) for r, c in wrong if 0 <= r < len(shown) and 0 <= c < len(shown[r])}
    mark = worst if worst in {(r, c) for r, row in enumerate(shown) for c in range(len(row))} else None
    label = f"{title}: {size[0]} by {size[1]}" + (f", {len(wrong)} entries differ" if wrong else "")
    cut = (
        f"first {len(shown)} by {max(map(len, shown))} of {size[0]} by {size[1]}"
        if max(size) > LARGEST
        else ""
    )
    return HeatMap(clip(title, 80), svg.heat_map(shown, scale, inside, mark, label), cut)
