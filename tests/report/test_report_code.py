"""Colours of code."""

from __future__ import annotations

import bisect
import colorsys
import heapq
import html
import inspect
import io
import keyword
import re
import textwrap
import time
import tokenize
from types import ModuleType

import pytest
from fake_parts import HOSTILE, NET
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model import CodeFile
from grader.report.code import highlight


def spans(text: str, css: str) -> list[str]:
    """What is in the spans of one class, line by line."""
    shown = highlight(CodeFile(path="a.py", text=text))
    return [
        html.unescape(found) for found in re.findall(rf'<span class="{css}">(.*?)</span>', shown) if found
    ]


def tokens(text: str, kind: int) -> list[str]:
    """What Python's own tokenizer finds, line by line."""
    found = [t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == kind]
    return [line for token in found for line in token.split("\n") if line]


@pytest.mark.parametrize("module", [heapq, bisect, colorsys, keyword, textwrap])
def test_against_tokenize(module: ModuleType) -> None:
    """
    Comments, strings and numbers are those that Python's own tokenizer finds in modules of the standard
    library.
    """
    text = inspect.getsource(module)
    assert spans(text, "c") == tokens(text, tokenize.COMMENT)
    assert spans(text, "s") == tokens(text, tokenize.STRING)
    assert spans(text, "m") == tokens(text, tokenize.NUMBER)


def test_words() -> None:
    """
    Keywords, built-in names, defined names and decorators have their colours; attributes and matrix products
    have none.
    """
    text = "@staticmethod\ndef norm(x):\n    return sum(x @ x.sum()) if not x.print else lambda_\n"
    assert spans(text, "d") == ["@staticmethod"]
    assert spans(text, "f") == ["norm"]
    assert spans(text, "k") == ["def", "return", "if", "not", "else"]
    assert spans(text, "b") == ["sum"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="\"'\\\n#@<>&;abf 01.e_def\r\x00", max_size=80))
def test_any_text(text: str) -> None:
    """
    Whatever the text, the page shows just that text, every line stands by itself and only spans are elements.
    """
    shown = highlight(CodeFile(path="a.py", text=text))
    assert all(line.count("<span") == line.count("</span>") for line in shown.split("\n"))
    plain = re.sub(r'<span class="[a-z]">|</span>', "", shown)
    assert "<" not in plain
    expected = highlight(CodeFile(path="a", text=text, language="no such language"))
    assert html.unescape(plain) == html.unescape(expected)


def test_other_languages() -> None:
    """Other languages are coloured as well; unknown ones are plain and escaped."""
    assert '<span class="c">% note</span>' in highlight(
        CodeFile(path="a.tex", text="% note\nx", language="tex")
    )
    assert "<script" not in highlight(CodeFile(path="a", text=HOSTILE, language=HOSTILE))


def test_speed() -> None:
    """
    300 lines take about 2 ms (fifteen allowed here), a hostile 100 kB less than half a second.
    """
    for text, most in (
        (NET * 7, 0.015),
        ('"' * 100_000, 0.5),
        ("'''\\" * 25_000, 0.5),
        ("0" * 99_999 + "x", 0.5),
    ):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            highlight(CodeFile(path="a.py", text=text))
            times.append(time.perf_counter() - start)
        assert min(times) < most
