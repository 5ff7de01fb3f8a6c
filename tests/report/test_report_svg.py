"""Drawings and formulas."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.report import svg
from grader.report.figures import charts, heat_maps
from grader.report.mathml import clean, typeset

ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@settings(max_examples=60, deadline=None)
@given(y=st.lists(ANY, max_size=300), low=st.lists(ANY, max_size=20), log=st.booleans())
@example(y=[], low=[2.2250738585e-313], log=True)
def test_charts_never_fail(y: list[float | None], low: list[float | None], log: bool) -> None:
    """Whatever the numbers, the chart is well-formed XML, without NaN in it, and its points lie inside."""
    drawn = charts(
        [
            {
                "title": "t",
                "lines": [{"name": "n", "y": y}],
                "bands": [{"name": "b", "low": low, "high": low[::-1]}],
                "log": log,
            }
        ]
    )[0]
    ElementTree.fromstring(drawn.drawing)
    assert not re.search(r"nan|inf", "".join(re.findall(r' d="(.*?)"', drawn.drawing)))
    for path in re.findall(r'class="line s0" d="(.*?)"', drawn.drawing):
        pixels = [float(p) for p in re.findall(r"-?[\d.]+", path)]
        assert all(-0.2 <= p <= svg.WIDTH + 0.2 for p in pixels)


@settings(max_examples=60, deadline=None)
@given(
    got=st.lists(st.lists(ANY, max_size=30), max_size=30),
    wrong=st.lists(st.lists(st.integers(-3, 40), max_size=3), max_size=5),
)
def test_heat_maps_never_fail(got: list[list[float | None]], wrong: list[list[int]]) -> None:
    """Whatever the entries, a heat map is well-formed XML without NaN in it."""
    for found in heat_maps({"name": "a", "got": got, "wrong": wrong, "worst": [0, 0]}):
        assert not re.search(r'="[^"]*(nan|inf)"', found.drawing.replace('class="nan"', ""))
        ElementTree.fromstring(found.drawing)


def test_line_ends() -> None:
    """The first and the last value are always drawn, at the ends of the axis; a missing one makes a gap."""
    drawn = svg.line_chart([svg.Line("n", [1.0, None, 3.0, 2.0])], [], [1, 2, 3, 4], ("x", "y"), "label")
    path = re.search(r'class="line s0" d="(.*?)"', drawn)
    assert path is not None
    assert path[1].count("M") == 2
    assert path[1].startswith("M46.0 ")
    assert "L350.0 " in path[1]


def test_many_points_are_thinned() -> None:
    """A run of 10,000 steps draws at most a few hundred points."""
    drawn = charts([{"title": "t", "lines": [{"name": "n", "y": [math.sin(i) for i in range(10_000)]}]}])[0]
    assert len(drawn.drawing) < 6000


def test_one_scale() -> None:
    """The student's array and the expected one share a scale: equal numbers have equal strength."""
    mine, right = heat_maps({"name": "a", "got": [[1.0]], "expected": [[2.0]]})
    assert 'fill-opacity="0.38"' in mine.drawing
    assert 'fill-opacity="0.75"' in right.drawing


def test_formula() -> None:
    """A formula becomes MathML; its letters survive."""
    math_ml = typeset(r"\log\frac{\theta_1}{\theta_0}")
    assert math_ml is not None
    assert "<mfrac>" in math_ml
    assert ElementTree.fromstring(math_ml).tag.endswith("math")


@pytest.mark.parametrize("latex", ["", "{" * 200, "x" * 5000, r"\frac{", "}{", "$$"])
def test_formula_that_cannot_be_set(latex: str) -> None:
    """What cannot be typeset is None or well-formed; it never raises and never hangs."""
    found = typeset(latex)
    if found is not None:
        ElementTree.fromstring(found)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="\\{}_^$&<>\"'abfrctextleigh()[]#%~ 0\n", max_size=60))
def test_formula_fuzz(latex: str) -> None:
    """Any text gives None or MathML of known elements only."""
    found = typeset(latex)
    if found is not None:
        tags = set(re.findall(r"<(\w+)", found))
        assert all(tag.startswith("m") or tag == "none" for tag in tags)
        assert "href" not in "".join(re.findall(r"<[^>]*>", found))


def test_only_mathml_leaves() -> None:
    """An element or attribute that is not MathML's loses its tag or goes; its text stays, escaped."""
    source = '<math><mi href="javascript:x" mathvariant="bold">a</mi><script on="1">&lt;b&gt;</script></math>'
    assert clean(ElementTree.fromstring(source)) == '<math><mi mathvariant="bold">a</mi>&lt;b&gt;</math>'
