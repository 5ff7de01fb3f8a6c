"""The student's code with colours: few classes, one span per run, every character escaped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from grader.model import CodeFile
from grader.report.python_code import colour
from grader.report.text import visible

MOST_CHARACTERS = 100_000
LONGEST_LINE = 300

_STYLES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String.Doc, "c"),
    (String, "s"),
    (Number, "m"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "d"),
    (Name.Builtin, "b"),
)


def highlight(code_file: CodeFile) -> str:
    """
    HTML of the file's lines, joined by newlines, for `render_student(highlighter=...)`.

    It depends on language and text alone, not on marks, so a caller may keep it by their digest. Every line
    stands by itself (no span reaches over a newline). Long lines and long files are cut, visibly.
    """
    text = "\n".join(_shorten(line) for line in _lines(code_file.text))
    if code_file.language in ("python", "ipython", "py"):
        return colour(text)
    return "".join(_pieces(_lexer(code_file.language), text))


def split(html: str) -> list[Markup]:
    """The lines of what `highlight` gave."""
    return [Markup(line) for line in html.split("\n")]


def _lines(text: str) -> list[str]:
    shown = visible(text[:MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n"))
    return shown.removesuffix("\n").split("\n")


def _shorten(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]}  \u2026 {len(line) - LONGEST_LINE} more characters"


@lru_cache(maxsize=8)
def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False, ensurenl=False)


@lru_cache(maxsize=512)
def _style(token: _TokenType) -> str:
    return next((name for kind, name in _STYLES if token[: len(kind)] == kind), "")


def _pieces(lexer: Lexer, text: str) -> Iterator[str]:
    for token, value in lexer.get_tokens(text):
        style = _style(token)
        if not style:
            yield str(escape(value))
            continue
        parts = (f'<span class="{style}">{escape(part)}</span>' if part else "" for part in value.split("\n"))
        yield "\n".join(parts)
