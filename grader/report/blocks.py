"""Evidence as blocks for the template: each known key by its shape, everything else as keys and values."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import nh3
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from grader.model import Json
from grader.report import evidence as shape
from grader.report.figures import Chart, HeatMap, charts, heat_maps
from grader.report.mathml import typeset
from grader.report.text import clip, figure, unwrapped

_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
STAFF_ONLY = frozenset({"predictions_digest", "output_digest"})
"""Evidence that compares students with each other: for the class pages, never on a student's page."""
_WORDS = re.compile(r"\\text\{([^{}\\]*)\}")
_TAG_NAMES = (
    "p br b i em strong code pre ul ol li table thead tbody tr th td caption sub sup span div h3 h4 h5"
)
_HTML_TAGS = set(_TAG_NAMES.split())


_FOR_MACHINES = frozenset("complaint fault problems missing because from case recipe".split()) | STAFF_ONLY
"""Evidence that the message or another block already says in words."""
_SAID_BY = {
    "answer": frozenset({"dropped", "sides", "points", "follows", "words", "chosen"}),
    "cases": frozenset({"wrong"}),
    "minimises": frozenset({"wrong"}),
    "ordered": frozenset({"wrong"}),
    "forbidden": frozenset({"names"}),
    "learns": frozenset({"accuracy"}),
    "trains_to": frozenset({"accuracy"}),
}
"""The same, of one kind of check."""


@dataclass(frozen=True)
class Limits:
    """How much of a report is shown; smaller ones are tried when a page grows beyond its bound."""

    text: int = 4000
    rows: int = 40
    columns: int = 12
    lines: int = 8
    image: int = 160_000
    images: int = 220_000
    blocks: int = 80
    checks: int = 400
    code: int = 180_000


@dataclass(frozen=True)
class Row:
    """A line of a list of keys and values, or of got and expected."""

    name: str
    value: str
    expected: str = ""


@dataclass(frozen=True)
class Picture:
    """An image that may be shown, or why not."""

    source: str
    alt: str
    refused: str = ""


@dataclass(frozen=True)
class Typeset:
    """A formula as MathML (None: cannot be typeset) and as written."""

    math: Markup | None
    written: str


@dataclass(frozen=True)
class Block:
    """One piece of evidence; `kind` names the macro that draws it."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    lines: list[shape.Line] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    heat_maps: list[HeatMap] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    formula: Typeset | None = None
    accepted: Typeset | None = None
    text: str = ""
    where: str = ""
    """Of an answer: file and line."""
    html: Markup | None = None


def blocks(evidence: Mapping[str, Json], limits: Limits, kind: str = "") -> list[Block]:
    """The blocks of a check's evidence, in the order of the table of `grader.report.evidence`; `kind` is the check's."""
    silent = _FOR_MACHINES | _SAID_BY.get(kind, frozenset())
    found = []
    where = _where(evidence.get("from"))
    rest: dict[str, Json] = {}
    for key in [k for k in _BUILDERS if k in evidence] + sorted(evidence.keys() - _BUILDERS.keys()):
        block = _known(key, evidence[key], limits)
        if block is None:
            if key not in silent and evidence[key] not in ("", [], {}, None):
                rest[key] = evidence[key]
        else:
            found.append(replace(block, where=where) if block.kind in ("formula", "text") else block)
    if rest:
        found.append(
            Block("pairs", rows=[Row(k, _short(v, limits)) for k, v in list(rest.items())[: limits.rows]])
        )
    return found


def _where(place: Json) -> str:
    """`answers.yaml, line 3` for `answers.yaml:3`."""
    file, _, line = place.rpartition(":") if isinstance(place, str) else ("", "", "")
    return clip(f"{file}, line {line}" if file and line.isdigit() else str(place or ""), 120)


def _known(key: str, value: Json, limits: Limits) -> Block | None:
    """The block of a known key, or None when the key is unknown or the value does not fit its shape."""
    if key not in _BUILDERS:
        return None
    try:
        return _BUILDERS[key](_adapter(key).validate_python(value), limits)
    except ValidationError:
        return None


@cache
def _adapter(key: str) -> TypeAdapter[Any]:
    return TypeAdapter(_SHAPES[key])


def _short(value: Json, limits: Limits) -> str:
    if isinstance(value, str):
        return clip(value, limits.text)
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, list) and all(isinstance(v, str | int | float) for v in value):
        return clip(
            ", ".join(figure(v) if isinstance(v, float) else str(v) for v in value[:200]), limits.text
        )
    return clip(json.dumps(value, default=str, ensure_ascii=False, sort_keys=True), min(limits.text, 1000))


def _size(size: list[int] | str) -> str:
    if isinstance(size, str):
        return size
    return f"({size[0]},)" if len(size) == 1 else f"({', '.join(map(str, size))})"


def _shapes(value: list[shape.Shape], limits: Limits) -> Block:
    rows = [
        Row(s["name"], _size(s["got"]), " or ".join(map(_size, s["expected"][:6])))
        for s in value[: limits.rows]
    ]
    return Block("shapes", rows=rows)


def _lines(value: list[shape.Line], limits: Limits) -> Block:
    return Block("lines", lines=value[: limits.lines])


def _arrays(value: list[shape.Array], limits: Limits) -> Block:
    return Block("arrays", heat_maps=[m for array in value[:6] for m in heat_maps(array)])


def _curves(value: list[shape.Panel], limits: Limits) -> Block:
    return Block("curves", charts=charts(value[:12]))


def _formula(value: shape.Formula, limits: Limits) -> Block:
    return Block(
        "formula",
        formula=_typeset(value["got"]),
        accepted=_typeset(value.get("accepted", "")),
        text=clip(value.get("note", ""), limits.text),
    )


def _typeset(latex: str) -> Typeset | None:
    """A formula; what is only words is no formula."""
    words = _WORDS.fullmatch(latex.strip())
    if words:
        return Typeset(None, clip(words[1], 600))
    return Typeset(typeset(latex), clip(latex, 600)) if latex else None


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return figure(value) if isinstance(value, float) else clip(str(value), 200)


def _table(value: shape.Table, limits: Limits) -> Block:
    cells = [[_cell(c) for c in row[: limits.columns]] for row in value["rows"][: limits.rows]]
    cut = len(value["rows"]) - len(cells)
    note = f"{cut:,} more rows are not shown." if cut > 0 else ""
    return Block(
        "table", columns=[clip(c, 80) for c in value["columns"][: limits.columns]], cells=cells, text=note
    )


def _image(value: shape.Image | list[shape.Image], limits: Limits) -> Block:
    images = value if isinstance(value, list) else [value]
    return Block("image", pictures=[_picture(image, limits) for image in images[:4]])


def _picture(image: shape.Image, limits: Limits) -> Picture:
    alt = clip(image.get("alt", "Figure of the notebook"), 300)
    if len(image["data"]) > limits.image:
        return Picture(
            "", alt, f"The figure is too large to be shown here ({len(image['data']) * 3 // 4000:,} kB)."
        )
    try:
        raw = base64.b64decode("".join(image["data"].split()), validate=True)
    except (binascii.Error, ValueError):
        return Picture("", alt, "The figure could not be read.")
    kind = next((kind for magic, kind in _MAGIC.items() if raw.startswith(magic)), "")
    if not kind:
        return Picture("", alt, "The figure is neither PNG nor JPEG.")
    return Picture(f"data:{kind};base64,{base64.b64encode(raw).decode()}", alt)


def _html(value: str, limits: Limits) -> Block:
    clean = nh3.clean(
        value[: limits.text * 3], tags=_HTML_TAGS, attributes={"td": {"colspan"}, "th": {"colspan"}}
    )
    return Block("html", html=Markup(clean))


def _text(value: str, limits: Limits) -> Block:
    return Block("text", text=clip(unwrapped(value), limits.text))


def _try_it(value: str, limits: Limits) -> Block:
    return Block("try_it", text=clip(value, limits.text))


def _leaderboard(value: shape.Leaderboard, limits: Limits) -> Block | None:
    score = value.get("public")
    if score is None or not math.isfinite(score["value"]):
        return None
    low, high = score.get("low"), score.get("high")
    interval = (
        f" (95 % interval {figure(low)} to {figure(high)})" if low is not None and high is not None else ""
    )
    row = Row(f"{value['metric']} on the public part", figure(score["value"]) + interval)
    return Block("pairs", rows=[row, Row("on the leaderboard as", value["pseudonym"])])


_SHAPES: dict[str, Any] = {
    "shapes": list[shape.Shape],
    "lines": list[shape.Line],
    "arrays": list[shape.Array],
    "curves": list[shape.Panel],
    "formula": shape.Formula,
    "table": shape.Table,
    "image": shape.Image | list[shape.Image],
    "html": str,
    "text": str,
    "try_it": str,
    "leaderboard": shape.Leaderboard,
}
_BUILDERS: dict[str, Callable[[Any, Limits], Block | None]] = {
    "shapes": _shapes,
    "lines": _lines,
    "arrays": _arrays,
    "curves": _curves,
    "formula": _formula,
    "table": _table,
    "image": _image,
    "html": _html,
    "text": _text,
    "try_it": _try_it,
    "leaderboard": _leaderboard,
}
