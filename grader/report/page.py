"""The template environment and the head that every page shares; no page fetches anything from anywhere."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from grader.report.text import apart, figure, points, prose, visible

_TEMPLATES = Path(__file__).parent / "templates"


def _finalize(value: object) -> object:
    """Every expression of every template passes here: hidden characters become visible before escaping."""
    if isinstance(value, Markup | int | float):
        return value
    return visible(str(value))


@dataclass(frozen=True)
class Head:
    """What a page's head needs."""

    css: Markup
    script: Markup
    policy: str


@cache
def environment() -> Environment:
    """The environment, made once per process; templates are compiled at first use and kept."""
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters["points"] = points
    env.filters["figure"] = figure
    env.filters["prose"] = prose
    env.filters["apart"] = apart
    return env


def template(name: str) -> Template:
    """A compiled template."""
    return environment().get_template(name)


@cache
def head(css: tuple[str, ...], script: str = "") -> Head:
    """
    The head for these style sheets and this script, all files of `templates/`.

    The policy allows exactly this style sheet and this script, by their hashes, and images inside the page.
    """
    style = "".join(_compact((_TEMPLATES / name).read_text("utf-8")) for name in css)
    code = (_TEMPLATES / script).read_text("utf-8") if script else ""
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    if code:
        policy += f"; script-src {_hash(code)}"
    return Head(Markup(style), Markup(code), policy)


def _compact(css: str) -> str:
    return "".join(line.strip() for line in css.splitlines())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
